"""How live ``d2animator live`` is: pictures a second, delay, and the processor's time by stage.

    OMP_WAIT_POLICY=PASSIVE python -m benchmarks.live --seconds 300

prints JSON; the variable is what the command sets for itself. A recorded 720p clip of 30 frames a
second, made of the example's driver going back and forth, plays as a camera. The stages alone are
measured in processor time, which other programs on the machine do not change much; all else is wall
time and means something on a quiet machine only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from d2animator import D2Animator
from d2animator.faces.detector import Picture
from d2animator.live.loop import Loop
from d2animator.live.session import Session
from d2animator.media.camera import Played
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
RATE = 30
SIZE = (1280, 720)
# Frames that the stages alone are measured with.
FRAMES = 90


def record(path: Path) -> Path:
    """Write what a camera has seen: a face two thirds as high as the picture."""
    frames = [frame.image for frame in VideoReader(EXAMPLES / "driving.mp4")]
    width, height = SIZE
    left = (width - height) // 2
    with VideoWriter(path, SIZE, Fraction(RATE), preset="veryfast") as writer:
        for frame in frames + frames[-2:0:-1]:
            whole = np.full((height, width, 3), frame[2, 2], np.uint8)
            whole[:, left : left + height] = cv2.resize(frame, (height, height))
            writer.write(whole)
    return path


class Looped:
    """The recording as a camera that goes on for some seconds."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.name, self._path, self._seconds = str(path), path, seconds

    def __iter__(self) -> Iterator[Picture]:
        end = time.monotonic() + self._seconds
        while time.monotonic() < end:
            for picture in Played(self._path):
                yield picture
                if time.monotonic() > end:
                    return


def cpu_ms(work: Callable[[], Any]) -> tuple[Any, float]:
    """Do something, and tell the processor's milliseconds."""
    began = time.process_time()
    done = work()
    return done, 1000 * (time.process_time() - began)


def stages(session: Session, path: Path) -> dict[str, float]:
    """Processor's milliseconds a frame of each stage alone."""
    reader = iter(VideoReader(path))
    frames, decode = cpu_ms(lambda: [frame.image for frame in islice(reader, FRAMES)])
    spent = {"decode": decode, "watch": 0.0, "draw": 0.0}
    for index, frame in enumerate(frames):
        cue, watch = cpu_ms(partial(session.watch, frame, index / RATE))
        _, draw = cpu_ms(partial(session.draw, cue))
        spent["watch"] += watch
        spent["draw"] += draw
    return {name: round(ms / FRAMES, 2) for name, ms in spent.items()}


def run(session: Session, path: Path, seconds: float) -> dict[str, Any]:
    """Live for some seconds: the figures, and the delay and memory as they went."""
    delays: list[int] = []
    memory: list[int] = []
    with Loop(session, Looped(path, seconds)) as loop:
        told = time.monotonic()
        for _ in loop:
            if time.monotonic() - told > max(2.0, seconds / 10):
                told = time.monotonic()
                delays.append(round(loop.tally.recently().median_ms))
                memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    figures = {name: round(value, 1) for name, value in vars(loop.tally.figures()).items()}
    return {**figures, "median_ms_by_tenths": delays, "most_memory_mb_by_tenths": memory}


def measure(animator: D2Animator, renderer: str, path: Path, seconds: float) -> dict[str, Any]:
    """All figures of one renderer."""
    source = EXAMPLES / ("astronaut.jpg" if renderer == "photo" else "source.png")
    size = 512 if renderer == "photo" else 256
    ready = animator.prepare(source, renderer=renderer, size=size)
    with animator.session(ready, size=size, corrections=0) as session:
        alone = stages(session, path)
    with animator.session(ready, size=size, corrections=0) as session:
        return {"cpu_ms_a_frame": alone, **run(session, path, seconds)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each live run")
    parser.add_argument("--renderer", choices=("photo", "generator"), help="one of both alone")
    given = parser.parse_args()
    animator = D2Animator.from_pretrained(device="cpu")
    told: dict[str, Any] = {
        "processor": platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "torch_threads": torch.get_num_threads(),
        "load_before": round(os.getloadavg()[0], 1),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = record(Path(folder) / "camera.mp4")
        for renderer in (given.renderer,) if given.renderer else ("photo", "generator"):
            told[renderer] = measure(animator, renderer, path, given.seconds)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
