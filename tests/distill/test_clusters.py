"""Centroids, shrinking, differences, duplicates, turns."""

from __future__ import annotations

import torch

from d2animator.distill.clusters import (
    COMPONENTS,
    centroids,
    differences,
    drop_duplicates,
    independent_axes,
    nearest_centres,
    settle_centres,
    shrink,
    signs,
    take_turns,
)
from tests.steadiness import Check


def rounded(values: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Values as another processor would give them: other in the last digits."""
    return values + 1e-6 * torch.randn(values.shape, generator=random, dtype=values.dtype)


def test_centres_are_found_where_there_are_some(seed: int, check: Check) -> None:
    random = torch.Generator().manual_seed(seed)
    corners = torch.tensor([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
    labels = torch.randint(0, 4, (2000,), generator=random)
    features = corners[labels] + 0.2 * torch.randn(2000, 2, generator=random)
    centres = settle_centres(features, 4, seed)
    apart = torch.cdist(corners.double(), centres)
    check("distance", apart.amin(1).max(), below=0.1)
    told = apart.argmin(1)[labels]
    check("wrong", (nearest_centres(features, centres) != told).float().mean(), below=0.01)


def test_centres_are_as_near_as_a_normals_quantiser(seed: int, check: Check) -> None:
    """The least mean square distance to 8 points of a line is known (J. Max, 1960)."""
    features = torch.randn(5000, 1, generator=torch.Generator().manual_seed(seed))
    features = (features - features.mean()) / features.std()
    apart = torch.cdist(features.double(), settle_centres(features, 8, seed)).amin(1)
    check("distance", apart.square().mean() / 0.03454, below=1.2)


def test_centres_of_many_clusters_do_not_turn_on_the_last_digits(seed: int, check: Check) -> None:
    """The same number of starts of K-means' moves some of them by two thirds of their length."""
    random = torch.Generator().manual_seed(seed)
    features = torch.randn(4000, 6, generator=random)
    one, other = (settle_centres(each, 24, 0) for each in (features, rounded(features, random)))
    check("moved", (one - other).norm(dim=1).max(), below=1e-2)


def test_independent_components_are_found(seed: int, check: Check) -> None:
    random = torch.Generator().manual_seed(seed)
    sources = torch.randn(2000, 5, generator=random, dtype=torch.float64).pow(3)
    turn = torch.linalg.qr(torch.randn(5, 5, generator=random, dtype=torch.float64))[0]
    sources = (sources - sources.mean(0)) / sources.std(0)
    axes = independent_axes(sources @ turn.T, seed)
    torch.testing.assert_close(axes @ axes.T, torch.eye(5, dtype=torch.float64))
    check("cosine", (axes @ turn).abs().amax(0).min(), above=0.95)


def test_components_do_not_turn_on_the_last_digits(seed: int, check: Check) -> None:
    random = torch.Generator().manual_seed(seed)
    means = torch.randn(24, 8, generator=random).pow(3)
    one, other = (differences(each, 6, 0) for each in (means, rounded(means, random)))
    cosines = torch.nn.functional.cosine_similarity(one[:, None], other[None], dim=2).abs()
    check("cosine", cosines.amax(1).min(), above=0.99)


def test_a_sense_is_that_of_the_line_and_not_of_the_vector() -> None:
    vectors = torch.randn(9, 196)
    assert torch.equal(signs(vectors), -signs(-vectors))
    assert torch.equal(signs(vectors).abs(), torch.ones(9, 1))


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
