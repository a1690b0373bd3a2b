from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2animator.errors import InputError, ShapeError
from tools.puppets.verification import verify


def unit(count, width, seed):
    vectors = np.random.default_rng(seed).normal(size=(count, width))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@given(st.integers(0, 1000), st.integers(2, 5))
def test_the_area_is_the_share_of_pairs_in_the_right_order(seed, persons):
    who = np.arange(3 * persons) % persons
    # Few values, so that there are ties.
    vectors = np.round(unit(len(who), 2, seed))
    pairs = list(itertools.combinations(range(len(who)), 2))
    same = [vectors[i] @ vectors[j] for i, j in pairs if who[i] == who[j]]
    other = [vectors[i] @ vectors[j] for i, j in pairs if who[i] != who[j]]
    wins = [1.0 if s > o else 0.5 if s == o else 0.0 for s in same for o in other]
    found = verify(vectors, who)
    assert found.auc == pytest.approx(np.mean(wins))
    assert found.same == pytest.approx(np.mean(same))
    assert found.different == pytest.approx(np.mean(other))


def test_persons_that_are_told_apart():
    vectors = np.repeat(np.eye(4), 2, axis=0)
    found = verify(vectors, np.arange(8) // 2)
    assert found.auc == 1
    assert found.equal_error == 0
    assert 0 < found.threshold <= 1


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ShapeError, match="persons"):
        verify(unit(4, 3, 0), np.zeros(3, int))
    for who in (np.zeros(4, int), np.arange(4)):
        with pytest.raises(InputError, match="two persons"):
            verify(unit(4, 3, 0), who)
