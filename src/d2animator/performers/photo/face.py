"""The face: the mesh with the photo as its texture, with real holes at lids and lips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.pixels import lay_over, warp
from d2animator.performers.photo.points import Neighbours, nearest
from d2animator.performers.photo.raster import Split, draw_smoothly, gather, lone_edges
from d2animator.performers.photo.shading import Light, light_ratio, smoothed_ratio
from d2animator.performers.photo.shapes import (
    Box,
    blurred,
    box_around,
    filled,
    remapped,
    rim_line,
    sampled,
    smoothstep,
)
from d2animator.performers.photo.surface import EYE_RIMS, Posed, Surface

Array = NDArray[np.float32]

# Lips further apart than this show teeth; their texture then keeps so far from the opening.
_TEETH_GAP_CM, _RIM_CM = 0.12, 0.07
# Below this much use the mirrored texture is not worth drawing.
_MIRROR_FROM = 0.05


@dataclass(frozen=True, eq=False)
class Skin:
    """The face's texture, in the photo's pixels.

    Attributes:
        places: Where on the photo each vertex of the face takes its colour, (F, 2).
        opacity: (F,); 0 where the photo does not show it.
        detail: Which vertices belong to eyes and mouth, (F,).
        visible: Which ones the photo shows, (F,).
        folded: How surely a vertex lies in a lid's fold, which the photo does not show, (F,).
    """

    places: Array
    opacity: Array
    detail: NDArray[np.bool_]
    visible: NDArray[np.bool_]
    folded: Array


@dataclass(frozen=True, eq=False)
class Mirror:
    """Texture from the other half of the face, for skin that the photo sees edge-on.

    Attributes:
        places: As `Skin.places`, of each vertex's counterpart, (F, 2).
        need: How much worse a vertex is seen than its counterpart, 0 to 1, (F,).
        gain: Colour here over colour there, (F, 3).
    """

    places: Array
    need: Array
    gain: Array


@dataclass(frozen=True, eq=False)
class Shown:
    """The posed face, pixel by pixel, within a box of the window.

    Attributes:
        box: Where.
        near: Place on the photo, opacity, light and fold of the nearest surface, (h, w, 5).
        split: What else pixels at borders show.
        mirror: Place, need and gain of the mirrored texture, (h, w, 6); None if it is not needed.
    """

    box: Box
    near: Array
    split: Split
    mirror: Array | None


class Face:
    """The face's mesh, ready to be drawn."""

    def __init__(self, surface: Surface, skin: Skin, mirror: Mirror | None, light: Light) -> None:
        """Keep what is drawn; the bridge between eyelids and eyeballs' sockets is left out."""
        self._surface, self._skin, self._mirror, self._light = surface, skin, mirror, light
        self._count = surface.head.parts["face"][1]
        triangles = surface.triangles["face"]
        triangles = np.ascontiguousarray(triangles[(triangles < self._count).all(1)])
        self._mesh = triangles, lone_edges(triangles)

    @property
    def places(self) -> Array:
        """Where on the photo each vertex takes its colour, (F, 2)."""
        return self._skin.places

    def show(
        self, posed: Posed, window: Box, strength: float, sources: Array | None = None
    ) -> Shown | None:
        """What each pixel shows of the face; None where it lies outside the window.

        Args:
            posed: The mesh.
            window: Its pixels.
            strength: Of the light's change, 0 to 1.
            sources: Where on the photo the vertices take their colours now; None for `places`.
        """
        places = posed.places[: self._count]
        box = box_around(places, 1).within(window)
        if not box.holds():
            return None
        ratio = light_ratio(self._light, self._surface, posed, strength)
        use = self._mirror_use(posed)
        opacity = self._skin.opacity if use is None else np.maximum(self._skin.opacity, use)
        own = self._skin.places if sources is None else sources
        near, split, (index, weights) = draw_smoothly(
            self._mesh,
            places - box.origin,
            posed.depth[: self._count],
            np.column_stack([own, opacity, ratio, self._skin.folded]),
            (box.height, box.width),
        )
        mirror = None
        if use is not None and self._mirror is not None:
            columns = np.column_stack([self._mirror.places, use, self._mirror.gain])
            mirror = np.zeros((box.height, box.width, 6), np.float32)
            values = np.ascontiguousarray(columns, np.float32)
            gather(index, weights, self._mesh[0], values, mirror)
        return Shown(box, near, split, mirror)

    def colour(self, image: Array, shown: Shown) -> Array:
        """Colours (h, w, 4) of the shown face, the last of no meaning, without its light's change.

        Args:
            image: The window, (H, W, 4), 0 to 255.
            shown: What is seen of the face.
        """
        colour = np.zeros((*shown.near.shape[:2], 4), np.float32)
        warp(image, shown.near, shown.near[..., 2] > 0, colour)
        if shown.mirror is not None:
            used = shown.mirror[..., 2] > 0
            other = np.zeros_like(colour)
            warp(image, shown.mirror, used, other)
            own, use = colour[..., :3], shown.mirror[..., 2:3]
            own += (other[..., :3] * shown.mirror[..., 3:6] - own) * use
        return colour

    def colour_beside(self, image: NDArray[np.uint8], shown: Shown) -> Array:
        """Colours (M, 3) of what pixels at borders show besides; 0 where they show nothing else.

        Args:
            image: The window, (H, W, 3).
            shown: What is seen of the face.
        """
        far = shown.split.far
        colour = np.zeros((len(far), 3), np.float32)
        also = far[:, 2] > 0
        if also.any():
            places = np.ascontiguousarray(far[also][None, :, :2])
            colour[also] = remapped(image, places, cv2.INTER_LINEAR)[0]
        return colour

    def blend(
        self, canvas: Array, shown: Shown, colour: Array, beside: Array, share: float
    ) -> None:
        """Lay the face over a canvas of the same box, in place.

        Args:
            canvas: (h, w, 3), 0 to 255.
            shown: What is seen of the face.
            colour: Its colours, as `colour` gives them.
            beside: Those of `colour_beside`.
            share: How far the layer has faded in, 0 to 1.
        """
        opacity = np.ascontiguousarray(shown.near[..., 2])
        light = smoothed_ratio(shown.near[..., 3], opacity, self._surface.scale)
        far = shown.split.far
        also = far[:, 2] > 0
        if also.any():
            rows, columns = (place[also] for place in shown.split.pixels)
            far, other = far[also], beside[also]
            own = opacity[rows, columns][:, None]
            total = own + far[:, 2:3]
            mixed = colour[rows, columns, :3] * own + other * far[:, 2:3]
            colour[rows, columns, :3] = mixed / np.maximum(total, 1e-3)
            opacity[rows, columns] = total[:, 0]
        lay_over(canvas, colour, light, opacity, np.float32(share))

    def _mirror_use(self, posed: Posed) -> Array | None:
        """How far each vertex takes the mirrored texture: where it has turned into sight."""
        if self._mirror is None:
            return None
        turned = posed.normals[: self._count, 2] - self._surface.start.normals[: self._count, 2]
        use = self._mirror.need * smoothstep((turned - 0.03) / 0.2)
        return np.asarray(use, np.float32) if use.max() >= _MIRROR_FROM else None


