"""Somebody with the page open in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# A busy machine takes its time; nothing here is about speed.
PATIENCE_MS = 240_000


class Visit:
    """A page that somebody has open, and what it asked for."""

    def __init__(self, browser: Any, address: str, **context: Any) -> None:
        self.context = browser.new_context(accept_downloads=True, **context)
        self.context.set_default_timeout(PATIENCE_MS)
        self.asked: list[str] = []
        self.problems: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._hear)
        self.page.goto(address)

    def _hear(self, message: Any) -> None:
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.problems.append(message.text)

    def choose(self, where: str, label: str) -> None:
        self.page.click(f"{where} .examples [aria-label='{label}']")

    def download(self, what: str, target: Path) -> Path:
        with self.page.expect_download() as coming:
            self.page.click(what)
        coming.value.save_as(target)
        return target


def within(done: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.25)
