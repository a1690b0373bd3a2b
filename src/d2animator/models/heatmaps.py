"""Landmarks drawn as pictures: one Gaussian a point (paper, section 3.2).

Convention: (0, 0) is the top-left corner of a map and (1, 1) its bottom-right one; the centre of
the first pixel is at 0.5 / size. Points outside the map are drawn as far as they reach in.
"""

from __future__ import annotations

import torch
from torch import Tensor

from d2animator.errors import check_shape


def gaussian_profiles(points: Tensor, size: int, sigma: float) -> Tensor:
    """Draw the two profiles of which each heatmap is the product.

    Args:
        points: Points (B, P, 2), x before y, in units of the map's width.
        size: Pixels of a profile.
        sigma: Standard deviation in pixels.

    Returns:
        Profiles (B, P, 2, size) in [0, 1] with peak 1: across (x), then down (y).

    Raises:
        ShapeError: ``points`` is not (B, P, 2).
    """
    check_shape("points", points, ("B", "P", 2))
    centres = torch.arange(size, device=points.device, dtype=points.dtype) + 0.5
    distance = (points * size).unsqueeze(-1) - centres
    return torch.exp(distance.square() * (-0.5 / sigma**2))


def gaussian_heatmaps(points: Tensor, size: int, sigma: float) -> Tensor:
    """Draw points as Gaussians with peak 1.

    Args:
        points: Points (B, P, 2), x before y, in units of the map's width.
        size: Width and height of a map in pixels.
        sigma: Standard deviation in pixels of the map.

    Returns:
        Heatmaps (B, P, size, size) in [0, 1], of the points' type.

    Raises:
        ShapeError: ``points`` is not (B, P, 2).
    """
    across, down = gaussian_profiles(points, size, sigma).unbind(dim=2)
    return down.unsqueeze(-1) * across.unsqueeze(-2)
