"""Rotations: as vectors, as angles, and limits that are felt before they are reached.

Convention: a head is turned by R = R_y(yaw) R_x(pitch) R_z(roll): yaw > 0 turns to the person's
left, pitch > 0 nods down, roll > 0 tilts the crown to the person's right. Angles are in degrees.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def rotation_from_vector(vector: NDArray[Any]) -> Array:
    """Rotation (3, 3) about the axis ``vector`` (3,) by its length in radians (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = (float(part) / angle for part in vector)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross)


def vector_from_rotation(rotation: NDArray[Any]) -> Array:
    """Undo `rotation_from_vector`: axis times angle in radians (3,), the angle at most pi."""
    axis = np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    sine, cosine = float(np.linalg.norm(axis)) / 2, (float(np.trace(rotation)) - 1) / 2
    angle = math.atan2(sine, cosine)
    if sine > 1e-9:
        return np.asarray(axis * (angle / (2 * sine)))
    if cosine > 0:
        return np.asarray(axis / 2)
    # Half a turn: the axis is left where it is by R + 1.
    columns = rotation + np.eye(3)
    longest = columns[:, np.linalg.norm(columns, axis=0).argmax()]
    return np.asarray(longest / np.linalg.norm(longest) * math.pi)


def rotation_from_angles(yaw: float, pitch: float, roll: float) -> Array:
    """Rotation (3, 3) of a head from its angles in degrees."""
    around_y = rotation_from_vector(np.array([0, math.radians(yaw), 0]))
    around_x = rotation_from_vector(np.array([math.radians(pitch), 0, 0]))
    around_z = rotation_from_vector(np.array([0, 0, math.radians(roll)]))
    return np.asarray(around_y @ around_x @ around_z)


def angles_from_rotation(rotation: NDArray[Any]) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees of a rotation (3, 3); pitch within 90 degrees."""
    yaw = math.atan2(rotation[0, 2], rotation[2, 2])
    pitch = math.asin(min(1.0, max(-1.0, -float(rotation[1, 2]))))
    roll = math.atan2(rotation[1, 0], rotation[1, 1])
    return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def nearest_rotation(matrix: NDArray[Any]) -> Array:
    """The rotation (3, 3) nearest to a matrix, in the sense of least squares."""
    left, _, right = np.linalg.svd(matrix)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray(left * sign @ right)


def soft_limit(value: NDArray[Any], limit: float) -> Array:
    """Values that grow ever slower towards ``limit``: limit * tanh(value / limit).

    An infinite limit leaves them as they are.
    """
    if math.isinf(limit):
        return np.asarray(value, np.float64)
    return np.asarray(limit * np.tanh(np.asarray(value, np.float64) / limit))