def make_skin(surface: Surface, depth: Array) -> Skin:
    """Where each vertex of the face takes its colour from.

    Args:
        surface: The head on the photo.
        depth: Depth of the mesh at each pixel, (H, W).
    """
    count = surface.head.parts["face"][1]
    triangles = surface.triangles["face"]
    triangles = triangles[(triangles < count).all(1)]
    near = Neighbours(triangles, count)
    start = surface.start
    in_front = sampled(cv2.dilate(depth, np.ones((3, 3), np.uint8)), start.places[:count])
    facing = start.normals[:count, 2]
    visible = (start.depth[:count] > in_front - 0.7) & (facing > 0.12)
    mouth, eyes = _detail(surface, count)
    detail = mouth | eyes
    # Behind the rims of lips and lids lies skin that the photo does not show: it takes the colour
    # of the nearest that is seen on the same lip.
    hidden = detail & ~visible
    places = start.places[:count].astype(np.float64)
    known = (~hidden).astype(float)
    values = places * known[:, None]
    for _ in range(60):
        total = near.sums(known)
        mean = near.sums(values) / np.maximum(total, 1e-9)[:, None]
        reached = hidden & (total > 0)
        values[reached] = mean[reached]
        known[reached] = 1
    places = np.where(hidden[:, None] & (known[:, None] > 0), values, places)
    opacity = np.where(detail, 1.0, visible.astype(float))
    # The neck is the grid's.
    opacity *= smoothstep((surface.neutral[:count, 1] + 13.5) / 4.5)
    opacity[~detail & (facing < 0.25)] = 0
    degree = near.sums(np.ones(count)) + 1
    for _ in range(6):
        opacity = np.where(
            detail, opacity, np.minimum(opacity, (near.sums(opacity) + opacity) / degree)
        )
    folded = (eyes & ~visible).astype(np.float64)
    for _ in range(3):
        folded = (near.sums(folded) + folded) / degree
    places = _off_the_rim(places, mouth, surface, depth.shape)
    return Skin(
        places.astype(np.float32),
        opacity.astype(np.float32),
        detail,
        visible,
        folded.astype(np.float32),
    )


