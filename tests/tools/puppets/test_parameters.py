from __future__ import annotations

import numpy as np

from tests.steadiness import Check
from tools.puppets.parameters import (
    LOOK_CLASSES,
    expression_names,
    expression_vector,
    look_class,
    person_entries,
)
from tools.puppets.world import (
    SURROUNDINGS,
    look_from_z,
    sample_person_z,
    sample_z,
    split_z,
    state_from_z,
)


def test_every_expression_has_a_place():
    names = expression_names()
    for index in range(200):
        state = state_from_z(sample_z(1, index))
        vector = expression_vector(state)
        assert set(state.expression) <= set(names)
        assert {n: w for n, w in zip(names, vector.tolist(), strict=True) if w} == {
            name: np.float32(weight) for name, weight in state.expression.items() if weight
        }


def test_all_kinds_of_looks_occur_and_none_is_most(seed: int, check: Check):
    looks = [look_class(sample_z(seed + 1, index)) for index in range(4000)]
    kinds = np.bincount(looks, minlength=LOOK_CLASSES)
    assert len(kinds) == LOOK_CLASSES
    check("rarest", kinds.min(), above=0)
    check("most frequent", kinds.max(), below=1250)


def test_a_person_stays_and_its_surroundings_change():
    first, second = sample_person_z(4, 9, 0), sample_person_z(4, 9, 3)
    assert np.array_equal(first, sample_z(4, 9))
    assert np.array_equal(second, sample_person_z(4, 9, 3))
    keeps = person_entries()
    assert np.array_equal(first[keeps], second[keeps])
    assert not np.any(first[~keeps] == second[~keeps])
    assert all(not np.array_equal(split_z(first)[n], split_z(second)[n]) for n in SURROUNDINGS)
    one, other = look_from_z(first), look_from_z(second)
    assert np.array_equal(one.identity, other.identity)
    assert np.array_equal(one.skin, other.skin)
    assert one.hair == other.hair
    assert not np.array_equal(one.cloth, other.cloth)
