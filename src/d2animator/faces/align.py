"""Similarities between pictures, and the two crops of a face: FFHQ's and the landmark network's.

Convention: positions are continuous, (0,0) is the top-left corner of a picture and (0.5,0.5) the
centre of its first pixel; x before y. A crop of size S spans [0,S] in its own pixels. Angles are
in radians, positive from the x axis towards the y axis (clockwise on the screen).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from d2animator.errors import ShapeError, check_shape
from d2animator.faces.layouts import layout_of

Array = npt.NDArray[np.float64]
Points = TypeVar("Points", npt.NDArray[np.float32], npt.NDArray[np.float64], Tensor)

CROP_MARGIN = 1.4
"""Side of the landmark network's crop over the larger side of the points' box."""


@dataclass(frozen=True)
class Similarity:
    """A map x -> A x + b that turns, scales and moves, and nothing else.

    Attributes:
        matrix: [A | b] (2,3).
    """

    matrix: Array

    @classmethod
    def crop(cls, centre: tuple[float, float], side: float, angle: float, size: int) -> Similarity:
        """Make the map from a picture's pixels to those of a square crop.

        Args:
            centre: Centre of the crop in the picture, pixels.
            side: Side of the crop in the picture, pixels.
            angle: Direction of the crop's upper edge in the picture.
            size: Side of the crop in its own pixels.
        """
        cos, sin = math.cos(angle) * size / side, math.sin(angle) * size / side
        linear = np.array([[cos, sin], [-sin, cos]])
        shift = size / 2 - linear @ np.asarray(centre, dtype=np.float64)
        return cls(np.concatenate([linear, shift[:, None]], axis=1))

    @property
    def scale(self) -> float:
        """Pixels of the result for one of the picture."""
        return float(math.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    def apply(self, points: npt.ArrayLike) -> Array:
        """Map points (...,2)."""
        positions = np.asarray(points, dtype=np.float64)
        return np.asarray(positions @ self.matrix[:, :2].T + self.matrix[:, 2])

    def inverse(self) -> Similarity:
        """Give the way back."""
        linear = np.linalg.inv(self.matrix[:, :2])
        return Similarity(np.concatenate([linear, -linear @ self.matrix[:, 2:]], axis=1))

    def compose(self, first: Similarity) -> Similarity:
        """Chain two maps: ``a.compose(b).apply(p) == a.apply(b.apply(p))``."""
        linear = self.matrix[:, :2] @ first.matrix[:, :2]
        shift = self.matrix[:, :2] @ first.matrix[:, 2:] + self.matrix[:, 2:]
        return Similarity(np.concatenate([linear, shift], axis=1))


def fit_similarity(points: npt.ArrayLike, target: npt.ArrayLike) -> Similarity:
    """Find the similarity that takes points nearest to others (least squares).

    Args:
        points: Points (P,2).
        target: Where they should come to, (P,2).

    Returns:
        The map.

    Raises:
        ShapeError: The two differ in shape.
    """
    start, end = np.asarray(points, np.float64), np.asarray(target, np.float64)
    if start.shape != end.shape or start.ndim != 2 or start.shape[1] != 2:
        raise ShapeError("target", ("P", 2), end.shape)
    centre, goal = start.mean(0), end.mean(0)
    # As complex numbers a similarity is one product, and least squares one quotient.
    one, other = (start - centre) @ (1, 1j), (end - goal) @ (1, 1j)
    factor = np.vdot(one, other) / max(float(np.vdot(one, one).real), 1e-12)
    linear = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return Similarity(np.concatenate([linear, (goal - linear @ centre)[:, None]], axis=1))


def align_shapes(points: Tensor, anchors: Tensor, reference: Tensor) -> Tensor:
    """Do as `fit_similarity` for a batch, and move whole shapes by what fits their anchors.

    Args:
        points: Shapes (N,P,2).
        anchors: Points of each shape to fit, (N,A,2).
        reference: Where the anchors should come to, (A,2).

    Returns:
        Moved, scaled and turned shapes (N,P,2).

    Raises:
        ShapeError: The axes do not fit.
    """
    check_shape("points", points, ("N", "P", 2))
    check_shape("anchors", anchors, (len(points), *reference.shape))
    centre = reference.mean(0)
    middle = anchors.mean(1, keepdim=True)
    start = torch.view_as_complex((anchors - middle).contiguous())
    target = torch.view_as_complex((reference - centre).contiguous())
    factor = (start.conj() * target).sum(1) / start.abs().square().sum(1)
    whole = torch.view_as_complex((points - middle).contiguous())
    return torch.view_as_real(whole * factor.unsqueeze(1)) + centre


def ffhq_crop(landmarks: npt.ArrayLike, size: int) -> Similarity:
    """Make the crop in which FFHQ's faces stand (Karras et al. 2019, the data set's procedure).

    With e the vector from eye to eye and m that from the eyes' middle to the mouth, the crop's
    upper edge lies along e minus m turned by 90 degrees, its half side is the larger of 2 |e| and
    1.8 |m|, and its centre is the eyes' middle + 0.1 m.

    Args:
        landmarks: Points (P,2) of any layout, in pixels.
        size: Side of the crop in its own pixels.

    Returns:
        Map from the picture's pixels to the crop's.

    Raises:
        ShapeError: No layout has so many points.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    check_shape("landmarks", points, ("P", 2))
    centre, half, across = _ffhq_frame(points)
    angle = math.atan2(float(across[1]), float(across[0]))
    return Similarity.crop((float(centre[0]), float(centre[1])), 2 * float(half), angle, size)


