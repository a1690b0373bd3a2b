"""Directions: moving is linear; bounds hold, keep what is within, and keep the direction."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from d2animator.errors import ConfigError, ShapeError
from d2animator.latent.directions import (
    Directions,
    add_motion,
    bound_factors,
    bound_motion,
    move,
)

SEEDS = st.integers(0, 10_000)


def _bank(count: int = 3, layers: int = 4, width: int = 5) -> Directions:
    vectors = torch.randn(count, layers, width, generator=torch.Generator().manual_seed(1))
    names = tuple(f"d{index}" for index in range(count))
    return Directions(vectors, names, ("pose", "expression", "pose")[:count], names)


def _codes(seed: int, scale: float = 1.0, layers: int = 6) -> Tensor:
    return scale * torch.randn(4, layers, 5, generator=torch.Generator().manual_seed(seed))


@settings(deadline=None)  # shared machines stall
@given(seed=SEEDS, gain=st.floats(-3, 3))
def test_moving_is_linear_in_the_coefficients(seed: int, gain: float) -> None:
    w_plus, bank = _codes(seed), _bank()
    weights = torch.randn(4, 3, generator=torch.Generator().manual_seed(seed + 1))
    once = move(w_plus, bank, weights) - w_plus
    torch.testing.assert_close(
        move(w_plus, bank, gain * weights) - w_plus, gain * once, atol=1e-4, rtol=1e-4
    )


def test_moving_leaves_the_fine_layers() -> None:
    w_plus = _codes(0)
    moved = move(w_plus, _bank(), torch.ones(4, 3))
    assert torch.equal(moved[:, 4:], w_plus[:, 4:])
    expected = w_plus[:, :4] + _bank().vectors.sum(0)
    torch.testing.assert_close(moved[:, :4], expected)


def test_one_code_takes_many_motions() -> None:
    assert add_motion(_codes(0)[:1], torch.zeros(7, 2, 5)).shape == (7, 6, 5)


@settings(deadline=None)  # shared machines stall
@given(seed=SEEDS, scale=st.floats(0.1, 10))
def test_bounded_motion_ends_on_the_ball_or_whole(seed: int, scale: float) -> None:
    w_plus, mean, limits = _codes(seed, 0.5), torch.zeros(5), torch.full((6,), 3.0)
    delta = _codes(seed + 1, scale, layers=4)
    factors = bound_factors(w_plus, delta, mean, limits)
    assert bool(((factors >= 0) & (factors <= 1)).all())
    moved = add_motion(w_plus, bound_motion(w_plus, delta, mean, limits))[:, :4].norm(dim=-1)
    radius = torch.maximum(limits[:4], w_plus[:, :4].norm(dim=-1))
    assert bool((moved <= radius * 1.001).all())
    shortened = factors < 0.999
    torch.testing.assert_close(moved[shortened], radius[shortened], rtol=1e-3, atol=1e-3)


def test_groups_are_told_apart() -> None:
    assert _bank().only("pose").names == ("d0", "d2")
    assert len(_bank().only("expression")) == 1
    assert _bank().to("cpu").names == _bank().names


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ShapeError, match="names"):
        Directions(torch.zeros(2, 3, 4), ("a",), ("pose", "pose"), ("a", "b"))
    with pytest.raises(ConfigError, match="groups"):
        Directions(torch.zeros(1, 3, 4), ("a",), ("other",), ("a",))
    with pytest.raises(ShapeError, match="coefficients"):
        move(_codes(0), _bank(), torch.ones(4, 2))
    with pytest.raises(ShapeError, match="delta"):
        add_motion(_codes(0), torch.zeros(4, 7, 5))
