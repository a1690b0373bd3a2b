"""Arithmetic on many points at once: where they go, and how far around they reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.compiled import compiled

Array = NDArray[np.float32]
Indices = NDArray[np.int32]

# Shifts of fewer pixels are none.
_MOVED = np.float32(1e-3)
_FAR = np.float32(1e30)


@compiled("float32[:, ::1], int32[:, ::1], float32[:, ::1], float32[:, ::1]")
def mix(values: Array, vertices: Indices, weights: Array, out: Array) -> None:
    """Weighted sums (M, 3) of some of the values (N, 3).

    Args:
        values: (N, 3).
        vertices: Which ones, (M, K).
        weights: (M, K).
        out: (M, 3).
    """
    for node in range(vertices.shape[0]):
        x = y = z = np.float32(0)
        for k in range(vertices.shape[1]):
            vertex, weight = np.uint32(vertices[node, k]), weights[node, k]
            x += weight * values[vertex, 0]
            y += weight * values[vertex, 1]
            z += weight * values[vertex, 2]
        out[node, 0], out[node, 1], out[node, 2] = x, y, z


def moved_bounds(before: Array, after: Array, which: Indices) -> Array:
    """Two opposite corners (2, 2) of the box around points that have moved, before and after.

    Args:
        before: Pixels, (N, 2).
        after: (N, 2).
        which: The points to look at, (M,).

    Returns:
        The corners; none, (0, 2), where nothing has moved. No numbers where a point is none.
    """
    bounds, moved = np.empty((2, 2), np.float32), np.zeros(1, np.int32)
    _bounds(before, after, which, bounds, moved)
    return bounds[: 2 * moved[0]]


@compiled("float32[:, ::1], float32[:, ::1], int32[::1], float32[:, ::1], int32[::1]")
def _bounds(before: Array, after: Array, which: Indices, out: Array, moved: Indices) -> None:
    """Fill ``out`` (2, 2) with the corners, and ``moved`` (1,) with 1 where points have moved."""
    left = top = _FAR
    right = bottom = -_FAR
    for number in range(which.shape[0]):
        point = np.uint32(which[number])
        ax, ay = before[point, 0], before[point, 1]
        bx, by = after[point, 0], after[point, 1]
        # Written so that what is no number counts as moved.
        if abs(bx - ax) <= _MOVED and abs(by - ay) <= _MOVED:
            continue
        moved[0] = 1
        if not (abs(bx) < 1e9 and abs(by) < 1e9):
            left, top, right, bottom = np.float32(np.inf), _FAR, _FAR, _FAR
            break
        left, right = min(left, ax, bx), max(right, ax, bx)
        top, bottom = min(top, ay, by), max(bottom, ay, by)
    out[0, 0], out[0, 1], out[1, 0], out[1, 1] = left, top, right, bottom


@compiled(
    "float32[:, ::1], float32[:, ::1], float32[:, ::1], float32[::1], float32, float32, "
    "float32[::1], float32[:, ::1], float32[::1], float32[:, ::1]"
)
def project(
    places: Array,
    rotation: Array,
    start: Array,
    follow: Array,
    scale: np.float32,
    camera: np.float32,
    translation: Array,
    flat: Array,
    depth: Array,
    turned: Array,
) -> None:
    """Turn places of the head's frame and see them in the picture, as far as they follow.

    Args:
        places: From the pivot, cm, (N, 3).
        rotation: (3, 3).
        start: Where they are at rest, pixels, (N, 2).
        follow: How far they go from there, 0 to 1, (N,).
        scale: Pixels per cm.
        camera: Its distance, cm.
        translation: Pixel under the pivot, (2,).
        flat: Their pixels, (N, 2).
        depth: Towards the viewer, cm, (N,).
        turned: Their turned places, (N, 3).
    """
    for number in range(places.shape[0]):
        x, y, z = places[number, 0], places[number, 1], places[number, 2]
        for k in range(3):
            turned[number, k] = rotation[k, 0] * x + rotation[k, 1] * y + rotation[k, 2] * z
        factor = scale * camera / (camera - turned[number, 2])
        across = factor * turned[number, 0] + translation[0]
        down = translation[1] - factor * turned[number, 1]
        flat[number, 0] = start[number, 0] + follow[number] * (across - start[number, 0])
        flat[number, 1] = start[number, 1] + follow[number] * (down - start[number, 1])
        depth[number] = turned[number, 2]
