"""How much slower animating is on a busy machine: wall time beside endless loops over that without.

    python -m benchmarks.busy

prints JSON: seconds of ``d2animator animate`` with nothing and with some processes beside it that
never rest, and their ratio. A fair share of the processors would be the best that can be had.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import ROOT

PHOTO, DRIVER = ROOT / "examples" / "astronaut.jpg", ROOT / "examples" / "driving.mp4"
LOOPS, FRAMES = 4, 120


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep processors busy with so many endless loops while the block lasts."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def seconds(source: Path, driver: Path, frames: int) -> float:
    """Wall time of the command, with all that it loads.

    Args:
        source: A picture.
        driver: A clip.
        frames: How many of it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        words = [str(source), str(driver), "-o", f"{scratch}/out.mp4", "--frames", str(frames)]
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", "d2animator", "animate", *words, "-q"], check=True)
        return time.monotonic() - began


def measure(source: Path, driver: Path, frames: int, loops: int) -> dict[str, Any]:
    """All figures; see the module.

    Args:
        source: A picture.
        driver: A clip.
        frames: How many of it.
        loops: How many processes are beside it.
    """
    seconds(source, driver, 1)  # what is compiled once
    idle = seconds(source, driver, frames)
    with busy(loops):
        beside = seconds(source, driver, frames)
    return {
        "frames": frames,
        "processors": os.cpu_count(),
        "loops": loops,
        "seconds": round(idle, 1),
        "seconds_beside_loops": round(beside, 1),
        "ratio": round(beside / idle, 2),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, default=PHOTO)
    parser.add_argument("--driver", type=Path, default=DRIVER)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--loops", type=int, default=LOOPS)
    options = parser.parse_args()
    found = measure(options.source, options.driver, options.frames, options.loops)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
