from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from d2animator.errors import ShapeError
from d2animator.faces.limit import LandmarkLimit, limited, measure_limit
from d2animator.faces.motion import Observation
from tests.steadiness import Check

P = 5


def changes(count: int = 4000, seed: int = 0) -> np.ndarray:
    """Two ways of moving, one ten times as large as the other, and a little noise."""
    rng = np.random.default_rng(seed)
    ways = np.linalg.qr(rng.normal(size=(2 * P, 2)))[0].T
    weights = rng.normal(size=(count, 2)) * (0.1, 0.01)
    noise = rng.normal(0, 1e-5, (count, 2 * P))
    return (weights @ ways + noise).reshape(count, P, 2)


def test_the_range_has_the_ways_of_moving_and_their_sizes(seed: int, check: Check) -> None:
    moved = changes(seed=seed)
    span = measure_limit(moved, variance=0.999)
    assert len(span.axes) == 2
    lengths = span.length(moved)
    check("within", np.mean(lengths <= span.longest), above=0.994, below=0.996)
    # squared lengths have the mean of as many unit variances as there are axes
    check("mean square", np.mean(lengths**2), above=1.98, below=2.02)


def test_what_explains_little_is_left_out() -> None:
    assert len(measure_limit(changes(), variance=0.95).axes) == 1


def test_only_what_is_too_far_comes_nearer() -> None:
    span = measure_limit(changes(), variance=0.999)
    rest = np.full((P, 2), 0.5)
    step = changes(1)[0]
    near, far = (rest + step * (factor * span.longest / span.length(step)) for factor in (0.9, 3.0))
    stream = [
        Observation(0, Fraction(0), None, False),
        Observation(1, Fraction(1), near, True),
        Observation(2, Fraction(2), far, True),
    ]
    before, inside, shortened = limited(stream, span, rest)
    assert before is stream[0]
    assert inside is stream[1]
    assert shortened.limited
    assert shortened.landmarks is not None
    assert span.length(shortened.landmarks - rest) == pytest.approx(span.longest)
    assert np.allclose((shortened.landmarks - rest) * 3, far - rest)


def test_axes_have_a_shape() -> None:
    with pytest.raises(ShapeError, match="axes"):
        LandmarkLimit(np.zeros((3, 4), np.float32), 1.0)
