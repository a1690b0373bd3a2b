"""Arithmetic on many points at once: where they go, and how far around they reach."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.compiled import compiled

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]
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


def nearest(
    points: NDArray[Any], wanted: NDArray[Any], count: int = 1
) -> tuple[Doubles, NDArray[np.intp]]:
    """Find the nearest of many points.

    Args:
        points: (N, D).
        wanted: Places to look from, (M, D).
        count: How many of the points, at most N.

    Returns:
        Distances (M, count), the smallest first, and which points these are, (M, count).
    """
    # From a place both ways along the first axis, as long as that alone is not too far.
    order = np.argsort(points[:, 0], kind="stable")
    along = np.ascontiguousarray(points[order], np.float64)
    places = np.ascontiguousarray(wanted, np.float64)
    start = np.searchsorted(along[:, 0], places[:, 0])
    squares = np.full((len(places), min(count, len(points))), np.inf)
    found = np.zeros(squares.shape, np.int64)
    _nearest(along, places, start.astype(np.int64), squares, found)
    return np.sqrt(squares), order[found]


@compiled("float64[:, ::1], float64[:, ::1], int64[::1], float64[:, ::1], int64[:, ::1]")
def _nearest(
    along: Doubles,
    places: Doubles,
    start: NDArray[np.int64],
    squares: Doubles,
    found: NDArray[np.int64],
) -> None:
    """Find what `nearest` is asked for, among points in the order of their first coordinates.

    Args:
        along: The points, (N, D).
        places: (M, D).
        start: How many points lie before each place, (M,).
        squares: Squared distances of the best so far, (M, K).
        found: Which points these are, (M, K).
    """
    size, count = along.shape[0], squares.shape[1]
    for number in range(places.shape[0]):
        after, before = start[number], start[number] - 1
        while after < size or before >= 0:
            # The nearer of both along the axis comes first.
            ahead = after < size and (
                before < 0
                or along[after, 0] - places[number, 0] <= places[number, 0] - along[before, 0]
            )
            point = after if ahead else before
            after, before = (after + 1, before) if ahead else (after, before - 1)
            apart = along[point, 0] - places[number, 0]
            square = apart * apart
            if not square < squares[number, count - 1]:
                break
            for axis in range(1, along.shape[1]):
                apart = along[point, axis] - places[number, axis]
                square += apart * apart
            rank = count - 1
            if not square < squares[number, rank]:
                continue
            while rank > 0 and square < squares[number, rank - 1]:
                squares[number, rank] = squares[number, rank - 1]
                found[number, rank] = found[number, rank - 1]
                rank -= 1
            squares[number, rank], found[number, rank] = square, point


class Neighbours:
    """Which vertices of a mesh share an edge."""

    def __init__(self, triangles: Indices, count: int) -> None:
        """Look at triangles (T, 3) of a mesh of ``count`` vertices."""
        a, b, c = triangles.astype(np.int64).T
        pairs = np.concatenate([a, b, c, b, c, a]) * count + np.concatenate([b, c, a, a, b, c])
        self._pairs = np.stack(np.divmod(np.unique(pairs), count), 1)
        self._count = count

    def sums(self, values: NDArray[Any]) -> Doubles:
        """Sums over each vertex's neighbours, without itself, of values (N,) or (N, K)."""
        shape = values.shape
        rows = np.ascontiguousarray(values, np.float64).reshape(self._count, -1)
        out = np.zeros_like(rows)
        _add_pairs(self._pairs, rows, out)
        return out.reshape(shape)


@compiled("int64[:, ::1], float64[:, ::1], float64[:, ::1]")
def _add_pairs(pairs: NDArray[np.int64], values: Doubles, out: Doubles) -> None:
    """Add, for each pair (P, 2), the second's values (N, K) to the first's of ``out`` (N, K)."""
    for number in range(pairs.shape[0]):
        one, other = pairs[number, 0], pairs[number, 1]
        for k in range(values.shape[1]):
            out[one, k] += values[other, k]
