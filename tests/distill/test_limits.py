"""The range of a pool's motions, in the linear world whose motions are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from d2animator.distill import limits
from d2animator.distill.limits import pool_limit
from d2animator.distill.pairs import AugOptions, PairPool, make_pairs
from d2animator.distill.samples import draw_codes
from d2animator.errors import TrainingError
from d2animator.faces.align import normalise_landmarks
from d2animator.latent.directions import Directions
from d2animator.latent.statistics import measure_w
from d2animator.training.loop import step_generator
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
    span = pool_limit(pool)
    assert 1 <= len(span.axes) <= len(STATES)
    own = span.length(changes(pool, 1, 4))
    check("within", np.mean(own <= span.longest), above=0.95)
    large = changes(pool, 1, 4)[own > 1]
    assert np.all(span.length(10 * large) > span.longest)


def test_the_same_pool_tells_the_same(
    pool: PairPool, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pool_limit(pool)
    monkeypatch.setattr(limits, "MOST_CHANGES", 300)
    first, again, other = pool_limit(pool, 1), pool_limit(pool, 1), pool_limit(pool, 2)
    assert np.array_equal(first.axes, again.axes)
    assert first.longest == again.longest != other.longest
    check("limit of a part", first.longest / whole.longest, above=0.8, below=1.2)


def test_unusable_pictures_tell_nothing(pool: PairPool) -> None:
    broken = pool.landmarks.clone()
    broken[:, 2] *= 50 * torch.rand(98, 2)
    usable = pool.usable.clone()
    usable[:, 2] = False
    span = pool_limit(replace(pool, landmarks=broken, usable=usable))
    assert span.longest == pytest.approx(pool_limit(replace(pool, usable=usable)).longest)
    with pytest.raises(TrainingError, match="no face of the pool moves"):
        pool_limit(replace(pool, usable=torch.zeros_like(usable)))
