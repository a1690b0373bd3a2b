"""Command line of the measurement, see `benchmarks.marking`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import benchmarks.marking
from benchmarks import figures
from benchmarks.marking import clips, cost, survival
from benchmarks.marking.attacks import Picture
from benchmarks.marking.tables import cost_markdown, markdown

COMMAND = "python -m benchmarks.marking"
UNMARKED_EVERY = 3
"""Every so many frames of a clip are looked at before they are marked: neighbours are alike."""


def make(options: argparse.Namespace) -> None:
    """Draw clips without a mark."""
    from d2animator import D2Animator
    from d2animator.marks.options import UNMARKED

    animator = D2Animator.from_pretrained(device="cpu", marks=UNMARKED)
    made = clips.make(
        animator, options.folder, options.photos, options.drivers, options.clips, options.frames
    )
    print(f"{sum(1 for _ in made)} clips in {options.folder}")


def try_all(options: argparse.Namespace) -> None:
    """Try every clip that was not tried yet, until the time is up."""
    end = time.monotonic() + options.seconds
    paths = sorted(options.folder.glob(f"{options.renderer}-*.npz"), key=_number)
    for path in paths:
        told = path.with_suffix(".json")
        if time.monotonic() > end:
            break
        if survival.noted(told) is None:
            number = _number(path)
            clip = clips.kept(path)
            found = survival.try_clip(
                clip, survival.attacks_of(number), still=number % survival.STILL_EVERY == 0
            )
            found["unmarked"] = survival.unmarked(clip[::UNMARKED_EVERY], number)
            survival.note(told, found)
    tried = sum(path.with_suffix(".json").exists() for path in paths)
    print(f"{tried} of {len(paths)} clips were tried")


def _number(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def show(options: argparse.Namespace) -> None:
    """Add up what was found."""
    renderers: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(options.folder.glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        renderers.setdefault(path.stem.partition("-")[0], []).append(told)
    if not renderers:
        raise SystemExit(f"{options.folder}: nothing was tried yet, run `{COMMAND} try` first")
    parts = [one["unmarked"] for found in renderers.values() for one in found]
    parts.append(survival.unmarked(_pictures(options.unmarked, options.unmarked_frames)))
    data = {
        "survival": {name: survival.add_up(found) for name, found in renderers.items()},
        "unmarked": survival.all_unmarked(parts),
    }
    figures.show("marking", data, markdown(data), f"{COMMAND} show ... --write", keep=options.write)


def show_cost(options: argparse.Namespace) -> None:
    """Measure what marking costs."""
    what = (options.source, options.driver, options.frames, options.runs)
    from d2animator.media.images import read_image

    data: dict[str, Any] = {
        "machine": cost.machine(),
        "frames": options.frames,
        # First of all, as what it loads is loaded once.
        "signing_ms": cost.of_signing(options.driver),
        "frame_ms": cost.of_a_frame(read_image(options.source)),
    }
    for name, measure in (("in_a_process", cost.of_animating), ("as_a_command", cost.of_a_command)):
        data[name] = measure(*what)
        print(name, data[name], file=sys.stderr)
    command = f"{COMMAND} cost ... --write"
    figures.show("marking_cost", data, cost_markdown(data), command, keep=options.write)


def _pictures(paths: list[Path], most: int) -> Iterator[Picture]:
    from d2animator.media.clip import open_clip

    for path in paths:
        for frame in open_clip(path).frames:
            if frame.index == most:
                break
            yield frame.image


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    about = (benchmarks.marking.__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog=COMMAND, description=about)
    commands = parser.add_subparsers(required=True)

    making = commands.add_parser("make", help="draw clips without a mark")
    making.add_argument("folder", type=Path)
    making.add_argument("--photos", type=Path, nargs="+", required=True)
    making.add_argument("--drivers", type=Path, nargs="+", required=True)
    making.add_argument("--clips", type=int, default=100, help="of each renderer")
    making.add_argument("--frames", type=int, default=12, help="of each clip")
    making.set_defaults(run=make)

    trying = commands.add_parser("try", help="mark, harm and look for the mark")
    trying.add_argument("folder", type=Path)
    trying.add_argument("--renderer", default="*", choices=("*", clips.PHOTO, clips.GENERATOR))
    trying.add_argument("--seconds", type=float, default=float("inf"), help="most of this call")
    trying.set_defaults(run=try_all)

    showing = commands.add_parser("show", help="add up what was found")
    showing.add_argument("folder", type=Path)
    showing.add_argument("--unmarked", type=Path, nargs="*", default=[], help="other pictures")
    showing.add_argument("--unmarked-frames", type=int, default=500, help="of each of them")
    showing.add_argument("--write", action="store_true", help="write docs/figures/marking.*")
    showing.set_defaults(run=show)

    costing = commands.add_parser("cost", help="what marking costs")
    costing.add_argument("source", type=Path)
    costing.add_argument("driver", type=Path)
    costing.add_argument("--frames", type=int, default=100, help="of the driver")
    costing.add_argument("--runs", type=int, default=6, help="with marks and without, of each kind")
    costing.add_argument("--write", action="store_true", help="write docs/figures/marking_cost.*")
    costing.set_defaults(run=show_cost)

    options = parser.parse_args(arguments)
    options.run(options)


if __name__ == "__main__":
    main()
