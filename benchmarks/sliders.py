"""How soon a photo follows a slider of the page *Edit a photo*, in a real browser.

    python -m benchmarks.sliders --write

starts a server and headless Chromium, both on this machine, opens the astronaut at 512 pixels, and
drags sliders with the mouse. A change counts from the browser's input event to the end of the frame
that shows its picture: what the page does, the way to the server and back, the drawing, the
watermark and JPEG are all in it. Each slider is moved first in steps, the next one
when the last is seen, then dragged, 60 events a second. Whatever else the machine does makes it
slower: all is done several times, and of each slider the quietest time is shown, that whose median
is least.
Needs Chromium and Playwright.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks import figures
from benchmarks.browsing import browsing, served

COMMAND = "python -m benchmarks.sliders --write"
SLIDERS = ("smile", "mouth_open", "blink", "yaw")
STEPS, TIMES = 20, 5
DRAG_S, EVENTS_S = 3.0, 60
PATIENCE_MS = 60_000

# Notes when sliders change, when pictures are asked for, and when the browser has painted them.
_WATCH = """
() => {
  const picture = document.querySelector("#edit-picture");
  const seen = (window.seen = { inputs: [], asked: [], painted: [] });
  addEventListener("input", () => seen.inputs.push(performance.now()), true);
  const fetched = window.fetch;
  window.fetch = (path, how) => {
    if (path === "/api/edit") seen.asked.push(performance.now());
    return fetched(path, how);
  };
  // The page says so when a picture is decoded and in its place; the frame after that shows it.
  const painted = () => seen.painted.push(performance.now());
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(painted)))
    .observe(picture, { attributeFilter: ["data-drawn"] });
}
"""
_FORGET = "() => { for (const list of Object.values(seen)) list.length = 0; }"


def open_photo(page: Any, address: str) -> None:
    """Open the page with the astronaut, ready to be edited, and begin to take notes."""
    page.goto(f"{address}/#edit")
    page.wait_for_selector("#status:has-text('Ready')")
    page.evaluate(_WATCH)
    page.click("#edit-source [aria-label='An astronaut']")
    page.wait_for_selector("#edit-picture[data-drawn]")
    sides = page.evaluate(
        "(({naturalWidth, naturalHeight}) => [naturalWidth, naturalHeight])"
        "(document.querySelector('#edit-picture'))"
    )
    if max(sides) != 512:
        raise RuntimeError(f"expected a picture of 512 pixels, got {sides}")


def in_steps(page: Any, name: str, steps: int) -> list[float]:
    """Milliseconds from a change to its picture, each of a slider that had come to rest.

    Args:
        page: With a photo.
        name: Of the slider.
        steps: How many changes.
    """
    place = hold(page, name)
    return [one_change(page, place(0.5 + 0.4 * step / steps)) for step in range(1, steps + 1)]


def one_change(page: Any, to: tuple[float, float]) -> float:
    """Move the mouse, which holds a slider, and wait for the picture."""
    page.evaluate(_FORGET)
    page.mouse.move(*to)
    page.wait_for_function("() => seen.painted.length > 0")
    seen = page.evaluate("seen")
    return float(seen["painted"][0] - seen["inputs"][0])


def dragged(page: Any, name: str, seconds: float) -> tuple[list[float], list[float]]:
    """Drag a slider to and fro.

    Args:
        page: With a photo.
        name: Of the slider.
        seconds: How long.

    Returns:
        For every picture, how old the newest change in it is when it is seen; and the time between
        two pictures; both in milliseconds.
    """
    place = hold(page, name)
    page.evaluate(_FORGET)
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        page.mouse.move(*place(0.7 + 0.2 * triangle(passed)))
        time.sleep(1 / EVENTS_S)
    page.wait_for_function("() => seen.painted.length >= seen.asked.length")
    seen = page.evaluate("seen")
    page.mouse.up()
    return ages(seen["inputs"], seen["asked"], seen["painted"]), gaps(seen["painted"])


def ages(inputs: Sequence[float], asked: Sequence[float], painted: Sequence[float]) -> list[float]:
    """How old the newest change in each picture is when it is seen.

    Args:
        inputs: When a slider changed, ascending.
        asked: When each picture was asked for; it shows what the sliders were by then.
        painted: When it was seen; as many.
    """
    newest = [max((one for one in inputs if one <= at), default=at) for at in asked]
    return [seen - change for seen, change in zip(painted, newest, strict=False)]


def gaps(times: Sequence[float]) -> list[float]:
    """What lies between neighbours."""
    return [later - sooner for sooner, later in itertools.pairwise(times)]


def triangle(seconds: float) -> float:
    """Go to and fro between -1 and 1, once in two seconds."""
    return 1 - 2 * abs(1 - seconds % 2)


def hold(page: Any, name: str) -> Callable[[float], tuple[float, float]]:
    """Press the mouse on a slider's middle, and wait until what that changes is seen.

    Returns:
        Tells where on the page the slider's handle is at a part of its way, 0 to 1.
    """
    slider = page.locator(f"[data-name={name}]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()

    def place(part: float) -> tuple[float, float]:
        return box["x"] + box["width"] * part, box["y"] + box["height"] / 2

    page.mouse.up()
    page.mouse.move(*place(0.5))
    page.mouse.down()
    page.wait_for_timeout(1500)
    return place


def summary(times: Sequence[float]) -> dict[str, int]:
    """Median and 95th percentile, in whole milliseconds."""
    ordered = sorted(times)
    return {
        "median": round(statistics.median(ordered)),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]),
    }


def measure(page: Any, names: Sequence[str], steps: int, seconds: float) -> dict[str, Any]:
    """All figures of one time, by slider."""
    found = {}
    for name in names:
        single = in_steps(page, name, steps)
        old, between = dragged(page, name, seconds)
        page.click("#edit-reset")
        found[name] = {
            "step_ms": summary(single),
            "drag_ms": summary(old),
            "pictures_a_second": round(1000 / statistics.mean(between), 1),
        }
    return found


def quietest(times: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By slider, that of several times when its changes were seen soonest."""
    return {
        name: min((found[name] for found in times), key=lambda one: one["step_ms"]["median"])
        for name in times[0]
    }


def markdown(data: Mapping[str, Any]) -> str:
    """The figures as a table."""
    header = ("slider", "a change, ms", "95%", "while dragged, ms", "95%", "pictures a second")
    rows = [
        (
            name,
            *(one["step_ms"][key] for key in ("median", "p95")),
            *(one["drag_ms"][key] for key in ("median", "p95")),
            f"{one['pictures_a_second']:.1f}",
        )
        for name, one in data["sliders"].items()
    ]
    return figures.table(header, rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=TIMES, help="of which the quietest is kept")
    parser.add_argument("--write", action="store_true", help="keep them for the documentation")
    wanted = parser.parse_args()
    with served() as address, browsing() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        open_photo(page, address)
        times = [measure(page, SLIDERS, STEPS, DRAG_S) for _ in range(wanted.times)]
    data = {
        "cores": len(os.sched_getaffinity(0)),
        "times": [
            {name: one["step_ms"]["median"] for name, one in found.items()} for found in times
        ],
        "sliders": quietest(times),
    }
    figures.show("sliders", data, markdown(data), COMMAND, keep=wanted.write)


if __name__ == "__main__":
    main()
