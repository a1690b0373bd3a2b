"""How well the applications keep apart what they promise to keep apart.

    python -m benchmarks.applications

draws faces with the embedded generator (or ``--model FOLDER``), applies `disentangle`, region
gains, `edit`, `frontalize` and `anonymise` to them, and reads the results with the bundle's own
landmark network. Writes ``docs/figures/applications.json`` and ``applications.md``; ``--sheet
FILE`` also writes a picture of some results.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks import figures
from benchmarks.gallery import sheet
from d2animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.bundles.locate import EMBEDDED
from d2animator.errors import BundleError
from d2animator.faces.actions import (
    ACTION_REGIONS,
    ACTIONS,
    POSE_ACTIONS,
    REGIONS,
    combine_motion,
    measure_actions,
)
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.detect import FaceTracker
from d2animator.latent.directions import Directions, DirectionTable, add_motion, bound_motion
from d2animator.latent.editing import BOTH_SIDES
from d2animator.latent.measuring import proportions_and_colours
from d2animator.models.action import ActionNetwork
from d2animator.portrait import Portrait, to_pictures
from d2animator.puppet.world import STATE_BLOCKS, STATE_DIM, Z_DIM

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
TRUNCATION = 0.8


@dataclass(frozen=True, eq=False)
class Faces:
    """Drawn faces.

    Attributes:
        codes: (N, L, D).
        images: (N, 3, R, R).
        landmarks: Pixels (N, 98, 2).
    """

    codes: Tensor
    images: Tensor
    landmarks: Tensor


class Stage:
    """A bundle's networks, to draw and to look."""

    def __init__(self, animator: D2Animator) -> None:
        bundle: Bundle = animator.bundle
        bank, network, statistics = bundle.directions, bundle.action_network, bundle.w_statistics
        finder, reader = bundle.finder, bundle.landmark_network
        if bank is None or bank.table is None or network is None or statistics is None:
            raise BundleError(bundle.config.name, "no measured directions or no action network")
        if finder is None or reader is None:
            raise BundleError(bundle.config.name, "no landmark networks")
        self.animator = animator
        self.generator, self.network = bundle.generator, network
        self.bank: Directions = bank
        self.table: DirectionTable = bank.table
        self.draws_puppets = bundle.config.name == EMBEDDED and self.generator.z_dim == Z_DIM
        self._bounds = statistics.w_avg, statistics.limits
        self.tracker = FaceTracker(finder, reader)

    def draw(self, codes: Tensor) -> Faces:
        """Draw codes (N, L, D) and read their landmarks."""
        with torch.inference_mode():
            images = torch.cat([self.generator.synthesis(part) for part in torch.split(codes, 8)])
        points = torch.cat([self.tracker.landmarks_batch(part) for part in torch.split(images, 8)])
        return Faces(codes, images.clone(), points)

    def noise(self, count: int, seed: int) -> Tensor:
        """Codes z (N, z_dim) at random."""
        draw = torch.Generator().manual_seed(seed)
        return torch.randn(count, self.generator.z_dim, generator=draw)

    def from_noise(self, z: Tensor) -> Faces:
        """Faces of codes z (N, z_dim)."""
        with torch.inference_mode():
            return self.draw(self.generator.mapping(z, truncation_psi=TRUNCATION).clone())

    def random(self, count: int, seed: int) -> Faces:
        """Faces at random."""
        return self.from_noise(self.noise(count, seed))

    def moved(self, faces: Faces, delta: Tensor) -> Faces:
        """Faces after motions (N, l, D)."""
        return self.draw(add_motion(faces.codes, bound_motion(faces.codes, delta, *self._bounds)))

    def portrait(self, faces: Faces, index: int) -> Portrait:
        """One of them, to be handed to the animator."""
        own = normalise_landmarks(faces.landmarks)[index]
        average, limits = self._bounds
        code = faces.codes[index : index + 1]
        return Portrait(self.generator, code, own, w_avg=average, limits=limits)


