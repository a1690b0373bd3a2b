"""Time budgets of iterative searches."""

from __future__ import annotations

import time
from collections.abc import Iterator


def shares(steps: int, seconds: float | None = None) -> Iterator[float]:
    """Count the steps of a search, and stop early when its time is spent.

    Args:
        steps: Most steps.
        seconds: Most time, None for no limit. The first step is always taken.

    Yields:
        How much of the search is over, from 0 towards 1, by steps or time, whichever is further.
        A step size that follows it has fallen by the end, however the search ends.
    """
    began = time.monotonic()
    for step in range(steps):
        spent = 0.0 if seconds is None else (time.monotonic() - began) / max(seconds, 1e-9)
        if spent >= 1 and step:
            return
        yield min(max(step / steps, spent), 1.0)
