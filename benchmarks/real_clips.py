"""Does the result move as the driver does? Real clips, judged by an outside face tracker.

    python -m benchmarks.real_clips --task face_landmarker_v2_with_blendshapes.task \
        --sources photo.jpg puppet.png --drivers clip1.mp4 clip2.mp4

animates each source by each driver and prints JSON: the share of result frames with a face, and
over each clip the correlation of driver and result in yaw, mouth opening, jaw, blinking and
smiling. A correlation is given only where the driver moves; otherwise it would be one of noise.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from benchmarks import figures
from benchmarks.tracker import Judge, Measurement, open_tracker, read_frames

if TYPE_CHECKING:
    from d2animator import D2Animator
    from d2animator.invert.quality import Embed
    from d2animator.marks.options import UNMARKED

# A driver moves when the standard deviation over its frames is at least this: a tenth of what goes
# from 0 to 1, and a tenth of the lips' gap, which goes to about a half.
MOVES = {"yaw": 3.0, "lips_gap": 0.05, "jaw_open": 0.1, "blink": 0.1, "smile": 0.1}


@dataclass(frozen=True)
class Comparison:
    """A driver and its result.

    Attributes:
        source: Name of the source.
        driver: Name of the driver.
        frames: Frames of the driver.
        result_frames: Frames of the result; the same, or something is wrong.
        found_driver: Share of driver frames with a face.
        found: Share of result frames with a face.
        yaw: Correlation; None where the driver moves too little.
        lips_gap: Likewise, of the mouth's opening (`benchmarks.tracker.lips_gap`).
        jaw_open: Likewise.
        blink: Likewise.
        smile: Likewise.
        spread: Standard deviation of each over the driver's frames (degrees for yaw, eyes' widths
            for the lips' gap, else 0-1).
        lips_with_jaw: Correlation of the driver's own mouth opening with its own jaw.
        identity: Mean cosine of who is seen in any two frames of the result; None: not measured.
    """

    source: str
    driver: str
    frames: int
    result_frames: int
    found_driver: float
    found: float
    yaw: float | None
    lips_gap: float | None
    jaw_open: float | None
    blink: float | None
    smile: float | None
    identity: float | None
    spread: dict[str, float]
    lips_with_jaw: float


def correlation(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Pearson's correlation over what is a number in both; 0 where one does not vary.

    Args:
        first: One value a frame, NaN where there is none.
        second: As many.
    """
    pair = np.array([first, second], dtype=float)
    pair = pair[:, np.isfinite(pair).all(axis=0)]
    if pair.shape[1] < 2 or np.any(np.ptp(pair, axis=1) == 0):
        return 0.0
    return float(np.corrcoef(pair)[0, 1])


def spread(values: Sequence[float]) -> float:
    """Standard deviation of what is a number; 0 for fewer than two."""
    finite = [value for value in values if math.isfinite(value)]
    return float(np.std(finite)) if len(finite) > 1 else 0.0


def share_found(measured: Sequence[Measurement]) -> float:
    """Share of frames with a face, 0 to 1."""
    return sum(one.found for one in measured) / max(1, len(measured))


def compare(
    source: str,
    driver: str,
    moving: Sequence[Measurement],
    result: Sequence[Measurement],
    identity: float | None = None,
) -> Comparison:
    """Compare a result with its driver, frame by frame.

    Args:
        source: Name of the source.
        driver: Name of the driver.
        moving: The driver's frames.
        result: The result's frames.
        identity: See `Comparison`.
    """
    both = min(len(moving), len(result))
    spreads: dict[str, float] = {}
    correlations: dict[str, float | None] = {}
    for name, least in MOVES.items():
        wanted = [float(getattr(one, name)) for one in moving]
        got = [float(getattr(one, name)) for one in result]
        spreads[name] = spread(wanted)
        follows = correlation(wanted[:both], got[:both])
        correlations[name] = follows if spreads[name] >= least else None
    return Comparison(
        source=source,
        driver=driver,
        frames=len(moving),
        result_frames=len(result),
        found_driver=share_found(moving),
        found=share_found(result),
        spread=spreads,
        identity=identity,
        lips_with_jaw=correlation(
            [one.lips_gap for one in moving], [one.jaw_open for one in moving]
        ),
        **correlations,
    )


