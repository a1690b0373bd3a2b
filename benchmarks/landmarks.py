"""How well do the bundled landmark networks do on people? Judged by an outside face tracker.

    python -m benchmarks.landmarks --task face_landmarker_v2_with_blendshapes.task --clips clip.mp4

prints JSON: in how many of the frames where the outside tracker finds a face ours finds one too,
how far our points lie from its points, on those that both have, and how what our points say of the
face follows its blendshapes over a clip.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from benchmarks import figures
from benchmarks.real_clips import correlation
from benchmarks.tracker import Judge, Measurement, open_tracker

if TYPE_CHECKING:
    from d2animator import D2Animator
    from d2animator.faces.records import LandmarkRecord
    from d2animator.marks.options import UNMARKED

# Points that both layouts have: name, indices whose mean it is in WFLW98, and in MediaPipe's mesh.
COMMON = {
    "right eye, outer corner": ((60,), (33,)),
    "right eye, inner corner": ((64,), (133,)),
    "left eye, inner corner": ((68,), (362,)),
    "left eye, outer corner": ((72,), (263,)),
    "mouth, right corner": ((76,), (61,)),
    "mouth, left corner": ((82,), (291,)),
    "nose, tip": ((54,), (1,)),
    "upper lip, middle": ((79, 90), (0, 13)),
    "lower lip, middle": ((85, 94), (17, 14)),
}

_OF_THE_MOUTH = ("mouth_open", "mouth_width", "mouth_shift", "smile", "pitch", "yaw")


@dataclass(frozen=True)
class Agreement:
    """Ours against the outside tracker, on one clip.

    Attributes:
        clip: Its name.
        frames: Frames of the clip.
        judged: Frames in which the outside tracker finds a face.
        found: Share of those in which ours finds one, 0 to 1.
        distance_percent: Median distance of common points, in percent of the distance between the
            outer eye corners; None where no frame has both.
        by_point: The same for each point.
        follows: Correlations over the clip with the outside tracker's readings, by name.
    """

    clip: str
    frames: int
    judged: int
    found: float
    distance_percent: float | None
    by_point: dict[str, float]
    follows: dict[str, float] = field(default_factory=dict)


def distances(
    ours: npt.NDArray[np.floating], theirs: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Distances of the common points, in percent of the outer eye corners' distance.

    Args:
        ours: (98, 2) pixels.
        theirs: (478, 2) pixels.

    Returns:
        One for each entry of ``COMMON``.
    """
    pairs = [
        (ours[list(own)].mean(axis=0), theirs[list(other)].mean(axis=0))
        for own, other in COMMON.values()
    ]
    offsets = np.array([own - other for own, other in pairs], dtype=float)
    eyes = float(np.linalg.norm(theirs[33] - theirs[263]))
    return np.asarray(100 * np.linalg.norm(offsets, axis=1) / eyes)


def agreement(
    clip: str,
    ours: Sequence[LandmarkRecord],
    theirs: Sequence[npt.NDArray[np.floating] | None],
) -> Agreement:
    """Compare two trackers over a clip.

    Args:
        clip: Its name.
        ours: One record a frame.
        theirs: Points (478, 2) a frame, None without a face.
    """
    judged = [(a, b) for a, b in zip(ours, theirs, strict=True) if b is not None]
    both = [distances(a.points, b) for a, b in judged if a.points is not None]
    median = np.median(both, axis=0) if both else np.empty(0)
    return Agreement(
        clip=clip,
        frames=len(ours),
        judged=len(judged),
        found=len(both) / max(1, len(judged)),
        distance_percent=float(np.median(both)) if both else None,
        by_point={name: float(value) for name, value in zip(COMMON, median, strict=False)},
    )


def measure(animator: D2Animator, tracker: Judge, clip: Path) -> Agreement:
    """Track a clip twice and compare."""
    measured, ours = tracker.measure_clip(clip), animator.landmarks(clip)
    theirs = [one.points if one.found else None for one in measured]
    return replace(agreement(clip.stem, ours, theirs), follows=follows(ours, measured))


def follows(ours: Sequence[LandmarkRecord], measured: Sequence[Measurement]) -> dict[str, float]:
    """Correlate what our points say of a face with an outside tracker's readings.

    Args:
        ours: One record a frame.
        measured: One measurement a frame.

    Returns:
        ``gap``: our lips' gap with its lips' gap; ``lips``: ours with its jaw; ``mouth``: all that
        our points say of the mouth, added up as fits best, with the jaw; ``eyes`` with blinks,
        ``smile`` with smiles. Nothing where too few frames have both.
    """
    from d2animator.faces.actions import ACTIONS, measure_actions

    both = [(a.points, b) for a, b in zip(ours, measured, strict=True) if b.found and a.found]
    if len(both) < 3:
        return {}
    points = torch.tensor(np.array([one for one, _ in both]), dtype=torch.float64)
    said = dict(zip(ACTIONS, measure_actions(points).T.numpy(), strict=True))
    jaw = np.array([one.jaw_open for _, one in both])
    mouth = np.stack([said[name] for name in _OF_THE_MOUTH] + [np.ones_like(jaw)], 1)
    told = {
        "gap": (said["mouth_open"], np.array([one.lips_gap for _, one in both])),
        "lips": (said["mouth_open"], jaw),
        "mouth": (mouth @ np.linalg.lstsq(mouth, jaw, rcond=None)[0], jaw),
        "eyes": (
            -said["eye_right"] - said["eye_left"],
            np.array([one.blink for _, one in both]),
        ),
        "smile": (said["smile"], np.array([one.smile for _, one in both])),
    }
    return {name: correlation(one, other) for name, (one, other) in told.items()}


def markdown(rows: Sequence[Agreement]) -> str:
    """The table of the documentation."""
    header = ["clip", "frames", "face found", "median distance, %"]
    header += ["lips with lips", "lips with jaw", "all of the mouth with jaw", "eyes with blinks"]
    header += ["smile"]
    return figures.table(
        header,
        [
            (
                *(r.clip, r.frames, f"{r.found:.1%}", r.distance_percent),
                *(r.follows.get(name) for name in ("gap", "lips", "mouth", "eyes", "smile")),
            )
            for r in rows
        ],
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--task", type=Path, required=True, help="MediaPipe's face landmarker")
    parser.add_argument("--clips", type=Path, nargs="+", required=True)
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--write", action="store_true", help="write docs/figures/landmarks.*")
    options = parser.parse_args()
    # The comparison is of use, and tested, without the networks.
    from d2animator import D2Animator

    animator = D2Animator.from_pretrained(options.model, marks=UNMARKED)
    with open_tracker(options.task) as tracker:
        rows = [measure(animator, tracker, clip) for clip in options.clips]
    data = {"clips": [asdict(row) for row in rows]}
    command = "python -m benchmarks.landmarks"
    figures.show("landmarks", data, markdown(rows), command, keep=options.write)


if __name__ == "__main__":
    main()
