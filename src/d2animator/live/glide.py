"""Going softly from what was shown to what is wanted, where the two do not follow on each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Wanted = TypeVar("Wanted")

Between = Callable[[Wanted, Wanted, float], Wanted]
"""Mixes two wishes: the first one's share is what is left of 1."""


class Glide(Generic[Wanted]):
    """Lets wishes follow on one another without a jump."""

    def __init__(self, between: Between[Wanted], seconds: float) -> None:
        """Start with nothing shown.

        Args:
            between: Mixes two wishes.
            seconds: How long a way takes.
        """
        self._between, self._seconds = between, seconds
        self._shown: Wanted | None = None
        self._start: Wanted | None = None
        self._began = 0.0

    def begin(self, time: float) -> None:
        """Go, from ``time`` in seconds on, from what is shown to whatever is wanted then."""
        self._start, self._began = self._shown, time

    def __call__(self, wanted: Wanted, time: float) -> Wanted:
        """Tell what to show.

        Args:
            wanted: What is wanted now; it may change while the way is gone.
            time: Seconds, not before the last.

        Returns:
            ``wanted`` itself, but for the way after `begin`.
        """
        passed = time - self._began
        if self._start is None or passed >= self._seconds:
            self._start, self._shown = None, wanted
        else:
            share = passed / self._seconds
            soft = share * share * (3 - 2 * share)
            self._shown = self._between(self._start, wanted, soft)
        return self._shown
