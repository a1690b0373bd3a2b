"""One source, prepared once, and the motion that is applied to it frame after frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from d2animator.errors import ConfigError, check_shape
from d2animator.faces.actions import Region, part_motion, region_gains
from d2animator.faces.choice import parse_choice
from d2animator.faces.motion import Observation
from d2animator.latent.directions import add_motion, bound_motion
from d2animator.models.action import ActionNetwork
from d2animator.models.generators import AnyGenerator


@dataclass(frozen=True)
class AnimateOptions:
    """How to animate."""

    # "relative" applies the driver's change from its reference frame to the source, "absolute"
    # gives the source the driver's own pose and expression. A driver that is a single picture has
    # nothing to be relative to and is always absolute.
    motion: Literal["relative", "absolute"] = "relative"
    # Frame of the driver that relative motion starts from: an index, or "auto" for the one, among
    # the first 32 with a face, that is nearest to the source's pose and expression.
    reference_frame: int | Literal["auto"] = "auto"
    # The regions that move, some of pose, eyes, brows, mouth and gaze; None for all of them.
    regions: tuple[str, ...] | None = None
    # How strongly a region follows, by name: 1 for as the driver, 0 to 4.
    gains: Mapping[str, float] = field(default_factory=dict)
    # How to smooth the driver's landmarks over time: "euro" (the One-Euro filter) or "none".
    smooth: Literal["euro", "none"] = "euro"
    # Which face of the driver to follow: "largest", an index from the left, or "x,y,width,height"
    # in pixels.
    face: str = "largest"
    # Which face of the source to animate, in the same words.
    source_face: str = "largest"
    # Frames drawn at once.
    batch_size: int = 8
    # Quality of the video, 0 (lossless) to 51 (worst).
    crf: int = 18
    # x264's trade of speed for size, "ultrafast" to "veryslow".
    preset: str = "medium"
    # Whether to carry the driver's sound over.
    audio: bool = True
    # Frames a second of a driver that comes as arrays.
    frame_rate: Fraction = Fraction(25)

    def __post_init__(self) -> None:
        # Both come from outside, where no type checker has looked.
        motion: object = self.motion
        if motion not in ("relative", "absolute"):
            raise ConfigError("motion", f"expected relative or absolute, got {motion!r}")
        smooth: object = self.smooth
        if smooth not in ("euro", "none"):
            raise ConfigError("smooth", f"expected euro or none, got {smooth!r}")
        parse_choice("face", self.face)
        parse_choice("source_face", self.source_face)
        frame: object = self.reference_frame
        if frame != "auto" and (not isinstance(frame, int) or frame < 0):
            raise ConfigError("reference_frame", f"expected auto or an index from 0, got {frame!r}")
        region_gains(self.regions, self.gains)
        if self.batch_size < 1:
            raise ConfigError("batch_size", f"expected at least 1, got {self.batch_size}")
        if not 0 <= self.crf <= 51:
            raise ConfigError("crf", f"expected 0 to 51, got {self.crf}")
        if self.frame_rate <= 0:
            raise ConfigError("frame_rate", f"expected more than 0, got {self.frame_rate}")


class Portrait:
    """A source as the generator knows it; draws it in motion.

    Attributes:
        w_plus: The source's code (1, L, D).
        landmarks: Normalised landmarks (P, 2) of the source as the generator draws it.
    """

    def __init__(
        self,
        generator: AnyGenerator,
        w_plus: Tensor,
        landmarks: Tensor,
        *,
        w_avg: Tensor | None = None,
        limits: Tensor | None = None,
    ) -> None:
        """Keep what was prepared.

        Args:
            generator: Draws w_plus.
            w_plus: The source's code (1, L, D).
            landmarks: Normalised landmarks (P, 2).
            w_avg: Mean code (D,), to bound motions with; None for no bound.
            limits: Largest distance of a moved layer from ``w_avg``, for each layer (L,).

        Raises:
            ShapeError: The code or the landmarks have another shape.
        """
        check_shape("w_plus", w_plus, (1, generator.num_ws, generator.w_dim))
        check_shape("landmarks", landmarks, ("P", 2))
        self._generator = generator
        self.w_plus = w_plus
        self.landmarks = landmarks
        self._bound = None if w_avg is None or limits is None else (w_avg, limits)

    @property
    def resolution(self) -> int:
        """Side of the pictures in pixels."""
        return self._generator.img_resolution

    @torch.inference_mode()
    def render(self, delta: Tensor) -> Tensor:
        """Draw the source in motion: G(w_s + delta) (paper, section 3.3).

        Args:
            delta: Motions (B, l, D) of the first l layers.

        Returns:
            Pictures (B, 3, R, R), about [-1, 1].

        Raises:
            ShapeError: The motion has another shape.
        """
        images: Tensor = self._generator.synthesis(self.moved(delta))
        return images

    def moved(self, delta: Tensor) -> Tensor:
        """Give the codes (B, L, D) that `render` draws for motions (B, l, D)."""
        if self._bound is not None:
            delta = bound_motion(self.w_plus, delta, *self._bound)
        return add_motion(self.w_plus, delta)

    def reconstruction(self) -> Tensor:
        """Draw the source at rest.

        Returns:
            Picture (1, 3, R, R), about [-1, 1].
        """
        return self.render(self.w_plus.new_zeros(1, 1, self.w_plus.shape[2]))


class MotionSource(Protocol):
    """Anything that turns a driver's landmarks into motions in W+."""

    def motions(self, landmarks: Tensor) -> Tensor:
        """Turn normalised landmarks (B, P, 2) into motions (B, l, D)."""
        ...


