"""From clusters to directions: centroids, what is signal in them, and what lies between them."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import torch
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor


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
    # An axis among hundreds passes one standard error by luck: ask for three.
    error = chance * (2 / max(len(means) - 1, 1)) ** 0.5
    signal = torch.where(found > chance + 3 * error, found - chance, torch.zeros_like(found))
    return centre + (means - centre) * signal / (signal + noise)


def differences(means: Tensor, ica_above: int, ica_components: int, seed: int) -> Tensor:
    """Directions between centroids: all pairs, or their independent components.

    Args:
        means: Centroids (K, F).
        ica_above: Above so many centroids the pairs are reduced by ICA.
        ica_components: Most components.
        seed: Seed of the ICA.

    Returns:
        Directions (N, F).
    """
    pairs = torch.stack(
        [means[b] - means[a] for a, b in itertools.combinations(range(len(means)), 2)]
    )
    if len(means) <= ica_above:
        return pairs
    _, spread, axes = torch.linalg.svd(pairs, full_matrices=False)
    components = min(ica_components, int((spread > 0.05 * spread[0]).sum()))
    if components < 2:
        return pairs[:components]
    main = pairs @ axes[:components].T
    # Both senses of a pair are as good: with them the pairs' mean is zero, as ICA assumes.
    both = torch.cat([main, -main]).double().numpy()
    ica = FastICA(components, whiten="unit-variance", random_state=seed, max_iter=500, tol=1e-3)
    with warnings.catch_warnings():
        # Independence is a means here: components that have not settled still span the same space.
        warnings.simplefilter("ignore", ConvergenceWarning)
        ica.fit(both)
    mixing = torch.from_numpy(np.ascontiguousarray(ica.mixing_.T)).to(means.dtype)
    found: Tensor = mixing @ axes[:components]
    return found


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
