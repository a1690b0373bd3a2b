"""Rotations, the camera, and the simple meshes that go with a head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from d2animator.head.model import Indices, normalise
from d2animator.head.pose import CAMERA_CM, PIVOT_CM
from d2animator.models.cutout import CUT_MIDDLE_CM

Array = NDArray[np.float32]

NECK_PIVOT = PIVOT_CM.astype(np.float32)


@dataclass(frozen=True)
class Mesh:
    """Points and normals (N, 3), triangles (T, 3)."""

    points: Array
    normals: Array
    triangles: Indices


def head_rotation(yaw_pitch_roll_deg: tuple[float, float, float]) -> Array:
    """Rotation matrix (3, 3); signs as in `tools.puppets.world.State`."""
    yaw, pitch, roll = np.radians(yaw_pitch_roll_deg)
    around_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    around_x = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    )
    around_z = np.array(
        [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    )
    return np.asarray(around_y @ around_x @ around_z, np.float32)


def eye_rotation(gaze_deg: tuple[float, float], eye: int) -> Array:
    """Rotation (3, 3) of eyeball ``eye`` (0 left, 1 right); the eyes converge a little."""
    vergence = -1.8 if eye == 0 else 1.8
    return head_rotation((gaze_deg[0] + vergence, -gaze_deg[1], 0.0))


def head_matrix(rotation: Array) -> Array:
    """Rotation about the neck as a (4, 4) matrix."""
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = NECK_PIVOT - rotation @ NECK_PIVOT
    return matrix


def moved(points: Array, matrix: Array) -> Array:
    """Points (N, 3) moved by a ``matrix`` (4, 4)."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def turned(points: Array, matrix: Array, follow: Array) -> Array:
    """Points (N, 3) moved by a ``matrix`` (4, 4), each as far as it follows (N, 1), 0 to 1."""
    return np.asarray(points + (moved(points, matrix) - points) * follow, np.float32)


def crop_projection(points68: Array, distance: float = CAMERA_CM) -> Array:
    """Projection (4, 4) of a camera at (0, 0, distance) that sees a face as FFHQ crops it.

    FFHQ crops a square around eyes and mouth; folding that crop into the projection renders it
    directly. Unlike FFHQ's, the crop stays upright, so that a tilted head is seen tilted.

    Args:
        points68: The face's iBUG points (68, 3) in world space.
        distance: Of the camera, in cm.
    """
    flat = points68[:, :2] / (distance - points68[:, 2:3]) * (1, -1)  # y down, as in pictures
    eyes = np.stack([flat[36:42].mean(0), flat[42:48].mean(0)])
    middle = eyes.mean(0)
    across = eyes[1] - eyes[0]
    down = (flat[48] + flat[54]) / 2 - middle
    half = max(np.hypot(*across) * 2.0, np.hypot(*down) * 1.8)
    centre = middle + down * 0.1
    return _projection(centre, half, distance)


def wide_projection(matrix: Array, reach_cm: float, distance: float = CAMERA_CM) -> Array:
    """Projection (4, 4) of a camera at (0, 0, distance) that sees head and shoulders.

    Args:
        matrix: Head to world (4, 4).
        reach_cm: From the picture's middle, which is where `CUT_MIDDLE_CM` is, to its sides.
        distance: Of the camera, in cm.
    """
    middle = moved(np.array([CUT_MIDDLE_CM], np.float32), matrix)[0]
    away = distance - middle[2]
    return _projection(middle[:2] / away * (1, -1), reach_cm / away, distance)


def _projection(centre: NDArray[np.floating], half: float, distance: float) -> Array:
    """Projection (4, 4) of pictures ``half`` wide around ``centre``, both at a depth of 1."""
    near, far = distance - 40, distance + 60
    matrix = np.zeros((4, 4))
    matrix[0, 0] = matrix[1, 1] = 1 / half
    # w = distance - Z, so a shift in the picture is a multiple of that.
    matrix[0, 2], matrix[0, 3] = centre[0] / half, -centre[0] / half * distance
    matrix[1, 2], matrix[1, 3] = -centre[1] / half, centre[1] / half * distance
    slope, constant = (far + near) / (far - near), 2 * far * near / (far - near)
    matrix[2, 2], matrix[2, 3] = -slope, slope * distance - constant
    matrix[3, 2], matrix[3, 3] = -1, distance
    return np.asarray(matrix, np.float32)


