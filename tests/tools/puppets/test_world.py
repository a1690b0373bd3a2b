"""The puppet world: z to parameters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2animator.head.model import landmark_vertices
from tools.puppets.world import (
    BLOCKS,
    STATE_DIM,
    Z_DIM,
    look_from_z,
    sample_z,
    split_z,
    state_from_z,
)

indices = st.integers(0, 10_000)


def test_sample_depends_on_seed_and_index_alone() -> None:
    assert np.array_equal(sample_z(3, 7), sample_z(3, 7))
    assert not np.array_equal(sample_z(3, 7), sample_z(3, 8))
    assert not np.array_equal(sample_z(3, 7), sample_z(4, 7))


@given(indices)
def test_codes_have_root_mean_square_one(index: int) -> None:
    z = sample_z(0, index)
    assert z.shape == (Z_DIM,)
    assert np.sqrt(np.mean(z**2)) == pytest.approx(1, abs=1e-5)


def test_blocks_cover_z_in_order() -> None:
    blocks = split_z(np.arange(Z_DIM, dtype=np.float32))
    assert list(blocks) == list(BLOCKS)
    assert np.array_equal(np.concatenate(list(blocks.values())), np.arange(Z_DIM))


@given(indices)
def test_parameters_stay_in_their_ranges(index: int) -> None:
    z = sample_z(1, index)
    state, look = state_from_z(z), look_from_z(z)
    assert abs(state.yaw_pitch_roll_deg[0]) <= 50
    assert all(0 <= weight <= 1.1 for weight in state.expression.values())
    for colour in (look.skin, look.hair_colour, look.iris, look.lip, look.cloth, look.background):
        assert np.all(colour >= 0)
        assert np.all(colour <= 1.05)
    assert 0 <= look.beard <= 1
    assert look.hair.volume > 0.2


@given(indices)
def test_look_ignores_state_entries_and_the_other_way_round(index: int) -> None:
    z = sample_z(2, index)
    moved, dressed = z.copy(), z.copy()
    moved[:STATE_DIM] += 1
    dressed[STATE_DIM:] += 1
    assert repr(look_from_z(moved)) == repr(look_from_z(z))
    assert state_from_z(dressed) == state_from_z(z)


@given(indices, st.integers(0, Z_DIM - 1))
def test_parameters_are_continuous_in_z(index: int, entry: int) -> None:
    z = sample_z(5, index)
    near = z.copy()
    near[entry] += 1e-4
    state, other = state_from_z(z), state_from_z(near)
    assert np.allclose(state.yaw_pitch_roll_deg, other.yaw_pitch_roll_deg, atol=0.01)
    for name in state.expression.keys() | other.expression.keys():
        change = state.expression.get(name, 0.0) - other.expression.get(name, 0.0)
        assert abs(change) < 0.01
    assert np.allclose(look_from_z(z).hair_colour, look_from_z(near).hair_colour, atol=0.01)
    assert np.allclose(look_from_z(z).background, look_from_z(near).background, atol=0.02)


def test_landmark_tables_have_their_lengths() -> None:
    table = landmark_vertices()
    assert table["wflw96"].shape == (96,)
    assert table["ibug68"].shape == (68,)
