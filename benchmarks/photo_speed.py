"""How soon, how fast and in how much memory does a photo move?

    python -m benchmarks.photo_speed --write

animates the astronaut by the example clip, in a process of its own for each size, as the command
line does: to a file, marked and signed. The first frame counts from the process's start, with
all that is loaded. The very first run of an installation is that of a copy of the package without
compiled files, by a user who has no cache yet. A clip ten times as long tells whether memory grows
with the length.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

# Nothing heavy up here: what the children load is measured.
from benchmarks import figures
from benchmarks.large import peak_mib

PHOTO = figures.ROOT / "examples" / "astronaut.jpg"
DRIVER = figures.ROOT / "examples" / "driving.mp4"
COMMAND = "python -m benchmarks.photo_speed --write"
SIZES = (512, 1024)
TIMES = 10
PACKAGE = figures.ROOT / "src" / "d2animator"
# Where a user's own folders are told; a new user's are empty.
_HOMES = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "D2ANIMATOR_CACHE", "D2ANIMATOR_CONFIG")
# What would keep Python from keeping what it compiles, or beside something else; empty is unset.
_COMPILING = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")


def animate_once(
    photo: Path, driver: Path, size: int, began: float | None = None
) -> dict[str, Any]:
    """Animate in this process, which must have done nothing else yet.

    Args:
        photo: A picture.
        driver: A clip.
        size: Longer side of the result.
        began: When the process was started, of `time.monotonic`; None for now.

    Returns:
        Seconds, and those on a processor, to the first frame and to the end; frames; peak MiB.
    """
    started = time.monotonic() if began is None else began
    from d2animator.cli.report import Report
    from d2animator.cli.results import load_animator, loading
    from d2animator.cli.waiting import wait_asleep

    first: list[float] = []

    def progress(done: int, of: int | None) -> None:
        del of
        if done and not first:
            first.extend((time.monotonic() - started, time.process_time()))

    wait_asleep()
    with loading(Report(quiet=True, verbose=False)):
        animator = load_animator(None, "cpu")
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "moved.mp4"
        result = animator.animate(photo, driver, output=output, size=size, progress=progress)
    whole, spent = time.monotonic() - started, time.process_time()
    count = result.frames
    return {
        "size": size,
        "frames": count,
        "first_frame_s": round(first[0], 2),
        "first_frame_cpu_s": round(first[1], 2),
        "frames_a_second": round((count - 1) / max(whole - first[0], 1e-6), 1),
        "cpu_ms_a_frame": round(1000 * (spent - first[1]) / max(count - 1, 1), 1),
        "peak_mib": round(peak_mib()),
    }


def lengthened(driver: Path, target: Path, times: int) -> None:
    """Write a clip several times over."""
    from fractions import Fraction

    from d2animator.media.clip import open_clip
    from d2animator.media.writer import VideoWriter

    clip = open_clip(driver)
    rate = clip.frame_rate or Fraction(25)
    pictures = [frame.image for frame in clip.frames]
    height, width = pictures[0].shape[:2]
    with VideoWriter(target, (width, height), rate) as writer:
        for _ in range(times):
            for picture in pictures:
                writer.write(picture)


def in_own_process(
    photo: Path, driver: Path, size: int, places: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """`animate_once` in a new process.

    Args:
        photo: A picture.
        driver: A clip.
        size: Longer side of the result.
        places: Variables of the process's environment that are others than here.
    """
    command = [sys.executable, "-m", "benchmarks.photo_speed", "--once", str(size)]
    command += ["--photo", str(photo), "--driver", str(driver), "--began", str(time.monotonic())]
    around = {**os.environ, **dict.fromkeys(_COMPILING, ""), **(places or {})}
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=around, cwd=figures.ROOT
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextlib.contextmanager
def new_installation() -> Iterator[dict[str, str]]:
    """Give the environment of a first run: a copy without compiled files, and empty folders."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        shutil.copytree(
            PACKAGE,
            root / "site" / PACKAGE.name,
            ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
        )
        places = {name: str(root / name.lower()) for name in _HOMES}
        Path(places["HOME"]).mkdir()
        found = os.pathsep.join([str(root / "site"), str(figures.ROOT)])
        yield places | {"PYTHONPATH": found}


def measure(photo: Path, driver: Path, sizes: Sequence[int], times: int) -> list[dict[str, Any]]:
    """All rows: each size with the clip; a first run, and a clip several times as long."""
    in_own_process(photo, driver, min(sizes))  # what it compiles and keeps, later ones find
    rows = [{"run": "usual", **in_own_process(photo, driver, size)} for size in sizes]
    for size in sizes:
        with new_installation() as places:
            rows.append({"run": "very first", **in_own_process(photo, driver, size, places)})
    with tempfile.TemporaryDirectory() as scratch:
        longer = Path(scratch) / "long.mp4"
        lengthened(driver, longer, times)
        return [*rows, {"run": "long clip", **in_own_process(photo, longer, min(sizes))}]


def tables(rows: Sequence[dict[str, Any]]) -> str:
    """One line a run."""
    header = ["run", "longer side, pixels", "frames", "first frame, s", "of a processor, s"]
    header += ["then frames a second", "ms of a processor a frame", "peak, MiB"]
    return figures.table(header, [list(row.values()) for row in rows])


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photo", type=Path, default=PHOTO)
    parser.add_argument("--driver", type=Path, default=DRIVER)
    parser.add_argument("--once", type=int, metavar="SIZE", help="one run, in this process")
    parser.add_argument("--began", type=float, help="when that process was started")
    parser.add_argument("--write", action="store_true", help="write docs/figures/photo_speed.*")
    options = parser.parse_args(arguments)
    if options.once:
        how = (options.photo, options.driver, options.once, options.began)
        print(json.dumps(animate_once(*how)))
        return
    rows = measure(options.photo, options.driver, SIZES, TIMES)
    figures.show("photo_speed", {"runs": rows}, tables(rows), COMMAND, keep=options.write)


if __name__ == "__main__":
    main()