def project(points: Array, projection: Array, size: int) -> Array:
    """Pixel coordinates (P, 2) of world ``points`` (P, 3) in a picture of ``size``."""
    clip = np.c_[points, np.ones(len(points))] @ projection.T
    plane = clip[:, :2] / clip[:, 3:4]
    return np.asarray((plane * (1, -1) + 1) / 2 * size, np.float32)


def light_matrix(direction: Array) -> Array:
    """Orthographic view (4, 4) of the head from the light, for its shadow map."""
    x = normalise(np.cross((0, 1, 0.02), direction))
    y = np.cross(direction, x)
    rotation = np.stack([x, y, direction]) * np.array([[1 / 19], [1 / 19], [-1 / 40]])
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = -rotation @ np.array((0, 1, 1.0))
    return np.asarray(matrix, np.float32)


def eyeball_mesh() -> tuple[Array, Indices]:
    """Directions (N, 3) and triangles of an eyeball's visible part, iris towards +z."""
    polar = np.r_[np.linspace(0, 0.75, 18), np.linspace(0.8, 2.0, 8)]
    around = np.linspace(0, 2 * np.pi, 40)
    directions = np.stack(
        [
            np.sin(polar)[:, None] * np.cos(around),
            np.sin(polar)[:, None] * np.sin(around),
            np.cos(polar)[:, None] + 0 * around,
        ],
        -1,
    )
    return directions.reshape(-1, 3).astype(np.float32), grid_triangles(26, 40)


def torso_mesh() -> Mesh:
    """Neck, shoulders and chest as one lathe-like surface."""
    heights = -np.array((9.5, 11.5, 13, 14.2, 15.4, 17, 20, 25, 34, 46))
    half_width = np.array((5.4, 6.3, 9.5, 14.5, 18.5, 20.5, 21.5, 22, 22, 22))
    half_depth = np.array((5.3, 6.0, 6.8, 7.6, 8.2, 8.8, 9.5, 10.2, 10.5, 10.5))
    depth = np.array((-2.5, -3, -3, -2.8, -2.5, -2.3, -2, -1.6, -1.5, -1.5))
    y = np.linspace(-9.8, -46, 60)
    wide, deep, z = (
        _smooth_profile(np.interp(-y, -heights, values))
        for values in (half_width, half_depth, depth)
    )
    angle = np.linspace(0, 2 * np.pi, 65)
    points = np.stack(
        [
            wide[:, None] * _squarer(np.cos(angle)),
            y[:, None] + 0 * angle,
            z[:, None] + deep[:, None] * _squarer(np.sin(angle)),
        ],
        -1,
    )
    points[..., 1] += np.clip(z[:, None] - points[..., 2], 0, 6) * 0.16  # shoulders rise backwards
    normals = normalise(np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0)))
    inward = (normals * (points * (1, 0, 1))).sum(-1, keepdims=True) < 0
    normals = np.where(inward, -normals, normals)
    return Mesh(
        points.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        grid_triangles(60, 65),
    )


def grid_triangles(rows: int, columns: int) -> Indices:
    """Triangles of a (rows, columns) grid of points."""
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)[None]).reshape(-1)
    first = np.stack([corner, corner + columns, corner + 1], -1)
    second = np.stack([corner + 1, corner + columns, corner + columns + 1], -1)
    return np.concatenate([first, second]).astype(np.int32)


def _squarer(circle: NDArray[np.floating]) -> NDArray[np.floating]:
    """Cosine or sine of an ellipse bent towards a rounded box."""
    return np.asarray(np.sign(circle) * np.abs(circle) ** 0.8)


def _smooth_profile(values: NDArray[np.floating]) -> NDArray[np.floating]:
    kernel = np.exp(-0.5 * (np.arange(-5, 6) / 1.6) ** 2)
    padded = np.pad(values, 5, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), "valid")
