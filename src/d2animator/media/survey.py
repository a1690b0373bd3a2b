"""A pass over a video's packets, without decoding: its exact rate, its length, its damage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from d2animator.errors import MediaError
from d2animator.media.audio import exact
from d2animator.media.timing import RateProbe, rate_candidates

# Containers whose header tells how long the whole file is; ending this much earlier, in seconds,
# means that the file was cut off.
_HONEST_CONTAINERS = ("mov", "matroska")
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
    """

    start: Fraction
    time_base: Fraction
    grid: Fraction | None
    rate: Fraction
    count: int


def picture_stream(path: Path, container: InputContainer) -> VideoStream:
    """Find the moving pictures of a file.

    Args:
        path: The file, for the message.
        container: The opened file.

    Returns:
        The first video stream that is not a cover picture.

    Raises:
        MediaError: There is none.
    """
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
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
        MediaError: No video, no frames, or the file is damaged or ends too early.
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
    walk.check_whole()
    stamped = probe.count == walk.frames
    grid = probe.grid if stamped else None
    # Without stamps only the announced rate is left; 25 where not even that is known.
    mean = probe.average if stamped else None
    rate = grid or mean or next(iter(candidates), Fraction(25))
    return Survey(start, base, grid, rate, walk.frames)


class _Walk:
    """The way through the packets of a file, noting its frames and its end."""

    def __init__(self, path: Path, container: InputContainer, stream: VideoStream) -> None:
        self._path, self._container, self._stream = path, container, stream
        self._packets = container.demux()
        self._end = Fraction(0)
        self.frames = 0

    def times(self) -> Iterator[Fraction]:
        """Yield the stamps of the frames that come next, seconds."""
        while (packet := self._step()) is not None:
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.stream.index == self._stream.index:
                self.frames += 1
                if packet.pts is not None:
                    yield packet.pts * exact(packet.time_base)

    def _step(self) -> Packet[Stream] | None:
        try:
            packet = next(self._packets, None)
        except (av.error.FFmpegError, OSError) as error:
            raise MediaError(self._path, self._cut_off()) from error
        if packet is None:
            return None
        if packet.is_corrupt and self._honest:
            raise MediaError(self._path, self._cut_off())
        if packet.pts is not None:
            ends = (packet.pts + (packet.duration or 0)) * exact(packet.time_base)
            self._end = max(self._end, ends)
        return packet

    @property
    def _honest(self) -> bool:
        return self._container.format.name.startswith(_HONEST_CONTAINERS)

    def _cut_off(self) -> str:
        return f"is damaged or truncated: it breaks off at frame {self.frames}"

    def check_whole(self) -> None:
        """Compare where the packets end with where the header says that they do.

        Raises:
            MediaError: The file ends too early.
        """
        if not self._honest or not self._container.duration:
            return
        # Some count it from zero and some from the first stamp: the lesser claim is safe.
        promised = Fraction(self._container.duration, _MICROSECONDS)
        if self._end + _SHORTFALL < promised:
            raise MediaError(self._path, self._cut_off())
