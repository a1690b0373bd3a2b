"""How well the applications keep apart what they promise to keep apart.

    python -m benchmarks.applications

draws faces with the embedded generator (or ``--model FOLDER``), applies `disentangle`, region
gains, `edit`, `frontalize` and `anonymise` to them, and reads the results with the bundle's own
landmark network; pose and expression of the results also with the feature network of an evaluation
bundle, where there is one. Writes ``docs/figures/applications.json`` and ``applications.md``;
``--sheet FILE`` also writes a picture of some results.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks import figures
from benchmarks.gallery import sheet
from benchmarks.parting import by_landmarks, by_network, disentanglement, percent
from benchmarks.stage import EXPRESSIONS, Faces, Stage, amount
from d2animator import D2Animator
from d2animator.faces.actions import (
    ACTION_REGIONS,
    ACTIONS,
    POSE_ACTIONS,
    REGIONS,
    combine_motion,
    measure_actions,
)
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.pixels import to_images, to_pictures
from d2animator.latent.directions import DirectionTable
from d2animator.latent.editing import BOTH_SIDES
from d2animator.latent.measuring import proportions_and_colours
from d2animator.marks.options import UNMARKED

EDITS: tuple[dict[str, float], ...] = (
    {"yaw": 15},
    {"yaw": -15},
    {"yaw": -25},
    {"pitch": 8},
    {"pitch": -8},
    {"roll": 6},
    {"mouth_open": 1},
    {"mouth_open": -0.5},
    {"smile": 0.6},
    {"brows": 1},
    {"eyes": -1},
    {"smile": 0.6, "yaw": 15},
)


def regions(stage: Stage, count: int) -> dict[str, dict[str, dict[str, float]]]:
    """What moves when one region alone is let through: by landmarks, and by coefficients.

    Returns:
        way -> region let through -> region that moved -> median change in % of the full transfer's.
    """
    sources, drivers = stage.random(count, 1003), stage.random(count, 1004)
    start, target = (normalise_landmarks(one.landmarks) for one in (sources, drivers))
    rest = measure_actions(sources.landmarks)
    network, table = stage.network, stage.table
    members = {
        region: [name for name, own in ACTION_REGIONS.items() if own == region]
        for region in REGIONS
    }
    with torch.inference_mode():
        described = network.describe(start)
        whole = network.motion(described, network.describe(target)).clone()
        motions: dict[str, dict[str, Tensor]] = {"landmarks": {}, "coefficients": {}}
        for region in REGIONS:
            wanted = combine_motion(start, {region: (start, target)}, {})
            motions["landmarks"][region] = network.motion(
                described, network.describe(wanted)
            ).clone()
            kept = torch.tensor([own == region for own in table.regions])
            motions["coefficients"][region] = whole * kept
    full = measure_actions(stage.moved(sources, network.delta(whole)).landmarks) - rest
    result: dict[str, dict[str, dict[str, float]]] = {}
    for way, by_region in motions.items():
        result[way] = {}
        for one, motion in by_region.items():
            change = measure_actions(stage.moved(sources, network.delta(motion)).landmarks) - rest
            result[way][one] = {
                other: percent(amount(table, change, names), amount(table, full, names))
                for other, names in members.items()
            }
    return result


def edits(stage: Stage, count: int) -> list[dict[str, Any]]:
    """Asked and measured: medians over faces for every edit in `EDITS`."""
    faces = stage.random(count, 1005)
    rows = []
    for edit in EDITS:
        results = [
            stage.animator.edited(stage.portrait(faces, index), edit) for index in range(count)
        ]
        seen = stage.draw(torch.cat([one.w_plus for one in results]))
        change = measure_actions(seen.landmarks) - measure_actions(faces.landmarks)
        asked = {side for name in edit for side in BOTH_SIDES.get(name, (name,))}
        found = {name: float(_measured(stage.table, change, name).median()) for name in edit}
        others = [name for name in ACTIONS if name not in asked]
        who = _persons(stage, faces, seen)
        rows.append(
            {
                "edit": edit,
                "measured": {name: round(value, 2) for name, value in found.items()},
                "error": {
                    name: round(
                        float((_measured(stage.table, change, name) - edit[name]).abs().median()), 2
                    )
                    for name in edit
                },
                "side_effect_percent": round(
                    100 * float(amount(stage.table, change, others).median()), 1
                ),
                "identity_change": round(float(who.median()), 2),
            }
        )
    return rows


def _measured(table: DirectionTable, change: Tensor, name: str) -> Tensor:
    columns = [ACTIONS.index(side) for side in BOTH_SIDES.get(name, (name,))]
    unit = 1.0 if name in POSE_ACTIONS else table.ranges[columns].double()
    return (change[:, columns] / unit).mean(1)


def _persons(stage: Stage, one: Faces, other: Faces) -> Tensor:
    """How different the persons of two sets are (N,), 1: as two drawn at random."""
    who = [proportions_and_colours(faces.images, faces.landmarks) for faces in (one, other)]
    unit = who[0].std(0).clamp_min(1e-6)
    distance: Tensor = ((who[0] - who[1]) / unit).norm(dim=1) / (2 * who[0].shape[1]) ** 0.5
    return distance


def frontal(stage: Stage, count: int) -> dict[str, float]:
    """Pose before and after `frontalize`, and what becomes of expression and person."""
    faces = stage.random(count, 1006)
    images = [stage.animator.frontalize(stage.portrait(faces, k)).images for k in range(count)]
    stacked = np.stack([one[0] for one in images if one is not None])
    tensors = to_images(stacked)
    points = stage.tracker.landmarks_batch(tensors)
    before, after = measure_actions(faces.landmarks), measure_actions(points)
    seen = Faces(faces.codes, tensors, points)
    result = {}
    for k, name in enumerate(POSE_ACTIONS):
        result[f"{name}_before_deg"] = round(float(before[:, k].abs().mean()), 2)
        result[f"{name}_after_deg"] = round(float(after[:, k].abs().mean()), 2)
    change = amount(stage.table, after - before, EXPRESSIONS)
    result["expression_change_percent"] = round(100 * float(change.median()), 1)
    result["identity_change"] = round(float(_persons(stage, faces, seen).median()), 2)
    return result


def measure(stage: Stage, count: int, judges: Path | None = None) -> dict[str, Any]:
    """All figures, over ``count`` faces or pairs each; ``judges`` is an evaluation bundle."""
    readings = [by_landmarks(stage, 16 * count)]
    network = by_network(judges)
    if network is not None:
        readings.insert(0, network)
    return {
        "faces": count,
        "disentanglement": disentanglement(stage, 4 * count, readings),
        "regions": regions(stage, 2 * count),
        "edits": edits(stage, count),
        "frontalize": frontal(stage, count),
    }


_PARTED = {
    "expression_leak_percent": "expression changed by pose",
    "expression_carried_percent": "of it carried over",
    "expression_beyond_percent": "beyond the truth's",
    "pose_leak_percent": "pose changed by expression",
    "pose_carried_percent": "of it carried over",
    "pose_beyond_percent": "beyond the truth's",
    "pose_kept": "pose as in full",
    "expression_kept": "expression as in full",
}


def markdown(data: Mapping[str, Any]) -> str:
    """The tables of the documentation."""
    parted = [
        (f"{way}, {reading}", *(row[name] for name in _PARTED))
        for reading, ways in data["disentanglement"].items()
        for way, row in ways.items()
    ]
    by_region = [
        (f"{region}, {way}", *(row[other] for other in REGIONS))
        for way, table in data["regions"].items()
        for region, row in table.items()
    ]
    asked = [
        (
            _said(row["edit"]),
            _said(row["measured"]),
            _said(row["error"]),
            row["side_effect_percent"],
            row["identity_change"],
        )
        for row in data["edits"]
    ]
    front = data["frontalize"]
    turned = [
        (name, front[f"{name}_before_deg"], front[f"{name}_after_deg"]) for name in POSE_ACTIONS
    ]
    return "\n".join(
        [
            "Pose or expression alone, in % of what the full transfer changes:\n",
            figures.table(("parted by, read by", *_PARTED.values()), parted),
            "One region alone, in % of what the full transfer changes in each region:\n",
            figures.table(("let through, by", *REGIONS), by_region),
            "Edits by name, medians (degrees for yaw, pitch and roll; else 1 is large):\n",
            figures.table(("asked", "measured", "error", "side effects %", "person"), asked),
            "Frontal views, mean of the angle's size in degrees:\n",
            figures.table(("angle", "before", "after"), turned),
        ]
    )


def _said(edit: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in edit.items())


def picture(stage: Stage, count: int = 4) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A row for each of some faces: at rest, every edit, frontal."""
    faces = stage.random(count, 1005)
    rows = []
    for index in range(count):
        portrait = stage.portrait(faces, index)
        shown = [portrait, *(stage.animator.edited(portrait, edit) for edit in EDITS)]
        images = [to_pictures(one.reconstruction())[0] for one in shown]
        front = stage.animator.frontalize(portrait).images or ()
        rows.append([*images, *front])
    return sheet(rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--judges", type=Path, help="evaluation bundle; default: the package's")
    parser.add_argument("--count", type=int, default=24, help="faces of each measurement")
    parser.add_argument("--sheet", type=Path, help="picture of some results to write")
    options = parser.parse_args()
    stage = Stage(D2Animator.from_pretrained(options.model, device="cpu", marks=UNMARKED))
    if options.sheet is not None:
        Image.fromarray(picture(stage)).save(options.sheet)
    data = measure(stage, options.count, options.judges)
    text = markdown(data)
    print(text)
    figures.write("applications", data, text, "python -m benchmarks.applications")


if __name__ == "__main__":
    main()