class ActionMotion:
    """The facial action network with its starting face fixed.

    The motion starts from the source. Absolute motion ends at the driver's landmarks, so that the
    source takes over the driver's pose and expression. Relative motion ends at the source's own
    landmarks plus the driver's change from its reference frame: what the network sees is one face,
    the source's, as in its training, and the driver's proportions stay with the driver. Where only
    some regions move, or move more or less, the motion is taken apart before the network sees it.
    """

    def __init__(
        self,
        network: ActionNetwork,
        start: Tensor,
        reference: Tensor | None = None,
        gains: Mapping[Region, float] | None = None,
    ) -> None:
        """Describe the starting face once for the whole clip.

        Args:
            network: The facial action network.
            start: Normalised landmarks (P, 2) of the source.
            reference: Normalised landmarks (P, 2) of the driver's reference frame, for relative
                motion; None for absolute motion.
            gains: How far each region follows, see `d2animator.faces.actions.part_motion`; None
                for the whole motion.
        """
        self._network = network
        self._own, self._gains = start, gains or {}
        self._shift = torch.zeros_like(start) if reference is None else start - reference
        with torch.inference_mode():
            self._start = network.describe(start.unsqueeze(0))

    @torch.inference_mode()
    def motions(self, landmarks: Tensor) -> Tensor:
        """Predict the motions from the starting face.

        Args:
            landmarks: Normalised landmarks (B, P, 2).

        Returns:
            Motions (B, l, D).
        """
        wanted = part_motion(self._own, landmarks + self._shift, self._gains)
        targets = self._network.describe(wanted)
        return self._network.delta(self._network.motion(self._start.expand_as(targets), targets))


def to_pictures(images: Tensor) -> NDArray[np.uint8]:
    """Turn drawn pictures into what files hold.

    Args:
        images: (B, 3, H, W), about [-1, 1].

    Returns:
        RGB pictures (B, H, W, 3), uint8.
    """
    scaled = ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(scaled.permute(0, 2, 3, 1).cpu().numpy())


def perform(
    portrait: Portrait,
    motion: MotionSource,
    observations: Iterator[Observation],
    rest: Tensor,
    batch_size: int,
) -> Iterator[tuple[Observation, NDArray[np.uint8]]]:
    """Draw a portrait for every observation of a driver, in batches.

    Args:
        portrait: What to draw.
        motion: Turns landmarks into motions.
        observations: The driver; read no further than a batch ahead.
        rest: Normalised landmarks (P, 2) to take where the driver has shown no face yet.
        batch_size: Frames drawn at once.

    Yields:
        Each observation with its RGB picture (R, R, 3), uint8.
    """
    while batch := list(islice(observations, batch_size)):
        targets = [
            rest if one.landmarks is None else torch.from_numpy(one.landmarks).to(rest)
            for one in batch
        ]
        images = to_pictures(portrait.render(motion.motions(torch.stack(targets))))
        yield from zip(batch, images, strict=True)
