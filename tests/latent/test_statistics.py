"""Statistics of W: whitening makes it standard normal and is undone exactly."""

from __future__ import annotations

import pytest
import torch

from d2animator.errors import ShapeError
from d2animator.latent.statistics import measure_w, w_statistics
from d2animator.models.generators import Generator
from d2animator.models.stylegan2 import GeneratorConfig


def _codes() -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    mixing = torch.randn(6, 6, generator=random)
    return torch.randn(5000, 6, generator=random) @ mixing + torch.arange(6.0)


def test_whitened_codes_are_standard_normal() -> None:
    codes = _codes()
    statistics = w_statistics(codes, 4)
    white = statistics.whiten(codes, floor=1e-4)
    torch.testing.assert_close(white.T @ white / 5000, torch.eye(6), atol=1e-2, rtol=0)
    torch.testing.assert_close(statistics.w_avg, codes.mean(0), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(statistics.w_std, codes.std(0), atol=1e-4, rtol=1e-4)


def test_whitening_is_undone() -> None:
    codes = _codes()
    statistics = w_statistics(codes, 4)
    torch.testing.assert_close(
        statistics.unwhiten(statistics.whiten(codes)), codes, atol=1e-3, rtol=1e-4
    )


def test_axes_come_widest_first_and_limits_hold_their_share() -> None:
    codes = _codes()
    statistics = w_statistics(codes, 4, percentile=90)
    assert bool((statistics.spreads.diff() <= 0).all())
    within = (codes - statistics.w_avg).norm(dim=1) <= statistics.limits[0]
    assert float(within.float().mean()) == pytest.approx(0.9, abs=0.01)
    assert statistics.limits.shape == (4,)
    assert torch.equal(statistics.to("cpu").limits, statistics.limits)


def test_a_generators_mapping_is_measured() -> None:
    torch.manual_seed(0)
    config = GeneratorConfig(z_dim=4, w_dim=8, img_resolution=8, channel_base=64)
    generator = Generator(config)
    statistics = measure_w(generator, samples=500, seed=1)
    assert statistics.limits.shape == (generator.num_ws,)
    assert torch.equal(measure_w(generator, samples=500, seed=1).w_avg, statistics.w_avg)


def test_wrong_shape_is_named() -> None:
    with pytest.raises(ShapeError, match="codes"):
        w_statistics(torch.zeros(3, 4, 5), 4)
