"""What may go wrong while people use the page: a sentence each, and nothing is left behind.

A real browser, and real servers with the embedded model.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from benchmarks.browsing import browser_path, browsing, served
from tests.seeing import BLACK
from tests.web.visits import Visit, within

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
TWO_GB = 2_000_000_000
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        browser_path() is None or importlib.util.find_spec("playwright") is None,
        reason="there is no Chromium, or no Playwright",
    ),
]


class Place:
    """A server of its own, and what it has on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = contextlib.ExitStack()
        self.address = self._running.enter_context(served(environment={"TMPDIR": str(folder)}))

    @property
    def files(self) -> list[str]:
        """What users handed over, and what came of it."""
        return sorted(path.suffix for path in self._folder.rglob("*") if path.is_file())

    @property
    def kept_bytes(self) -> int:
        """What its files take on the disk; one may go while it is looked at."""
        sizes = []
        for path in self._folder.rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                sizes.append(path.stat().st_size if path.is_file() else 0)
        return sum(sizes)

    @property
    def sessions(self) -> list[Path]:
        return list(self._folder.glob("*/*"))

    def stop(self) -> None:
        """End it, as Ctrl-C does; then nothing of it may be there."""
        self._running.close()
        assert list(self._folder.iterdir()) == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as found:
        yield found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "served"
    folder.mkdir()
    place = Place(folder)
    yield place
    place.stop()


@pytest.fixture
def visits(browser: Any, place: Place) -> Iterator[list[Visit]]:
    """Two people, whose pages may have no error."""
    found = [Visit(browser, place.address) for _ in range(2)]
    yield found
    for visit in found:
        visit.context.close()
        assert visit.problems == []


def begin(visit: Visit) -> None:
    """Begin an animation that takes a while, and wait until it is at it."""
    page = visit.page
    page.set_input_files("#animate-source input[type=file]", str(EXAMPLES / "astronaut.jpg"))
    page.wait_for_selector("#animate-source .name:text-is('astronaut.jpg')")
    visit.choose("#animate-driver", "A puppet that speaks and nods")
    page.click("#animate-form button[type=submit]")
    page.wait_for_selector("#animate-progress progress")


def test_a_camera_that_is_not_allowed_is_said(place: Place) -> None:
    """Nobody allows it in a browser without a window; its own refusal comes."""
    with browsing(allowed=False) as browser:
        visit = Visit(browser, place.address)
        page = visit.page
        page.click("#animate-source button:has-text('Take a photo')")
        page.wait_for_selector("dialog [role=alert]:has-text('was not allowed')")
        page.keyboard.press("Escape")
        page.click("nav >> text=Live")
        page.click("#live-start")
        page.wait_for_selector("#live-note [role=alert]:has-text('was not allowed')")
        assert page.inner_text("#live-start") == "Start"
        assert page.is_hidden("#live-self")
        assert visit.problems == []
    assert place.files == []


def test_what_is_too_large_or_no_picture_is_said_and_not_kept(
    visits: list[Visit], place: Place, tmp_path: Path
) -> None:
    page = visits[0].page
    (tmp_path / "notes.png").write_text("no picture")
    page.set_input_files("#animate-source input[type=file]", str(tmp_path / "notes.png"))
    said = page.wait_for_selector("#animate-source [role=alert]").inner_text()
    assert said.startswith("notes.png: ")
    assert place.files == []
    visits[0].asked.clear()
    with (tmp_path / "long.mp4").open("wb") as file:
        os.truncate(file.fileno(), TWO_GB)
    page.set_input_files("#animate-driver input[type=file]", str(tmp_path / "long.mp4"))
    said = page.wait_for_selector("#animate-driver [role=alert]").inner_text()
    assert said == "long.mp4: is larger than the 200 MB that are taken here; make it shorter."
    assert not any("/api/files" in url for url in visits[0].asked)
    assert place.files == []


