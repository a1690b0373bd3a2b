"""What comes out of a run, and how pictures get there."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from d2animator.driving import looked_at
from d2animator.errors import ConfigError, NoFaceError
from d2animator.faces.motion import Observation
from d2animator.latent.quality import InversionReport
from d2animator.media.clip import Clip, Coding, Kept, Picture, Sink, check_target, open_sink
from d2animator.portrait import AnimateOptions
from d2animator.reading import Progress

_log = logging.getLogger(__name__)


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
        bounded_frames: Indices of the frames whose motion was larger than what the network was
            trained on, and was made smaller; none where the bundle does not tell its range.
        unchanged_frames: Indices of the frames in which a source that is a video shows no face;
            they are the video's own.
        output: The file that was written, None for none.
        images: The pictures (H, W, 3) uint8 where no output was named, else None.
        inversion: How well the source was inverted; None for a portrait of a code.
    """

    frames: int
    fps: Fraction | None
    seconds: float
    device: str
    frames_without_face: tuple[int, ...]
    bounded_frames: tuple[int, ...] = ()
    unchanged_frames: tuple[int, ...] = ()
    output: Path | None = None
    images: tuple[Picture, ...] | None = None
    inversion: InversionReport | None = None


@dataclass(frozen=True, eq=False)
class Delivery:
    """Where pictures go, and what is told on the way.

    Attributes:
        clip: Gives times and sound.
        target: The file, None to keep the pictures.
        options: How to encode.
        device: What it was computed on.
        progress: Called with the number of frames done and to expect.
        began: Of `time.monotonic`.
    """

    clip: Clip
    target: Path | None
    options: AnimateOptions
    device: str
    progress: Progress | None
    began: float

    def take(
        self,
        pictures: Iterator[tuple[Observation, Picture]],
        size: tuple[int, int],
        inversion: InversionReport | None = None,
    ) -> AnimationResult:
        """Write all pictures.

        Args:
            pictures: Observations of the driver, each with its picture (H, W, 3), uint8.
            size: Width and height of the pictures.
            inversion: How well the source was inverted.

        Raises:
            NoFaceError: None of the frames had a face.
            OutputError: The target cannot be written.
        """
        options = self.options
        coding = Coding(options.crf, options.preset, options.audio, options.codec)
        with open_sink(self.target, self.clip, size, coding) as sink:
            frames, without_face, bounded = self._write_all(pictures, sink)
        if bounded:
            what = "more motion than the network was trained on; it was made smaller"
            _log.warning("%s: frames with %s: %s", self.clip.name, what, frame_ranges(bounded))
        images = tuple(sink.images) if isinstance(sink, Kept) and self.target is None else None
        return AnimationResult(
            frames=frames,
            fps=self.clip.frame_rate,
            seconds=time.monotonic() - self.began,
            device=self.device,
            frames_without_face=without_face,
            bounded_frames=bounded,
            output=self.target,
            images=images,
            inversion=inversion,
        )

    def _write_all(
        self, pictures: Iterator[tuple[Observation, Picture]], sink: Sink
    ) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """Write all; gives their number, which had no face, and whose motion was bounded."""
        done, missing, bounded = 0, list[int](), list[int]()
        for done, (observation, image) in enumerate(pictures, start=1):
            sink.write(image, observation.time)
            if not observation.found:
                missing.append(observation.index)
            if observation.bounded:
                bounded.append(observation.index)
            if self.progress is not None:
                self.progress(done, self.clip.count)
        if len(missing) == done:
            raise NoFaceError(self.clip.name, looked_at(done, self.options.face))
        return done, tuple(missing), tuple(bounded)


def frame_ranges(frames: Sequence[int]) -> str:
    """Name frames in words, such as ``12-31, 40``.

    Args:
        frames: Indices, growing.
    """
    ranges: list[tuple[int, int]] = []
    for frame in frames:
        if ranges and frame == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], frame)
        else:
            ranges.append((frame, frame))
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)


def check_frames_target(path: str | Path) -> Path:
    """Check, before any heavy work, that pictures can be written; see `save_frames`.

    Raises:
        OutputError: Neither a video nor a pattern, or it cannot be written.
    """
    return check_target(path, Clip("<pictures>", (), Fraction(25)))


def save_frames(images: NDArray[np.uint8], path: str | Path, fps: float = 25.0) -> Path:
    """Write pictures as a video, an animation, or one by one.

    Args:
        images: RGB pictures (B, H, W, 3), uint8.
        path: A video, an animated .webp or .gif, or a pattern such as ``frames/%05d.png``.
        fps: Pictures a second.

    Returns:
        The path.

    Raises:
        OutputError: It cannot be written.
        ConfigError: ``fps`` is not positive.
    """
    target = check_frames_target(path)
    if not 0 < fps < float("inf"):
        raise ConfigError("fps", f"expected more than 0, got {fps}")
    rate = Fraction(fps).limit_denominator(1001)
    options = AnimateOptions()
    coding = Coding(options.crf, options.preset, False, options.codec)
    size = (images.shape[2], images.shape[1])
    with open_sink(target, Clip("<pictures>", (), rate), size, coding) as sink:
        for index, image in enumerate(images):
            sink.write(image, index / rate)
    return target
