"""A part of a clip: some seconds of it, or its first frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from d2animator.errors import ConfigError
from d2animator.media.clip import Clip
from d2animator.media.video import Frame


@dataclass(frozen=True)
class Part:
    """Which part; all of a clip by default."""

    # Seconds to begin at, None for the beginning.
    start: Fraction | None = None
    # Seconds to end before, None for the end.
    end: Fraction | None = None
    # Most frames, None for all.
    frames: int | None = None

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            seconds = getattr(self, name)
            if seconds is not None and seconds < 0:
                raise ConfigError(name, f"expected seconds from 0, got {float(seconds):g}")
        if self.start is not None and self.end is not None and self.end <= self.start:
            reason = f"expected more than start ({float(self.start):g}), got {float(self.end):g}"
            raise ConfigError("end", reason)
        if self.frames is not None and self.frames < 1:
            raise ConfigError("frames", f"expected at least 1, got {self.frames}")

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self == Part()


def part_of(clip: Clip, part: Part) -> Clip:
    """Take a part of a clip; its first frame is frame 0 at time zero, and its sound goes along.

    Args:
        clip: Its frames are read on from where they are; those before the start are decoded too.
        part: Which part. A single picture has no parts and stays whole.
    """
    if part.is_whole or clip.frame_rate is None:
        return clip
    count = None if clip.count is None else _count(clip, part)
    audio = clip.audio
    if audio is not None:
        length = _seconds(part, clip.frame_rate)
        audio = replace(audio, early=audio.early and part.start is None, seconds=length)
        audio = replace(audio, video_start=audio.video_start + (part.start or 0))
    return replace(clip, frames=_PartFrames(clip, part), count=count, audio=audio)


def _seconds(part: Part, rate: Fraction) -> Fraction | None:
    """Longest time that a part may take, None where it goes on to the end."""
    ends = [] if part.end is None else [part.end - (part.start or 0)]
    ends += [] if part.frames is None else [part.frames / rate]
    return min(ends, default=None)


def _count(clip: Clip, part: Part) -> int:
    """Number of frames to expect, of a clip that tells its own."""
    rate = clip.frame_rate or Fraction(1)
    first = 0 if part.start is None else -int(-part.start * rate // 1)
    last = clip.count or 0
    if part.end is not None:
        last = min(last, -int(-part.end * rate // 1))
    left = max(last - first, 0)
    return left if part.frames is None else min(left, part.frames)


class _PartFrames:
    """The frames of a part, as often as the clip's can be gone through."""

    def __init__(self, clip: Clip, part: Part) -> None:
        self._clip, self._part = clip, part

    def __iter__(self) -> Iterator[Frame]:
        part, shift, index = self._part, None, 0
        for frame in self._clip.frames:
            if part.start is not None and frame.time < part.start:
                continue
            if part.end is not None and frame.time >= part.end:
                break
            shift = frame.time if shift is None else shift
            yield replace(frame, index=index, time=frame.time - shift)
            index += 1
            if index == part.frames:
                break
        if index == 0:
            start = 0.0 if part.start is None else float(part.start)
            raise ConfigError("start", f"{self._clip.name}: no frame from {start:g} s on")
