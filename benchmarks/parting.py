"""How well pose and expression are told apart: one of them from a driver, the other one stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.stage import Faces, Stage, relative
from d2animator.bundles.recognition import load_recognition
from d2animator.errors import BundleError
from d2animator.faces.actions import POSE_ACTIONS, REGIONS, combine_motion, measure_actions
from d2animator.faces.align import normalise_landmarks
from d2animator.latent.directions import DirectionTable
from d2animator.models.action import ActionNetwork
from tools.puppets.world import STATE_BLOCKS, STATE_DIM


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


@dataclass(frozen=True, eq=False)
class Reading:
    """Somebody who tells pose and expression from pictures.

    Attributes:
        name: Who.
        read: Faces -> pose (N, P) and expression (N, E), each in units that may be added up.
    """

    name: str
    read: Callable[[Faces], tuple[Tensor, Tensor]]


def by_landmarks(stage: Stage, count: int) -> Reading:
    """Read by the bundle's landmark network, in units of the actions' ranges."""
    free = pose_free(measure_actions(stage.random(count, 1000).landmarks))

    def read(faces: Faces) -> tuple[Tensor, Tensor]:
        actions, count = relative(stage.table, free(faces)), len(POSE_ACTIONS)
        return actions[:, :count], actions[:, count:]

    return Reading("landmarks", read)


def by_network(folder: Path | None = None) -> Reading | None:
    """Read by the feature network of an evaluation bundle, which was trained on renders.

    It answers with angles in degrees and with the weights of the expressions themselves, and
    has never met this bundle's landmark network.

    Args:
        folder: The evaluation bundle; None for the package's, and then None where there is none.
    """
    try:
        network = load_recognition(folder).features
    except BundleError:
        if folder is not None:
            raise
        return None

    def read(faces: Faces) -> tuple[Tensor, Tensor]:
        with torch.inference_mode():
            seen = [network(part) for part in torch.split(faces.images.clamp(-1, 1), 16)]
        pose, expression = (
            torch.cat(parts).double()
            for parts in zip(*((one.pose_deg, one.expression) for one in seen), strict=True)
        )
        return pose, expression

    return Reading("feature network", read)


def disentanglement(
    stage: Stage, count: int, readings: Sequence[Reading]
) -> dict[str, dict[str, dict[str, float | None]]]:
    """How much pose alone changes the expression, and the other way round.

    Puppets' codes say what their pose and expression are, so there the truth is drawn too, by the
    same generator: what it reads as is the least that this measurement can show.

    Returns:
        For each reading and each way, and for the truth: medians over pairs, in % of what the full
        transfer does, of the expression's change under pose alone (``expression_leak_percent``)
        and of the pose's under expression alone (``pose_leak_percent``); the share of the full
        transfer's change that is in them, in % (``..._carried_percent``: its projection, in
        which trembling cancels out); what they are beyond the truth's (``..._beyond_percent``:
        root of the mean square's excess over what a true answer reads as, None without a truth);
        and the correlation of what is wanted with the full transfer's (``pose_kept``,
        ``expression_kept``).
    """
    z = [stage.noise(count, seed) for seed in (1001, 1002)]
    sources, drivers = (stage.from_noise(one) for one in z)
    start, target = (normalise_landmarks(one.landmarks) for one in (sources, drivers))
    results: dict[str, dict[str, Faces]] = {}
    if stage.draws_puppets:
        results["truth"] = {
            name: stage.from_noise(torch.cat([z[0][:, :a], z[1][:, a:b], z[0][:, b:]], 1))
            for name, (a, b) in _STATE.items()
        }
    for way in ("landmarks", "coefficients", "both"):
        found = deltas(stage.network, stage.table, start, target, way)
        results[way] = {name: stage.moved(sources, delta) for name, delta in found.items()}
    return {one.name: _all_ways(one, sources, results) for one in readings}


def _all_ways(
    reading: Reading, sources: Faces, results: Mapping[str, Mapping[str, Faces]]
) -> dict[str, dict[str, float | None]]:
    """The figures of all ways by one reading."""
    rest = reading.read(sources)
    changes: dict[str, dict[str, Change]] = {}
    for way, made in results.items():
        changes[way] = {}
        for name, faces in made.items():
            pose, expression = (
                now - before for now, before in zip(reading.read(faces), rest, strict=True)
            )
            changes[way][name] = {"pose": pose, "expression": expression}
    truth = changes.get("truth")
    return {way: _parted(change, truth) for way, change in changes.items()}


_POSE_END = STATE_BLOCKS["pose"]
# Entries of a puppet's code that pose, expression (gaze and lids are part of it) and both take.
_STATE = {
    "pose": (0, _POSE_END),
    "expression": (_POSE_END, STATE_DIM),
    "full": (0, STATE_DIM),
}


Change = Mapping[str, Tensor]
"""Changes of ``pose`` (N, P) and ``expression`` (N, E)."""


def _parted(
    change: Mapping[str, Change], truth: Mapping[str, Change] | None
) -> dict[str, float | None]:
    """The figures of one way, from its changes under pose alone, expression alone and both."""
    row: dict[str, float | None] = {}
    for own, other in (("pose", "expression"), ("expression", "pose")):
        part, whole = change[own][other], change["full"][other]
        sizes = [x.square().mean(1).sqrt() for x in (part, whole)]
        row[f"{other}_leak_percent"] = percent(*sizes)
        total = float(whole.square().sum().clamp_min(1e-9))
        row[f"{other}_carried_percent"] = round(100 * float((part * whole).sum()) / total, 1)
        row[f"{other}_beyond_percent"] = None
        if truth is not None:
            excess = float(part.square().sum() - truth[own][other].square().sum())
            row[f"{other}_beyond_percent"] = round(100 * (max(excess, 0.0) / total) ** 0.5, 1)
        row[f"{own}_kept"] = _alike(change[own][own], change["full"][own])
    return row


def percent(part: Tensor, whole: Tensor) -> float:
    """Median of parts (N,) in % of their wholes (N,)."""
    return round(100 * float((part / whole.clamp_min(1e-6)).nan_to_num().median()), 1)


def _alike(one: Tensor, other: Tensor) -> float:
    pair = torch.stack([one.flatten(), other.flatten()])
    return round(float(torch.corrcoef(pair)[0, 1].nan_to_num()), 3)
