"""Whatever moves, or stands still, as one kind of input; and the matching kinds of output."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol, cast

from d2animator.errors import ConfigError, OutputError, PictureError
from d2animator.media.animation import (
    ANIMATION_SUFFIXES,
    AnimationReader,
    AnimationWriter,
    check_rate,
)
from d2animator.media.audio import AudioSource
from d2animator.media.codecs import AUTO, VIDEO_SUFFIXES, fitting_codec
from d2animator.media.files import check_readable, check_writable
from d2animator.media.images import PICTURE_SUFFIXES, Picture, read_image, write_image
from d2animator.media.kinds import Kind, kind_of
from d2animator.media.pending import Finish
from d2animator.media.pictures import PictureLike, as_picture, is_one
from d2animator.media.sequence import SequenceWriter, check_sequence, is_sequence
from d2animator.media.video import Frame, VideoReader
from d2animator.media.writer import VideoWriter

_log = logging.getLogger(__name__)

ClipSource = PictureLike | Iterable[PictureLike]
"""A video or a picture, or an iterable of pictures."""


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
        missing: Seconds by which it ends before its file says that it does; 0 if it is whole.
    """

    name: str
    frames: Iterable[Frame]
    frame_rate: Fraction | None = None
    time_base: Fraction | None = None
    count: int | None = None
    audio: AudioSource | None = None
    missing: Fraction = Fraction(0)


def open_clip(
    source: ClipSource, frame_rate: Fraction = Fraction(25), *, audio_track: int | None = None
) -> Clip:
    """Open a video, a picture, or pictures that came as arrays.

    Args:
        source: A file, a picture as `as_picture` takes it, or any iterable of such pictures.
        frame_rate: Frames a second of an iterable.
        audio_track: Which of a video's sounds, from 0; None for the one marked as default.

    Returns:
        The clip.

    Raises:
        MediaError: The file can be read as neither picture nor video, or has no such track.
        PictureError: An object is no picture, or there is none at all.
        ConfigError: No such rate.
    """
    if isinstance(source, str | os.PathLike):
        return _open_file(check_readable(os.fspath(source)), audio_track)
    if is_one(source):
        return Clip("<picture>", [Frame(0, Fraction(0), as_picture(source, "picture"))], count=1)
    if frame_rate <= 0:
        raise ConfigError("frame_rate", f"expected more than 0, got {frame_rate}")
    count = len(source) if isinstance(source, Sized) else None
    frames = cast(Iterable[PictureLike], source)
    return Clip("<frames>", _timed(frames, frame_rate), frame_rate, count=count)


def _open_file(path: Path, audio_track: int | None) -> Clip:
    kind = kind_of(path)
    if kind is Kind.STILL:
        return Clip(str(path), [Frame(0, Fraction(0), read_image(path))], count=1)
    if kind is Kind.ANIMATED:
        animation = AnimationReader(path)
        about = (animation.frame_rate, animation.time_base, animation.frame_count_hint)
        return Clip(str(path), animation, *about)
    reader = VideoReader(path, audio_track)
    about = (reader.frame_rate, reader.time_base, reader.frame_count_hint)
    return Clip(str(path), reader, *about, reader.audio, reader.missing)


def _timed(pictures: Iterable[PictureLike], rate: Fraction) -> Iterator[Frame]:
    index = -1
    for index, picture in enumerate(pictures):
        yield Frame(index, index / rate, as_picture(picture, f"frame {index}"))
    if index < 0:
        raise PictureError("frames", "expected one picture at least, got none")


class Sink(Protocol):
    """Where pictures go."""

    def write(self, image: Picture, time: Fraction) -> None:
        """Take the next picture (H, W, 3) or (H, W, 4) and its time in seconds from the first."""
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


def check_target(path: str | Path, clip: Clip, codec: str = AUTO) -> Path:
    """Check, before any heavy work, that a clip's result can be written.

    Args:
        path: Target: a picture for a picture; for anything else a video, an animated WebP or GIF,
            or a pattern for numbered pictures such as ``frames/%05d.png``.
        clip: What the result is made from.
        codec: What shall encode a video.

    Returns:
        The path.

    Raises:
        OutputError: It cannot be written, has an extension that does not fit, does not hold such a
            codec, or is the input.
        ConfigError: No such codec.
    """
    if is_sequence(path):
        return check_sequence(path)
    suffix = Path(path).suffix.lower()
    if clip.frame_rate is None and suffix in VIDEO_SUFFIXES:
        still = f"{clip.name} is a single picture, and so is what it makes"
        raise OutputError(path, f"{still}: expected one of {', '.join(PICTURE_SUFFIXES)}")
    if clip.frame_rate is None:
        target = check_writable(path, PICTURE_SUFFIXES)
    elif suffix in PICTURE_SUFFIXES and suffix not in ANIMATION_SUFFIXES:
        moving = ", ".join(VIDEO_SUFFIXES + ANIMATION_SUFFIXES)
        numbered = f"numbered pictures such as frames/%05d{suffix}"
        raise OutputError(path, f"the result moves: expected one of {moving}, or {numbered}")
    else:
        target = check_writable(path, VIDEO_SUFFIXES + ANIMATION_SUFFIXES)
        if suffix in VIDEO_SUFFIXES:
            fitting_codec(target, codec)
        else:
            check_rate(target, clip.frame_rate)
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
    # Whether to carry sound over.
    audio: bool
    # What encodes a video: "h264", "hevc", "vp9", or "auto" for what the container usually holds.
    codec: str = AUTO


@contextlib.contextmanager
def open_sink(
    target: Path | None,
    clip: Clip,
    size: tuple[int, int],
    coding: Coding,
    *,
    sound: AudioSource | None = None,
    finish: Finish | None = None,
) -> Iterator[Sink]:
    """Write what a clip becomes: a video with the clip's times and sound, or a picture.

    Args:
        target: See `check_target`; None to keep the pictures in memory.
        clip: What the result is made from.
        size: Width and height of the pictures, in pixels.
        coding: How to encode a video.
        sound: Sound to carry over in place of the clip's own, such as the source's; see
            `d2animator.media.audio.open_sound`.
        finish: What is done last with every file, before it is moved to its target.

    Yields:
        Where to write the pictures, with or without transparency. The file is there,
        whole, when the block has ended well.

    Raises:
        OutputError: The target cannot be written.
        MediaError: The sound cannot be read.
    """
    audio = (sound or clip.audio) if coding.audio else None
    if target is not None and is_sequence(target):
        with SequenceWriter(target, finish) as sequence:
            yield sequence
        return
    if target is None or clip.frame_rate is None:
        kept = Kept()
        yield kept
        if target is not None:
            write_image(target, kept.images[-1], finish=finish)
        return
    if target.suffix.lower() in ANIMATION_SUFFIXES:
        if audio is not None:
            _log.warning("%s: has no room for sound, which is left out", target)
        with AnimationWriter(target, size, clip.frame_rate, finish=finish) as animation:
            yield animation
        return
    with VideoWriter(
        target,
        size,
        clip.frame_rate,
        time_base=clip.time_base,
        audio=audio,
        crf=coding.crf,
        preset=coding.preset,
        codec=coding.codec,
        finish=finish,
    ) as writer:
        yield writer
