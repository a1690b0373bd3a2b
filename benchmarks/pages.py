"""Makes the documentation's pictures of the page in the browser.

    python -m benchmarks.pages

starts a server and Chromium, does on each page what a user does, and writes into ``docs/images``
for each of them ``page-NAME.webp`` and ``page-NAME-dark.webp``: a wide window, and a phone. The
camera shows the example clip. Needs Chromium and Playwright.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.browsing import browsing, film_for_camera, served
from benchmarks.figures import ROOT
from benchmarks.gallery import DRIVER, IMAGES

WIDE, PHONE = (1280, 800), (390, 800)
GAP, QUALITY = 28, 82
BACKGROUND = {"light": (226, 231, 231), "dark": (44, 53, 53)}
PATIENCE_MS = 240_000
ASTRONAUT, SPEAKER = "An astronaut", "A puppet that speaks and nods"


def animate(page: Any) -> None:
    """A photo and a clip, and what came of them."""
    page.click(f"#animate-source [aria-label='{ASTRONAUT}']")
    page.click(f"#animate-driver [aria-label='{SPEAKER}']")
    page.evaluate("document.querySelector('[name=end]').value = 1.6")
    page.click("#animate-form button[type=submit]")
    page.wait_for_selector("#animate-result video")
    at_second(page, "#animate-source img, #animate-driver video, #animate-result video", 1.2)
    page.evaluate("scrollTo(0, document.querySelector('#animate-form').offsetTop - 260)")


def edit(page: Any) -> None:
    """A photo with a smile and a turned head."""
    page.click(f"#edit-source [aria-label='{ASTRONAUT}']")
    page.wait_for_selector("#edit-picture[data-drawn]")
    for name, value in (("mouth_open", 0.4), ("brow_up", 0.6), ("yaw", 14)):
        page.evaluate(
            "([name, value]) => { const one = document.querySelector(`[data-name=${name}]`);"
            "one.value = value; one.dispatchEvent(new Event('input')); }",
            [name, value],
        )
    page.wait_for_timeout(3000)
    page.evaluate("scrollTo(0, document.querySelector('#edit-figure').offsetTop - 70)")


def live(page: Any) -> None:
    """A photo that a camera moves."""
    page.click("#live-start")
    page.wait_for_function("() => document.querySelector('#live-picture').dataset.shown >= 40")


def model(page: Any) -> None:
    """The model's card."""
    page.wait_for_selector("dl.facts")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.strips img')].slice(0, 4).every(one => one.complete)"
    )
    page.wait_for_timeout(3000)


PAGES: Mapping[str, Callable[[Any], None]] = {
    "animate": animate,
    "edit": edit,
    "live": live,
    "model": model,
}


def at_second(page: Any, what: str, second: float) -> None:
    """Hold the videos of a page at a second."""
    page.evaluate(
        "([what, second]) => Promise.all([...document.querySelectorAll(what)].map(one => {"
        "if (!one.pause) return null; one.pause(); one.currentTime = second;"
        "return new Promise(done => { one.onseeked = done; setTimeout(done, 2000); }); }))",
        [what, second],
    )


def shot(browser: Any, address: str, name: str, size: tuple[int, int], theme: str) -> Image.Image:
    """Take a picture of a page in use."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{address}/#{name}")
    page.wait_for_selector("#status:has-text('Ready')")
    PAGES[name](page)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return picture


def side_by_side(pictures: list[Image.Image], background: tuple[int, int, int]) -> Image.Image:
    """Put pictures of one height next to one another."""
    height = max(picture.height for picture in pictures) + 2 * GAP
    width = sum(picture.width + GAP for picture in pictures) + GAP
    sheet = Image.fromarray(np.full((height, width, 3), background, np.uint8))
    left = GAP
    for picture in pictures:
        sheet.paste(picture, (left, GAP))
        left += picture.width + GAP
    return sheet


def main() -> None:
    """Make all pictures, or those of some pages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(PAGES), help="pages to show")
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder of the pictures")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        camera = film_for_camera(ROOT / "examples" / DRIVER.name, Path(folder) / "camera.mjpeg")
        with served() as address, browsing(camera) as browser:
            for name in wanted.names:
                for theme, background in BACKGROUND.items():
                    shots = [shot(browser, address, name, size, theme) for size in (WIDE, PHONE)]
                    ending = "" if theme == "light" else "-dark"
                    target = wanted.to / f"page-{name}{ending}.webp"
                    side_by_side(shots, background).save(target, quality=QUALITY, method=6)
                    print(f"{target}: {target.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
