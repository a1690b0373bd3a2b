"""The range of a pool's motions, in the linear world whose motions are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from d2animator.distill import reach
from d2animator.distill.pairs import AugOptions, PairPool, make_pairs
from d2animator.distill.reach import pool_range
from d2animator.distill.samples import draw_codes
from d2animator.distill.training import step_generator
from d2animator.errors import TrainingError
from d2animator.faces.align import normalise_landmarks
from d2animator.latent.directions import Directions
from d2animator.latent.statistics import measure_w
from tests.distill.worlds import STATES, LinearWorld, detect, true_direction
from tests.steadiness import Check


@pytest.fixture(scope="module")
def pool(seed: int) -> PairPool:
    """Faces of a world that moves in four ways."""
    world = LinearWorld()
    vectors = torch.stack([2 * true_direction(world, state) for state in STATES])
    labels = tuple("expression" for _ in STATES)
    bank = Directions(vectors.unsqueeze(1).repeat(1, 8, 1), STATES, labels, labels)
    w_plus = draw_codes(world, range(80), 1, seed).expand(-1, world.num_ws, -1)
    random, options = step_generator(seed, 0), AugOptions(motions=5, most_active=3)
    statistics = measure_w(world, samples=500, seed=seed)
    return make_pairs(world, detect, w_plus, bank, statistics, options, random)


def changes(pool: PairPool, one: int, other: int) -> np.ndarray:
    points = normalise_landmarks(pool.landmarks.double())
    return (points[:, other] - points[:, one]).numpy()


def test_nearly_all_motions_of_the_pool_are_within_and_larger_ones_are_not(
    pool: PairPool, check: Check
) -> None:
    span = pool_range(pool)
    assert 1 <= len(span.axes) <= len(STATES)
    own = span.length(changes(pool, 1, 4))
    check("within", np.mean(own <= span.limit), above=0.97)
    large = changes(pool, 1, 4)[own > 1]
    assert np.all(span.length(10 * large) > span.limit)


def test_the_same_pool_tells_the_same(
    pool: PairPool, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pool_range(pool)
    monkeypatch.setattr(reach, "MOST_CHANGES", 300)
    first, again, other = pool_range(pool, 1), pool_range(pool, 1), pool_range(pool, 2)
    assert np.array_equal(first.axes, again.axes)
    assert first.limit == again.limit != other.limit
    check("limit of a part", first.limit / whole.limit, above=0.8, below=1.2)


def test_unusable_pictures_tell_nothing(pool: PairPool) -> None:
    broken = pool.landmarks.clone()
    broken[:, 2] *= 50 * torch.rand(98, 2)
    usable = pool.usable.clone()
    usable[:, 2] = False
    span = pool_range(replace(pool, landmarks=broken, usable=usable))
    assert span.limit == pytest.approx(pool_range(replace(pool, usable=usable)).limit)
    with pytest.raises(TrainingError, match="no face of the pool moves"):
        pool_range(replace(pool, usable=torch.zeros_like(usable)))
