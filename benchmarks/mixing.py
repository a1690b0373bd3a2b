"""Parts of a drawn face laid over a moved photo: which pixels, fitted how, in which colours.

Used by `benchmarks.hidden`, which measures whether that comes nearer to the truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import gallery
from d2animator.faces.layouts import (
    INNER_LIPS,
    LEFT_EYE_OUTER,
    LIP_PAIRS,
    OUTER_LIPS,
    RIGHT_EYE_OUTER,
)
from d2animator.head.model import load_head
from d2animator.performers.photo.face import make_skin
from d2animator.performers.photo.photo import Photo
from d2animator.performers.photo.raster import draw_attributes
from d2animator.performers.photo.shapes import blurred, ellipse, filled, rim_line
from d2animator.performers.photo.surface import Surface
from d2animator.performers.photo.target import HeadTarget

Array = NDArray[Any]

MOUTH, CHEEK = "mouth", "cheek"
REGIONS = (MOUTH, CHEEK)
DRAWN = ("generator", "led", "known")
"""Views whose regions are laid over the photo's."""
DIM = 0.4
"""Skin that faced the source's camera less than this (cosine) was hardly shown."""
_LEAST_RING = 30
# How softly a cheek that is laid over ends, pixels.
_SOFT = 4.0
# So much is shown around a region, pixels.
_MARGIN = 14


class View(NamedTuple):
    """A picture (S, S, 3) of 0 to 255 with its landmarks (98, 2)."""

    picture: Array
    points: Array


class Head:
    """Which pixels of a moved photo show what the photo itself does not."""

    def __init__(self, photo: Photo) -> None:
        """Lay the head on the photo again, as its scene has done."""
        self._window, fit = photo.scene.window, photo.scene.fit
        points, origin = photo.subject.landmarks, self._window.origin
        self._surface = surface = Surface(load_head(), fit, points, origin)
        self._size = self._window.height, self._window.width
        self._picture = photo.scene.image.shape[:2]
        ones, start = np.ones((surface.vertex_count, 1), np.float32), surface.start
        _, depth = draw_attributes(surface.solid, start.places, start.depth, ones, self._size)
        skin = make_skin(surface, depth)
        x, y, z = surface.neutral[: len(skin.visible)].T
        dim = ~skin.visible | (start.normals[: len(skin.visible), 2] < DIM)
        self._kinds = np.zeros((surface.vertex_count, 3), np.float32)
        self._kinds[: len(dim), 0] = 1
        cheek = (np.abs(x) > 3) & (np.abs(y + 0.5) < 7.5) & (z > 1.5)
        self._kinds[: len(dim), 1] = dim & cheek & ~skin.detail
        self._kinds[: len(dim), 2] = ~dim | skin.detail

    def regions(self, target: HeadTarget) -> dict[str, Array]:
        """Masks (H, W) of 0 or 1 in a moved picture: the `REGIONS`, and ``skin`` of the photo's."""
        posed = self._surface.pose(target)
        columns = np.column_stack([self._kinds, posed.normals[:, 2]])
        places = np.ascontiguousarray(posed.places)
        shown, _ = draw_attributes(self._surface.solid, places, posed.depth, columns, self._size)
        skin = shown[..., 0] > 0.5
        lips = rim_line(posed.places[self._surface.points[88:96]])
        face = self._surface.triangles["face"]
        face = face[(face < self._surface.head.parts["face"][1]).all(1)]
        alone, _ = draw_attributes(face, places, posed.depth, self._kinds, self._size)
        found = {
            MOUTH: (filled(lips, self._size) > 128) & (alone[..., 0] < 0.5),
            CHEEK: (shown[..., 1] > 0.5) & (shown[..., 3] > DIM) & skin,
            "skin": alone[..., 2] > 0.5,
        }
        # Scraps and threads of skin are no cheek.
        cheek = np.asarray(found[CHEEK], np.uint8)
        found[CHEEK] = cv2.morphologyEx(cheek, cv2.MORPH_OPEN, ellipse(3)) > 0
        whole = {name: np.zeros(self._picture, np.float32) for name in found}
        for name, mask in found.items():
            whole[name][self._window.rows_columns] = mask
        return whole


def resampled(picture: Array, matrix: Array) -> Array:
    """Move a picture's places p (x, y) to ``matrix`` (2, 3) of (p, 1); the size stays."""
    centred = matrix.copy()
    centred[:, 2] += matrix[:, :2].sum(1) / 2 - 0.5
    size, border = picture.shape[1::-1], cv2.BORDER_REPLICATE
    return np.asarray(
        cv2.warpAffine(picture, centred, size, flags=cv2.INTER_CUBIC, borderMode=border)
    )


def fitted(view: View, to: View, region: str, mask: Array) -> Array:
    """Bring a picture to another's landmarks near a region, by an affine map."""
    weights = np.full(len(to.points), 1e-3)
    if region == MOUTH:
        weights[list(OUTER_LIPS)], weights[list(INNER_LIPS)] = 0.05, 1.0
    else:
        middle = np.argwhere(mask > 0.5).mean(0)[::-1]
        reach = 0.6 * np.linalg.norm(to.points[LEFT_EYE_OUTER] - to.points[RIGHT_EYE_OUTER])
        weights += np.exp(-(((to.points - middle) / reach) ** 2).sum(1))
    root = np.sqrt(weights)[:, None]
    ones = np.ones((len(weights), 1))
    matrix = np.linalg.lstsq(np.hstack([view.points, ones]) * root, to.points * root, rcond=None)[0]
    return resampled(view.picture, matrix.T)


