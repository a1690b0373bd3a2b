"""What comes out of a run, and how pictures get there."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.animate.compare import SideBySide
from d2animator.animate.options import AnimateOptions
from d2animator.errors import ConfigError
from d2animator.faces.motion import Observation
from d2animator.invert.quality import InversionReport
from d2animator.marks.marker import Marker, origin_of
from d2animator.media.audio import AudioSource
from d2animator.media.clip import Clip, Coding, Kept, check_target, open_sink
from d2animator.media.damage import frame_ranges
from d2animator.media.images import Picture
from d2animator.progress import Progress

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
        limited_frames: Indices of the frames whose motion was larger than what can be drawn well,
            and was made smaller; none where the bundle does not tell its limits.
        unchanged_frames: Indices of the frames in which a source that is a video shows no face;
            they are the video's own.
        damaged_frames: Indices of the driver's frames that could not be decoded; the one before
            them was taken.
        missing_seconds: By how much the driver ends before its file says that it does; 0 where it
            is whole, as far as can be told.
        output: The file that was written, None for none.
        images: The pictures (H, W, 3) uint8 where no output was named, else None; (H, W, 4) with
            the opacity of a source that is transparent somewhere.
        inversion: How well the source was inverted; None for a portrait of a code.
        marks: What the pictures and the file are marked with, see `Marker.summary`.
    """

    frames: int
    fps: Fraction | None
    seconds: float
    device: str
    frames_without_face: tuple[int, ...]
    limited_frames: tuple[int, ...] = ()
    unchanged_frames: tuple[int, ...] = ()
    damaged_frames: tuple[int, ...] = ()
    missing_seconds: Fraction = Fraction(0)
    output: Path | None = None
    images: tuple[Picture, ...] | None = None
    inversion: InversionReport | None = None
    marks: Mapping[str, Any] = field(default_factory=dict)


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
        marker: Marks every picture and signs every file.
        sound: The source's own sound, for the audio option "source"; None for none.
        inputs: Files that the result is made from, the source first.
        beside: Shows source and driver beside the result; None for the result alone.
    """

    clip: Clip
    target: Path | None
    options: AnimateOptions
    device: str
    progress: Progress | None
    began: float
    marker: Marker
    sound: AudioSource | None = None
    inputs: tuple[Path, ...] = ()
    beside: SideBySide | None = None

    def take(
        self,
        frames: Iterable[tuple[Observation, Picture]],
        size: tuple[int, int],
        inversion: InversionReport | None = None,
        *,
        composite: bool,
    ) -> AnimationResult:
        """Write all frames; this is the door through which they leave, each of them marked.

        Args:
            frames: What the driver did and the picture (H, W, 3), uint8, in order.
            size: Width and height of the pictures.
            inversion: How well the source was inverted.
            composite: Whether parts of the source are still in the pictures.

        Raises:
            NoFaceError: None of the driver's frames had a face.
            OutputError: The target cannot be written.
        """
        options = self.options
        coding = Coding(options.crf, options.preset, options.audio != "none", options.codec)
        clip = self.clip if options.audio != "source" else replace(self.clip, audio=self.sound)
        tally, beside = _Tally(), self.beside
        size = size if beside is None else beside.size(size)
        whole = composite or beside is not None
        origin = origin_of(self.inputs, self.marker, composite=whole)

        def sign(hidden: Path, target: Path) -> None:
            self.marker.sign_file(hidden, target, origin)

        with open_sink(self.target, clip, size, coding, finish=sign) as sink:
            for observation, picture in frames:
                tally.count(observation)
                if beside is not None:
                    picture = beside.join(picture, observation.time)
                sink.write(self.marker.mark(picture), observation.time)
                if self.progress is not None:
                    self.progress(tally.frames, self.clip.count)
        if tally.limited:
            what = "more motion than can be drawn well; it was made smaller"
            _log.warning(
                "%s: frames with %s: %s", self.clip.name, what, frame_ranges(tally.limited)
            )
        kept = isinstance(sink, Kept) and self.target is None
        return AnimationResult(
            frames=tally.frames,
            fps=self.clip.frame_rate,
            seconds=time.monotonic() - self.began,
            device=self.device,
            frames_without_face=tuple(tally.without_face),
            limited_frames=tuple(tally.limited),
            unchanged_frames=tuple(tally.unchanged),
            damaged_frames=tuple(tally.damaged),
            missing_seconds=self.clip.missing,
            output=self.target,
            images=tuple(sink.images) if kept and isinstance(sink, Kept) else None,
            inversion=inversion,
            marks=self.marker.summary(),
        )


class _Tally:
    """Counts frames, and remembers which are not as one might expect."""

    def __init__(self) -> None:
        self.frames = 0
        self.without_face: list[int] = []
        self.limited: list[int] = []
        self.unchanged: list[int] = []
        self.damaged: list[int] = []

    def count(self, observation: Observation) -> None:
        self.frames += 1
        if not observation.found:
            self.without_face.append(observation.index)
        if observation.limited:
            self.limited.append(observation.index)
        if observation.unchanged:
            self.unchanged.append(observation.index)
        if observation.damaged:
            self.damaged.append(observation.index)


def check_frames_target(path: str | Path) -> Path:
    """Check, before any heavy work, that pictures can be written; see `save_frames`.

    Raises:
        OutputError: Neither a video nor a pattern, or it cannot be written.
    """
    return check_target(path, Clip("<pictures>", (), Fraction(25)))


def save_frames(
    images: NDArray[np.uint8],
    path: str | Path,
    fps: float = 25.0,
    marker: Marker | None = None,
    inputs: Sequence[Path] = (),
) -> Path:
    """Write pictures as a video, an animation, or one by one.

    Args:
        images: RGB pictures (B, H, W, 3), uint8.
        path: A video, an animated .webp or .gif, or a pattern such as ``frames/%05d.png``.
        fps: Pictures a second.
        marker: Signs the file; None for the default marks. The pictures are marked already where
            they come from an animator.
        inputs: Files that they were made from, the source first.

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
    marker = marker or Marker()
    origin = origin_of(inputs, marker, composite=True)

    def sign(hidden: Path, place: Path) -> None:
        marker.sign_file(hidden, place, origin)

    clip = Clip("<pictures>", (), rate)
    with open_sink(target, clip, size, coding, finish=sign) as sink:
        for index, image in enumerate(images):
            sink.write(marker.mark(image), index / rate)
    return target
