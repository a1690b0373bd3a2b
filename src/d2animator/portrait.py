"""One source, prepared once, and the motion that is applied to it frame after frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from itertools import islice
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from d2animator.errors import ConfigError, check_shape
from d2animator.faces.actions import region_gains
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.choice import parse_choice
from d2animator.faces.compose import Scene, resize_square
from d2animator.faces.motion import Observation
from d2animator.latent.directions import add_motion, bound_motion
from d2animator.latent.quality import InversionReport
from d2animator.media.codecs import find_encoder
from d2animator.models.action import ActionNetwork
from d2animator.models.generators import AnyGenerator, glance
from d2animator.motions import MotionSource, See

ReadLandmarks = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Finds points (B, P, 2), in pixels, and scores (B,) of drawn faces (B, 3, R, R)."""


@dataclass(frozen=True)
class AnimateOptions:
    """How to animate."""

    # "relative" applies the driver's change from its reference frame to the source, "absolute"
    # gives the source the driver's own pose and expression. A driver that is a single picture has
    # nothing to be relative to and is always absolute.
    motion: Literal["relative", "absolute"] = "relative"
    # Frame of the driver that relative motion starts from: an index, or "auto" for the one, among
    # the first 32 with a face, that is nearest to the source's pose and expression, above all to
    # how far its mouth is open.
    reference_frame: int | Literal["auto"] = "auto"
    # What happens to the own motion of a source that is a video: the driver's takes its place
    # ("replace"; regions that the driver does not move keep it) or comes on top of it ("add",
    # which needs relative motion).
    source_motion: Literal["replace", "add"] = "replace"
    # The regions that move, some of pose, eyes, brows, mouth and gaze; None for all of them.
    regions: tuple[str, ...] | None = None
    # How strongly a region follows, by name: 1 for as the driver, 0 to 4.
    gains: Mapping[str, float] = field(default_factory=dict)
    # How often a motion is corrected by the landmarks of what was drawn; each time costs half as
    # much as drawing the frame. 0 is the paper's way: the network's first answer.
    corrections: int = 2
    # How to smooth the driver's landmarks over time: "euro" (the One-Euro filter) or "none".
    smooth: Literal["euro", "none"] = "euro"
    # Which face of the driver to follow: "largest", an index from the left, or "x,y,width,height"
    # in pixels.
    face: str = "largest"
    # Which face of the source to animate, in the same words.
    source_face: str = "largest"
    # Frames drawn at once.
    batch_size: int = 8
    # What encodes a video: "h264", "hevc" or "vp9", as far as PyAV was built with them; "auto" for
    # what the container usually holds (WebM vp9, the others h264).
    codec: str = "auto"
    # Quality of the video, 0 (best) to 51 (worst).
    crf: int = 18
    # The encoder's trade of speed for size, "ultrafast" to "veryslow".
    preset: str = "medium"
    # Whether to carry the driver's sound over.
    audio: bool = True
    # Frames a second of a driver that comes as arrays.
    frame_rate: Fraction = Fraction(25)
    # How a source that comes as a picture is inverted: "encoder", "optimise" or "tune"; None for
    # what the animator was made with, or what `D2Animator.finetune` did for this source.
    inversion: str | None = None
    # How thoroughly networks are tuned to the source: "fast" or "full", which mean inversion
    # "tune", or "off"; None as above.
    tune: str | None = None
    # Most seconds that inverting may take, None for no limit but its steps.
    seconds: float | None = None
    # Whether to lay the moving face back into the source picture; False for the aligned square;
    # None to do so where the picture shows clearly more than that square, and the source was
    # inverted well enough for its face to fit in; a source that is a video is always laid into.
    paste_back: bool | None = None
    # Longer side of the result in pixels; None for the source's own, or the generator's.
    size: int | None = None

    def __post_init__(self) -> None:
        # Both come from outside, where no type checker has looked.
        motion: object = self.motion
        if motion not in ("relative", "absolute"):
            raise ConfigError("motion", f"expected relative or absolute, got {motion!r}")
        own: object = self.source_motion
        if own not in ("replace", "add"):
            raise ConfigError("source_motion", f"expected replace or add, got {own!r}")
        if own == "add" and motion == "absolute":
            raise ConfigError("source_motion", "add needs relative motion, got absolute motion")
        smooth: object = self.smooth
        if smooth not in ("euro", "none"):
            raise ConfigError("smooth", f"expected euro or none, got {smooth!r}")
        parse_choice("face", self.face)
        parse_choice("source_face", self.source_face)
        frame: object = self.reference_frame
        if frame != "auto" and (not isinstance(frame, int) or frame < 0):
            raise ConfigError("reference_frame", f"expected auto or an index from 0, got {frame!r}")
        region_gains(self.regions, self.gains)
        if not 0 <= self.corrections <= 8:
            raise ConfigError("corrections", f"expected 0 to 8, got {self.corrections}")
        if self.batch_size < 1:
            raise ConfigError("batch_size", f"expected at least 1, got {self.batch_size}")
        if not 0 <= self.crf <= 51:
            raise ConfigError("crf", f"expected 0 to 51, got {self.crf}")
        find_encoder(self.codec, self.crf, self.preset)
        if self.frame_rate <= 0:
            raise ConfigError("frame_rate", f"expected more than 0, got {self.frame_rate}")
        if self.size is not None and not 16 <= self.size <= 8192:
            raise ConfigError("size", f"expected 16 to 8192, got {self.size}")

    def changed(self, changes: Mapping[str, Any]) -> AnimateOptions:
        """Give the same options with some fields changed.

        Raises:
            ConfigError: There is no such field, or a value is out of range.
        """
        known = [one.name for one in fields(self)]
        for name in changes:
            if name not in known:
                raise ConfigError(name, f"unknown option, expected one of {', '.join(known)}")
        return replace(self, **changes)


