"""Between the progress bars of the Hub's client and a plain callback."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from d2animator.progress import Progress


def bar_class(report: Progress) -> type:
    """Make a class that the Hub's client takes for a progress bar, and that shows nothing.

    Args:
        report: Called with the bytes that are done and that are to come, of all files together.

    Returns:
        A class for the client's argument ``tqdm_class``.
    """

    class Bar(_Bar):
        def tell(self) -> None:
            report(self.n, self.total or None)

    return Bar


class _Bar:
    """As much of tqdm as the client uses. Several threads may share one."""

    _lock = threading.RLock()

    def __init__(self, *_: Any, **settings: Any) -> None:
        self.n = int(settings.get("initial") or 0)
        self.total = settings.get("total")
        self.format_dict: dict[str, Any] = {"rate": None}
        # Bars also count files, and count bytes twice: as they come, and as they reach the disk.
        is_bytes = settings.get("unit") == "B"
        self._told = is_bytes and "Downloading bytes" not in str(settings.get("desc", ""))

    def tell(self) -> None:
        """Report the state."""
        raise NotImplementedError

    def update(self, n: float | None = 1) -> None:
        """Count on."""
        with self._lock:
            self.n += int(n or 0)
            if self._told:
                self.tell()

    def refresh(self, *_: Any, **__: Any) -> None:
        """Report again, as the total may have changed."""
        with self._lock:
            if self._told:
                self.tell()

    def __getattr__(self, name: str) -> Any:
        # Descriptions, postfixes, closing and whatever later versions call: nothing to do.
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_, **__: None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    @classmethod
    def get_lock(cls) -> Any:
        """The lock that all bars share."""
        return cls._lock

    @classmethod
    def set_lock(cls, lock: Any) -> None:
        """Share another lock; there is one already."""


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Keep the Hub's client from showing bars of its own."""
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    before = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if not before:
            enable_progress_bars()
