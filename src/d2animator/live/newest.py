"""One place between two threads that holds the newest thing alone: nothing ever queues."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class EndedError(Exception):
    """Nothing more will come."""


class Newest(Generic[Thing]):
    """Holds one thing until it is taken, or a newer one takes its place."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._thing: Thing | None = None
        self._end: BaseException | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._end is not None

    def put(self, thing: Thing) -> None:
        """Leave a thing; one that nobody took is dropped."""
        with self._changed:
            self._thing = thing
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come, and why; only the first such word counts."""
        with self._changed:
            self._end = self._end or error or EndedError()
            self._changed.notify_all()

    def take(self, patience_s: float | None = None) -> Thing:
        """Wait for a thing and take it.

        Args:
            patience_s: Seconds to wait; None for any time.

        Raises:
            EndedError: All was taken, and nothing more will come.
            TimeoutError: Nothing came in time.
            BaseException: What was said to be the end.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._thing is not None or self._end, patience_s)
            thing, self._thing = self._thing, None
            self._changed.notify_all()
        if thing is not None:
            return thing
        raise self._end or TimeoutError

    def wait_until_taken(self) -> None:
        """Wait until there is nothing, or nothing more will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._thing is None or self._end)
