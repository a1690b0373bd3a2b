"""The head with its hair and neck as a grid over the photo that has the head's depth.

Hair, ears and neck are no part of the face's mesh, or lie beside it. A grid of small cells gets the
depth of the nearest part of the mesh, turns with the head and stays behind towards the shoulders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.background import Backdrop, head_share
from d2animator.performers.photo.pixels import compose, warp
from d2animator.performers.photo.points import mix, moved_bounds, nearest
from d2animator.performers.photo.raster import EMPTY, blank, fill, gather
from d2animator.performers.photo.shapes import (
    Box,
    blurred,
    box_around,
    sampled,
    smoothstep,
)
from d2animator.performers.photo.surface import Posed, Surface, follow_weight, held

Array = NDArray[np.float32]

_CELL_CM = 0.4
_SMALLEST_CELL = 2.0
# Beyond the silhouette the depth falls by so much a cm, up to a distance of so many cm.
_FALL, _FALL_CM = 0.25, 8.0
# So far beyond it hair lies in one even sheet, whatever the mesh's outline next to it.
_HAIR_BEGINS_CM, _HAIR_BLUR_CM = 2.0, 2.5
# Expressions reach so far beyond the mesh, and are smoothed: neighbours on the photo may be far
# apart on the head.
_EXPRESSION_REACH_CM, _EXPRESSION_BLUR_CM = 2.0, 0.55
_NEIGHBOURS = 6
# Pixels of nothing around the textures: as far as cubic interpolation reaches.
_MARGIN = 2
# A head that leaves a border it touched shows a mirrored strip of so many cm.
_BORDER_CM = 6.0
_SKULL_CM = 11.0


@dataclass(frozen=True, eq=False)
class MovedGrid:
    """The grid in one pose.

    Attributes:
        box: The part of the window that may differ from the photo; empty where nothing moves.
        places: Of the nodes, pixels of the window, (N, 2).
        depth: (N,).
        body: How far the body goes along, pixels (2,).
    """

    box: Box
    places: Array
    depth: Array
    body: Array


class HeadGrid:
    """The moving share of a photo, prepared once."""

    def __init__(
        self,
        image: NDArray[np.uint8],
        surface: Surface,
        backdrop: Backdrop,
        depth: Array,
        borders: tuple[bool, bool, bool, bool],
    ) -> None:
        """Lay the grid.

        Args:
            image: The window, (H, W, C).
            surface: The head on it.
            backdrop: The photo taken apart.
            depth: The mesh's depth at each pixel, (H, W).
            borders: Whether the window's left, top, right and bottom are the photo's own.
        """
        self._surface, self._backdrop = surface, backdrop
        self._size = image.shape[0], image.shape[1]
        pad = min(int(np.ceil(_BORDER_CM * surface.scale)), min(self._size) - 1)
        self._pad = max(pad, 1) if any(borders) else 0
        self._layer = _bordered(
            np.dstack([head_share(image, backdrop), backdrop.opacity]),
            self._pad,
            borders,
            _SKULL_CM * surface.scale,
        )
        self._lay(depth, borders)
        # Four channels each, with a border of nothing, which goes on beyond it.
        around = ((_MARGIN, _MARGIN), (_MARGIN, _MARGIN), (0, -self._layer.shape[2] % 4))
        whole = np.pad(self._layer, around)
        self._textures = [
            np.ascontiguousarray(whole[..., first : first + 4])
            for first in range(0, whole.shape[2], 4)
        ]
        self._sources = self.nodes + np.float32(self._pad + _MARGIN)
        del self._layer

    def _lay(self, depth: Array, borders: tuple[bool, bool, bool, bool]) -> None:
        surface, scale = self._surface, self._surface.scale
        cell = max(_SMALLEST_CELL, _CELL_CM * scale)
        height, width = self._size
        content = np.abs(self._layer).max(-1) > 0.02
        ys, xs = np.flatnonzero(content.any(1)), np.flatnonzero(content.any(0))
        if not len(ys):
            ys = xs = np.array([self._pad])
        low = np.array([xs[0], ys[0]]) - self._pad - 2 * cell
        high = np.array([xs[-1], ys[-1]]) - self._pad + 2 * cell
        columns = np.arange(low[0], high[0] + cell, cell)
        rows = np.arange(low[1], high[1] + cell, cell)
        self._shape = len(rows), len(columns)
        nodes = np.stack(np.meshgrid(columns, rows), -1).reshape(-1, 2)
        self.nodes = nodes.astype(np.float32)
        seen = np.flatnonzero(_visible(surface, depth))
        distance, order = nearest(surface.start.places[seen], nodes, _NEIGHBOURS)
        weights = 1 / (distance + 0.3 * scale) ** 2
        weights /= weights.sum(1, keepdims=True)
        beyond = distance[:, 0] / scale
        level = (surface.start.depth[seen][order] * weights).sum(1)
        level -= _FALL * np.minimum(beyond, _FALL_CM)
        inside = (nodes >= 0).all(1) & (nodes < [width, height]).all(1)
        own = np.where(inside, sampled(depth, nodes), EMPTY)
        level = np.where(own > EMPTY, own, level)
        rough = level.reshape(self._shape).astype(np.float32)
        even = blurred(rough, _HAIR_BLUR_CM * scale / cell)
        outside = smoothstep(beyond.reshape(self._shape) / _HAIR_BEGINS_CM)
        smooth = blurred(rough + outside * (even - rough), 1.2)
        self._depth = np.ascontiguousarray(smooth.reshape(-1), np.float32)
        self._places = surface.lifted(nodes, self._depth)
        self._follow = follow_weight(self._places, self._backdrop.cut)
        self._follow *= held(self._places, sampled(self._backdrop.hold, nodes))
        if not self._backdrop.cut:
            self._follow *= _clear_of_borders(nodes, self._size, borders)
        self._vertices = np.ascontiguousarray(seen[order], np.int32)
        reach = np.exp(-((beyond / _EXPRESSION_REACH_CM) ** 2))[:, None]
        self._weights = (weights * reach).astype(np.float32)
        self._sigma = _EXPRESSION_BLUR_CM * scale / cell
        self._triangles = self._used_triangles(content, cell)
        self._used = np.unique(self._triangles).astype(np.int32)

    def _used_triangles(self, content: NDArray[np.bool_], cell: float) -> NDArray[np.int32]:
        """The cells that show something of the head."""
        rows, columns = self._shape
        grown = cv2.dilate(content.astype(np.uint8), np.ones((2 * int(cell) + 3,) * 2, np.uint8))
        used = sampled(grown, self.nodes + self._pad).reshape(rows, columns)
        first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
        first = first[used[:-1, :-1].reshape(-1) > 0]
        below = first + columns
        upper = np.stack([first, below, first + 1], -1)
        lower = np.stack([first + 1, below, below + 1], -1)
        both = np.stack([upper, lower], 1).reshape(-1, 3)
        return np.ascontiguousarray(both, np.int32)

    def move(self, posed: Posed, cover: Box) -> MovedGrid:
        """Tell where the nodes go, and what of the window may then differ from the photo.

        Args:
            posed: The mesh.
            cover: Pixels that are wanted whether they move or not.
        """
        shift = np.empty((len(self.nodes), 3), np.float32)
        mix(posed.displacement, self._vertices, self._weights, shift)
        smooth = blurred(shift.reshape(*self._shape, 3), self._sigma).reshape(-1, 3)
        flat, depth = self._surface.project(
            self._places + smooth, posed.rotation, posed.scale, posed.translation
        )
        places = self.nodes + self._follow[:, None] * (flat - self.nodes)
        body = self._backdrop.body
        if body is not None and (reach := body.changed(posed.body)).width:
            places += (1 - self._follow)[:, None] * posed.body
            cover = cover.joined(reach)
        height, width = self._size
        cell = max(_SMALLEST_CELL, _CELL_CM * self._surface.scale)
        moved = moved_bounds(self.nodes, places, self._used)
        box = box_around(moved, 2 * cell).joined(cover).within(Box(0, 0, width, height))
        level = self._depth + self._follow * (depth - self._depth)
        return MovedGrid(box, places, level, posed.body)

    def draw(self, moved: MovedGrid, hidden: NDArray[np.bool_]) -> Array:
        """The moved head before what is behind it.

        Args:
            moved: Where the nodes are.
            hidden: Pixels (h, w) of its box that something else will cover wholly.

        Returns:
            The box's pixels (h, w, C), 0 to 255; of no meaning where they are hidden.
        """
        box = moved.box
        size = box.height, box.width
        depth, index, weights = blank(*size)
        fill(self._triangles, moved.places - box.origin, moved.depth, depth, index, weights)
        source = np.empty((*size, 2), np.float32)
        gather(index, weights, self._triangles, self._sources, source)
        shown = (index >= 0) & ~hidden
        parts = []
        for texture in self._textures:
            parts.append(np.empty((*size, 4), np.float32))
            warp(texture, source, shown, parts[-1])
        layer = parts[0] if len(parts) == 1 else np.ascontiguousarray(np.dstack(parts))
        behind = self._backdrop.behind[box.rows_columns]
        body = self._backdrop.body
        if body is not None and body.changed(moved.body).width:
            behind = body.shifted(moved.body, box)
        canvas = np.empty((*size, behind.shape[2]), np.float32)
        compose(layer, shown, behind, canvas)
        return canvas


def _visible(surface: Surface, depth: Array) -> NDArray[np.bool_]:
    """Which vertices of face and head the photo shows."""
    last = surface.head.parts["head"][1]
    start = surface.start
    near = sampled(cv2.dilate(depth, np.ones((3, 3), np.uint8)), start.places)
    shown = (start.depth > near - 0.7) & (start.normals[:, 2] > 0.12)
    shown[last:] = False
    if not shown.any():  # a fit that lies outside the picture
        shown[:last] = True
    return np.asarray(shown)


def _bordered(
    layer: Array, pad: int, borders: tuple[bool, bool, bool, bool], radius: float
) -> Array:
    """The layer with mirrored strips where what it shows touches the photo's border."""
    if not pad:
        return np.ascontiguousarray(layer)
    out: Any = cv2.copyMakeBorder(layer, pad, pad, pad, pad, cv2.BORDER_REFLECT_101)
    opacity = layer[..., -1]
    inner, near, far = slice(pad, -pad), slice(0, pad), slice(-pad, None)
    sides = (opacity[:, 0], opacity[0], opacity[:, -1], opacity[-1])
    left, top, right, bottom = (
        _crown(side, pad, radius) * np.float32(own)
        for side, own in zip(sides, borders, strict=True)
    )
    out[inner, near] *= left[::-1].T[..., None]
    out[inner, far] *= right.T[..., None]
    out[near, inner] *= top[::-1, :, None]
    out[far, inner] *= bottom[..., None]
    for rows in (near, far):
        out[rows, near] = out[rows, far] = 0  # the corners, which tell nothing
    return np.ascontiguousarray(out)


