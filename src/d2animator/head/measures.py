"""What the points of a face tell beside the fit: lids, lips, gaze, and what the model leaves open.

Sides are the person's own; where there are two eyes, the left one comes first, as the head model's
eyeballs do. Landmarks are of layout ``wflw98``, x right and y down.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.faces.layouts import (
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LEFT_PUPIL,
    LID_PAIRS,
    LIP_PAIRS,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    RIGHT_PUPIL,
)
from d2animator.head.model import Head, load_head
from d2animator.head.pose import CAMERA_CM, PIVOT_CM, HeadFit

Array = NDArray[np.float64]

SKIN_POINTS = 96
"""Points that lie on skin; the two pupils come after them."""

# Of the left and the right eye: pairs across the lids, corners from the picture's left to right.
_LIDS = (LID_PAIRS[3:], LID_PAIRS[:3])
_CORNERS = ((LEFT_EYE_INNER, LEFT_EYE_OUTER), (RIGHT_EYE_OUTER, RIGHT_EYE_INNER))
# A pupil lies so far in front of the eyeball's centre, in its radii; how far it may stand off.
_PUPIL_DEPTH, _PUPIL_REACH = 0.7, 0.9


def eye_distance(landmarks: NDArray[Any]) -> float:
    """Distance of the outer eye corners in the landmarks' unit."""
    return float(np.linalg.norm(landmarks[LEFT_EYE_OUTER] - landmarks[RIGHT_EYE_OUTER]))


def lid_openness(landmarks: NDArray[Any]) -> Array:
    """Gap between the lids over the eye's width, (2,): about .3 when open; the left eye first."""
    shares = []
    for pairs, (start, end) in zip(_LIDS, _CORNERS, strict=True):
        across = landmarks[end] - landmarks[start]
        width = max(float(np.linalg.norm(across)), 1e-9)
        down = np.array([-across[1], across[0]]) / width
        upper, lower = np.array(pairs).T
        shares.append(((landmarks[lower] - landmarks[upper]) @ down).mean() / width)
    return np.array(shares)


def lip_gap_cm(landmarks: NDArray[Any], scale: float) -> float:
    """Gap between the middles of the lips' inner edges; ``scale`` landmark units make a cm."""
    upper, lower = LIP_PAIRS[len(LIP_PAIRS) // 2]
    return float(np.linalg.norm(landmarks[upper] - landmarks[lower]) / scale)


def gaze_deg(fit: HeadFit, landmarks: NDArray[Any], head: Head | None = None) -> Array:
    """Where the eyes look: each pupil's ray meets its eyeball.

    Args:
        fit: The head's fit to these points.
        landmarks: (98, 2), in the fit's unit.
        head: The model of the fit.

    Returns:
        Degrees to the person's left and up relative to the head, of the left and the right eye,
        (2, 2).
    """
    head = load_head() if head is None else head
    angles = []
    for ball, pupil in zip(head.eyeballs(fit.identity), (LEFT_PUPIL, RIGHT_PUPIL), strict=True):
        centre, radius = fit.rotation @ (ball[:3] - PIVOT_CM), float(ball[3])
        nearness = CAMERA_CM / (CAMERA_CM - centre[2] - _PUPIL_DEPTH * radius)
        seen = (landmarks[pupil] - fit.translation) / (fit.scale * nearness) * (1.0, -1.0)
        aside = seen - centre[:2]
        aside *= min(1.0, _PUPIL_REACH * radius / max(float(np.linalg.norm(aside)), 1e-9))
        ray = np.array([*aside, np.sqrt(radius**2 - aside @ aside)])
        left, up, front = fit.rotation.T @ ray / radius
        angles.append((np.arctan2(left, front), np.arcsin(np.clip(up, -1, 1))))
    return np.degrees(np.array(angles))


def frontal_points(fit: HeadFit, landmarks: NDArray[Any], head: Head | None = None) -> Array:
    """The points as seen from before the face, however it is turned.

    A turned face's far eye is seen narrower than it is and seems wider open for it; here it is not.

    Args:
        fit: The head's fit to these points.
        landmarks: (98, 2), in the fit's unit.
        head: The model of the fit.

    Returns:
        (96, 2) cm, x to the picture's right and y down, as landmarks are.
    """
    places = point_vertices(fit, head) + unexplained_cm(fit, landmarks, head)
    return np.asarray(places[:, :2] * (1.0, -1.0))


def unexplained_cm(fit: HeadFit, landmarks: NDArray[Any], head: Head | None = None) -> Array:
    """What the fit leaves of the points: by how much the head's own vertices would have to move.

    Args:
        fit: The head's fit to these points.
        landmarks: (98, 2), in the fit's unit.
        head: The model of the fit.

    Returns:
        (96, 3) cm in the head's frame, across the line of sight.
    """
    head = load_head() if head is None else head
    vertices = point_vertices(fit, head)
    seen, distance = fit.project(vertices)
    apart = (landmarks[:SKIN_POINTS] - seen) / fit.scale * (distance / CAMERA_CM)[:, None]
    flat = np.concatenate([apart * (1.0, -1.0), np.zeros((SKIN_POINTS, 1))], axis=1)
    return np.asarray(flat @ fit.rotation)


def point_vertices(fit: HeadFit, head: Head | None = None) -> Array:
    """Vertices (96, 3) of the points on skin, as the fit has them; cheaper than the whole mesh."""
    head = load_head() if head is None else head
    points = head.wflw96
    shape = head.vertices[points].astype(np.float64)
    for weights, modes in (
        (fit.identity, head.identity_modes),
        (fit.expression, head.expression_shapes),
    ):
        own = modes[: len(weights)].reshape(len(weights), -1, 3)[:, points]
        shape += np.tensordot(weights, own, 1)
    return shape