def mixed(photo: Array, drawn: Array, mask: Array, skin: Array, region: str) -> Array:
    """Lay a fitted picture's region over the photo's, in the colours of the photo's skin around."""
    around = cv2.dilate(mask, np.ones((11, 11))) * (1 - cv2.dilate(mask, np.ones((3, 3)))) * skin
    ring = around > 0.5
    gain = np.ones(3)
    if ring.sum() >= _LEAST_RING:
        gain = (photo[ring].mean(0) / np.maximum(drawn[ring].mean(0), 1)).clip(0.5, 2)
    # Beside the opening lies the shadow of lips; a cheek fades into the skin beside it.
    cover = blurred(cv2.dilate(mask, np.ones((3, 3))), 0.5)
    if region == CHEEK:
        cover = np.maximum(mask, np.minimum(2 * blurred(mask, _SOFT), 1) * skin)
    return np.asarray((photo + (drawn * gain - photo) * cover[..., None]).clip(0, 255))


def error(picture: Array, truth: Array, mask: Array) -> dict[str, float]:
    """How far a mask's pixels are from the truth, and what its border looks like.

    Returns:
        ``mae``, the mean absolute error in grey levels; ``psnr`` in decibels; ``pattern``, the
        correlation of the luminances, which knows no brightness; ``edge``, the mean gradient along
        the border, in grey levels a pixel.
    """
    inside = mask > 0.5
    apart = (picture.astype(np.float64) - truth)[inside]
    psnr = 10 * np.log10(255**2 / max(float((apart**2).mean()), 1e-3))
    grey, due = (one.mean(-1).astype(np.float32) for one in (picture, truth))
    spread = min(float(one[inside].std()) for one in (grey, due))
    pattern = np.corrcoef(grey[inside], due[inside])[0, 1] if spread > 1e-3 else 0.0
    border = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0.5
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *way) / 8 for way in ((1, 0), (0, 1)))
    figures = {
        "mae": np.abs(apart).mean(),
        "psnr": psnr,
        "pattern": pattern,
        "edge": np.hypot(across, down)[border].mean(),
    }
    return {name: round(float(value), 3) for name, value in figures.items()}


def compared(
    views: Mapping[str, View], region: str, masks: Mapping[str, Array]
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Errors in a region by who drew it, where it stands and fitted; and the whole pictures."""
    photo, mask = views["photo"], masks[region]
    near = {name: fitted(view, photo, region, mask) for name, view in views.items()}
    pictures = {"photo": photo.picture, "generator": views["generator"].picture}
    for name in DRAWN:
        pictures[f"mixed {name}"] = mixed(photo.picture, near[name], mask, masks["skin"], region)
    flat = pictures["mixed generator"].copy()
    flat[mask > 0.5] = flat[mask > 0.5].mean(0)
    pictures["flat"] = flat
    looks, truth = pictures | {"generator": near["generator"]}, views["truth"].picture
    return {
        "pixels": int(mask.sum()),
        "place": {name: error(one, truth, mask) for name, one in pictures.items()},
        "look": {name: error(one, near["truth"], mask) for name, one in looks.items()},
    }, pictures | {"truth": near["truth"], "mask": mask}


def lips_gap(points: Array) -> float:
    """Mean distance of the inner lips of points (98, 2), over that of the eyes' outer corners."""
    eyes = np.linalg.norm(points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER])
    return float(np.mean([np.linalg.norm(points[a] - points[b]) for a, b in LIP_PAIRS]) / eyes)


def sheet(
    pictures: Sequence[Mapping[str, Array]], who: Sequence[str], each: int = 5, side: int = 192
) -> Array:
    """Some pairs for each region, close: the fitted truth, and what some have drawn."""
    lines = []
    for region in REGIONS:
        shown = [one for one in pictures if f"{region}, mask" in one]
        for place in np.linspace(0, len(shown) - 1, min(each, len(shown))).round():
            pair = shown[int(place)]
            rows, columns = np.nonzero(pair[f"{region}, mask"])
            half = int(max(np.ptp(rows), np.ptp(columns))) // 2 + _MARGIN
            corner = (int(rows.mean()) - half, int(columns.mean()) - half)
            parts = [pair[f"{region}, {name}"] for name in ("truth", *who)]
            lines.append([close(part, corner, 2 * half, side) for part in parts])
    return gallery.sheet(lines)


def close(picture: Array, corner: tuple[int, int], width: int, side: int) -> Array:
    """Cut a square out of a picture, black beyond it, and show it ``side`` pixels wide."""
    padded = np.pad(picture, ((width, width), (width, width), (0, 0)))
    top, left = corner[0] + width, corner[1] + width
    part = padded[top : top + width, left : left + width].clip(0, 255).round().astype(np.uint8)
    return np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_CUBIC))