def relative(table: DirectionTable, change: Tensor) -> Tensor:
    """Changes of actions (N, A) in units of their ranges."""
    return change / table.ranges.double()


def amount(table: DirectionTable, change: Tensor, names: Sequence[str]) -> Tensor:
    """How much (N,) some actions change, root mean square in units of their ranges."""
    columns = [ACTIONS.index(name) for name in names]
    return relative(table, change)[:, columns].square().mean(1).sqrt()


EXPRESSIONS = tuple(name for name in ACTIONS if name not in POSE_ACTIONS)


def deltas(
    network: ActionNetwork, table: DirectionTable, start: Tensor, target: Tensor, way: str
) -> dict[str, Tensor]:
    """Motions for pose alone, expression alone and both, by one of the ways to part them.

    Args:
        network: The facial action network.
        table: Regions of its directions.
        start: Normalised landmarks (N, 98, 2) of the sources.
        target: Of the drivers.
        way: "landmarks" parts the landmarks before the network sees them, "coefficients" the
            network's answer by the directions' groups, "both" does both.
    """
    with torch.inference_mode():
        rest = network.describe(start)
        found = {}
        for name in ("pose", "expression", "full"):
            wanted = target
            if way != "coefficients" and name != "full":
                own = [region for region in REGIONS if (region == "pose") == (name == "pose")]
                wanted = combine_motion(start, dict.fromkeys(own, (start, target)), {})
            motion = network.motion(rest, network.describe(wanted))
            if way != "landmarks" and name != "full":
                motion = motion * torch.tensor([group == name for group in table.groups()])
            found[name] = network.delta(motion)
    return {name: delta.clone() for name, delta in found.items()}


def pose_free(known: Tensor) -> Callable[[Faces], Tensor]:
    """Make a reading of faces from which the pose tells nothing about the expression.

    A detector draws a hidden cheek or a pupil where it expects them, so that a turned head reads
    as a look aside. Over random faces pose and expression have nothing to do with each other:
    what a cubic in the angles tells there about an action is such an error, and is taken out.

    Args:
        known: Actions of random faces (N, A).

    Returns:
        Faces -> actions (N, A).
    """
    count = len(POSE_ACTIONS)

    def terms(actions: Tensor) -> Tensor:
        pose = actions[:, :count] / known[:, :count].std(0)
        yaw, pitch, roll = pose.unbind(1)
        products = [yaw * pitch, yaw * roll, pitch * roll, yaw**3]
        return torch.cat([torch.ones_like(pose[:, :1]), pose, pose**2, torch.stack(products, 1)], 1)

    told = torch.linalg.lstsq(terms(known), known[:, count:], driver="gelsd").solution

    def read(faces: Faces) -> Tensor:
        actions = measure_actions(faces.landmarks)
        return torch.cat([actions[:, :count], actions[:, count:] - terms(actions) @ told], 1)

    return read


def disentanglement(stage: Stage, count: int) -> dict[str, dict[str, float]]:
    """How much pose alone changes the expression, and the other way round.

    Puppets' codes say what their pose and expression are, so there the truth is drawn too, by the
    same generator: what it reads as is the least that this measurement can show.

    Returns:
        For each way, and for the truth: medians over pairs, in % of what the full transfer does, of
        the expression's change under pose alone (``expression_leak_percent``) and of the pose's
        under expression alone (``pose_leak_percent``); the share of the full transfer's change
        that is in them, in % (``..._carried_percent``: its projection, in which trembling
        cancels out); and the correlation of what is wanted with the full transfer's
        (``pose_kept``, ``expression_kept``).
    """
    read = pose_free(measure_actions(stage.random(4 * count, 1000).landmarks))
    z = [stage.noise(count, seed) for seed in (1001, 1002)]
    sources, drivers = (stage.from_noise(one) for one in z)
    start, target = (normalise_landmarks(one.landmarks) for one in (sources, drivers))
    rest = read(sources)
    results: dict[str, dict[str, Faces]] = {}
    if stage.draws_puppets:
        results["truth"] = {
            name: stage.from_noise(torch.cat([z[0][:, :a], z[1][:, a:b], z[0][:, b:]], 1))
            for name, (a, b) in _STATE.items()
        }
    for way in ("landmarks", "coefficients", "both"):
        found = deltas(stage.network, stage.table, start, target, way)
        results[way] = {name: stage.moved(sources, delta) for name, delta in found.items()}
    return {
        way: _parted(stage.table, {name: read(one) - rest for name, one in made.items()})
        for way, made in results.items()
    }


