"""Resampling of pictures by similarities, without aliasing.

Convention: as in `align`; outside a picture lies its mirror image, its border, or grey.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample

from d2animator.errors import check_shape
from d2animator.faces.align import Array, Similarity
from d2animator.faces.pixels import from_bytes, to_image


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
        source = avg_pool2d(source, pool, ceil_mode=True) if pool > 1 else source
    else:
        check_shape("image", image, ("H", "W", 3))
        source = _averaged(image[top:bottom, left:right], pool)
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


def _averaged(picture: npt.NDArray[np.uint8], pool: int) -> Tensor:
    """Average squares of ``pool`` pixels a side, in a fifth of the time that PyTorch takes.

    Args:
        picture: RGB (H, W, 3); at the right and below its border goes on where squares need it.
        pool: Side of a square.

    Returns:
        Image (1, 3, h, w) in [-1, 1].
    """
    if pool == 1:
        return to_image(picture)
    height, width = picture.shape[:2]
    missing = -height % pool, -width % pool
    if any(missing):
        picture = np.asarray(
            cv2.copyMakeBorder(picture, 0, missing[0], 0, missing[1], cv2.BORDER_REPLICATE),
            np.uint8,
        )
    size = picture.shape[1] // pool, picture.shape[0] // pool
    means = cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return from_bytes(torch.from_numpy(means).permute(2, 0, 1).unsqueeze(0)).contiguous()


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
