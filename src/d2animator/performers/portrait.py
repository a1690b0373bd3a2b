"""One source, prepared once: its code, its landmarks, and what draws it in motion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from d2animator.engines.engine import Engine, TorchEngine
from d2animator.errors import check_shape
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.compose import Scene
from d2animator.invert.quality import InversionReport
from d2animator.latent.directions import add_motion, bound_motion
from d2animator.models.action import ActionNetwork
from d2animator.models.generators import Generator
from d2animator.performers.motion import Look

FindLandmarks = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Finds points (B, P, 2), in pixels, and scores (B,) of drawn faces (B, 3, R, R)."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """A source as the generator knows it; draws it in motion.

    Attributes:
        generator: Draws codes: the bundle's generator, or the one that was tuned to this source.
        w_plus: The source's code (1, L, D).
        landmarks: Normalised landmarks (P, 2) of the source as the generator draws it.
        w_avg: Mean code (D,), to keep moved codes near; None for no limit.
        limits: Largest distance of a moved layer from ``w_avg``, for each layer (L,).
        engine: How the generator draws; None for PyTorch in fp32.
        action: Facial action network that was fine-tuned on it; None for the bundle's.
        scene: The picture that it came from; None for a code that came from elsewhere.
        report: How well it was inverted; None likewise.
    """

    generator: Generator
    w_plus: Tensor
    landmarks: Tensor
    w_avg: Tensor | None = None
    limits: Tensor | None = None
    engine: Engine | None = None
    action: ActionNetwork | None = None
    scene: Scene | None = None
    report: InversionReport | None = None

    def __post_init__(self) -> None:
        generator = self.generator
        check_shape("w_plus", self.w_plus, (1, generator.num_ws, generator.w_dim))
        check_shape("landmarks", self.landmarks, ("P", 2))

    @property
    def resolution(self) -> int:
        """Side of the drawn pictures in pixels."""
        return self.generator.img_resolution

    def moved(self, delta: Tensor) -> Tensor:
        """Move the code: w_s + Δw, each layer kept within its limit.

        Args:
            delta: Motions (B, l, D) of the first l layers.

        Returns:
            Codes (B, L, D).

        Raises:
            ShapeError: The motion has another shape.
        """
        if self.w_avg is not None and self.limits is not None:
            delta = bound_motion(self.w_plus, delta, self.w_avg, self.limits)
        return add_motion(self.w_plus, delta)

    def render(self, delta: Tensor) -> Tensor:
        """Draw the source in motion: G(w_s + Δw) (paper, section 3.3).

        Args:
            delta: Motions (B, l, D) of the first l layers.

        Returns:
            Pictures (B, 3, R, R), about [-1, 1].

        Raises:
            ShapeError: The motion has another shape.
        """
        return self._engine.draw(self.moved(delta))  # G(w_s + Δw)

    def reconstruction(self) -> Tensor:
        """Draw the source at rest.

        Returns:
            Picture (1, 3, R, R), about [-1, 1].
        """
        return self.render(self._no_motion())

    def look(self, find_landmarks: FindLandmarks) -> Look:
        """Make what draws motions, no finer than needed, and finds the face's landmarks then.

        Args:
            find_landmarks: Finds points and scores of drawn faces.
        """

        def read(delta: Tensor) -> tuple[Tensor, Tensor]:
            points, scores = find_landmarks(self._engine.glance(self.moved(delta)))
            return normalise_landmarks(points).to(self.landmarks), scores

        # A coarser picture is read a little differently: what it is off at rest, it is in motion.
        at_rest, _ = read(self._no_motion())
        off = at_rest - self.landmarks

        def look(delta: Tensor) -> tuple[Tensor, Tensor]:
            points, scores = read(delta)
            return points - off, scores

        return look

    @property
    def _engine(self) -> Engine:
        return self.engine or TorchEngine(self.generator)

    def _no_motion(self) -> Tensor:
        return self.w_plus.new_zeros(1, 1, self.w_plus.shape[2])
