"""How well embeddings tell the same person from another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import InputError, check_shape


@dataclass(frozen=True)
class Verification:
    """The two sorts of pairs, compared.

    Attributes:
        auc: Probability that a pair of the same person is more alike than a pair of two; ties
            count half.
        threshold: Cosine at which as many of the same are called different as the other way round.
        equal_error: That share, 0 to 1.
        same: Mean cosine of pairs of the same person.
        different: Mean cosine of pairs of two.
    """

    auc: float
    threshold: float
    equal_error: float
    same: float
    different: float


def verify(embeddings: NDArray[np.floating], persons: NDArray[np.integer]) -> Verification:
    """Compare every picture with every other one.

    Args:
        embeddings: Unit vectors (N, E).
        persons: Who is in each picture (N,).

    Raises:
        ShapeError: The lengths differ.
        InputError: There is no pair of the same person, or none of two.
    """
    check_shape("persons", persons, (len(embeddings),))
    first, second = np.triu_indices(len(persons), 1)
    cosines = np.asarray(embeddings @ embeddings.T, np.float64)[first, second]
    is_same = persons[first] == persons[second]
    same, different = np.sort(cosines[is_same]), np.sort(cosines[~is_same])
    if not len(same) or not len(different):
        raise InputError("verify needs pictures of at least two persons, and two of one of them")
    below = np.searchsorted(different, same, "left") + np.searchsorted(different, same, "right")
    levels = np.linspace(-1, 1, 2001)
    missed = np.searchsorted(same, levels, "left") / len(same)
    taken = 1 - np.searchsorted(different, levels, "left") / len(different)
    place = int(np.argmin(np.abs(missed - taken)))
    return Verification(
        auc=float(below.mean() / (2 * len(different))),
        threshold=float(levels[place]),
        equal_error=float((missed[place] + taken[place]) / 2),
        same=float(same.mean()),
        different=float(different.mean()),
    )
