"""Exact frame times: finding the regular grid that a container's rounded time stamps follow.

Containers store 29.97 frames a second as multiples of their own tick (1 ms in Matroska), so
0, 33, 67, 100 ms stands for k·1001/30000 s. A clip whose stamps all lie within one tick of such
a grid gets the exact times back; any other keeps its stamps as they are (variable frame rate).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

NTSC = Fraction(1000, 1001)
_NEAR = Fraction(1, 2000)  # half the distance between 30 and 29.97


class RateProbe:
    """Follows time stamps, in any order, and tells whether they fill one regular grid.

    Memory does not grow with the number of stamps.
    """

    def __init__(
        self, time_base: Fraction, start: Fraction, candidates: Iterable[Fraction]
    ) -> None:
        """Start following.

        Args:
            time_base: Tick of the stamps, in seconds.
            start: Time of the first frame, seconds.
            candidates: Rates to try, frames a second, the preferred ones first.
        """
        self._time_base = time_base
        self._start = start
        # Largest distance of a stamp from each candidate's grid, seconds.
        self._error = {rate: Fraction(0) for rate in candidates}
        self._first: Fraction | None = None
        self._last: Fraction | None = None
        self.count = 0

    def add(self, time: Fraction) -> None:
        """Take one stamp.

        Args:
            time: Seconds.
        """
        self.count += 1
        self._first = time if self._first is None else min(self._first, time)
        self._last = time if self._last is None else max(self._last, time)
        since = time - self._start
        for rate in list(self._error):
            error = abs(since - snap(since, rate))
            # Coarse ticks must not make everything fit.
            if error > min(self._time_base, 1 / (8 * rate)):
                del self._error[rate]
            else:
                self._error[rate] = max(self._error[rate], error)

    @property
    def grid(self) -> Fraction | None:
        """The rate whose grid the stamps fill without a hole or a repeat; None if there is none.

        A rate that is met exactly is preferred to one that is met within a tick.
        """
        if self._first is None or self._last is None:
            return None
        span = self._last - self._first
        full = [rate for rate in self._error if round(span * rate) + 1 == self.count]
        exact = [rate for rate in full if self._error[rate] == 0]
        return next(iter(exact or full), None)

    @property
    def average(self) -> Fraction | None:
        """Mean rate of the stamps so far, None for fewer than two."""
        if self._first is None or self._last is None or self._last <= self._first:
            return None
        return (self.count - 1) / (self._last - self._first)


def snap(time: Fraction, rate: Fraction) -> Fraction:
    """Move a time to the nearest place of a grid.

    Args:
        time: Seconds from the grid's start.
        rate: Places a second.

    Returns:
        Seconds, an exact multiple of 1 / rate.
    """
    return round(time * rate) / rate


def rate_candidates(*announced: Fraction | None) -> tuple[Fraction, ...]:
    """Rates worth trying, given what a container announces.

    Args:
        announced: Announced rates, exact or rounded; None for unknown.

    Returns:
        Each announced rate preceded by the common rate (a whole number, or one times
        1000/1001) within 0.05 % of it; without repeats.
    """
    found: dict[Fraction, None] = {}
    for rate in announced:
        if rate is None or rate <= 0:
            continue
        whole = Fraction(round(rate))
        ntsc = Fraction(round(rate / NTSC)) * NTSC
        near = [common for common in (whole, ntsc) if abs(common / rate - 1) < _NEAR]
        for candidate in (*sorted(near, key=lambda common: abs(common - rate)), rate):
            found.setdefault(candidate)
    return tuple(found)
