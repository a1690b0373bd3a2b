"""Triangles to pixels: which triangle each sample shows, and where in it.

Convention: a picture's sample (row, column) lies at x = column + .5, y = row + .5; depth grows
towards the viewer. Everything here is deterministic: of equal depths the first triangle wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.compiled import compiled

Array = NDArray[np.float32]
Indices = NDArray[np.int32]
Mask = NDArray[np.bool_]

EMPTY = np.float32(-1e9)
"""Depth of a sample that no triangle covers."""

# Weights of a sample on a triangle's edge may be this much below 0.
_OUTSIDE = np.float32(-1e-5)
# Neighbours on the picture that lie so many of the photo's pixels apart are of two surfaces.
_JUMP = np.float32(2.5)


@compiled(
    "int32[:, ::1], float32[:, ::1], float32[::1], float32[:, ::1], int32[:, ::1], "
    "float32[:, :, ::1]"
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
                if wa >= _OUTSIDE and wb >= _OUTSIDE and wc >= _OUTSIDE:
                    z = wa * za + wb * zb + wc * zc
                    if z > buffer[y, x]:
                        buffer[y, x] = z
                        index[y, x] = number
                        weights[y, x, 0] = wa
                        weights[y, x, 1] = wb
                wa += step_a
                wb += step_b


@compiled("int32[:, ::1], float32[:, :, ::1], int32[:, ::1], float32[:, ::1], float32[:, :, ::1]")
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
    "int32[:, ::1], float32[:, :, ::1], int32[:, ::1], float32[:, ::1], float32, boolean[:, ::1]"
)
def find_edges(
    index: Indices, values: Array, edges: Indices, places: Array, jump: np.float32, found: Mask
) -> None:
    """Mark pixels in which one sample may not tell all: at a mesh's edges and before its folds.

    Args:
        index: Triangle of each pixel, (H, W); -1 where there is none.
        values: Place on the photo as the first two of (H, W, K).
        edges: Those of one triangle only, as vertex numbers, (E, 2).
        places: Vertices in pixels, (N, 2).
        jump: From here on neighbours on the picture are no neighbours on the photo, in its pixels.
        found: (H, W), to be marked.
    """
    height, width = index.shape
    for y in range(height):
        for x in range(width):
            for k in range(2):
                row, column = y + k, x + 1 - k
                if row >= height or column >= width:
                    continue
                one, other = index[y, x] >= 0, index[row, column] >= 0
                apart = abs(values[y, x, 0] - values[row, column, 0])
                apart += abs(values[y, x, 1] - values[row, column, 1])
                if one != other or (one and apart > jump):
                    found[y, x] = found[row, column] = True
    for number in range(edges.shape[0]):
        ax, ay = places[edges[number, 0], 0], places[edges[number, 0], 1]
        bx, by = places[edges[number, 1], 0], places[edges[number, 1], 1]
        if not (abs(ax) + abs(ay) + abs(bx) + abs(by) < 1e6):
            continue
        steps = int(2 * max(abs(bx - ax), abs(by - ay))) + 1
        for step in range(steps + 1):
            part = np.float32(step) / np.float32(steps)
            column, row = int(np.floor(ax + part * (bx - ax))), int(np.floor(ay + part * (by - ay)))
            for near_row in range(max(row - 1, 0), min(row + 2, height)):
                for near_column in range(max(column - 1, 0), min(column + 2, width)):
                    found[near_row, near_column] = True


@compiled(
    "int32[:, ::1], float32[:, ::1], float32[::1], int32[:, ::1], float32[:, ::1], "
    "int32[:, ::1], float32[:, :, ::1]"
)
def fill_samples(
    triangles: Indices,
    places: Array,
    depth: Array,
    slots: Indices,
    buffer: Array,
    index: Indices,
    weights: Array,
) -> None:
    """Draw triangles into the 2 x 2 samples of some pixels, in place; see `fill`.

    Args:
        triangles: (T, 3).
        places: Vertices in pixels, (N, 2).
        depth: (N,).
        slots: Number of each pixel that is wanted, (H, W); -1 for the others.
        buffer: Depth of these pixels' samples, row by row, (M, 4).
        index: Their triangles, (M, 4).
        weights: (M, 4, 2).
    """
    height, width = slots.shape
    for number in range(triangles.shape[0]):
        a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
        ax, ay, bx, by = places[a, 0], places[a, 1], places[b, 0], places[b, 1]
        cx, cy = places[c, 0], places[c, 1]
        left, right = min(ax, bx, cx), max(ax, bx, cx)
        top, bottom = min(ay, by, cy), max(ay, by, cy)
        if not (right >= 0 and left < width and bottom >= 0 and top < height):
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if not abs(area) > 1e-9:
            continue
        inverse = np.float32(1.0) / area
        first_x, last_x = int(max(left, np.float32(0))), int(min(right, np.float32(width - 1)))
        first_y, last_y = int(max(top, np.float32(0))), int(min(bottom, np.float32(height - 1)))
        for y in range(first_y, last_y + 1):
            for x in range(first_x, last_x + 1):
                slot = slots[y, x]
                if slot < 0:
                    continue
                for k in range(4):
                    px = np.float32(x) + np.float32(0.25 + 0.5 * (k % 2)) - ax
                    py = np.float32(y) + np.float32(0.25 + 0.5 * (k // 2)) - ay
                    wb = (px * (cy - ay) - py * (cx - ax)) * inverse
                    wc = (py * (bx - ax) - px * (by - ay)) * inverse
                    wa = np.float32(1.0) - wb - wc
                    if wa >= _OUTSIDE and wb >= _OUTSIDE and wc >= _OUTSIDE:
                        z = wa * depth[a] + wb * depth[b] + wc * depth[c]
                        if z > buffer[slot, k]:
                            buffer[slot, k] = z
                            index[slot, k] = number
                            weights[slot, k, 0] = wa
                            weights[slot, k, 1] = wb


@compiled(
    "int32[:, ::1], float32[:, :, ::1], float32[:, ::1], int32[:, ::1], float32[:, ::1], "
    "float32[:, ::1], float32[:, ::1], float32[:, ::1]"
)
def resolve(
    index: Indices,
    weights: Array,
    depth: Array,
    triangles: Indices,
    attributes: Array,
    sample: Array,
    near: Array,
    far: Array,
) -> None:
    """Average 2 x 2 samples to a pixel, without mixing what lies apart on the photo.

    A pixel at a border shows two surfaces, such as both lips: the mean of their places on the photo
    would be a place between them, which belongs to neither. So the nearest surface and the rest are
    averaged apart.

    Args:
        index: Triangle of each sample, (M, 4); -1 where there is none.
        weights: (M, 4, 2).
        depth: (M, 4).
        triangles: (T, 3).
        attributes: Of each vertex, (N, K): place on the photo in pixels (x, y), opacity, others.
        sample: Place for those of a pixel's samples, (4, K).
        near: The nearest surface's means, the opacity times the share of the pixel that it covers,
            (M, K); an opacity of 0 where there is none.
        far: The rest, likewise.
    """
    count, kinds = near.shape
    for pixel in range(count):
        seen, best = 0, 0
        deepest = np.float32(-1e30)
        for k in range(4):
            number = index[pixel, k]
            if number < 0:
                continue
            a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
            wa, wb = weights[pixel, k, 0], weights[pixel, k, 1]
            wc = np.float32(1.0) - wa - wb
            for j in range(kinds):
                sample[seen, j] = (
                    wa * attributes[a, j] + wb * attributes[b, j] + wc * attributes[c, j]
                )
            if depth[pixel, k] > deepest:
                deepest, best = depth[pixel, k], seen
            seen += 1
        together = 0
        for k in range(seen):
            apart = abs(sample[k, 0] - sample[best, 0]) + abs(sample[k, 1] - sample[best, 1])
            out = near if apart <= 3.0 else far
            together += 1 if apart <= 3.0 else 0
            for j in range(kinds):
                out[pixel, j] += sample[k, j]
        if together > 0:
            for j in range(kinds):
                near[pixel, j] /= np.float32(4 if j == 2 else together)
        if seen > together:
            for j in range(kinds):
                far[pixel, j] /= np.float32(4 if j == 2 else seen - together)


@compiled("int32[:, ::1], float32[:, ::1], float32[:, ::1]")
def normals(triangles: Indices, vertices: Array, out: Array) -> None:
    """Unit normals (N, 3) of vertices (N, 3), weighted by the area of their triangles."""
    for vertex in range(out.shape[0]):
        out[vertex, 0] = out[vertex, 1] = out[vertex, 2] = 0
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


@dataclass(frozen=True, eq=False)
class Split:
    """Pixels that may show more than one surface.

    Attributes:
        pixels: Their rows and columns, (M,) each.
        far: Attributes of what is not the nearest surface, (M, K), see `resolve`.
    """

    pixels: tuple[NDArray[np.intp], NDArray[np.intp]]
    far: Array


def draw_smoothly(
    mesh: tuple[Indices, Indices], places: Array, depth: Array, values: Array, size: tuple[int, int]
) -> tuple[Array, Split, tuple[Indices, Array]]:
    """Attributes of a mesh, with the coverage of pixels at its edges and folds.

    Within a surface one sample at a pixel's middle tells as much as several around it; only at
    edges and folds are there 2 x 2, see `resolve`.

    Args:
        mesh: Triangles (T, 3), and the edges (E, 2) that belong to one of them alone.
        places: Vertices in pixels, (N, 2).
        depth: (N,).
        values: Attributes (N, K): place on the photo in pixels (x, y), opacity, others.
        size: (H, W).

    Returns:
        The nearest surface's attributes (H, W, K), the pixels with several samples, and triangle
        (H, W) and weights (H, W, 2) at the pixels' middles.
    """
    triangles, edges = mesh
    values = np.ascontiguousarray(values, np.float32)
    buffer, index, weights = blank(*size)
    fill(triangles, places, depth, buffer, index, weights)
    near = np.zeros((*size, values.shape[1]), np.float32)
    gather(index, weights, triangles, values, near)
    found = np.zeros(size, np.bool_)
    find_edges(index, near, edges, places, _JUMP, found)
    rows, columns = np.nonzero(found)
    pixels, count = (rows, columns), len(rows)
    slots = np.full(size, -1, np.int32)
    slots[pixels] = np.arange(count, dtype=np.int32)
    samples = blank(count, 4)
    fill_samples(triangles, places, depth, slots, *samples)
    sample, mean, far = (np.zeros((n, values.shape[1]), np.float32) for n in (4, count, count))
    resolve(samples[1], samples[2], samples[0], triangles, values, sample, mean, far)
    near[pixels] = mean
    return near, Split(pixels, far), (index, weights)


def lone_edges(triangles: Indices) -> Indices:
    """The edges (E, 2) of triangles (T, 3) that belong to one of them alone."""
    a, b, c = triangles.T
    both = np.stack([np.concatenate([a, b, c]), np.concatenate([b, c, a])], 1)
    edges, times = np.unique(np.sort(both, 1), axis=0, return_counts=True)
    return np.ascontiguousarray(edges[times == 1], np.int32)
