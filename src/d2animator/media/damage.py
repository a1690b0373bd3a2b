"""Clips with damaged places: what is lost keeps its time, and shows the picture before it."""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterator, Sequence

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from d2animator.media.container import DECODER_ERRORS, packets


def decoded(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame | None]:
    """Decode a stream, over its damaged places.

    Args:
        container: At its start.
        stream: The one to decode.

    Yields:
        Frames in the order they are shown; None for each packet that gave none for damage. With
        several frames decoded at once, those around it are lost with it.
    """
    for packet in packets(container, stream):
        if packet is None:
            yield None
            continue
        try:
            frames = packet.decode()
        except DECODER_ERRORS:
            yield None
            continue
        yield from frames


class Slots:
    """The stamps at which frames are due, to tell where those are missing that were lost.

    Some codecs have packets that are not to be shown: there, a stamp without a frame is a sign of
    damage only where something is known to be lost.
    """

    def __init__(self, stamps: Sequence[int], exact: bool = False) -> None:
        """Start before the first frame.

        Args:
            stamps: Of all packets, in any order, in the stream's ticks.
            exact: Whether each packet is a frame to be shown.
        """
        self._exact = exact
        self._stamps = array("q", sorted(stamps))
        self._next = 0
        self._lost = 0

    def lose(self) -> None:
        """Note that a frame was lost."""
        self._lost += 1

    def before(self, stamp: int | None) -> Sequence[int | None]:
        """Tell which frames are missing before the next one.

        Args:
            stamp: Of the frame that comes next; None for one without.

        Returns:
            Their stamps, None where they have none.
        """
        if stamp is None or not self._stamps:
            missing: Sequence[int | None] = [None] * self._lost
            self._lost = 0
            return missing
        place = bisect.bisect_left(self._stamps, stamp, self._next)
        missing = self._take(place)
        self._next = bisect.bisect_right(self._stamps, stamp, place)
        return missing

    def rest(self) -> Sequence[int | None]:
        """Tell which frames are missing after the last one."""
        if not self._stamps:
            return self.before(None)
        return self._take(len(self._stamps))

    def _take(self, place: int) -> Sequence[int]:
        """Take the stamps up to a place, as far as frames were lost."""
        missing = self._stamps[self._next : place]
        if not self._exact:
            missing = missing[: self._lost]
            self._lost -= len(missing)
        self._next = place
        return missing


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
