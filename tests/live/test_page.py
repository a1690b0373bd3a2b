from __future__ import annotations

import functools
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import cv2
import numpy as np
import pytest

from d2animator.errors import OutputError
from d2animator.live.page import Page
from tests.seeing import picture

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page()
    yield page
    page.close()


def asked(address: str, body: bytes | None = None, **headers: str) -> Any:
    request = urllib.request.Request(address, body, headers)
    return urllib.request.urlopen(request, timeout=10)


def refused(address: str, body: bytes | None = None, **headers: str) -> int:
    with pytest.raises(HTTPError) as raised:
        asked(address, body, **headers)
    with raised.value as answer:
        return int(answer.code)


def decoded(data: bytes) -> Any:
    bgr: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def until(came: Callable[[], Any]) -> Any:
    """Wait for something."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if found := came():
            return found
        time.sleep(0.05)
    raise TimeoutError


def test_the_page_its_line_and_its_keys(page):
    page.show(picture(), "all is well")
    with asked(page.address) as answer:
        text = answer.read().decode()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "NONCE" not in text
    with asked(page.address + "line") as answer:
        assert answer.read() == b"all is well"
    asked(page.address + "key", b"n").close()
    asked(page.address + "key", b"left").close()
    assert page.pressed() == ["n", "left"]
    assert page.pressed() == []


def test_only_who_knows_the_secret_is_let_in(page):
    port = page.hosts[0].split(":")[1]
    other = f"http://127.0.0.1:{port}/"
    assert refused(other) == 404
    assert refused(other + "x" * 22 + "/line") == 404
    assert refused(other + "x" * 22 + "/key", b"q") == 404
    assert refused(page.address + "else") == 404
    assert refused(page.address + "key", b"q" * 9) == 404
    # A name of somebody else's that leads to this machine.
    assert refused(page.address, Host=f"evil.example:{port}") == 404
    assert page.pressed() == []


def test_only_this_machine_reaches_it(page):
    assert page.address.startswith("http://127.0.0.1:")


def test_pictures_come_as_a_stream(page):
    answer = asked(page.address + "stream")
    shown = picture(3)

    def show() -> None:
        for _ in range(100):
            page.show(shown, "")
            time.sleep(0.02)

    showing = threading.Thread(target=show)
    showing.start()
    answer.readline()
    head = {}
    while line := answer.readline().strip():
        name, value = line.decode().split(": ")
        head[name] = value
    seen = decoded(answer.read(int(head["Content-Length"])))
    answer.close()
    showing.join()
    assert np.abs(seen.astype(int) - shown).mean() < 3


def test_nothing_is_encoded_while_nobody_looks(page, monkeypatch):
    monkeypatch.setattr(cv2, "imencode", None)
    page.show(picture(), "")


def test_a_taken_port_is_named(page):
    port = int(page.hosts[0].split(":")[1])
    with pytest.raises(OutputError, match=f"port {port} cannot be had"):
        Page(port)
    with pytest.raises(OutputError, match="port 70000"):
        Page(70000)


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")
def test_a_browser_shows_the_pictures_and_sends_keys(page, tmp_path):
    browsers = pytest.importorskip("playwright.sync_api")
    colours = [(200, 40, 40), (40, 200, 40)]
    ended = threading.Event()
    showing = [0]

    def show() -> None:
        while not ended.wait(0.03):
            flat = np.full((64, 96, 3), colours[showing[0]], np.uint8)
            page.show(flat, f"colour {showing[0]}")

    thread = threading.Thread(target=show)
    thread.start()
    try:
        with browsers.sync_playwright() as play:
            browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            tab = browser.new_page()
            errors: list[str] = []
            tab.on("pageerror", lambda error: errors.append(str(error)))
            tab.on("console", lambda said: errors.append(said.text))
            # The picture never ends, so the page never has loaded wholly.
            tab.goto(page.address, wait_until="commit")
            for index, colour in enumerate(colours):
                showing[0] = index
                tab.get_by_text(f"colour {index}").wait_for()
                until(functools.partial(shows, tab, colour))
            assert tab.evaluate("document.images[0].naturalWidth") == 96
            tab.keyboard.press("ArrowLeft")
            tab.keyboard.press("Space")
            tab.keyboard.press("x")
            tab.get_by_role("button", name="Mirror").click()
            pressed: list[str] = []
            until(lambda: pressed.extend(page.pressed()) or len(pressed) >= 3)
            assert sorted(pressed) == [" ", "left", "m"]
            ended.set()
            thread.join()
            page.close()
            tab.get_by_text("ended", exact=True).wait_for()
            assert [error for error in errors if "ERR_" not in error] == []
            browser.close()
    finally:
        ended.set()
        thread.join()


def shows(tab: Any, colour: tuple[int, int, int]) -> bool:
    """Tell whether what the browser shows of the picture is of a colour."""
    seen = decoded(tab.locator("img").screenshot()).mean((0, 1))
    return bool(np.abs(seen - colour).max() < 12)
