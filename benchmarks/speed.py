"""Where the time goes: milliseconds a frame for each stage of ``animate``.

    python -m benchmarks.speed examples/source.png examples/driving.mp4

prints JSON. Each stage runs alone over the whole clip, so that none hides behind another; the whole
is then timed once more as users run it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from benchmarks import figures
from d2animator import D2Animator
from d2animator.animate.options import AnimateOptions
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.pixels import to_pictures
from d2animator.invert.cache import Cache
from d2animator.marks.options import UNMARKED
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter
from d2animator.performers.motion import ActionMotion
from d2animator.performers.portrait import Portrait

BATCH = 8
_T = TypeVar("_T")


def timed(work: Callable[[], _T]) -> tuple[_T, float]:
    """Do something and say how many seconds it took."""
    start = time.perf_counter()
    result = work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return result, time.perf_counter() - start


def track(animator: D2Animator, frames: list[np.ndarray]) -> torch.Tensor:
    """Normalised landmarks (N, 98, 2) of all frames, the last known ones where there is no face."""
    tracker = animator.bundle.tracker()
    faces = [tracker.track(frame) for frame in frames]
    points = [face.landmarks for face in faces if face.found]
    array = np.stack(points + points[-1:] * (len(frames) - len(points)))
    landmarks = normalise_landmarks(torch.from_numpy(array.astype(np.float32)))
    return landmarks.to(animator.device)


def stages(animator: D2Animator, portrait: Portrait, driver: Path) -> dict[str, float]:
    """Seconds of each stage for the whole clip, and ``frames``.

    Args:
        animator: What is measured.
        portrait: The source.
        driver: A clip.
    """
    network = animator.bundle.animating().action_network
    seconds: dict[str, float] = {}
    with VideoReader(driver) as reader, torch.inference_mode():
        frames, seconds["decode"] = timed(lambda: [frame.image for frame in reader])
        landmarks, seconds["track"] = timed(lambda: track(animator, frames))
        look = portrait.look(animator.bundle.tracker().landmarks_and_scores)
        times = AnimateOptions().corrections
        motion = ActionMotion(network, landmarks[0], look=look, corrections=times)
        deltas, seconds["action"] = timed(
            lambda: torch.cat([motion(part) for part in torch.split(landmarks, BATCH)])
        )
        pictures, seconds["synthesis"] = timed(
            lambda: [
                picture
                for part in torch.split(deltas, BATCH)
                for picture in to_pictures(portrait.render(part))
            ]
        )
        rate = reader.frame_rate

    def encode() -> None:
        side = portrait.resolution
        with VideoWriter(Path(scratch) / "out.mp4", (side, side), rate) as writer:
            for index, picture in enumerate(pictures):
                writer.write(picture, index / rate)

    with tempfile.TemporaryDirectory() as scratch:
        _, seconds["encode"] = timed(encode)
    return {"frames": float(len(frames)), **seconds}


def measure(animator: D2Animator, source: Path, driver: Path) -> dict[str, object]:
    """All figures.

    Args:
        animator: What is measured.
        source: A picture.
        driver: A clip.
    """
    with tempfile.TemporaryDirectory() as empty:  # what was inverted before costs no time
        fresh = D2Animator(
            animator.bundle, animator.device, cache=Cache(Path(empty)), marks=UNMARKED
        )
        portrait, prepare = timed(lambda: fresh.portrait(source))
    stages(animator, portrait, driver)  # once to warm up
    found = stages(animator, portrait, driver)
    frames = int(found.pop("frames"))
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "out.mp4"
        _, whole = timed(lambda: animator.animate(portrait, driver, output=target))
    return {
        "driver": driver.name,
        "frames": frames,
        "device": str(animator.device),
        "cpu_count": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "prepare_s": round(prepare, 2),
        "ms_a_frame": {name: round(1000 * value / frames, 2) for name, value in found.items()},
        "animate_ms_a_frame": round(1000 * whole / frames, 2),
        "animate_fps": round(frames / whole, 1),
    }


def markdown(data: dict[str, object]) -> str:
    """The table of the documentation."""
    per_frame = data["ms_a_frame"]
    rows = list(per_frame.items()) if isinstance(per_frame, dict) else []
    rows.append(("**animate**, all together", data["animate_ms_a_frame"]))
    where = f"{data['device']}, {data['threads']} threads"
    note = (
        f"On {where}, {data['frames']} frames: {data['animate_fps']} frames a second. Preparing "
        f"the source takes {data['prepare_s']} s, once.\n\n"
    )
    return note + figures.table(["stage", "ms a frame"], rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("driver", type=Path)
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, help="of PyTorch on a CPU")
    parser.add_argument("--write", action="store_true", help="write docs/figures/speed.*")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    animator = D2Animator.from_pretrained(options.model, device=options.device, marks=UNMARKED)
    data = measure(animator, options.source, options.driver)
    print(json.dumps(data, indent=2))
    if options.write:
        command = f"python -m benchmarks.speed {options.source.name} {options.driver.name}"
        figures.write("speed", data, markdown(data), command)


if __name__ == "__main__":
    main()
