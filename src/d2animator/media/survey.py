"""A pass over a video's packets, without decoding: its exact rate, its length, its damage."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path

from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from d2animator.errors import MediaError
from d2animator.media.audio import exact
from d2animator.media.container import packets
from d2animator.media.limits import check_pixels
from d2animator.media.timing import RateProbe, rate_candidates

_log = logging.getLogger(__name__)

# Containers whose header tells how long the whole file is; ending this much earlier, in seconds,
# means that the file was cut off. The header of the others may be wrong, a word must do.
_HONEST_CONTAINERS = ("mov", "matroska")
_TELLING_CONTAINERS = ("avi", "flv", "asf")
_SHORTFALL = Fraction(1, 2)
# Frames may come out of order; the earliest of the first few packets is the first one shown.
_REORDERED = 32
_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Survey:
    """What the packets tell.

    Attributes:
        start: Stamp of the first shown frame, seconds.
        time_base: Tick of the stamps, seconds.
        grid: Rate of the regular grid that the frames fill, None if they do not.
        rate: That rate, or the mean one.
        count: Number of frames to expect.
        stamps: Of all frames that have one, in ticks, as they come.
        broken: Stamps of those that the container says are damaged.
        sound: Whether no packet is damaged and the end is there, as far as can be told.
        missing: Seconds by which it ends too early, 0 for none.
    """

    start: Fraction
    time_base: Fraction
    grid: Fraction | None
    rate: Fraction
    count: int
    stamps: array[int] = field(repr=False)
    broken: frozenset[int]
    sound: bool
    missing: Fraction


def picture_stream(path: Path, container: InputContainer) -> VideoStream:
    """Find the moving pictures of a file.

    Args:
        path: The file, for the message.
        container: The opened file.

    Returns:
        The first video stream that is not a cover picture.

    Raises:
        MediaError: There is none, or none of a known codec and of a size that is read.
    """
    unknown = False
    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:
            continue
        if stream.codec_context is None:
            unknown = True
            continue
        if stream.width and stream.height:
            check_pixels(path, stream.width, stream.height)
        return stream
    if unknown:
        raise MediaError(path, "its pictures are coded in a way that is not known; convert it")
    if container.streams.audio:
        raise MediaError(path, "has sound but no picture, expected a video")
    raise MediaError(path, "is not a video (it has no video stream)")


def survey_packets(path: Path, container: InputContainer) -> Survey:
    """Pass over all packets.

    Args:
        path: The file, for messages.
        container: The opened file, at its start; at its end afterwards.

    Returns:
        What was found.

    Raises:
        MediaError: No video, no frames, or the file ends too early.
    """
    stream = picture_stream(path, container)
    walk = _Walk(path, container, stream)
    head = list(islice(walk.times(), _REORDERED))
    if walk.frames == 0:
        raise MediaError(path, "has no frames")
    base = exact(stream.time_base)
    announced = [exact(r) for r in (stream.average_rate, stream.guessed_rate, stream.base_rate)]
    candidates = rate_candidates(*announced)
    start = min(head, default=Fraction(0))
    probe = RateProbe(base, start, candidates)
    for time in chain(head, walk.times()):
        probe.add(time)
    missing = walk.missing_end()
    sound = not (missing or walk.damaged)
    stamped = probe.count == walk.frames
    grid = probe.grid if stamped else None
    # Without stamps only the announced rate is left; 25 where not even that is known.
    mean = probe.average if stamped else None
    rate = grid or mean or next(iter(candidates), Fraction(25))
    broken = frozenset(walk.broken)
    return Survey(start, base, grid, rate, walk.frames, walk.stamps, broken, sound, missing)


class _Walk:
    """The way through the packets of a file, noting its frames and its end."""

    def __init__(self, path: Path, container: InputContainer, stream: VideoStream) -> None:
        self._path, self._container, self._stream = path, container, stream
        self._packets = packets(container)
        self._end = Fraction(0)
        self._broken_end = self.damaged = False
        self.frames = 0
        self.stamps = array("q")
        self.broken: set[int] = set()

    def times(self) -> Iterator[Fraction]:
        """Yield the stamps of the frames that come next, seconds."""
        for packet in self._packets:
            if packet is None:
                self._broken_end = self.damaged = True
                continue
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.pts is not None:
                ends = (packet.pts + (packet.duration or 0)) * exact(packet.time_base)
                self._end = max(self._end, ends)
            self._broken_end = packet.is_corrupt
            self.damaged = self.damaged or packet.is_corrupt
            if packet.stream.index == self._stream.index:
                self.frames += 1
                if packet.pts is not None:
                    self.stamps.append(packet.pts)
                    if packet.is_corrupt:
                        self.broken.add(packet.pts)
                    yield packet.pts * exact(packet.time_base)

    def missing_end(self) -> Fraction:
        """Compare where the packets end with where the header says that they do.

        Returns:
            Seconds that are missing, 0 for none.

        Raises:
            MediaError: The file ends too early.
        """
        name = self._container.format.name
        honest = name.startswith(_HONEST_CONTAINERS)
        # Some count it from zero and some from the first stamp: the lesser claim is safe.
        promised = Fraction(self._container.duration or 0, _MICROSECONDS)
        missing = promised - self._end
        if name == "avi" and (rate := exact(self._stream.average_rate)) > 0:
            # Without its index, libav guesses the length of an AVI from what is there.
            missing = max(missing, (self._stream.frames - self.frames) / rate)
        if honest and (missing > _SHORTFALL or self._broken_end):
            end = f"; the last {float(missing):.1f} s are missing" if missing > 0 else ""
            what = f"is damaged or truncated: it breaks off at frame {self.frames}{end}"
            raise MediaError(self._path, what)
        early = missing > _SHORTFALL and name.startswith(_TELLING_CONTAINERS)
        if early:
            said = "its end is missing: it breaks off at frame"
            _log.warning("%s: %s %d, %.1f s early", self._path, said, self.frames, missing)
        return missing if early else Fraction(0)
