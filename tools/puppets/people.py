"""Renders in memory, who is in each, and what is true of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from d2animator.errors import TrainingError
from d2animator.faces.pixels import from_bytes
from d2animator.models.recognition import FeatureNetwork, FeaturePrediction, IdentityNetwork
from tools.puppets.dataset import read_shards, set_states
from tools.puppets.parameters import expression_vector, look_class
from tools.puppets.verification import Verification, verify
from tools.puppets.world import STATE_DIM, state_from_z


class People(NamedTuple):
    """Renders in memory."""

    images: Tensor  # (N,3,S,S) uint8
    z: Tensor  # (N,Z_DIM)
    persons: Tensor  # (N,) whole numbers; equal ones mean the same person


class Truth(NamedTuple):
    """What the feature network has to say about N pictures; see `FeaturePrediction`."""

    classes: Tensor  # (N,)
    pose_deg: Tensor  # (N,3)
    gaze_deg: Tensor  # (N,2)
    expression: Tensor  # (N,E)
    look: Tensor  # (N,M)


def load_people(folders: Sequence[str | Path]) -> People:
    """Read sets of renders into memory.

    Args:
        folders: Sets as `dataset.render_set` leaves them, with pictures of one size.

    Raises:
        TrainingError: A folder holds no finished shard.
    """
    images, codes, persons, first = [], [], [], 0
    for folder in folders:
        states = set_states(folder)
        shards = list(read_shards(folder))
        images += [torch.from_numpy(np.array(s.images)).permute(0, 3, 1, 2) for s in shards]
        codes += [torch.from_numpy(np.array(s.z, dtype=np.float32)) for s in shards]
        count = sum(len(s.z) for s in shards)
        persons.append(first + torch.arange(count) // states)
        first = int(persons[-1][-1]) + 1
    return People(torch.cat(images).contiguous(), torch.cat(codes), torch.cat(persons))


def truth_of(z: Tensor) -> Truth:
    """What the feature network has to say about puppets with codes ``z`` (N,Z_DIM)."""
    codes = z.numpy()
    states = [state_from_z(code) for code in codes]
    return Truth(
        torch.tensor([look_class(code) for code in codes]),
        torch.tensor([state.yaw_pitch_roll_deg for state in states]),
        torch.tensor([state.gaze_deg for state in states]),
        torch.from_numpy(np.stack([expression_vector(state) for state in states])),
        z[:, STATE_DIM:],
    )


def split_people(people: People, held_back: float) -> tuple[People, People]:
    """The first persons, and the last ``held_back`` of them (at least two), renumbered from 0."""
    count = int(people.persons.max()) + 1
    keep = count - max(2, round(count * held_back))
    first = people.persons < keep
    held = People(people.images[~first], people.z[~first], people.persons[~first] - keep)
    return People(people.images[first], people.z[first], people.persons[first]), held


def joined(first: People, second: People) -> People:
    """Both together; no person of one is a person of the other."""
    persons = torch.cat([first.persons, second.persons + int(first.persons.max()) + 1])
    return People(torch.cat([first.images, second.images]), torch.cat([first.z, second.z]), persons)


def pictures_of(persons: Tensor, views: int) -> Tensor:
    """Positions (persons, pictures of each) of each person's pictures.

    Args:
        persons: Who is in each picture, numbered from 0.
        views: Pictures of each that are needed; more are given if everybody has more.

    Raises:
        TrainingError: Somebody has fewer, or there are fewer than two persons.
    """
    counts = persons.bincount()
    fewest = int(counts.min())
    if fewest < views or len(counts) < 2:
        raise TrainingError(
            f"identity needs at least 2 persons with {views} pictures each, there are "
            f"{len(counts)} with as few as {fewest}; render a set with --states {views} "
            "or more"
        )
    order = torch.split(persons.argsort(stable=True), counts.tolist())
    return torch.stack([places[:fewest] for places in order])


@torch.no_grad()
def measure_recognition(
    identity: IdentityNetwork, features: FeatureNetwork, people: People
) -> tuple[Verification, dict[str, float]]:
    """How well both do on pictures that they have not seen.

    Returns:
        How the same person is told from others; and by name: that, mean absolute errors of pose
        and gaze in degrees, correlation of the expression weights that vary, share of classes.
    """
    embeddings, answers = [], []
    for part in torch.split(people.images, 64):
        pictures = from_bytes(part)
        embeddings.append(identity(pictures))
        answers.append(features(pictures))
    verification = verify(torch.cat(embeddings).numpy(), people.persons.numpy())
    told = FeaturePrediction(*(torch.cat(column) for column in zip(*answers, strict=True)))
    truth = truth_of(people.z)
    errors = (told.pose_deg - truth.pose_deg).abs().mean(0).tolist()
    varied = truth.expression.std(0) > 0.05
    metrics = {
        "identity_auc": verification.auc,
        "identity_equal_error": verification.equal_error,
        "identity_same": verification.same,
        "identity_different": verification.different,
        **dict(zip(("yaw_error_deg", "pitch_error_deg", "roll_error_deg"), errors, strict=True)),
        "gaze_error_deg": float((told.gaze_deg - truth.gaze_deg).abs().mean()),
        "expression_error": float((told.expression - truth.expression).abs().mean()),
        "expression_correlation": float(
            _correlations(told.expression[:, varied], truth.expression[:, varied]).median()
        ),
        "class_accuracy": float((told.logits.argmax(1) == truth.classes).float().mean()),
    }
    return verification, metrics


def _correlations(first: Tensor, second: Tensor) -> Tensor:
    """Pearson's correlation of each column of two (N,C)."""
    a, b = first - first.mean(0), second - second.mean(0)
    scale = (a.square().sum(0) * b.square().sum(0)).sqrt().clamp(min=1e-12)
    return (a * b).sum(0) / scale
