"""From clusters to directions: centroids, what is signal in them, and what lies between them.

Nothing here may turn on the last digits of its input: a generator's codes and a detector's points
differ in them from processor to processor, and the bank of directions must not. So nothing starts
from samples drawn at random, which are others once anything moved; samples are assigned by shares
until the centres have settled; and nothing that is kept jumps in at a threshold.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

HOT, COLD = 1.5, 0.6
"""How far samples are shared among centres, in squares of a distance: at first in units of the
samples' variance, of which 2 would draw all centres together; at last in those of a cluster's."""

COOLING, SETTLING = 120, 40
"""Steps of the centres from hot to cold, and there."""


COMPONENTS = 12
"""Most components of one ICA."""

ICA_STARTS = 20
"""Starts of an ICA, of which the best is kept."""

ICA_STEPS = 200
"""Most steps of each; independence is a means here, and what has not settled spans the same."""

LOG_COSH_OF_NORMAL = 0.374567
"""Mean of log cosh x over standard normal x."""


def settle_centres(features: Tensor, count: int, seed: int) -> Tensor:
    """Find centres of clusters: K-means that assigns by shares (deterministic annealing).

    K-means proper has many solutions that are about as good, and rounding chooses among them: of 24
    clusters of a part's points a change by a millionth moves some to quite another place, however
    many starts there are. Where a sample belongs to several clusters, by how near it is, the
    centres move smoothly with the samples. So they are led from much sharing to little, from a
    start that does not depend on the samples. Distances to the nearest centre end as small as
    those of the best of several starts of K-means (K. Rose, Deterministic annealing, Proc. IEEE 86,
    1998).

    Args:
        features: Observations (N, A), about of spread one in every component.
        count: Number of clusters K.
        seed: Seed of the start, which is standard normal.

    Returns:
        Centres (K, A), float64.
    """
    points = features.double()
    width = points.shape[1]
    draw = torch.Generator().manual_seed(seed)
    centres = torch.randn(count, width, generator=draw, dtype=torch.float64)
    # K clusters of a standard normal's samples have about this variance in each component.
    size = count ** (-2 / width)
    cold = COLD * size
    for step in range(COOLING + SETTLING):
        heat = HOT * (cold / HOT) ** min(step / COOLING, 1)
        nearness = 2 * points @ centres.T - centres.square().sum(1)
        shares = torch.softmax(nearness / heat, 1)
        held = shares.sum(0).unsqueeze(1)
        # A centre of nothing stays where it is.
        centres = torch.where(held > 1e-6, shares.T @ points / held.clamp_min(1e-6), centres)
    return centres


def nearest_centres(features: Tensor, centres: Tensor) -> Tensor:
    """Give the nearest of centres (K, A) for each of features (N, A): labels (N,)."""
    nearness = 2 * features.double() @ centres.T - centres.square().sum(1)
    return nearness.argmax(1)


def signs(vectors: Tensor) -> Tensor:
    """Tell which sense of each of vectors (K, F) to take: 1 or -1 (K, 1).

    Either is as good, but a decomposition may give one here and the other there. The one that is
    taken has a positive product with a vector at right angles to nothing in particular.
    """
    oblique = torch.arange(vectors.shape[1], dtype=torch.float64).cos()
    senses: Tensor = 2 * (vectors.double() @ oblique >= 0).to(vectors.dtype) - 1
    return senses.unsqueeze(1)


def centroids(codes: Tensor, labels: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Mean code of each cluster.

    Args:
        codes: Codes (N, F).
        labels: Cluster of each, (N,), 0 to ``count`` - 1.
        count: Number of clusters.

    Returns:
        Means (K, F) and numbers of samples (K,); a mean of no samples is zero.
    """
    sizes = torch.bincount(labels, minlength=count).to(codes.dtype)
    sums = torch.zeros(count, codes.shape[1], dtype=codes.dtype).index_add_(0, labels, codes)
    return sums / sizes.clamp_min(1).unsqueeze(1), sizes


def shrink(means: Tensor, sizes: Tensor) -> Tensor:
    """Shrink centroids by their signal, axis by axis (empirical Bayes).

    Along an axis of unit variance a mean of n samples varies by 1 / n by chance. What the centroids
    vary beyond that is signal of variance B, and the best guess of a true centroid is the found one
    times B / (B + 1 / n).

    Args:
        means: Centroids (K, F) of whitened codes.
        sizes: Samples in each (K,).

    Returns:
        Shrunk centroids (K, F).
    """
    weight = (sizes / sizes.sum()).unsqueeze(1)
    noise = 1 / sizes.clamp_min(1).unsqueeze(1)
    centre = (weight * means).sum(0)
    found = (weight * (means - centre).square()).sum(0)
    # K - 1 degrees of freedom are left of the chance variance, sum of weight times noise.
    chance = (weight * noise).sum(0) * (1 - 1 / len(means))
    # An axis among hundreds passes one standard error by luck: below two nothing counts, from four
    # on everything does, and between no axis jumps in.
    error = chance * (2 / max(len(means) - 1, 1)) ** 0.5
    trust = ((found - chance) / error / 2 - 1).clamp(0, 1)
    signal = trust * (found - chance)
    shrunk: Tensor = centre + (means - centre) * signal / (signal + noise)
    return shrunk


