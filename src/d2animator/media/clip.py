"""Whatever moves, or stands still, as one kind of input; and the matching kinds of output."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import OutputError, check_shape
from d2animator.media.animation import ANIMATION_SUFFIXES, AnimationReader, AnimationWriter
from d2animator.media.audio import AudioSource
from d2animator.media.files import check_readable, check_writable
from d2animator.media.images import (
    PICTURE_SUFFIXES,
    is_animated_webp,
    is_picture,
    read_image,
    write_image,
)
from d2animator.media.sequence import SequenceWriter, check_sequence, is_sequence
from d2animator.media.video import Frame, VideoReader
from d2animator.media.writer import VIDEO_SUFFIXES, VideoWriter

_log = logging.getLogger(__name__)

Picture = NDArray[np.uint8]
ClipSource = str | Path | Picture | Iterable[Picture]


@dataclass(frozen=True)
class Clip:
    """Frames to go through once, with all that is known about them.

    Attributes:
        name: The file, or a description of what came instead.
        frames: The frames, streamed.
        frame_rate: Frames a second, exact; None for a single picture.
        time_base: Tick of the frame times in seconds, None for one frame.
        count: Number of frames to expect, None for unknown.
        audio: Its sound, None for none.
    """

    name: str
    frames: Iterable[Frame]
    frame_rate: Fraction | None = None
    time_base: Fraction | None = None
    count: int | None = None
    audio: AudioSource | None = None


def open_clip(source: ClipSource, frame_rate: Fraction = Fraction(25)) -> Clip:
    """Open a video, a picture, or pictures that came as arrays.

    Args:
        source: A file, a picture (H, W, 3) uint8, or any iterable of pictures.
        frame_rate: Frames a second of an iterable.

    Returns:
        The clip.

    Raises:
        MediaError: The file can be read as neither picture nor video.
        ShapeError: An array is no picture.
    """
    if isinstance(source, str | Path):
        return _open_file(check_readable(source))
    if isinstance(source, np.ndarray) and source.ndim == 3:
        check_shape("picture", source, ("H", "W", 3))
        return Clip("<picture>", [Frame(0, Fraction(0), source)], count=1)
    count = len(source) if isinstance(source, Sized) else None
    return Clip("<frames>", _timed(source, frame_rate), frame_rate, count=count)


def _open_file(path: Path) -> Clip:
    if is_picture(path):
        return Clip(str(path), [Frame(0, Fraction(0), read_image(path))], count=1)
    if is_animated_webp(path):
        animation = AnimationReader(path)
        return Clip(
            str(path),
            animation,
            animation.frame_rate,
            animation.time_base,
            animation.frame_count_hint,
        )
    reader = VideoReader(path)
    return Clip(
        str(path),
        reader,
        reader.frame_rate,
        reader.time_base,
        reader.frame_count_hint,
        reader.audio,
    )


def _timed(pictures: Iterable[Picture], rate: Fraction) -> Iterator[Frame]:
    for index, image in enumerate(pictures):
        check_shape("frame", image, ("H", "W", 3))
        yield Frame(index, index / rate, image)


class Sink(Protocol):
    """Where pictures go."""

    def write(self, image: Picture, time: Fraction) -> None:
        """Take the next picture (H, W, 3) and its time in seconds from the first."""
        ...


class Kept:
    """Keeps pictures in memory.

    Attributes:
        images: RGB pictures (H, W, 3), uint8.
    """

    def __init__(self) -> None:
        self.images: list[Picture] = []

    def write(self, image: Picture, time: Fraction) -> None:
        """Keep a picture; its time is not needed."""
        self.images.append(image)


def check_target(path: str | Path, clip: Clip) -> Path:
    """Check, before any heavy work, that a clip's result can be written.

    Args:
        path: Target: a picture for a picture; for anything else a video, an animated WebP or GIF,
            or a pattern for numbered pictures such as ``frames/%05d.png``.
        clip: What the result is made from.

    Returns:
        The path.

    Raises:
        OutputError: It cannot be written, has an extension that does not fit, or is the input.
    """
    still = clip.frame_rate is None
    if is_sequence(path):
        return check_sequence(path)
    moving = VIDEO_SUFFIXES + ANIMATION_SUFFIXES
    target = check_writable(path, PICTURE_SUFFIXES if still else moving)
    if target.exists() and Path(clip.name).exists() and target.samefile(clip.name):
        raise OutputError(target, "is the driver itself, choose another name")
    return target


@dataclass(frozen=True)
class Coding:
    """How to encode a video."""

    # Quality, 0 (best) to 51 (worst).
    crf: int
    # The encoder's trade of speed for size, "ultrafast" to "veryslow".
    preset: str
    # Whether to carry the clip's sound over.
    audio: bool
    # What encodes a video: "h264", "hevc" or "vp9".
    codec: str = "h264"


@contextlib.contextmanager
def open_sink(
    target: Path | None, clip: Clip, size: tuple[int, int], coding: Coding
) -> Iterator[Sink]:
    """Write what a clip becomes: a video with the clip's times and sound, or a picture.

    Args:
        target: See `check_target`; None to keep the pictures in memory.
        clip: What the result is made from.
        size: Width and height of the pictures, in pixels.
        coding: How to encode a video.

    Yields:
        Where to write the pictures. The file is there, whole, when the block has ended well.

    Raises:
        OutputError: The target cannot be written.
        MediaError: The sound cannot be read.
    """
    if target is not None and is_sequence(target):
        with SequenceWriter(target) as sequence:
            yield sequence
        return
    if target is None or clip.frame_rate is None:
        kept = Kept()
        yield kept
        if target is not None:
            write_image(target, kept.images[-1])
        return
    if target.suffix.lower() in ANIMATION_SUFFIXES:
        if clip.audio and coding.audio:
            _log.warning("%s: has no room for sound, the driver's is left out", target)
        with AnimationWriter(target, size, clip.frame_rate) as animation:
            yield animation
        return
    with VideoWriter(
        target,
        size,
        clip.frame_rate,
        time_base=clip.time_base,
        audio=clip.audio if coding.audio else None,
        crf=coding.crf,
        preset=coding.preset,
        codec=coding.codec,
    ) as writer:
        yield writer