class Portrait:
    """A source as the generator knows it; draws it in motion.

    Attributes:
        w_plus: The source's code (1, L, D).
        landmarks: Normalised landmarks (P, 2) of the source as the generator draws it.
        report: How well it was inverted, None for a code that came from elsewhere.
        scene: The picture that it came from, None likewise.
        action: Facial action network that was fine-tuned on it, None for the bundle's.
    """

    report: InversionReport | None = None
    scene: Scene | None = None
    action: ActionNetwork | None = None

    def __init__(
        self,
        generator: AnyGenerator,
        w_plus: Tensor,
        landmarks: Tensor,
        *,
        w_avg: Tensor | None = None,
        limits: Tensor | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Keep what was prepared.

        Args:
            generator: Draws w_plus.
            w_plus: The source's code (1, L, D).
            landmarks: Normalised landmarks (P, 2).
            w_avg: Mean code (D,), to bound motions with; None for no bound.
            limits: Largest distance of a moved layer from ``w_avg``, for each layer (L,).
            dtype: Precision of the generator's convolutions; the code stays in fp32.

        Raises:
            ShapeError: The code or the landmarks have another shape.
        """
        check_shape("w_plus", w_plus, (1, generator.num_ws, generator.w_dim))
        check_shape("landmarks", landmarks, ("P", 2))
        self._generator = generator
        self._dtype = dtype
        self.w_plus = w_plus
        self.landmarks = landmarks
        self._bound = None if w_avg is None or limits is None else (w_avg, limits)

    @property
    def generator(self) -> AnyGenerator:
        """What draws it: the bundle's generator, or the one that was tuned to this source."""
        return self._generator

    @property
    def resolution(self) -> int:
        """Side of the pictures in pixels."""
        return self._generator.img_resolution

    def render(self, delta: Tensor) -> Tensor:
        """Draw the source in motion: G(w_s + delta) (paper, section 3.3).

        Args:
            delta: Motions (B, l, D) of the first l layers.

        Returns:
            Pictures (B, 3, R, R), about [-1, 1].

        Raises:
            ShapeError: The motion has another shape.
        """
        return self._drawn(delta, lambda w_plus: self._generator.synthesis(w_plus))

    @torch.inference_mode()
    def _drawn(self, delta: Tensor, draw: Callable[[Tensor], Tensor]) -> Tensor:
        w_plus = self.moved(delta)
        if self._dtype == torch.float32:
            return draw(w_plus)
        with torch.autocast(w_plus.device.type, self._dtype):
            return draw(w_plus).float()

    def moved(self, delta: Tensor) -> Tensor:
        """Give the codes (B, L, D) that `render` draws for motions (B, l, D)."""
        if self._bound is not None:
            delta = bound_motion(self.w_plus, delta, *self._bound)
        return add_motion(self.w_plus, delta)

    def seen_by(self, read_landmarks: ReadLandmarks) -> See:
        """Give what draws motions, no finer than needed, and finds the face's landmarks then.

        Args:
            read_landmarks: Finds points (B, P, 2), in pixels, and scores (B,) of drawn faces
                (B, 3, R, R).
        """

        def look(delta: Tensor) -> tuple[Tensor, Tensor]:
            images = self._drawn(delta, lambda w_plus: glance(self._generator, w_plus))
            points, scores = read_landmarks(images)
            return normalise_landmarks(points).to(self.landmarks), scores

        # A coarser picture is read a little differently: what it is off at rest, it is in motion.
        off, _ = look(self.w_plus.new_zeros(1, 1, self.w_plus.shape[2]))
        off = off - self.landmarks

        def see(delta: Tensor) -> tuple[Tensor, Tensor]:
            points, scores = look(delta)
            return points - off, scores

        return see

    def reconstruction(self) -> Tensor:
        """Draw the source at rest.

        Returns:
            Picture (1, 3, R, R), about [-1, 1].
        """
        return self.render(self.w_plus.new_zeros(1, 1, self.w_plus.shape[2]))


def to_pictures(images: Tensor) -> NDArray[np.uint8]:
    """Turn drawn pictures into what files hold.

    Args:
        images: (B, 3, H, W), about [-1, 1].

    Returns:
        RGB pictures (B, H, W, 3), uint8.
    """
    scaled = ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(scaled.permute(0, 2, 3, 1).cpu().numpy())


class Canvas(Protocol):
    """What drawn faces become pictures on."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        ...

    def show(self, images: Tensor) -> NDArray[np.uint8]:
        """Turn drawn faces (B, 3, R, R) into pictures (B, H, W, 3), uint8."""
        ...


class Square:
    """The aligned square, as drawn."""

    def __init__(self, side: int) -> None:
        self.size = (side, side)

    def show(self, images: Tensor) -> NDArray[np.uint8]:
        """Turn drawn faces (B, 3, R, R) into pictures (B, side, side, 3), uint8."""
        return to_pictures(resize_square(images.float(), self.size[0]))


class FullFrame:
    """The source's whole picture, in which only the face moves."""

    def __init__(self, scene: Scene, read_landmarks: Callable[[Tensor], Tensor]) -> None:
        self._scene, self._read = scene, read_landmarks
        self.size = scene.size

    def show(self, images: Tensor) -> NDArray[np.uint8]:
        """Turn drawn faces (B, 3, R, R) into pictures (B, H, W, 3), uint8."""
        return self._scene.paste(images, self._read(images))


def make_canvas(
    portrait: Portrait, options: AnimateOptions, read_landmarks: Callable[[Tensor], Tensor]
) -> Canvas:
    """Choose between the aligned square and the full frame.

    Args:
        portrait: What is drawn.
        options: ``paste_back`` and ``size``.
        read_landmarks: Finds the landmarks (B, P, 2), in pixels, of drawn faces (B, 3, R, R).

    Returns:
        Where to show what is drawn.

    Raises:
        ConfigError: Pasting back is asked for, and the portrait does not know its picture.
    """
    scene = portrait.scene
    if options.paste_back and scene is None:
        reason = "this portrait comes from a code, not from a picture; use paste_back=False"
        raise ConfigError("paste_back", reason)
    wanted = options.paste_back
    fits = portrait.report is None or not portrait.report.poor
    if scene is not None and (wanted or (wanted is None and scene.is_larger and fits)):
        return FullFrame(scene.resized(options.size) if options.size else scene, read_landmarks)
    return Square(options.size or portrait.resolution)


def draw(
    portrait: Portrait, motion: MotionSource, batch: Sequence[Observation], rest: Tensor
) -> Tensor:
    """Draw a portrait for some observations of a driver.

    Args:
        portrait: What to draw.
        motion: Turns landmarks into motions.
        batch: The observations, at least one.
        rest: Normalised landmarks (P, 2) to take where the driver has shown no face yet.

    Returns:
        Pictures (B, 3, R, R), about [-1, 1].
    """
    targets = [
        rest if one.landmarks is None else torch.from_numpy(one.landmarks).to(rest) for one in batch
    ]
    return portrait.render(motion.motions(torch.stack(targets)))


def perform(
    portrait: Portrait,
    motion: MotionSource,
    observations: Iterator[Observation],
    rest: Tensor,
    batch_size: int,
    canvas: Canvas | None = None,
) -> Iterator[tuple[Observation, NDArray[np.uint8]]]:
    """Draw a portrait for every observation of a driver, in batches.

    Args:
        portrait: What to draw.
        motion: Turns landmarks into motions.
        observations: The driver; read no further than a batch ahead.
        rest: Normalised landmarks (P, 2) to take where the driver has shown no face yet.
        batch_size: Frames drawn at once.
        canvas: What they are shown on; default: the aligned square.

    Yields:
        Each observation with its RGB picture (H, W, 3), uint8.
    """
    canvas = canvas or Square(portrait.resolution)
    while batch := list(islice(observations, batch_size)):
        images = canvas.show(draw(portrait, motion, batch, rest))
        yield from zip(batch, images, strict=True)
