"""The facade: from a source and a driver to an animation.

The only module that wires the others together; it holds no tensor mathematics of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray

from d2animator.bundles.bundle import Bundle, load_bundle, save_bundle
from d2animator.bundles.locate import EMBEDDED
from d2animator.errors import NoFaceError, check_shape
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.detect import FaceTracker
from d2animator.faces.layouts import WFLW98
from d2animator.faces.motion import Observation, Points, held, smoothed
from d2animator.faces.records import LandmarkRecord, to_json
from d2animator.latent.cache import Cache
from d2animator.latent.inversion import InversionOptions
from d2animator.latent.quality import Embed, InversionReport
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
from d2animator.models.devices import pick_device
from d2animator.models.landmarks import FaceFinder, LandmarkNetwork
from d2animator.portrait import (
    ActionMotion,
    AnimateOptions,
    Portrait,
    make_canvas,
    perform,
    start_at_reference,
    to_pictures,
)
from d2animator.sources import SourcePreparer, choose_inversion

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
        images: The pictures (H, W, 3) uint8 where no output was named, else None.
        inversion: How well the source was inverted; None for a portrait of a code.
    """

    frames: int
    fps: Fraction | None
    seconds: float
    device: str
    frames_without_face: tuple[int, ...]
    output: Path | None = None
    images: tuple[Picture, ...] | None = None
    inversion: InversionReport | None = None


class D2Animator:
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
        *,
        cache: Cache | None = None,
        identity: Embed | None = None,
    ) -> None:
        """Take a loaded bundle.

        Args:
            bundle: All parts that animating needs, on ``device``.
            device: Where the bundle is.
            inversion: How sources are inverted where nothing else is said.
            cache: Where codes and tuned weights of sources are kept; default: the user's cache.
            identity: Tells who a picture (B, 3, R, R) shows, for the reports of inversions.

        Raises:
            BundleError: The bundle lacks a part.
        """
        bundle.require()
        self.bundle = bundle
        self.device = torch.device(device)
        self._inversion = inversion or InversionOptions()
        self._action_network = cast(ActionNetwork, bundle.action_network)
        self._finder = cast(FaceFinder, bundle.finder)
        self._landmark_network = cast(LandmarkNetwork, bundle.landmark_network)
        self._told = False
        self._sources = SourcePreparer(
            bundle, self._tracker, self.device, cache=cache or Cache(), identity=identity
        )

    @classmethod
    def from_pretrained(
        cls,
        name_or_path: str | Path | None = None,
        *,
        device: str = "auto",
        inversion: InversionOptions | None = None,
    ) -> Self:
        """Load an animator.

        Args:
            name_or_path: A bundle's folder, a repository of the Hub, or None for the embedded one.
            device: "auto" (a GPU where there is one), "cpu", "cuda", "cuda:1" or "mps".
            inversion: How sources are inverted.

        Raises:
            UnknownModelError: No such bundle.
            BundleError: Its files do not fit together.
            DeviceError: No such device.
        """
        target = pick_device(device)
        _log.info("running on %s", target)
        return cls(load_bundle(name_or_path, target), target, inversion)

    def save_pretrained(self, path: str | Path) -> None:
        """Write the bundle to a folder that `from_pretrained` loads.

        Raises:
            OutputError: It cannot be written.
        """
        save_bundle(self.bundle, path)

    def prepare(
        self,
        source: str | Path | Picture,
        inversion: str | None = None,
        tune: str | None = None,
        seconds: float | None = None,
    ) -> Portrait:
        """Find the largest face of a picture and its code in the generator.

        Args:
            source: A picture: a file, or RGB (H, W, 3) uint8.
            inversion: "encoder" (fastest), "optimise", or "tune" (nearest to the person).
            tune: "fast" or "full", how thoroughly "tune" goes about it; "off": not at all.
            seconds: Most time that it may take.

        Returns:
            The source, ready for any number of drivers. Where nothing is said of how, it is done
            as `finetune` did for this source, else as the animator's options say.

        Raises:
            MediaError: The file is no picture.
            NoFaceError: It shows no face.
            ShapeError: The array is no picture.
            ConfigError: An option is unknown, or two exclude each other.
        """
        options = choose_inversion(self._inversion, inversion, tune, seconds)
        image, points = self._largest_face(source)
        self._tell_once()
        chosen = inversion is not None or tune is not None
        portrait = self._sources.prepare(image, points, options, chosen=chosen)
        if portrait.report is not None and (advice := portrait.report.advice()):
            _log.warning("%s", advice)
        return portrait

    def finetune(
        self, source: str | Path | Picture, mode: str = "fast", seconds: float | None = None
    ) -> Portrait:
        """Tune the networks to one source, for this call and all later ones.

        The bundle stays as it is. The result is kept in the user's cache, and from now on
        `prepare` and `animate` take it for this source wherever they are not told otherwise.

        Args:
            source: A picture: a file, or RGB (H, W, 3) uint8.
            mode: "fast" tunes the generator; "full" for longer, and the facial action network as
                well (paper, section 3.2); "off" undoes it: the source is inverted as others are.
            seconds: Most time that it may take.

        Returns:
            The source, ready for any number of drivers.

        Raises:
            InputError: As `prepare`, or no such mode.
        """
        portrait = self.prepare(source, tune=mode, seconds=seconds)
        options = choose_inversion(self._inversion, None, mode, seconds)
        self._sources.remember(*self._largest_face(source), options)
        return portrait

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
        options = (options or AnimateOptions()).changed(overrides)
        clip = open_clip(driver, options.frame_rate)
        target = None if output is None else check_target(output, clip)
        portrait = source
        if not isinstance(portrait, Portrait):
            portrait = self.prepare(portrait, options.inversion, options.tune, options.seconds)
        canvas = make_canvas(portrait, options, self._tracker().landmarks_batch)
        stream = held(self._observe(clip, options.smooth))
        reference = None
        if options.motion == "relative" and clip.frame_rate is not None:
            wanted = None if options.reference_frame == "auto" else options.reference_frame
            own = portrait.landmarks
            reference, stream = start_at_reference(stream, own, wanted, clip.name)
        network = portrait.action or self._action_network
        motion = ActionMotion(network, portrait.landmarks, reference)
        rest = portrait.landmarks if reference is None else reference
        pictures = perform(portrait, motion, stream, rest, options.batch_size, canvas)
        coding = Coding(options.crf, options.preset, options.audio)
        with open_sink(target, clip, canvas.size, coding) as sink:
            frames, without_face = _write_all(pictures, sink, clip, progress)
        return AnimationResult(
            frames=frames,
            fps=clip.frame_rate,
            seconds=time.monotonic() - began,
            device=str(self.device),
            frames_without_face=without_face,
            output=target,
            images=tuple(sink.images) if isinstance(sink, Kept) and target is None else None,
            inversion=portrait.report,
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
        action = ActionMotion(portrait.action or self._action_network, portrait.landmarks)
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