def differences(means: Tensor, ica_above: int, seed: int) -> Tensor:
    """Directions between centroids: all pairs, or their independent components.

    Args:
        means: Centroids (K, F).
        ica_above: Above so many centroids the pairs are reduced by ICA.
        seed: Seed of the ICA.

    Returns:
        Directions (N, F).
    """
    pairs = torch.stack(
        [means[b] - means[a] for a, b in itertools.combinations(range(len(means)), 2)]
    )
    if len(means) <= ica_above:
        return pairs
    # Both senses of a pair are as good; with them the pairs' mean is zero, as ICA assumes, and for
    # an odd function of them the sums over one sense of each are enough.
    amounts, spread, axes = torch.linalg.svd(pairs.double(), full_matrices=False)
    count = min(COMPONENTS, int((spread > 0.05 * spread[0]).sum()))
    main = spread[:count, None] * axes[:count] / len(pairs) ** 0.5
    if count > 1:
        main = independent_axes(amounts[:, :count] * len(pairs) ** 0.5, seed) @ main
    found: Tensor = main.to(means.dtype)
    return found


def independent_axes(white: Tensor, seed: int) -> Tensor:
    """Turn axes until what lies along them is as independent as can be: ICA by fixed points.

    The solution is the best of several starts, for single ones end in places that rounding chooses.
    The starts are combinations of the observations, and so do not depend on the axes that come in.

    Args:
        white: Observations (N, C), of unit variance along every axis, their mean zero; float64.
        seed: Seed of the starts.

    Returns:
        The new axes in terms of the old ones (C, C), a rotation or a reflection.
    """
    best, farthest = torch.eye(white.shape[1], dtype=white.dtype), -1.0
    for start in range(ICA_STARTS):
        draw = torch.Generator().manual_seed(1000 * seed + start)
        mixing = torch.randn(white.shape[1], len(white), generator=draw, dtype=white.dtype)
        axes = _orthonormal(mixing @ white)
        for _ in range(ICA_STEPS):
            before, along = axes, torch.tanh(white @ axes.T)
            slope = (1 - along.square()).mean(0)
            axes = _orthonormal(along.T @ white / len(white) - slope[:, None] * axes)
            if float(1 - (axes * before).sum(1).abs().min()) < 1e-9:
                break
        # How far from normal the components are (A. Hyvarinen, 1999).
        cosh = torch.log(torch.cosh(white @ axes.T)).mean(0)
        apart = float((cosh - LOG_COSH_OF_NORMAL).square().sum())
        if apart > farthest:
            best, farthest = axes, apart
    return best


def _orthonormal(axes: Tensor) -> Tensor:
    """The orthonormal axes that are nearest to some (C, C), whatever their order."""
    left, _, right = torch.linalg.svd(axes)
    nearest: Tensor = left @ right
    return nearest


def drop_duplicates(vectors: Tensor, strength: Tensor, largest_cosine: float) -> list[int]:
    """Choose directions that differ.

    Args:
        vectors: Directions (N, F).
        strength: Which of two alike to prefer, the greater (N,).
        largest_cosine: Directions with a greater absolute cosine are alike.

    Returns:
        Indices of the chosen ones, the strongest first.
    """
    unit = vectors / vectors.norm(dim=1, keepdim=True).clamp_min(1e-12)
    left = strength.argsort(descending=True, stable=True)
    chosen: list[int] = []
    while len(left):
        first = int(left[0])
        chosen.append(first)
        left = left[(unit[left] @ unit[first]).abs() <= largest_cosine]
        left = left[left != first]
    return chosen


def take_turns(indices: list[int], sources: tuple[str, ...]) -> list[int]:
    """Order directions so that every part and mode comes early: one of each in turn.

    Args:
        indices: Directions, the strongest first.
        sources: How each direction was found, starting with part and mode.

    Returns:
        The same indices.
    """
    queues: dict[str, list[int]] = {}
    for index in indices:
        queues.setdefault("/".join(sources[index].split("/")[:2]), []).append(index)
    turns = itertools.zip_longest(*queues.values())
    return [index for turn in turns for index in turn if index is not None]
