"""Centroids, shrinking, differences, duplicates, turns."""

from __future__ import annotations

import torch

from d2animator.distill.clusters import (
    COMPONENTS,
    centroids,
    differences,
    drop_duplicates,
    shrink,
    take_turns,
)
from tests.steadiness import Check


def test_centroids_are_means() -> None:
    codes = torch.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 5.0]])
    means, sizes = centroids(codes, torch.tensor([0, 0, 2]), 3)
    assert means.tolist() == [[2.0, 0.0], [0.0, 0.0], [0.0, 5.0]]
    assert sizes.tolist() == [2, 0, 1]


def test_shrinking_keeps_signal_and_drops_noise(seed: int, check: Check) -> None:
    random = torch.Generator().manual_seed(seed)
    sizes = torch.full((12,), 400.0)
    truth = torch.zeros(12, 200)
    truth[:, :3] = torch.randn(12, 3, generator=random)
    found = truth + torch.randn(12, 200, generator=random) / 20
    # What all centroids share drops out of their differences.
    errors = [x - x.mean(0) - (truth - truth.mean(0)) for x in (shrink(found, sizes), found)]
    check("error left", errors[0].norm() / errors[1].norm(), below=0.3)


def test_pairs_below_and_components_above_the_threshold() -> None:
    means = torch.randn(8, 20, generator=torch.Generator().manual_seed(0))
    assert differences(means[:4], 6, 0).shape == (6, 20)
    assert differences(means, 6, 0).shape == (7, 20)  # all that eight means can span
    many = torch.randn(20, 20, generator=torch.Generator().manual_seed(0))
    assert differences(many, 6, 0).shape == (COMPONENTS, 20)


def test_duplicates_are_dropped_whatever_their_sign() -> None:
    vectors = torch.tensor([[1.0, 0.0], [-2.0, 0.1], [0.0, 1.0]])
    assert drop_duplicates(vectors, torch.tensor([0.5, 0.9, 0.7]), 0.9) == [1, 2]


def test_parts_take_turns() -> None:
    sources = ("mouth/posed/2", "mouth/posed/4", "eyes/posed/2", "mouth/aligned/2", "eyes/posed/4")
    assert take_turns([1, 0, 4, 3, 2], sources) == [1, 4, 3, 0, 2]
