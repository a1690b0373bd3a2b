"""Triangles to pixels: which triangle each sample shows, and where in it.

Convention: a picture's sample (row, column) lies at x = column + .5, y = row + .5; depth grows
towards the viewer. Everything here is deterministic: of equal depths the first triangle wins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.compiled import compiled

Array = NDArray[np.float32]
Indices = NDArray[np.int32]

EMPTY = np.float32(-1e9)
"""Depth of a sample that no triangle covers."""


@compiled(
    "void(int32[:, ::1], float32[:, ::1], float32[::1], float32[:, ::1], int32[:, ::1], "
    "float32[:, :, ::1])"
)
def fill(
    triangles: Indices, places: Array, depth: Array, buffer: Array, index: Indices, weights: Array
) -> None:
    """Draw triangles into a depth buffer, in place.

    Args:
        triangles: Corners as vertex numbers, (T, 3).
        places: Vertices in samples, (N, 2).
        depth: (N,).
        buffer: Depth of what each sample shows so far, (H, W).
        index: Its triangle, (H, W).
        weights: Weights of that triangle's first two corners, (H, W, 2).
    """
    height, width = buffer.shape
    for number in range(triangles.shape[0]):
        a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
        ax, ay = places[a, 0] - np.float32(0.5), places[a, 1] - np.float32(0.5)
        bx, by = places[b, 0] - np.float32(0.5), places[b, 1] - np.float32(0.5)
        cx, cy = places[c, 0] - np.float32(0.5), places[c, 1] - np.float32(0.5)
        left, right = min(ax, bx, cx), max(ax, bx, cx)
        top, bottom = min(ay, by, cy), max(ay, by, cy)
        # Written so that a place that is no number is left out, too.
        if not (right >= 0 and left <= width - 1 and bottom >= 0 and top <= height - 1):
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if not abs(area) > 1e-9:
            continue
        inverse = np.float32(1.0) / area
        first_x, last_x = int(np.ceil(max(left, 0.0))), int(np.floor(min(right, width - 1)))
        first_y, last_y = int(np.ceil(max(top, 0.0))), int(np.floor(min(bottom, height - 1)))
        step_a, step_b = (by - cy) * inverse, (cy - ay) * inverse
        za, zb, zc = depth[a], depth[b], depth[c]
        for y in range(first_y, last_y + 1):
            wa = ((bx - first_x) * (cy - y) - (by - y) * (cx - first_x)) * inverse
            wb = ((cx - first_x) * (ay - y) - (cy - y) * (ax - first_x)) * inverse
            for x in range(first_x, last_x + 1):
                wc = np.float32(1.0) - wa - wb
                if wa >= -1e-5 and wb >= -1e-5 and wc >= -1e-5:
                    z = wa * za + wb * zb + wc * zc
                    if z > buffer[y, x]:
                        buffer[y, x] = z
                        index[y, x] = number
                        weights[y, x, 0] = wa
                        weights[y, x, 1] = wb
                wa += step_a
                wb += step_b


@compiled(
    "void(int32[:, ::1], float32[:, :, ::1], int32[:, ::1], float32[:, ::1], float32[:, :, ::1])"
)
def gather(
    index: Indices, weights: Array, triangles: Indices, attributes: Array, values: Array
) -> None:
    """Write the attributes (N, K) of what each sample shows into ``values`` (H, W, K)."""
    height, width = index.shape
    for y in range(height):
        for x in range(width):
            number = index[y, x]
            if number < 0:
                continue
            a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
            wa, wb = weights[y, x, 0], weights[y, x, 1]
            wc = np.float32(1.0) - wa - wb
            for k in range(attributes.shape[1]):
                values[y, x, k] = (
                    wa * attributes[a, k] + wb * attributes[b, k] + wc * attributes[c, k]
                )


@compiled(
    "void(int32[:, ::1], float32[:, :, ::1], float32[:, ::1], int32[:, ::1], float32[:, ::1], "
    "float32[:, :, ::1], float32[:, :, ::1])"
)
def resolve(
    index: Indices,
    weights: Array,
    depth: Array,
    triangles: Indices,
    attributes: Array,
    near: Array,
    far: Array,
) -> None:
    """Average 2 x 2 samples to a pixel, without mixing what lies apart on the photo.

    A pixel at a border shows two surfaces, such as both lips: the mean of their places on the photo
    would be a place between them, which belongs to neither. So the nearest surface and the rest are
    averaged apart.

    Args:
        index: Triangle of each sample, (2H, 2W); -1 where there is none.
        weights: (2H, 2W, 2).
        depth: (2H, 2W).
        triangles: (T, 3).
        attributes: Of each vertex, (N, K): place on the photo in pixels (x, y), opacity, others.
        near: The nearest surface's means, the opacity times the share of the pixel that it covers,
            (H, W, K); an opacity of 0 where there is none.
        far: The rest, likewise.
    """
    height, width, kinds = near.shape
    sample = np.zeros((4, kinds), np.float32)
    for y in range(height):
        for x in range(width):
            count, best = 0, 0
            deepest = np.float32(-1e30)
            for k in range(4):
                row, column = 2 * y + k // 2, 2 * x + k % 2
                number = index[row, column]
                if number < 0:
                    continue
                a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
                wa, wb = weights[row, column, 0], weights[row, column, 1]
                wc = np.float32(1.0) - wa - wb
                for j in range(kinds):
                    sample[count, j] = (
                        wa * attributes[a, j] + wb * attributes[b, j] + wc * attributes[c, j]
                    )
                if depth[row, column] > deepest:
                    deepest, best = depth[row, column], count
                count += 1
            together = 0
            for k in range(count):
                apart = abs(sample[k, 0] - sample[best, 0]) + abs(sample[k, 1] - sample[best, 1])
                out = near if apart <= 3.0 else far
                together += 1 if apart <= 3.0 else 0
                for j in range(kinds):
                    out[y, x, j] += sample[k, j]
            if together > 0:
                for j in range(kinds):
                    near[y, x, j] /= np.float32(4 if j == 2 else together)
            if count > together:
                for j in range(kinds):
                    far[y, x, j] /= np.float32(4 if j == 2 else count - together)


@compiled("void(int32[:, ::1], float32[:, ::1], float32[:, ::1])")
def normals(triangles: Indices, vertices: Array, out: Array) -> None:
    """Unit normals (N, 3) of vertices (N, 3), weighted by the area of their triangles."""
    out[:] = 0.0
    for number in range(triangles.shape[0]):
        a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
        ux, uy, uz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        vx, vy, vz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            out[corner, 0] += nx
            out[corner, 1] += ny
            out[corner, 2] += nz
    for vertex in range(out.shape[0]):
        x, y, z = out[vertex, 0], out[vertex, 1], out[vertex, 2]
        inverse = np.float32(1.0) / (np.sqrt(x * x + y * y + z * z) + np.float32(1e-9))
        out[vertex, 0], out[vertex, 1], out[vertex, 2] = x * inverse, y * inverse, z * inverse


def blank(height: int, width: int) -> tuple[Array, Indices, Array]:
    """Buffers for `fill`: depth, triangle, weights."""
    return (
        np.full((height, width), EMPTY, np.float32),
        np.full((height, width), -1, np.int32),
        np.zeros((height, width, 2), np.float32),
    )


def draw_attributes(
    triangles: Indices, places: Array, depth: Array, attributes: Array, size: tuple[int, int]
) -> tuple[Array, Array]:
    """Attributes (H, W, K) and depth (H, W) of a mesh; 0 and `EMPTY` where there is none.

    Args:
        triangles: (T, 3).
        places: (N, 2) in samples.
        depth: (N,).
        attributes: (N, K).
        size: (H, W).
    """
    buffer, index, weights = blank(*size)
    fill(triangles, places, depth, buffer, index, weights)
    values = np.zeros((*size, attributes.shape[1]), np.float32)
    gather(index, weights, triangles, np.ascontiguousarray(attributes, np.float32), values)
    return values, buffer
