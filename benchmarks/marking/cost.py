"""What marking costs: a frame, an animation in a process, a whole command; CPU time throughout."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.marking.attacks import Picture

UNMARKED_OPTIONS = ("--no-watermark", "--no-manifest")


def machine() -> str:
    """What it was measured on."""
    name = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        lines = cpus.read_text(encoding="utf-8").splitlines()
        name = next((one.partition(": ")[2] for one in lines if one.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores"


def of_a_frame(picture: Picture, repeats: int = 60) -> dict[str, dict[str, float]]:
    """CPU time of marking a frame, ms, on one core, by the picture's side in pixels.

    Args:
        picture: Any; it is resized to each size.
        repeats: How often.

    Returns:
        Of each size, what the first frame takes, for which the pattern is drawn, and what every
        further one takes: the lower quartile.
    """
    from d2animator.marks.embed import Watermark

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    taken = {}
    for side in (256, 512, 1024):
        sized = np.asarray(cv2.resize(picture, (side, side)), np.uint8)
        mark = Watermark()
        first, *others = (_milliseconds(mark.add, sized) for _ in range(1 + repeats))
        taken[str(side)] = {"first": first, "next": round(float(np.percentile(others, 25)), 2)}
    cv2.setNumThreads(threads)
    return taken


def of_signing(clip: Path, repeats: int = 10) -> dict[str, float]:
    """CPU time of signing a clip, ms.

    Args:
        clip: A file without a manifest, which stays as it is.
        repeats: How often.

    Returns:
        What the first file of a process takes, for which libraries are loaded and a key is read,
        and the median of the others.
    """
    from d2animator.marks.marker import Marker

    marker = Marker()
    with tempfile.TemporaryDirectory() as folder:
        copies = [Path(folder) / f"{index}{clip.suffix}" for index in range(1 + repeats)]
        for copy in copies:
            shutil.copyfile(clip, copy)
        first, *others = (_milliseconds(marker.sign_file, copy) for copy in copies)
    return {"first": first, "next": round(statistics.median(others), 2)}


def _milliseconds(work: Callable[..., object], what: object) -> float:
    """CPU time of some work."""
    start = time.process_time()
    work(what)
    return round(1000 * (time.process_time() - start), 2)


def of_animating(source: Path, driver: Path, frames: int, runs: int) -> dict[str, Any]:
    """CPU seconds of animating in one process, with marks and without, in turn.

    Args:
        source: A photo.
        driver: A video.
        frames: How many of the driver's.
        runs: Of each.
    """
    from d2animator import D2Animator
    from d2animator.marks.options import UNMARKED, MarkOptions

    animators = {
        name: D2Animator.from_pretrained(device="cpu", marks=marks)
        for name, marks in {"marked": MarkOptions(), "unmarked": UNMARKED}.items()
    }
    photos = {name: one.prepare(source, renderer="photo") for name, one in animators.items()}
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.mp4"

        def run(name: str) -> float:
            start = time.process_time()
            animators[name].animate(photos[name], driver, target, frames=frames)
            return time.process_time() - start

        return _in_turn(run, runs)


def of_a_command(source: Path, driver: Path, frames: int, runs: int) -> dict[str, Any]:
    """CPU seconds of ``d2animator animate`` from start to end, with marks and without, in turn.

    Args:
        source: A photo.
        driver: A video.
        frames: How many of the driver's.
        runs: Of each.
    """
    import resource

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "d2animator", "animate", str(source), str(driver)]
        command += ["-o", str(Path(folder) / "out.mp4"), "--renderer", "photo", "--quiet"]
        command += ["--frames", str(frames)]
        options = {"marked": (), "unmarked": UNMARKED_OPTIONS}

        def run(name: str) -> float:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([*command, *options[name]], check=True, stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        return _in_turn(run, runs)


def _in_turn(run: Callable[[str], float], runs: int) -> dict[str, Any]:
    """Run both so many times, in turn, and compare; the first of each does not count."""
    names = ("marked", "unmarked")
    for name in names:
        run(name)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(runs):
        for name in names if turn % 2 else reversed(names):
            seconds[name].append(run(name))
    return compared(seconds)


def compared(seconds: Mapping[str, list[float]]) -> dict[str, Any]:
    """By how much more the marked runs took: of each pair of neighbours, the median."""
    pairs = zip(seconds["marked"], seconds["unmarked"], strict=True)
    shares = [100 * (marked / unmarked - 1) for marked, unmarked in pairs]
    return {
        "runs": len(shares),
        "marked_s": round(statistics.median(seconds["marked"]), 3),
        "unmarked_s": round(statistics.median(seconds["unmarked"]), 3),
        "more_percent": round(statistics.median(shares), 1),
        "more_percent_of_each": [round(share, 1) for share in shares],
    }