def test_two_gigabytes_of_a_script_are_refused_and_fill_no_disk(place: Place) -> None:
    def ask(method: str, path: str, **how: Any) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(urlsplit(place.address).netloc, timeout=60)
        with contextlib.closing(connection):
            with contextlib.suppress(ConnectionError):  # the server need not hear all of it
                connection.request(method, path, **how)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    kept = []

    def chunks() -> Iterator[bytes]:
        for _ in range(TWO_GB // 1_000_000):
            yield bytes(1_000_000)
            kept.append(place.kept_bytes)

    session = ask("POST", "/api/sessions")[1]["id"]
    headers = {"X-Session": session}
    announced = headers | {"Content-Length": str(TWO_GB)}
    code, said = ask("POST", "/api/files?name=a.mp4", body=b"start", headers=announced)
    assert (code, said["error"][:30]) == (413, "a.mp4: is larger than the 200 ")
    code, _ = ask("POST", "/api/files?name=a.mp4", body=chunks(), headers=headers)
    assert code == 413
    assert max(kept) <= 200_000_000
    assert place.files == []


def test_a_driver_without_a_face_leaves_no_result(
    visits: list[Visit], place: Place, tmp_path: Path
) -> None:
    page = visits[0].page
    Image.fromarray(BLACK).save(tmp_path / "dark.png")
    visits[0].choose("#animate-source", "An astronaut")
    page.set_input_files("#animate-driver input[type=file]", str(tmp_path / "dark.png"))
    page.click("#animate-form button[type=submit]")
    said = page.wait_for_selector("#animate-progress [role=alert]").inner_text()
    assert said.startswith("dark.png: no face found")
    assert place.files == [".png"]  # the driver; another photo may be tried with it


def test_two_people_wait_for_one_another(visits: list[Visit], place: Place) -> None:
    first, second = visits
    begin(first)
    begin(second)
    second.page.wait_for_selector("#animate-progress :text('1 job is before yours')")
    first.page.click("#animate-progress button:has-text('Cancel')")
    first.page.wait_for_selector("#animate-progress :text('Cancelled; nothing was kept.')")
    second.page.wait_for_selector("#animate-progress :text('Drawing')")
    second.page.click("#animate-progress button:has-text('Cancel')")
    second.page.wait_for_selector("#animate-progress :text('Cancelled; nothing was kept.')")
    assert place.files == [".jpg", ".jpg"]  # each has the photo that was handed over


def test_a_closed_browser_takes_its_files_along(browser: Any, place: Place) -> None:
    """Its job ends, too."""
    visit = Visit(browser, place.address)
    begin(visit)
    assert place.files != []
    visit.context.close()
    within(lambda: place.sessions == [], seconds=240)


def test_a_browser_that_is_closed_while_live_frees_its_place(
    browser: Any, place: Place, visits: list[Visit]
) -> None:
    """Two people may be live at once; a third comes when the first has gone."""

    def go_live(visit: Visit) -> None:
        visit.page.click("nav >> text=Live")
        visit.page.click("#live-start")

    def shown(visit: Visit) -> None:
        shows = "() => document.querySelector('#live-picture').dataset.shown >= 1"
        visit.page.wait_for_function(shows)

    gone = Visit(browser, place.address)
    for visit in (gone, visits[0]):
        go_live(visit)
        shown(visit)
    go_live(visits[1])
    visits[1].page.wait_for_selector("#live-note [role=alert]:has-text('2 people are live')")
    gone.context.close()

    def comes() -> bool:
        visits[1].page.click("#live-start")
        visits[1].page.wait_for_timeout(3000)
        return visits[1].page.inner_text("#live-start") == "Stop"

    within(comes, seconds=120)
    shown(visits[1])


def test_a_server_that_stops_in_the_middle_is_said(browser: Any, place: Place) -> None:
    visit = Visit(browser, place.address)
    begin(visit)
    visit.page.wait_for_selector("#animate-progress :text('Drawing')")
    assert place.files != []
    place.stop()
    visit.page.wait_for_selector("#animate-progress [role=alert]:has-text('Is d2animator still')")
    assert visit.page.is_enabled("#animate-form button[type=submit]")
    visit.context.close()
