"""The page in a real browser: a server of its own, and Chromium without a window."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from d2animator.media.clip import open_clip
from d2animator.media.images import encode_jpeg

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Commands that a browser of the right kind goes by."""

# Nothing but the page itself is to be seen on the wire.
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    "--use-fake-device-for-media-stream",
)
_ALLOWED = "--use-fake-ui-for-media-stream"


def browser_path() -> str | None:
    """Find a browser on this machine; None for none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextlib.contextmanager
def served(*words: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run ``d2animator web`` on a free port.

    Args:
        *words: Options of it.
        environment: Variables that it gets besides those of this process.

    Yields:
        The page's address.
    """
    command = [sys.executable, "-m", "d2animator", "web", "--no-open", "--port", "0", *words]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
    ) as server:
        try:
            said = "" if server.stdout is None else server.stdout.readline()
            found = re.search(r"http://\S+", said)
            if found is None:
                raise RuntimeError(f"the server has not come up: {said!r}")
            yield found[0]
        finally:
            server.terminate()
            server.wait(30)


@contextlib.contextmanager
def browsing(camera: Path | None = None, *, allowed: bool = True) -> Iterator[Any]:
    """Open Chromium.

    Args:
        camera: A .mjpeg file that its camera shows, again and again; None for its test picture.
        allowed: Whether pages may use it; nobody is asked.

    Yields:
        Playwright's browser.
    """
    from playwright.sync_api import sync_playwright

    flags = [*_FLAGS, _ALLOWED] if allowed else [*_FLAGS]
    if camera is not None:
        flags.append(f"--use-file-for-fake-video-capture={camera}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=flags)
        try:
            yield browser
        finally:
            browser.close()


def film_for_camera(clip: Path, target: Path, frames: int = 100) -> Path:
    """Write the first frames of a clip as the .mjpeg file that Chromium's camera can show."""
    with target.open("wb") as file:
        for frame, _ in zip(open_clip(clip).frames, range(frames), strict=False):
            file.write(encode_jpeg(frame.image, 92))
    return target
