"""What people do on the page, in a real browser against a real server with the embedded model."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from benchmarks.browsing import browser_path, browsing, film_for_camera, served
from d2animator.marks.verify import verify
from d2animator.media.images import read_image
from d2animator.media.video import VideoReader
from tests.seeing import BLACK
from tests.web.visits import Visit, within

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        browser_path() is None or importlib.util.find_spec("playwright") is None,
        reason="there is no Chromium, or no Playwright",
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    (folder / "served").mkdir()
    with served(environment={"TMPDIR": str(folder / "served")}) as found:
        yield found


@pytest.fixture(scope="module")
def browser(folder: Path) -> Iterator[Any]:
    with browsing(film_for_camera(EXAMPLES / "driving.mp4", folder / "camera.mjpeg", 60)) as found:
        yield found


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Visit]:
    """Nothing may leave this machine, and no error may be seen, whatever the test does."""
    visit = Visit(browser, address, viewport={"width": 1280, "height": 800})
    yield visit
    visit.context.close()
    own = urlsplit(address).netloc
    assert {urlsplit(url).netloc for url in visit.asked if not url.startswith("blob:")} == {own}
    assert visit.problems == []


def test_a_photo_is_animated_and_saved(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    page.click("#animate-form button[type=submit]")
    assert "Choose the picture" in page.inner_text("#animate-progress [role=alert]")
    visit.choose("#animate-source", "An astronaut")
    page.set_input_files("#animate-driver input[type=file]", str(EXAMPLES / "driving.mp4"))
    page.click("summary:has-text('Motion')")
    page.fill("[name=end]", "0.4")
    page.click("summary:has-text('Size')")
    page.fill("[name=size]", "256")
    page.click("#animate-form button[type=submit]")
    page.wait_for_selector("#animate-progress progress")
    page.wait_for_selector("#animate-result video[aria-label='The result']")
    assert page.locator("#animate-result video").count() == 2
    shown = page.locator("video[aria-label='The result']")
    page.wait_for_function("video => video.videoWidth > 0", arg=shown.element_handle())
    assert "Marked as synthetic" in page.inner_text("#animate-result")
    made = visit.download("#animate-result a:has-text('Download')", tmp_path / "made.mp4")
    frames = [frame.image for frame in VideoReader(made)]
    assert (len(frames), frames[0].shape) == (12, (256, 256, 3))
    assert verify(made).credentials is not None


def test_a_job_is_cancelled(visit: Visit) -> None:
    page = visit.page
    visit.choose("#animate-source", "An astronaut")
    visit.choose("#animate-driver", "A puppet that speaks and nods")
    page.click("#animate-form button[type=submit]")
    page.click("#animate-progress button:has-text('Cancel')")
    page.wait_for_selector("#animate-progress :text('Cancelled')")
    assert page.is_enabled("#animate-form button[type=submit]")


def test_what_is_wrong_is_said_on_the_page(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    (tmp_path / "notes.txt").write_text("no picture")
    page.set_input_files("#animate-source input[type=file]", str(tmp_path / "notes.txt"))
    assert "notes.txt" in page.inner_text("#animate-source [role=alert]")
    Image.fromarray(BLACK).save(tmp_path / "dark.png")
    visit.choose("#animate-source", "An astronaut")
    page.set_input_files("#animate-driver input[type=file]", str(tmp_path / "dark.png"))
    page.click("#animate-form button[type=submit]")
    said = page.wait_for_selector("#animate-progress [role=alert]").inner_text()
    assert said.startswith("dark.png: no face found")


def test_a_slider_edits_a_photo_and_it_is_saved(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    page.click("nav >> text=Edit a photo")
    visit.choose("#edit-source", "An astronaut")
    page.wait_for_selector("#edit-picture[data-drawn='1']")
    start = look(page)
    smile = page.locator("[data-name=smile]")
    smile.focus()
    for _ in range(10):
        page.keyboard.press("PageUp")
    assert "Smile" in page.locator(f"label[for={smile.get_attribute('id')}]").inner_text()
    changed = settled(page, unlike=start)
    page.click("#edit-before")
    settled(page, like=start)
    page.click("#edit-before")
    settled(page, like=changed)
    saved = visit.download("#edit-save", tmp_path / "saved.png")
    assert read_image(saved).shape == (512, 512, 3)
    assert verify(saved).credentials is not None
    page.click("#edit-reset")
    settled(page, like=start)
    assert float(smile.input_value()) == 0


def test_an_edit_becomes_a_clip(visit: Visit) -> None:
    page = visit.page
    page.click("nav >> text=Edit a photo")
    visit.choose("#edit-source", "An astronaut")
    page.wait_for_selector("#edit-picture[data-drawn]")
    page.locator("[data-name=yaw]").focus()
    page.keyboard.press("PageUp")
    page.click("#edit-clip")
    page.wait_for_selector("#edit-result video")
    assert "75 frames" in page.inner_text("#edit-result")


def test_a_camera_drives_a_photo(visit: Visit) -> None:
    page = visit.page
    page.click("nav >> text=Live")
    page.click("#live-start")
    page.wait_for_function("() => document.querySelector('#live-picture').dataset.shown >= 8")
    page.wait_for_selector("#live-note:has-text('Following you')")
    assert re.match(r"Delay \d+ ms, \d+ pictures", page.inner_text("#live-delay"))
    page.click("#live-neutral")
    page.uncheck("#live-mirror")
    page.click("#live-pause")
    page.wait_for_selector("#live-note:has-text('Paused')")
    page.click("#live-start")
    assert page.inner_text("#live-start") == "Start"


def test_ones_own_recording_drives_a_photo(visit: Visit) -> None:
    page = visit.page
    page.click("#animate-driver button:has-text('Record yourself')")
    page.click("dialog button:has-text('Start')")
    page.click("dialog button:has-text('Stop')")
    page.wait_for_selector("#animate-driver .name:text-is('camera.webm')")
    page.click("#animate-source button:has-text('Take a photo')")
    page.click("dialog button:has-text('Take the photo')")
    page.wait_for_selector("#animate-source .name:text-is('camera.jpg')")


def test_the_model_is_shown(visit: Visit) -> None:
    page = visit.page
    page.click("nav >> text=Model")
    page.wait_for_selector("dl.facts >> text=wflw98")
    strip = page.wait_for_selector(".strips img")
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=strip)


@pytest.mark.parametrize("name", ["animate", "edit", "live", "model"])
def test_a_phone_shows_everything(browser: Any, address: str, name: str) -> None:
    phone = {"width": 360, "height": 740}
    visit = Visit(browser, f"{address}/#{name}", viewport=phone, is_mobile=True, has_touch=True)
    page = visit.page
    page.wait_for_selector(f"#{name} h1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        "[...document.querySelectorAll('main button')].filter(one => one.offsetParent)"
        ".filter(one => one.offsetHeight < 40 || one.offsetWidth < 40).map(one => one.textContent)"
    )
    assert small == []
    visit.context.close()


def test_it_is_dark_where_one_wants_it_dark(browser: Any, address: str) -> None:
    brightness = {}
    for scheme in ("light", "dark"):
        visit = Visit(browser, address, color_scheme=scheme)
        colour = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness[scheme] = np.mean([float(part) for part in re.findall(r"[\d.]+", colour)[:3]])
        visit.context.close()
    assert brightness["light"] > 200
    assert brightness["dark"] < 60


def test_everything_has_a_name_and_the_keyboard_reaches_it(visit: Visit) -> None:
    page = visit.page
    for name in ("animate", "edit", "live"):
        page.goto(page.url.split("#")[0] + f"#{name}")
        page.wait_for_selector(f"#{name} .examples button")
        nameless = page.evaluate(
            "[...document.querySelectorAll('main button, main input:not([hidden]), main select')]"
            ".filter(one => !(one.textContent.trim() || one.labels?.length || "
            "one.getAttribute('aria-label'))).map(one => one.outerHTML)"
        )
        assert nameless == []
    page.goto(page.url.split("#")[0] + "?again")
    reached = []
    for _ in range(18):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert {"Animate", "Model", "Choose a file", "Take a photo", "Record yourself"} <= set(reached)


def look(page: Any) -> Any:
    """The edited picture, shrunk, as numbers."""
    pixels = page.evaluate(
        "() => { const canvas = document.createElement('canvas');"
        "canvas.width = canvas.height = 96;"
        "const drawn = canvas.getContext('2d');"
        "drawn.drawImage(document.querySelector('#edit-picture'), 0, 0, 96, 96);"
        "return [...drawn.getImageData(0, 0, 96, 96).data]; }"
    )
    return np.array(pixels)


def settled(page: Any, like: Any = None, unlike: Any = None) -> Any:
    """What is shown, as soon as it stays, and is like, or unlike, something else."""
    seen = [look(page)]

    def done() -> bool:
        seen.append(look(page))
        if not np.array_equal(seen[-1], seen[-2]):
            return False
        if like is not None:
            return bool(np.abs(seen[-1] - like).max() <= 2)
        return bool(np.abs(seen[-1] - unlike).max() > 40)

    within(done, seconds=120)
    return seen[-1]
