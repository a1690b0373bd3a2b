"""The benchmark of motion: its measures on known motions, and all of it on a tiny bundle."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import motion
from d2animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.marks.options import UNMARKED
from tests.faces.shapes import frontal_face
from tests.seeing import seeing


def test_jitter_is_in_percent_of_the_eyes_and_counts_only_trembling() -> None:
    face, steps = frontal_face(), np.arange(400)[:, None, None]
    assert motion.jitter(face + 0.01 * steps) == pytest.approx(0, abs=1e-9)
    noise = np.random.default_rng(0).normal(0, 1, (400, *face.shape))
    eyes = motion.mean_eye_distance(face[None])
    trembling = face + 0.01 * eyes * noise
    # a second difference of white noise has six times its variance, here in two axes
    assert motion.jitter(trembling) == pytest.approx(np.sqrt(2 * 6), rel=0.02)


@pytest.mark.parametrize("late", [0, 1, 2, -1])
@pytest.mark.parametrize("sign", [1, -1])
def test_lag_is_found_with_either_sign(late: int, sign: int) -> None:
    rng = np.random.default_rng(1)
    truth = np.convolve(rng.normal(size=80), np.hanning(7), "same")
    way = sign * rng.normal(size=(98, 2))
    landmarks = frontal_face() + np.roll(truth, late)[:, None, None] * way
    assert motion.lag(truth, landmarks) == pytest.approx(late, abs=0.1)


def test_a_leak_is_a_share_of_the_difference() -> None:
    source = frontal_face()
    driver = source * (1.1, 1.0)
    none, half = (motion.leak(source, driver, source + k * (driver - source)) for k in (0, 0.5))
    assert (none.moved, none.carried) == (0, 0)
    assert half.carried == pytest.approx(50)
    assert half.moved == pytest.approx(half.apart / 2)


def test_all_is_measured_on_a_tiny_bundle(tiny_bundle: Bundle) -> None:
    data = motion.measure(D2Animator(seeing(tiny_bundle), marks=UNMARKED), pairs=1, frames=14)
    assert data["jitter"].keys() == {"driver_percent", "euro", "none"}
    assert all(value > 0 for value in data["jitter"].values())
    assert all(abs(data["lag"][group]["none"]) <= motion.MOST_LAG for group in motion.GROUPS)
    assert data["leak"]["absolute"]["apart"] == data["leak"]["relative"]["apart"]
    text = motion.markdown(data)
    assert "| `euro` |" in text
    assert "| absolute |" in text
