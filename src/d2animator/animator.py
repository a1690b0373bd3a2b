"""The facade: from a source and a driver to an animation.

The only module that wires the others together; it holds no tensor mathematics of its own.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from d2animator.bundles.bundle import Bundle
from d2animator.bundles.locate import EMBEDDED
from d2animator.errors import ConfigError, NoFaceError, check_shape
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.detect import FaceTracker
from d2animator.faces.layouts import POINTS, WFLW98
from d2animator.faces.motion import Observation, Points, held, smoothed
from d2animator.faces.records import LandmarkRecord, to_json
from d2animator.latent.inversion import InversionOptions, face_weight, invert
from d2animator.latent.placing import place_face
from d2animator.latent.statistics import WStatistics
from d2animator.media.clip import (
    Clip,
    ClipSource,
    Coding,
    Kept,
    Picture,
    Sink,
    check_target,
    open_clip,
    open_sink,
)
from d2animator.media.files import atomic_target, check_writable
from d2animator.media.images import read_image
from d2animator.models.action import ActionNetwork
from d2animator.models.devices import pick_dtype
from d2animator.models.encoder import Encoder
from d2animator.models.landmarks import FaceFinder, LandmarkNetwork
from d2animator.portrait import (
    ActionMotion,
    AnimateOptions,
    Portrait,
    perform,
    start_at_reference,
    to_pictures,
)
from d2animator.pretrained import Pretrained

__all__ = ["AnimateOptions", "AnimationResult", "D2Animator"]

_log = logging.getLogger(__name__)

Source = str | Path | Picture | Portrait
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, eq=False)
class AnimationResult:
    """What came out.

    Attributes:
        frames: Number of frames, the driver's.
        fps: Frames a second, exact (the mean where it varies); None for a picture.
        seconds: Time it took, reading the source included.
        device: What it was computed on.
        frames_without_face: Indices of the driver's frames without a face; they hold the last
            motion.
        output: The file that was written, None for none.
        images: The pictures (R, R, 3) uint8 where no output was named, else None.
    """

    frames: int
    fps: Fraction | None
    seconds: float
    device: str
    frames_without_face: tuple[int, ...]
    output: Path | None = None
    images: tuple[Picture, ...] | None = None


class D2Animator(Pretrained):
    """Animates faces with a pretrained generator.

    Attributes:
        bundle: The networks.
        device: What they run on.
    """

    def __init__(
        self,
        bundle: Bundle,
        device: str | torch.device = "cpu",
        inversion: InversionOptions | None = None,
        dtype: str | torch.dtype | None = None,
    ) -> None:
        """Take a loaded bundle.

        Args:
            bundle: All parts that animating needs, on ``device``.
            device: Where the bundle is.
            inversion: How sources are inverted.
            dtype: Precision to draw frames in; see `d2animator.models.devices.pick_dtype`.

        Raises:
            BundleError: The bundle lacks a part.
            ConfigError: No such precision on this device, or for this generator.
        """
        bundle.require()
        self.bundle = bundle
        self.device = torch.device(device)
        architecture = bundle.generator.config.architecture
        self._dtype = pick_dtype(dtype, self.device, architecture)
        self._inversion = inversion
        self._encoder = cast(Encoder, bundle.encoder)
        self._action_network = cast(ActionNetwork, bundle.action_network)
        self._statistics = cast(WStatistics, bundle.w_statistics)
        self._finder = cast(FaceFinder, bundle.finder)
        self._landmark_network = cast(LandmarkNetwork, bundle.landmark_network)
        self._told = False

    def prepare(self, source: str | Path | Picture) -> Portrait:
        """Find the largest face of a picture and its code in the generator.

        Args:
            source: A picture: a file, or RGB (H, W, 3) uint8.

        Returns:
            The source, ready for any number of drivers.

        Raises:
            MediaError: The file is no picture.
            NoFaceError: It shows no face.
            ShapeError: The array is no picture.
        """
        image, points = self._largest_face(source)
        self._tell_once()
        generator, statistics = self.bundle.generator, self._statistics
        crop, seen = place_face(
            image,
            points,
            generator.img_resolution,
            lambda crop: generator.synthesis(self._encoder(crop)),
            self._tracker().landmarks_batch,
            self.device,
        )
        weight = face_weight(seen, generator.img_resolution)
        found = invert(
            generator, self._encoder, crop, self._inversion, statistics=statistics, weight=weight
        )
        _log.info("inverted: distance %.3f, from %.3f", found.distance, found.start_distance)
        return self._portrait(found.w_plus)

    def animate(
        self,
        source: Source,
        driver: ClipSource,
        output: str | Path | None = None,
        options: AnimateOptions | None = None,
        progress: Progress | None = None,
        **overrides: Any,
    ) -> AnimationResult:
        """Make a source move as a driver does.

        Frames are streamed: memory does not grow with the driver's length (unless ``output`` is
        None). The result has the driver's frames, times and sound; a frame without a face holds
        the last motion.

        Args:
            source: A picture (file or RGB uint8 array), or what `prepare` made of one.
            driver: A video or picture file, a picture (H, W, 3) uint8, or an iterable of pictures.
            output: Target, a video or, for a picture as the driver, a picture; None to get the
                pictures back.
            options: How to animate.
            progress: Called with the number of frames done and to expect (None for unknown).
            **overrides: Fields of ``options`` to change.

        Returns:
            What came out.

        Raises:
            MediaError: Source or driver cannot be read.
            NoFaceError: The source, the whole driver, or the wanted reference frame has no face.
            OutputError: The target cannot be written.
            ConfigError: An option is unknown or out of range.
        """
        began = time.monotonic()
        options = _overridden(options or AnimateOptions(), overrides)
        clip = open_clip(driver, options.frame_rate)
        target = None if output is None else check_target(output, clip)
        portrait = source if isinstance(source, Portrait) else self.prepare(source)
        stream = held(self._observe(clip, options.smooth))
        reference = None
        if options.motion == "relative" and clip.frame_rate is not None:
            wanted = None if options.reference_frame == "auto" else options.reference_frame
            own = portrait.landmarks
            reference, stream = start_at_reference(stream, own, wanted, clip.name)
        motion = ActionMotion(self._action_network, portrait.landmarks, reference)
        rest = portrait.landmarks if reference is None else reference
        pictures = perform(portrait, motion, stream, rest, options.batch_size)
        coding = Coding(options.crf, options.preset, options.audio)
        with open_sink(target, clip, portrait.resolution, coding) as sink:
            frames, without_face = _write_all(pictures, sink, clip, progress)
        return AnimationResult(
            frames=frames,
            fps=clip.frame_rate,
            seconds=time.monotonic() - began,
            device=str(self.device),
            frames_without_face=without_face,
            output=target,
            images=tuple(sink.images) if isinstance(sink, Kept) and target is None else None,
        )

    def interpolate(
        self,
        source: str | Path | Picture | Portrait,
        target: str | Path | Picture,
        frames: int = 16,
    ) -> NDArray[np.uint8]:
        """Move a source evenly to the pose and expression of a target (paper, section 4.5).

        Args:
            source: A picture, or what `prepare` made of one.
            target: A picture with a face.
            frames: Number of pictures, the source first and the end of the motion last.

        Returns:
            RGB pictures (frames, R, R, 3), uint8: G(w_s + t delta) for t from 0 to 1.

        Raises:
            MediaError: A file is no picture.
            NoFaceError: A picture shows no face.
        """
        _, points = self._largest_face(target)
        portrait = source if isinstance(source, Portrait) else self.prepare(source)
        landmarks = torch.from_numpy(normalise_landmarks(points)).to(portrait.landmarks)
        action = ActionMotion(self._action_network, portrait.landmarks)
        delta = action.motions(landmarks.unsqueeze(0))
        steps = torch.linspace(0, 1, frames, device=self.device).view(-1, 1, 1)
        parts = [portrait.render(part * delta) for part in torch.split(steps, 8)]
        return np.concatenate([to_pictures(part) for part in parts])

    def landmarks(
        self, source: ClipSource, output: str | Path | None = None, progress: Progress | None = None
    ) -> tuple[LandmarkRecord, ...]:
        """Find the landmarks of every frame.

        Args:
            source: A video or picture file, a picture (H, W, 3) uint8, or an iterable of pictures.
            output: A .json file to write as well, None for none.
            progress: Called with the number of frames done and to expect (None for unknown).

        Returns:
            One record a frame, in order.

        Raises:
            MediaError: The input cannot be read.
            OutputError: The target cannot be written.
        """
        target = None if output is None else check_writable(output, (".json",))
        clip = open_clip(source)
        records = tuple(self._records(clip, progress))
        if target is not None:
            rate = clip.frame_rate and f"{clip.frame_rate.numerator}/{clip.frame_rate.denominator}"
            head = {"layout": WFLW98, "input": Path(clip.name).name, "fps": rate}
            with atomic_target(target) as hidden:
                hidden.write_text(to_json(head, records), encoding="utf-8")
        return records

    def _tracker(self) -> FaceTracker:
        """Make a tracker that has seen nothing yet."""
        return FaceTracker(self._finder, self._landmark_network, self.device)

    def _largest_face(self, picture: str | Path | Picture) -> tuple[Picture, Points]:
        """Read a picture and find the landmarks (98, 2) of its largest face, in pixels."""
        name, image = str(picture), picture
        if isinstance(image, str | Path):
            image = read_image(image)
        else:
            name = "<picture>"
            check_shape("picture", image, ("H", "W", 3))
        faces = self._tracker().detect(image)
        if not faces:
            tried = f"searched all of its {image.shape[1]}x{image.shape[0]} pixels at every size"
            raise NoFaceError(name, tried)
        return image, faces[0].landmarks.astype(np.float64)

    def _portrait(self, w_plus: Tensor) -> Portrait:
        """Make a portrait of a code; its landmarks are those of what the generator draws."""
        found = self._statistics
        limits: dict[str, Any] = {"w_avg": found.w_avg, "limits": found.limits}
        limits["dtype"] = self._dtype
        generator = self.bundle.generator
        unread = Portrait(generator, w_plus, w_plus.new_zeros(POINTS, 2), **limits)
        landmarks = self._tracker().landmarks_batch(unread.reconstruction())
        return Portrait(generator, w_plus, normalise_landmarks(landmarks)[0], **limits)

    def _observe(self, clip: Clip, smooth: bool) -> Iterator[Observation]:
        """Follow the face of a clip; landmarks are normalised, and smoothed if wanted."""
        stream = (one.observation() for one in self._records(clip, None))
        return smoothed(stream) if smooth else stream

    def _records(self, clip: Clip, progress: Progress | None) -> Iterator[LandmarkRecord]:
        tracker = self._tracker()
        for done, frame in enumerate(clip.frames, start=1):
            face = tracker.track(frame.image)
            found = (face.box, face.landmarks) if face.found else (None, None)
            yield LandmarkRecord(frame.index, frame.time, face.found, *found)
            if progress is not None:
                progress(done, clip.count)

    def _tell_once(self) -> None:
        """Say what the embedded model cannot do."""
        if not self._told and self.bundle.config.name == EMBEDDED:
            _log.warning("The embedded model draws puppets: a photo becomes the nearest puppet.")
        self._told = True


def _write_all(
    pictures: Iterator[tuple[Observation, Picture]],
    sink: Sink,
    clip: Clip,
    progress: Progress | None,
) -> tuple[int, tuple[int, ...]]:
    """Write every picture; returns their number and the indices of frames without a face."""
    done, missing = 0, list[int]()
    for done, (observation, image) in enumerate(pictures, start=1):
        sink.write(image, observation.time)
        if not observation.found:
            missing.append(observation.index)
        if progress is not None:
            progress(done, clip.count)
    if len(missing) == done:
        raise NoFaceError(clip.name, f"looked at all {done} frames")
    return done, tuple(missing)


def _overridden(options: AnimateOptions, overrides: dict[str, Any]) -> AnimateOptions:
    known = [field.name for field in dataclasses.fields(AnimateOptions)]
    for name in overrides:
        if name not in known:
            raise ConfigError(name, f"unknown option, expected one of {', '.join(known)}")
    return dataclasses.replace(options, **overrides)