def _off_the_rim(
    places: NDArray[np.float64], mouth: NDArray[np.bool_], surface: Surface, size: tuple[int, ...]
) -> NDArray[np.float64]:
    """Texture places with the lips' inner edges moved onto the lips, off the photo's teeth."""
    scale = surface.scale
    line = rim_line(surface.landmarks[88:96])
    gap = np.linalg.norm(surface.landmarks[90] - surface.landmarks[94]) / scale
    box = box_around(line, 0.8 * scale).within(Box(0, 0, size[1], size[0]))
    if gap < _TEETH_GAP_CM or not box.holds(8):
        return places
    opening = filled(line - box.origin, (box.height, box.width)) > 128
    outside = cv2.distanceTransform((~opening).astype(np.uint8), cv2.DIST_L2, 5)
    inside = cv2.distanceTransform(opening.astype(np.uint8), cv2.DIST_L2, 5)
    away = blurred((outside - inside).astype(np.float32), 0.03 * scale + 0.5)
    slope = np.dstack([cv2.Sobel(away, cv2.CV_32F, 1, 0), cv2.Sobel(away, cv2.CV_32F, 0, 1)]) / 8
    own = places[mouth] - box.origin
    missing = np.clip(_RIM_CM * scale - sampled(away, own), 0, 0.3 * scale)
    inner = (np.abs(own - [box.width / 2, box.height / 2]) < [box.width / 2, box.height / 2]).all(1)
    moved = places.copy()
    moved[mouth] += sampled(slope, own) * (missing * inner)[:, None]
    return moved


def make_mirror(image: NDArray[np.uint8], surface: Surface, skin: Skin) -> Mirror | None:
    """Texture for skin that is seen edge-on, from the other half of the face; None if all is seen.

    Args:
        image: The window, (H, W, 3).
        surface: The head on it.
        skin: The face's texture.
    """
    count = len(skin.opacity)
    mean = surface.head.vertices[:count]
    other = nearest(mean, mean * np.array([-1, 1, 1], np.float32))[1][:, 0]
    facing = surface.start.normals[:count, 2]
    x, y, z = surface.neutral[:count].T
    need = smoothstep((0.55 - facing) / 0.35) * smoothstep((facing[other] - facing - 0.12) / 0.2)
    need *= facing[other] > 0.3
    need *= smoothstep((8.2 - np.abs(x)) / 1.2) * smoothstep((y + 9.5) / 2.5)
    need *= smoothstep((9.5 - y) / 2.5) * smoothstep((z - 1.5) / 2.5)
    need = np.where(skin.detail, 0, need)
    if (need > 0.3).sum() <= 40:
        return None
    smooth = blurred(image.astype(np.float32), surface.scale * 0.8)
    low = sampled(smooth, surface.start.places[:count])
    ratio = low / np.maximum(low[other], 8)
    seen = skin.visible & ~skin.detail & (facing > 0.3)
    told = seen & seen[other] & (np.abs(x) > 2)
    gain = np.ones((count, 3))
    for side in (-1, 1):
        own, samples = (
            np.flatnonzero(np.sign(x) == side),
            np.flatnonzero((np.sign(x) == side) & told),
        )
        if len(samples) < 60:
            continue
        distance, order = nearest(surface.neutral[samples], surface.neutral[own], 60)
        weight = 1 / (distance + 1.0) ** 2
        mean_ratio = (ratio[samples][order] * weight[..., None]).sum(1)
        gain[own] = mean_ratio / weight.sum(1)[:, None]
    return Mirror(
        skin.places[other],
        need.astype(np.float32),
        np.clip(gain, 0.45, 2.2).astype(np.float32),
    )


def _detail(surface: Surface, count: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Vertices around the mouth, and around the eyes, (F,) each."""
    places = surface.neutral[:count]

    def near(points: Any, x_cm: float, y_cm: float) -> NDArray[np.bool_]:
        middle = surface.neutral[surface.points[points]].mean(0)
        away = np.abs(places - middle)
        return np.asarray((away[:, 0] < x_cm) & (away[:, 1] < y_cm))

    eyes = near(EYE_RIMS[0], 2.0, 1.3) | near(EYE_RIMS[1], 2.0, 1.3)
    return near(slice(76, 96), 3.6, 2.2), eyes
