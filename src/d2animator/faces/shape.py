"""Is this the shape of a face? Simple geometry that rejects what a network made up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from d2animator.faces.layouts import layout_of

Box = tuple[float, float, float, float]


def eye_distance(landmarks: Tensor) -> Tensor:
    """Distance of the outer eye corners: landmarks (...,P,2) of any layout -> (...)."""
    layout = layout_of(landmarks.shape[-2])
    across = landmarks[..., layout.right_eye_outer, :] - landmarks[..., layout.left_eye_outer, :]
    distance: Tensor = torch.linalg.vector_norm(across, dim=-1)
    return distance


def bounding_box(landmarks: npt.NDArray[np.floating]) -> Box:
    """Give the box (x, y, width, height) of points (P,2)."""
    low, high = landmarks.min(0), landmarks.max(0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def overlap(one: Box, other: Box) -> float:
    """Give the common area of two boxes over that of their union, 0 to 1."""
    common = _common(one, other)
    return common / max(one[2] * one[3] + other[2] * other[3] - common, 1e-12)


def shared(one: Box, other: Box) -> float:
    """Give the common area of two boxes over that of the smaller one, 0 to 1."""
    return _common(one, other) / max(min(one[2] * one[3], other[2] * other[3]), 1e-12)


def _common(one: Box, other: Box) -> float:
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def is_plausible(landmarks: npt.NDArray[np.floating]) -> bool:
    """Tell whether points (P,2) can be a face that is not seen from behind or in full profile.

    Eyes, nose and mouth must follow each other downwards, at distances that faces have, and the
    person's right eye must be on the left of the left one.
    """
    layout = layout_of(len(landmarks))
    right = landmarks[list(layout.right_eye)].mean(0)
    left = landmarks[list(layout.left_eye)].mean(0)
    across, middle = left - right, 0.5 * (left + right)
    down = 0.5 * (landmarks[layout.mouth_right] + landmarks[layout.mouth_left]) - middle
    nose = landmarks[layout.nose_tip] - middle
    size = max(bounding_box(landmarks)[2:])
    eyes, mouth = float(np.linalg.norm(across)), float(np.linalg.norm(down))
    if not np.isfinite(landmarks).all() or size <= 0 or mouth <= 0 or eyes <= 0:
        return False
    # signed area: positive when the mouth is below the eyes as the person stands
    turned = float(across[0] * down[1] - across[1] * down[0]) / (eyes * mouth)
    nose_way = float(nose @ down) / mouth**2
    return (
        0.10 < eyes / size < 0.75
        and 0.18 < mouth / size < 0.75
        and turned > 0.5
        and 0.1 < nose_way < 1.1
    )