def _crown(border: Array, pad: int, radius: float) -> Array:
    """What goes on beyond a border that cuts the head off: a round skull, no more.

    Args:
        border: Opacity along the border, (n,).
        pad: Rows to make.
        radius: Of the skull with its hair, pixels.

    Returns:
        Opacity (pad, n), the row nearest to the border first.
    """
    touching = np.pad((border > 0.5).astype(np.uint8), 1)
    edges = np.flatnonzero(np.diff(touching))
    height = np.full(len(border), -3.0, np.float32)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        # What is cut off by the picture's corner, too, goes on straight.
        start = first - len(border) if first == 0 else first
        stop = last + len(border) if last == len(border) else last
        middle, half = (start + stop - 1) / 2, (stop - start) / 2
        arc = max(radius, half)
        along = np.arange(first, last) - middle
        rise = np.sqrt(np.maximum(arc**2 - along**2, 0)) - np.sqrt(max(arc**2 - half**2, 0))
        height[first:last] = np.minimum(rise, pad)
    rows = np.arange(pad, dtype=np.float32)[:, None] + 0.5
    return np.asarray(smoothstep((height - rows) / 3 + 0.5), np.float32)


def _clear_of_borders(
    nodes: NDArray[np.float64], size: tuple[int, int], borders: tuple[bool, bool, bool, bool]
) -> Array:
    """0 at the photo's borders, 1 away from them: a sheet of rubber is held there."""
    height, width = size
    left, top, right, bottom = borders
    far = np.full(len(nodes), np.inf)
    for own, distance in (
        (left, nodes[:, 0]),
        (top, nodes[:, 1]),
        (right, width - nodes[:, 0]),
        (bottom, height - nodes[:, 1]),
    ):
        if own:
            far = np.minimum(far, distance)
    return np.asarray(smoothstep(far / (0.05 * max(size))), np.float32)