def markdown(rows: Sequence[Comparison]) -> str:
    """The tables of the documentation: results, then drivers."""
    header = ["source", "driver", "frames", "face found", "yaw", "mouth opening", "jaw", "blink"]
    header += ["smile", "same person"]
    results = figures.table(
        header,
        [
            (
                *(r.source, r.driver, r.frames, f"{r.found:.1%}"),
                *(r.yaw, r.lips_gap, r.jaw_open, r.blink, r.smile, r.identity),
            )
            for r in rows
        ],
    )
    drivers = {row.driver: row for row in rows}.values()
    own = ["driver", "its mouth opening with its jaw", "spread of mouth opening", "spread of jaw"]
    return f"{results}\n" + figures.table(
        own,
        [(r.driver, r.lips_with_jaw, r.spread["lips_gap"], r.spread["jaw_open"]) for r in drivers],
    )


def measure(
    animator: D2Animator,
    tracker: Judge,
    sources: Sequence[Path],
    drivers: Sequence[Path],
    folder: Path,
    identity: Embed | None = None,
    *,
    again: bool = False,
) -> list[Comparison]:
    """Animate each source by each driver and compare.

    Args:
        animator: What is measured.
        tracker: The judge.
        sources: Pictures.
        drivers: Clips.
        folder: Where the results are written.
        identity: Tells who is seen, for the last column; None to leave it out.
        again: Measure the results that lie in the folder already.
    """
    rows = []
    for driver in drivers:
        moving = tracker.measure_clip(driver)
        for source in sources:
            output = folder / f"{source.stem}--{driver.stem}.mp4"
            if not (again and output.exists()):
                animator.animate(source, driver, output=output)
            same = None if identity is None else sameness(animator, identity, output)
            result = tracker.measure_clip(output)
            rows.append(compare(source.stem, driver.stem, moving, result, same))
    return rows


def sameness(animator: D2Animator, identity: Embed, clip: Path, frames: int = 24) -> float | None:
    """Tell how much one person stays the same in a clip.

    Args:
        animator: Finds the face.
        identity: Tells who is seen.
        clip: A video.
        frames: As many, spread over it, are looked at.

    Returns:
        Mean cosine of any two of them; None where fewer than two show a face.
    """
    from d2animator.faces.align import ffhq_crop
    from d2animator.faces.warp import warp_tensor

    every = list(read_frames(clip))
    seen = []
    for index in np.linspace(0, len(every) - 1, min(frames, len(every))).astype(int):
        points = animator.landmarks(every[index])[0].points
        if points is not None:
            side = 256
            crop = warp_tensor(every[index], ffhq_crop(np.asarray(points), side), side)
            seen.append(identity(crop.to(animator.device))[0])
    if len(seen) < 2:
        return None
    who = torch.nn.functional.normalize(torch.stack(seen).float(), dim=1)
    cosines = who @ who.T
    apart = ~torch.eye(len(who), dtype=torch.bool, device=who.device)
    return float(cosines[apart].mean())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--task", type=Path, required=True, help="MediaPipe's face landmarker")
    parser.add_argument("--sources", type=Path, nargs="+", required=True, help="pictures")
    parser.add_argument("--drivers", type=Path, nargs="+", required=True, help="clips")
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--results", type=Path, help="keep the animated clips in this folder")
    parser.add_argument("--again", action="store_true", help="measure what --results has already")
    parser.add_argument("--write", action="store_true", help="write docs/figures/real_clips.*")
    options = parser.parse_args()
    # The measuring is of use, and tested, without the networks.
    from d2animator import D2Animator
    from d2animator.bundles.recognition import load_recognition

    with tempfile.TemporaryDirectory() as scratch, open_tracker(options.task) as tracker:
        folder = options.results or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        animator = D2Animator.from_pretrained(options.model, marks=UNMARKED)
        rows = measure(
            animator,
            tracker,
            options.sources,
            options.drivers,
            folder,
            None if options.model else load_recognition().identity,
            again=options.again,
        )
    data = {"moves": MOVES, "clips": [asdict(row) for row in rows]}
    command = "python -m benchmarks.real_clips"
    figures.show("real_clips", data, markdown(rows), command, keep=options.write)


if __name__ == "__main__":
    main()