_POSE_END = STATE_BLOCKS["pose"]
# Entries of a puppet's code that pose, expression (gaze and lids are part of it) and both take.
_STATE = {
    "pose": (0, _POSE_END),
    "expression": (_POSE_END, STATE_DIM),
    "full": (0, STATE_DIM),
}


def _parted(table: DirectionTable, change: Mapping[str, Tensor]) -> dict[str, float]:
    """The figures of one way, from its changes of actions (N, A)."""
    names = {"pose": POSE_ACTIONS, "expression": EXPRESSIONS}
    row: dict[str, float] = {}
    for own, other in (("pose", "expression"), ("expression", "pose")):
        part, whole = (amount(table, change[name], names[other]) for name in (own, "full"))
        row[f"{other}_leak_percent"] = _percent(part, whole)
        columns = [ACTIONS.index(name) for name in names[other]]
        a, b = (relative(table, change[name])[:, columns] for name in (own, "full"))
        row[f"{other}_carried_percent"] = round(
            100 * float((a * b).sum() / (b * b).sum().clamp_min(1e-9)), 1
        )
        row[f"{own}_kept"] = _alike(table, change[own], change["full"], names[own])
    return row


def _percent(part: Tensor, whole: Tensor) -> float:
    return round(100 * float((part / whole.clamp_min(1e-6)).nan_to_num().median()), 1)


def _alike(table: DirectionTable, one: Tensor, other: Tensor, names: Sequence[str]) -> float:
    columns = [ACTIONS.index(name) for name in names]
    a, b = (relative(table, x)[:, columns].flatten() for x in (one, other))
    return round(float(torch.corrcoef(torch.stack([a, b]))[0, 1].nan_to_num()), 3)


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
                other: _percent(amount(table, change, names), amount(table, full, names))
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
    tensors = torch.from_numpy(stacked).permute(0, 3, 1, 2).float() / 127.5 - 1
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


def measure(stage: Stage, count: int) -> dict[str, Any]:
    """All figures, over ``count`` faces or pairs each."""
    return {
        "faces": count,
        "disentanglement": disentanglement(stage, 4 * count),
        "regions": regions(stage, 2 * count),
        "edits": edits(stage, count),
        "frontalize": frontal(stage, count),
    }


def markdown(data: Mapping[str, Any]) -> str:
    """The tables of the documentation."""
    columns = (
        "expression_leak_percent",
        "expression_carried_percent",
        "pose_leak_percent",
        "pose_carried_percent",
        "pose_kept",
        "expression_kept",
    )
    parted = [
        (way, *(row[name] for name in columns)) for way, row in data["disentanglement"].items()
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
            figures.table(
                (
                    "parted by",
                    "expression changed by pose",
                    "of it carried over",
                    "pose changed by expression",
                    "of it carried over",
                    "pose as in full",
                    "expression as in full",
                ),
                parted,
            ),
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


def main(measured: Callable[[Stage, int], dict[str, Any]] = measure) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--count", type=int, default=24, help="faces of each measurement")
    parser.add_argument("--sheet", type=Path, help="picture of some results to write")
    options = parser.parse_args()
    stage = Stage(D2Animator.from_pretrained(options.model, device="cpu"))
    if options.sheet is not None:
        Image.fromarray(picture(stage)).save(options.sheet)
    data = measured(stage, options.count)
    text = markdown(data)
    print(text)
    figures.write("applications", data, text, "python -m benchmarks.applications")


if __name__ == "__main__":
    main()
