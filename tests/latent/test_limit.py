"""Motions in W's own units, and the longest of them."""

from __future__ import annotations

import pytest
import torch

from d2animator.bundles.bundle import load_bundle
from d2animator.distill.limits import motion_limit
from d2animator.distill.pairs import draw_coefficients
from d2animator.errors import ShapeError
from d2animator.latent.limit import MotionLimit
from d2animator.latent.statistics import WStatistics, w_statistics
from tests.steadiness import Check


@pytest.fixture(scope="module")
def statistics() -> WStatistics:
    random = torch.Generator().manual_seed(0)
    return w_statistics(torch.randn(4000, 6, generator=random) * torch.arange(1, 7), 10)


def test_a_motion_along_an_axis_is_measured_in_its_spread(statistics: WStatistics) -> None:
    limit = MotionLimit(statistics, 1.0)
    steps = statistics.axes * statistics.spreads[:, None]
    along = 2 * steps[:, None].repeat(1, 3, 1)
    assert torch.allclose(limit.lengths(along), torch.full((6,), 2.0), atol=1e-4)


def test_only_what_is_too_long_is_shortened(statistics: WStatistics) -> None:
    limit = MotionLimit(statistics, 3.0)
    delta = torch.randn(5, 4, 6, generator=torch.Generator().manual_seed(1))
    delta = delta * torch.tensor([0.0, 0.1, 1.0, 5.0, 50.0])[:, None, None]
    short = limit.shorten(delta)
    assert bool((limit.lengths(short) <= 3.0001).all())
    assert torch.equal(short[:2], delta[:2])
    assert torch.allclose(
        torch.nn.functional.normalize(short[4].flatten(), dim=0),
        torch.nn.functional.normalize(delta[4].flatten(), dim=0),
        atol=1e-5,
    )


def test_shapes_are_checked(statistics: WStatistics) -> None:
    with pytest.raises(ShapeError, match="delta"):
        MotionLimit(statistics, 1.0).lengths(torch.zeros(2, 6))


def test_a_bank_tells_how_long_its_motions_are(seed: int, check: Check) -> None:
    bundle = load_bundle(None)
    assert bundle.directions is not None
    assert bundle.w_statistics is not None
    limit = motion_limit(bundle.directions.vectors, bundle.w_statistics, 12)
    assert limit.longest == motion_limit(bundle.directions.vectors, bundle.w_statistics, 12).longest
    random = torch.Generator().manual_seed(seed + 5)
    weights = draw_coefficients(2000, len(bundle.directions), 12, random)
    lengths = limit.lengths(bundle.directions.combine(weights))
    check("within", (lengths <= limit.longest).float().mean(), above=0.7, below=0.8)
