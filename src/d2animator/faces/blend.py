"""Face-shaped masks from landmarks, and colours that match along their rim.

Convention: as in `align`; a mask is 1 on the face, 0 away from it, and smooth in between. Pure
functions on tensors; all of them take batches.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from d2animator.errors import check_shape
from d2animator.faces.layouts import (
    LEFT_BROW,
    LEFT_EYE,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    PARTS,
    POINTS,
    RIGHT_BROW,
    RIGHT_EYE,
)

FEATHER = 0.14
"""Width of the mask's soft rim over the distance from the eyes' middle to the mouth, doubled."""

_FOREHEAD = 0.6  # height of the forehead above the brows, over the distance from eyes to mouth
_DIRECTIONS = 48  # sides of the polygon that stands for the convex face
_CELLS = 128  # a soft mask is computed on at most so many cells an axis


def face_supports(landmarks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Describe the convex region of faces, forehead included, by its tangents.

    Args:
        landmarks: Points (B, 98, 2).

    Returns:
        Unit normals (K, 2); for each face how far the region reaches along each of them (B, K),
        measured from the origin; and the width of the soft rim around it (B,).

    Raises:
        ShapeError: Not 98 points.
    """
    check_shape("landmarks", landmarks, ("B", POINTS, 2))
    eyes = landmarks[:, [*RIGHT_EYE, *LEFT_EYE]].mean(1)
    mouth = landmarks[:, [MOUTH_RIGHT, MOUTH_LEFT]].mean(1)
    down = mouth - eyes
    brows = landmarks[:, [*RIGHT_BROW, *LEFT_BROW]]
    region = torch.cat([landmarks[:, list(PARTS["contour"])], brows - _FOREHEAD * down[:, None]], 1)
    angles = torch.arange(_DIRECTIONS, device=landmarks.device) * (2 * math.pi / _DIRECTIONS)
    normals = torch.stack([angles.cos(), angles.sin()], 1).to(landmarks)
    # A turned head shortens the way across, a raised one the way down: take the larger.
    across = landmarks[:, list(LEFT_EYE)].mean(1) - landmarks[:, list(RIGHT_EYE)].mean(1)
    size = torch.maximum(down.norm(dim=1), across.norm(dim=1))
    return normals, (region @ normals.T).amax(1), 2 * FEATHER * size


def face_distance(landmarks: Tensor, positions: Tensor) -> Tensor:
    """Distance of positions from the region of faces, in widths of its soft rim.

    Args:
        landmarks: Points (B, 98, 2).
        positions: (H, W, 2), in the same unit.

    Returns:
        (B, H, W): negative inside, 0 at the region's border, 1 where the rim ends.
    """
    normals, reach, rim = face_supports(landmarks)
    along = positions.to(landmarks) @ normals.T  # (H, W, K)
    outside = (along[None] - reach[:, None, None]).amax(-1)
    return outside / rim.clamp_min(1e-6)[:, None, None]


def soften(distance: Tensor) -> Tensor:
    """Turn distances in rim widths into a mask: 1 up to 0, exactly 0 from 1 on."""
    t = (1 - distance).clamp(0, 1)
    return t * t * (3 - 2 * t)


def face_mask(landmarks: Tensor, box: tuple[int, int, int, int]) -> Tensor:
    """Draw the mask of faces.

    Args:
        landmarks: Points (B, 98, 2) in pixels.
        box: Pixels to draw: left, top, right, bottom.

    Returns:
        Masks (B, 1, bottom - top, right - left) in [0, 1].
    """
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    columns, rows = min(width, _CELLS), min(height, _CELLS)
    device = landmarks.device
    x = left + (torch.arange(columns, device=device) + 0.5) * (width / columns)
    y = top + (torch.arange(rows, device=device) + 0.5) * (height / rows)
    positions = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)
    mask = soften(face_distance(landmarks, positions))[:, None]
    if (rows, columns) == (height, width):
        return mask
    return interpolate(mask, (height, width), mode="bilinear", align_corners=False)


def face_box(landmarks: Tensor, width: int, height: int) -> tuple[int, int, int, int]:
    """Find the pixels of a picture outside which all masks are zero.

    Args:
        landmarks: Points (B, 98, 2) in pixels.
        width: Of the picture.
        height: Of the picture.

    Returns:
        Left, top, right, bottom; at least one pixel wide and high.
    """
    _, reach, rim = face_supports(landmarks)
    span = reach + rim[:, None]
    quarter = _DIRECTIONS // 4
    right, bottom, left, top = (float(span[:, k * quarter].amax()) for k in range(4))
    left, top = -left, -top
    # A coarse mask's cells reach a little further.
    spare = 2 + max(right - left, bottom - top) / _CELLS
    x0 = min(max(math.floor(left - spare), 0), width - 1)
    y0 = min(max(math.floor(top - spare), 0), height - 1)
    x1 = min(max(math.ceil(right + spare), x0 + 1), width)
    y1 = min(max(math.ceil(bottom + spare), y0 + 1), height)
    return x0, y0, x1, y1


def spread_from(values: Tensor, weight: Tensor, cells: int = 32) -> Tensor:
    """Fill a smooth field from values that are known only in places (pull and push).

    Args:
        values: (1, C, S, S).
        weight: How much each is known (1, 1, S, S), 0 for not at all.
        cells: Finest scale of the result; a power of two.

    Returns:
        Field (1, C, S, S): near known values about these, elsewhere smoothly between them; 0 if
        nothing is known.
    """
    size = values.shape[-1]
    cells = min(cells, 2 ** int(math.log2(size)))
    known = interpolate(weight, (cells, cells), mode="area")
    sums = interpolate(values * weight, (cells, cells), mode="area")
    levels = [(sums, known)]
    while levels[-1][0].shape[-1] > 1:
        levels.append((avg_pool2d(levels[-1][0], 2), avg_pool2d(levels[-1][1], 2)))
    total, count = levels.pop()
    field = total / count.clamp_min(1e-8)
    while levels:
        total, count = levels.pop()
        coarse = interpolate(field, scale_factor=2.0, mode="bilinear", align_corners=False)
        # Where little is known the coarser scale decides.
        field = (total + 0.15 * coarse) / (count + 0.15)
    return interpolate(field, (size, size), mode="bicubic", align_corners=False)
