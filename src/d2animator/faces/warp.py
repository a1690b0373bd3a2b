"""Resampling of pictures by similarities, without aliasing.

Convention: as in `align`; outside a picture lies its mirror image, its border, or grey.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample

from d2animator.faces.align import Array, Similarity
from d2animator.faces.pixels import to_image


def warp_tensor(
    image: npt.NDArray[np.uint8] | Tensor,
    similarity: Similarity,
    size: int,
    padding: str = "reflection",
) -> Tensor:
    """Resample a picture into a square crop, without aliasing.

    Args:
        image: Picture (H,W,3) of uint8, or tensor (1,3,H,W) in [-1,1].
        similarity: Map from the picture's pixels to the crop's.
        size: Side of the crop in pixels.
        padding: What lies outside the picture: ``reflection``, ``border`` or ``zeros`` (grey).

    Returns:
        Crop (1,3,size,size) in [-1,1].
    """
    height, width = image.shape[-2:] if isinstance(image, Tensor) else image.shape[:2]
    back = similarity.inverse()
    # Look only at the part needed, and average whole pixels first where the crop is coarser.
    pool = max(1, math.floor(1 / similarity.scale))
    corners = back.apply([(0, 0), (size, 0), (0, size), (size, size)])
    left, right = _part(corners[:, 0], width, pool)
    top, bottom = _part(corners[:, 1], height, pool)
    if isinstance(image, Tensor):
        source = image[:, :, top:bottom, left:right].float()
    else:
        source = to_image(image[top:bottom, left:right])
    if pool > 1:
        source = avg_pool2d(source, pool, ceil_mode=True)
    # What is left between the pooled picture and the crop is less than a factor of two.
    finer = 2 if similarity.scale * pool < 0.75 else 1
    spans = np.array([source.shape[-1], source.shape[-2]], dtype=np.float64) * pool
    middle = (back.apply((size / 2, size / 2)) - (left, top)) / spans * 2 - 1
    theta = np.column_stack([back.matrix[:, :2] * size / spans[:, None], middle])
    grid = affine_grid(
        torch.as_tensor(theta, dtype=torch.float32, device=source.device).unsqueeze(0),
        [1, source.shape[1], size * finer, size * finer],
        align_corners=False,
    )
    out = grid_sample(source, grid, padding_mode=padding, align_corners=False)
    return avg_pool2d(out, finer) if finer > 1 else out


def _part(positions: Array, length: int, pool: int) -> tuple[int, int]:
    """Give the range of whole pixels of one axis that a crop needs.

    A mirrored border may need more of the picture than the crop's own part, so the whole axis is
    taken as soon as the crop leaves the picture.
    """
    spare = 2 * pool + 2
    low, high = float(positions.min()) - spare, float(positions.max()) + spare
    if low < 0 or high > length:
        return 0, length
    return math.floor(low), math.ceil(high)
