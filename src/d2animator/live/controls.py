"""What keys do while a session runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from d2animator.errors import D2AnimatorError
from d2animator.faces.actions import REGIONS, Region
from d2animator.invert.sources import Source
from d2animator.live.acting import State
from d2animator.live.session import Session

_log = logging.getLogger(__name__)

LEFT, RIGHT, UP, DOWN = "left", "right", "up", "down"
_STEP, _MOST = 0.1, 2.0
_NUMBERS = "123456789"


class Controls:
    """Does what keys ask for.

    ``space`` pauses, ``n`` takes the next face for the driver's at rest, ``m`` mirrors, ``1`` to
    ``9`` choose a source, left and right a region, up and down how strongly it follows, and ``q``
    ends.

    Attributes:
        ended: Whether the end was asked for.
        said: What the last key has led to, for whoever pressed it.
        changing: Done when the source that was chosen last moves; None before any was.
    """

    def __init__(
        self,
        session: Session,
        sources: Sequence[Source | Callable[[], Source]],
        *,
        mirror: bool = False,
    ) -> None:
        """Start with nothing pressed.

        Args:
            session: What runs.
            sources: Those to choose from; the first one moves.
            mirror: Whether the session mirrors.
        """
        self._session, self._sources, self._mirror = session, sources, mirror
        self._regions: tuple[Region | None, ...] = (None, *REGIONS)
        self._chosen = 0
        self._gains = {**dict.fromkeys(REGIONS, 1.0), **session.gains}
        self.changing: Future[None] | None = None
        self.ended = False
        self.said = ""

    def press(self, key: str) -> None:
        """Do what a key asks for; an unknown one does nothing."""
        if key == "q":
            self.ended = True
        elif key in (" ", "space"):
            paused = self._session.state is not State.PAUSED
            self._session.set(paused=paused)
            self.said = "paused" if paused else "going on"
        elif key == "n":
            self._session.neutral()
            self.said = "this is your face at rest"
        elif key == "m":
            self._mirror = not self._mirror
            self._session.set(mirror=self._mirror)
            self.said = "as in a mirror" if self._mirror else "not as in a mirror"
        elif key in (LEFT, RIGHT):
            self._chosen = (self._chosen + (1 if key == RIGHT else -1)) % len(self._regions)
            self._say_gain()
        elif key in (UP, DOWN):
            self._change_gain(_STEP if key == UP else -_STEP)
        elif len(key) == 1 and key in _NUMBERS[: len(self._sources)]:
            self._change_source(int(key))

    def _change_gain(self, step: float) -> None:
        region = self._regions[self._chosen]
        for name in REGIONS if region is None else (region,):
            self._gains[name] = round(min(max(self._gains[name] + step, 0.0), _MOST), 2)
        self._session.set(regions=REGIONS, gains=self._gains)
        self._say_gain()

    def _say_gain(self) -> None:
        region = self._regions[self._chosen]
        shown = REGIONS if region is None else (region,)
        self.said = ", ".join(f"{name} {self._gains[name]:g}" for name in shown)

    def _change_source(self, number: int) -> None:
        self.said = f"source {number} is being prepared"
        self.changing = self._session.change(self._sources[number - 1])
        self.changing.add_done_callback(lambda done: self._changed(number, done))

    def _changed(self, number: int, done: Future[None]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        self.said = f"source {number}" if error is None else f"source {number}: {error}"
        if error is not None and not isinstance(error, D2AnimatorError):
            _log.error("source %d cannot be prepared", number, exc_info=error)
