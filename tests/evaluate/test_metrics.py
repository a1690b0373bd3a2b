from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from d2animator.errors import ShapeError
from d2animator.evaluate import metrics
from d2animator.evaluate.metrics import Moments
from tests.distill.worlds import template

seeds = st.integers(0, 2**31)


def draws(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def moments(seed: int, features: int = 6) -> Moments:
    mixed = draws(seed, 40, features) @ draws(seed + 1, features, features)
    return metrics.feature_moments(mixed + draws(seed + 2, features))


@given(seeds)
def test_frechet_distance_is_that_of_scipy(seed):
    """The field's way: the root of the unsymmetric product."""
    linalg = pytest.importorskip("scipy.linalg")
    one, other = moments(seed), moments(seed + 7)
    root = np.real(linalg.sqrtm((one.covariance @ other.covariance).numpy()))
    trace = np.trace(one.covariance.numpy() + other.covariance.numpy() - 2 * root)
    due = float((one.mean - other.mean).square().sum()) + trace
    assert metrics.frechet_distance(one, other) == pytest.approx(due, rel=1e-6, abs=1e-6)


@given(seeds)
def test_frechet_distance_of_diagonal_gaussians_has_a_closed_form(seed):
    a, b = draws(seed, 2, 5).double(), draws(seed + 1, 2, 5).double()
    one, other = (Moments(mean, scale.square().diag()) for mean, scale in (a, b))
    due = (a[0] - b[0]).square().sum() + (a[1].abs() - b[1].abs()).square().sum()
    assert metrics.frechet_distance(one, other) == pytest.approx(float(due), rel=1e-6, abs=1e-9)


@given(seeds)
def test_frechet_distance_is_a_distance(seed):
    one, other = moments(seed), moments(seed + 3)
    there, back = metrics.frechet_distance(one, other), metrics.frechet_distance(other, one)
    assert there > 0
    assert there == pytest.approx(back, rel=1e-6)
    assert metrics.frechet_distance(one, one) == pytest.approx(0, abs=1e-6)


def test_moments_are_those_of_numpy():
    features = draws(0, 30, 4)
    found = metrics.feature_moments(features)
    np.testing.assert_allclose(found.covariance, np.cov(features.numpy().T), rtol=1e-5)
    np.testing.assert_allclose(found.mean, features.numpy().mean(0), rtol=1e-5)


def test_fewer_features_than_dimensions_still_have_a_distance():
    few = metrics.feature_moments(draws(0, 3, 12))
    assert metrics.frechet_distance(few, metrics.feature_moments(draws(1, 3, 12))) > 0


def test_one_picture_has_no_spread():
    with pytest.raises(ShapeError):
        metrics.feature_moments(torch.zeros(1, 4))


def test_inception_score_runs_from_one_to_the_number_of_classes():
    sure = 100 * torch.eye(5).repeat(4, 1)
    assert metrics.inception_score(sure) == pytest.approx(5)
    assert metrics.inception_score(sure[:1].repeat(9, 1)) == pytest.approx(1)
    assert metrics.inception_score(torch.zeros(9, 5)) == pytest.approx(1)


@given(seeds)
def test_inception_score_is_the_mean_divergence(seed):
    logits = draws(seed, 12, 4)
    shares = logits.double().softmax(1).numpy()
    mean = shares.mean(0)
    due = math.exp(float((shares * np.log(shares / mean)).sum(1).mean()))
    assert metrics.inception_score(logits) == pytest.approx(due)


@given(seeds, st.floats(0.1, 9))
def test_cosine_does_not_see_length(seed, factor):
    one, other = draws(seed, 3, 8), draws(seed + 1, 3, 8)
    torch.testing.assert_close(
        metrics.cosine_similarity(factor * one, other), metrics.cosine_similarity(one, other)
    )
    torch.testing.assert_close(metrics.cosine_similarity(one, one), torch.ones(3))
    torch.testing.assert_close(metrics.cosine_similarity(one, -one), -torch.ones(3))


def test_psnr_of_a_known_error():
    images = torch.zeros(2, 3, 4, 4)
    truth = images.clone()
    truth[1] += 0.2  # a tenth of the range
    assert metrics.psnr_db(images, truth).tolist() == pytest.approx([math.inf, 20])


@given(seeds)
def test_perceptual_distance_is_zero_for_equal_maps_and_at_most_four(seed):
    maps = [draws(seed, 2, 3, 4, 4), draws(seed + 1, 2, 5, 2, 2)]
    assert metrics.perceptual_distance(maps, maps).abs().max() < 1e-6
    opposite = metrics.perceptual_distance(maps, [-layer for layer in maps])
    torch.testing.assert_close(opposite, torch.full((2,), 4.0))


def test_perceptual_distance_is_two_less_twice_the_cosine():
    one, other = draws(0, 2, 6, 3, 3), draws(1, 2, 6, 3, 3)
    due = (2 - 2 * functional.cosine_similarity(one, other, dim=1)).mean((1, 2))
    torch.testing.assert_close(metrics.perceptual_distance([one], [other]), due)


@given(seeds, st.floats(0.2, 5))
def test_shape_error_sees_neither_place_nor_size(seed, size):
    face = template()[None] + 0.004 * draws(seed, 1, 98, 2)
    truth = template()[None]
    moved = size * face + draws(seed + 1, 1, 1, 2)
    torch.testing.assert_close(
        metrics.shape_error_percent(moved, truth),
        metrics.shape_error_percent(face, truth),
        rtol=2e-3,
        atol=1e-3,
    )


def test_a_steady_motion_does_not_jitter():
    steady = template() + torch.linspace(0, 1, 6)[:, None, None] * torch.tensor([0.3, 0.1])
    assert metrics.jitter_percent(steady) == pytest.approx(0, abs=1e-3)
    jerky = template() + 0.01 * torch.tensor([1.0, -1.0] * 3)[:, None, None]
    distance = float((template()[60] - template()[72]).norm())
    assert metrics.jitter_percent(jerky) == pytest.approx(100 * 0.04 * 2**0.5 / distance, rel=1e-3)


@given(seeds, st.floats(0.1, 50), st.floats(-9, 9))
def test_correlation_is_numpy_s_and_sees_neither_scale_nor_offset(seed, scale, offset):
    one, other = draws(seed, 20), draws(seed + 1, 20)
    due = float(np.corrcoef(one.numpy(), other.numpy())[0, 1])
    assert metrics.correlation(one, scale * other + offset) == pytest.approx(due, abs=1e-4)


def test_what_is_constant_correlates_with_nothing():
    assert metrics.correlation(torch.full((5,), 0.7), draws(0, 5)) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.cosine_similarity(torch.zeros(2, 3), torch.zeros(1, 3)),
        lambda: metrics.psnr_db(torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 5)),
        lambda: metrics.perceptual_distance([torch.zeros(1, 2, 3, 3)], []),
        lambda: metrics.jitter_percent(torch.zeros(2, 98, 2)),
        lambda: metrics.correlation(torch.zeros(2), torch.zeros(3)),
        lambda: metrics.frechet_distance(moments(0, 3), moments(0, 4)),
    ],
)
def test_shapes_are_checked(call):
    with pytest.raises(ShapeError):
        call()