def normalise_landmarks(landmarks: Points) -> Points:
    """Take place and size out of landmarks, by the rule of `ffhq_crop`; the roll stays.

    Args:
        landmarks: Points (...,P,2) of any layout in any unit, an array or a tensor.

    Returns:
        Points (...,P,2) of the same kind, in crop widths, the crop's centre at (0.5,0.5).

    Raises:
        ShapeError: No layout has so many points.
    """
    centre, half, _ = _ffhq_frame(landmarks)
    return (landmarks - centre[..., None, :]) / (2 * half[..., None, None]) + 0.5


def _ffhq_frame(points: Points) -> tuple[Points, Points, Points]:
    """Give the centre (...,2), half side (...) and direction of the upper edge (...,2)."""
    if points.ndim < 2 or points.shape[-1] != 2:
        raise ShapeError("landmarks", ("...", "P", 2), points.shape)
    layout = layout_of(points.shape[-2])
    rims = (layout.right_eye, layout.left_eye)
    eyes = [points[..., rim[0] : rim[-1] + 1, :].mean(-2) for rim in rims]
    middle = (eyes[0] + eyes[1]) * 0.5
    across = eyes[1] - eyes[0]
    down = (points[..., layout.mouth_right, :] + points[..., layout.mouth_left, :]) * 0.5 - middle
    # m turned by 90 degrees: (x, y) -> (-y, x); written with what arrays and tensors share
    turned = down[..., [1, 0]] * (down[..., [0, 1]] * 0 + _turn_signs(points))
    wide, tall = 2.0 * _length(across), 1.8 * _length(down)
    half = 0.5 * (wide + tall + abs(wide - tall))  # the larger one
    return middle + 0.1 * down, half, across - turned


def _turn_signs(points: Points) -> Points:
    signs = [-1.0, 1.0]
    if isinstance(points, Tensor):
        return points.new_tensor(signs)
    return np.asarray(signs, dtype=points.dtype)


def _length(vector: Points) -> Points:
    return (vector * vector).sum(-1) ** 0.5  # type: ignore[no-any-return]


def face_crop(landmarks: npt.ArrayLike, size: int, margin: float = CROP_MARGIN) -> Similarity:
    """Make the upright crop around a face that the landmark network looks at.

    Args:
        landmarks: Points (P,2) of any layout, in pixels.
        size: Side of the crop in its own pixels.
        margin: Side of the crop over the larger side of the points' box, in the crop's direction.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    layout = layout_of(len(points))
    across = points[list(layout.left_eye)].mean(0) - points[list(layout.right_eye)].mean(0)
    angle = math.atan2(float(across[1]), float(across[0]))
    turn = Similarity.crop((0.0, 0.0), 1.0, angle, 1)
    turned = turn.apply(points)
    low, high = turned.min(0), turned.max(0)
    centre = turn.inverse().apply(0.5 * (low + high))
    side = max(margin * float((high - low).max()), 1e-3)
    return Similarity.crop((float(centre[0]), float(centre[1])), side, angle, size)


def face_frames(landmarks: Tensor, margin: float = CROP_MARGIN) -> Tensor:
    """Do as `face_crop` for a batch, the other way round.

    Args:
        landmarks: Points (B,P,2) of any layout in any unit.
        margin: As in `face_crop`.

    Returns:
        Matrices (B,2,3) from positions in a crop, in crop widths, to the points' unit.
    """
    layout = layout_of(landmarks.shape[1])
    eyes = [landmarks[:, list(rim)].mean(1) for rim in (layout.right_eye, layout.left_eye)]
    across = eyes[1] - eyes[0]
    across = across / across.norm(dim=1, keepdim=True).clamp(min=1e-6)
    turn = torch.stack([across, torch.stack([-across[:, 1], across[:, 0]], 1)], 2)
    turned = landmarks @ turn  # in the crop's directions
    low, high = turned.amin(1), turned.amax(1)
    side = margin * (high - low).amax(1).clamp(min=1e-6)
    corner = 0.5 * (low + high) - 0.5 * side[:, None]
    corner = turn @ corner[:, :, None]
    return torch.cat([turn * side[:, None, None], corner], 2)
