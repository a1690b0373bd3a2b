"""Heatmaps: their moments are the points; pixel centres at half pixels."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from d2animator.errors import ShapeError
from d2animator.models.heatmaps import gaussian_heatmaps

INSIDE = st.floats(0.25, 0.75)


@settings(deadline=None)  # shared machines stall
@given(x=INSIDE, y=INSIDE, sigma=st.floats(0.8, 2.0))
def test_moments_are_the_point_and_sigma(x: float, y: float, sigma: float) -> None:
    size = 48
    heatmap = gaussian_heatmaps(torch.tensor([[[x, y]]], dtype=torch.float64), size, sigma)[0, 0]
    centres = torch.arange(size, dtype=torch.float64) + 0.5
    mass = heatmap.sum()
    mean_x, mean_y = (
        (heatmap.sum(0) * centres).sum() / mass,
        (heatmap.sum(1) * centres).sum() / mass,
    )
    assert float(mean_x) == pytest.approx(x * size, abs=1e-3)
    assert float(mean_y) == pytest.approx(y * size, abs=1e-3)
    spread = (heatmap.sum(0) * (centres - mean_x).square()).sum() / mass
    assert float(spread.sqrt()) == pytest.approx(sigma, rel=1e-3)


def test_peak_is_one_at_a_pixel_centre() -> None:
    heatmap = gaussian_heatmaps(torch.tensor([[[0.5 / 8, 2.5 / 8]]]), 8, 1.0)[0, 0]
    assert heatmap.max() == 1
    assert heatmap[2, 0] == 1


def test_batches_and_points_are_independent() -> None:
    points = torch.rand(3, 5, 2)
    heatmaps = gaussian_heatmaps(points, 16, 1.5)
    assert heatmaps.shape == (3, 5, 16, 16)
    alone = gaussian_heatmaps(points[1:2, 4:5], 16, 1.5)
    torch.testing.assert_close(heatmaps[1:2, 4:5], alone)


def test_point_far_outside_leaves_an_empty_map() -> None:
    assert float(gaussian_heatmaps(torch.tensor([[[3.0, 0.5]]]), 16, 1.0).sum()) == 0


def test_wrong_shape_is_named() -> None:
    with pytest.raises(ShapeError, match="points"):
        gaussian_heatmaps(torch.zeros(4, 2), 16, 1.0)
