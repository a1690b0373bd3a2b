"""How a live run goes: frames shown and dropped, and how long ago what is shown was seen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Delays are counted in so many milliseconds each; those beyond the last are the last.
_STEP_MS, _STEPS = 1.0, 5000
_RECENT = 90


@dataclass(frozen=True)
class Figures:
    """What a run has come to.

    Attributes:
        shown: Pictures shown.
        dropped: Frames of the camera that came too fast to be shown.
        fps: Pictures shown a second.
        median_ms: Median time from a frame's being seen to its picture's being shown.
        p95_ms: What 95 % of these times are below.
    """

    shown: int
    dropped: int
    fps: float
    median_ms: float
    p95_ms: float

    def __str__(self) -> str:
        """One line."""
        delay = f"delay {self.median_ms:.0f} ms (95 % below {self.p95_ms:.0f})"
        return f"{self.fps:.1f} a second, {self.shown} shown, {self.dropped} dropped, {delay}"


class Tally:
    """Counts in bounded memory."""

    def __init__(self) -> None:
        self._seen = self._shown = 0
        self._delays = np.zeros(_STEPS, np.int64)
        # Of the latest: when they were shown, and after how long.
        self._recent: deque[tuple[float, float]] = deque(maxlen=_RECENT)
        self._first: float | None = None
        self._last = 0.0

    def seen(self) -> None:
        """Count a frame of the camera."""
        self._seen += 1

    def shown(self, taken: float, now: float) -> None:
        """Count a picture.

        Args:
            taken: When its frame was seen, in seconds.
            now: When it is shown.
        """
        self._first, self._last = now if self._first is None else self._first, now
        self._shown += 1
        self._delays[min(round((now - taken) * 1000 / _STEP_MS), _STEPS - 1)] += 1
        self._recent.append((now, now - taken))

    def figures(self) -> Figures:
        """Tell of the whole run."""
        spent = self._last - (self._first or 0.0)
        return self._told(spent, self._shown, self._quantile(0.5), self._quantile(0.95))

    def recently(self) -> Figures:
        """Tell of the latest pictures, but for the counts, which are the run's."""
        recent = np.array(self._recent or [(0.0, 0.0)])
        late: NDArray[np.float64] = np.quantile(recent[:, 1] * 1000, [0.5, 0.95])
        return self._told(recent[-1, 0] - recent[0, 0], len(recent), late[0], late[1])

    def _told(self, spent: float, pictures: int, median: float, p95: float) -> Figures:
        fps = (pictures - 1) / spent if spent > 0 else 0.0
        dropped = self._seen - self._shown
        return Figures(self._shown, dropped, fps, float(median), float(p95))

    def _quantile(self, share: float) -> float:
        if not self._shown:
            return 0.0
        below = np.cumsum(self._delays)
        return float(np.searchsorted(below, share * below[-1])) * _STEP_MS
