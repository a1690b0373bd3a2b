"""The animator, loaded behind the page."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from d2animator.web.refusals import sentence

if TYPE_CHECKING:
    from d2animator.animator import D2Animator

_log = logging.getLogger(__name__)


class Loading:
    """An animator that is on its way."""

    def __init__(self, load: Callable[[], D2Animator]) -> None:
        """Get ready to load it.

        Args:
            load: Gives it; called once, in a thread of its own.
        """
        self._load = load
        self._animator: Future[D2Animator] = Future()
        self._animator.add_done_callback(_tell)

    def begin(self) -> None:
        """Begin to load it, unless that was done."""
        if self._animator.set_running_or_notify_cancel():
            threading.Thread(target=self._run, name="d2animator-loading", daemon=True).start()

    def __call__(self) -> D2Animator:
        """Wait for it.

        Raises:
            D2AnimatorError: It cannot be had.
        """
        return self._animator.result()

    def _run(self) -> None:
        try:
            self._animator.set_result(self._load())
        except BaseException as error:
            self._animator.set_exception(error)

    @property
    def state(self) -> str:
        """``loading``, ``ready`` or ``failed``."""
        if not self._animator.done():
            return "loading"
        return "ready" if self._animator.exception() is None else "failed"

    @property
    def error(self) -> str | None:
        """Why it cannot be had, None while nothing speaks against it."""
        error = self._animator.exception() if self._animator.done() else None
        return None if error is None else sentence(error)


def _tell(loaded: Future[D2Animator]) -> None:
    if (error := loaded.exception()) is not None:
        _log.error("the model cannot be loaded: %s", error)
