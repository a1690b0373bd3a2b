"""What a lid shows when it closes: skin where the photo has an eye, and the lashes' colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.shapes import blurred, filled, remapped, rim_line, smoothstep

Array = NDArray[np.float32]

# How far a lid's skin reaches beyond the eye, in its widths: beside, above, below.
_GROWN = (0.1, 0.17, 0.06)
# How far dark lashes and paint may, and how dark they are against skin.
_MOST_GROWN, _DARK = (0.2, 0.32, 0.06), 0.62
_BULGE = 0.14
_SOLVER_WIDTH, _SOLVER_ROUNDS = 64, 400


@dataclass(frozen=True, eq=False)
class Lid:
    """A lid's texture.

    Attributes:
        skin: The patch without the eye, (h, w, 3).
        opacity: Where it replaces the photo, (h, w), 0 to 1.
        lash: Colour of the lashes, (3,).
        darkness: How dark the photo's lashes are along the upper rim, from corner to corner as the
            rim's points run, (`LASH_STEPS`,), 0 to 1.
    """

    skin: Array
    opacity: Array
    lash: Array
    darkness: Array


LASH_STEPS = 33
"""Places along a rim at which its lashes are looked at."""


def make_lid(patch: Array, line: NDArray[Any], across: float) -> Lid:
    """Fill the eye with the skin around it.

    Args:
        patch: Around the eye, (h, w, 3), 0 to 255.
        line: The rim's points in it, (8, 2).
        across: Width of the eye in pixels.
    """
    height, width = patch.shape[:2]
    opening = filled(rim_line(line), (height, width))
    hole = _eye_area(patch, opening, across)
    size = _SOLVER_WIDTH, max(8, round(height * _SOLVER_WIDTH / width))
    small = np.asarray(cv2.resize(patch, size, interpolation=cv2.INTER_AREA), np.float32)
    inside = cv2.resize(hole, size, interpolation=cv2.INTER_AREA) > 0.02
    skin = cv2.resize(_harmonic(small, inside), (width, height), interpolation=cv2.INTER_CUBIC)
    # A lid is round and catches light, unlike the shadow around the eye that it was filled from.
    bulge = smoothstep(blurred(hole, 0.12 * across) * 1.6 - 0.6)
    skin = skin * (1 + _BULGE * bulge[..., None])
    opacity = np.clip(blurred(hole, 0.05 * across + 0.3), 0, 1)
    skin = np.clip(skin, 0, 255).astype(np.float32)
    level = patch.mean(-1)
    dark = level <= np.percentile(level, 4)
    return Lid(
        skin=skin,
        opacity=np.asarray(opacity, np.float32),
        lash=patch[dark].mean(0),
        darkness=_lash_darkness(patch, skin, line, across),
    )


def _eye_area(patch: Array, opening: NDArray[np.uint8], across: float) -> Array:
    """Where the photo shows eye, lashes and paint, and no skin: 0 or 1, (h, w).

    The landmarks lie inside the real rims, by how much depends on the face: so beyond a usual
    distance what is dark and hangs together with the eye belongs to it. The lower lid stays.
    """

    def grown(beside: float, above: float, below: float) -> NDArray[np.uint8]:
        up, down = max(1, round(above * across)), max(1, round(below * across))
        column = cv2.dilate(opening, np.ones((up + down + 1, 1), np.uint8), anchor=(0, down))
        width = 2 * max(1, round(beside * across)) + 1
        row = cv2.dilate(column, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, 3)))
        return np.asarray(row > 100, np.uint8)

    usual, most = grown(*_GROWN), grown(*_MOST_GROWN)
    level = blurred(np.ascontiguousarray(patch.mean(-1)), 0.02 * across)
    skin = float(np.percentile(level, 60))
    dark = (most > 0) & (level < _DARK * skin)
    _, labels = cv2.connectedComponents(np.asarray(dark | (usual > 0), np.uint8))
    kept = np.unique(labels[usual > 0])
    area = np.isin(labels, kept[kept > 0]).astype(np.uint8)
    edge = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(0.04 * across)) + 1,) * 2)
    added = np.asarray(cv2.dilate(area & (1 - usual), edge), np.uint8) & most
    return np.asarray(usual | added, np.float32)


def _lash_darkness(patch: Array, skin: Array, line: NDArray[Any], across: float) -> Array:
    """How much darker than skin the photo gets just above the upper rim."""
    rim = rim_line(line)[:LASH_STEPS]
    axis = (rim[-1] - rim[0]) / max(float(np.linalg.norm(rim[-1] - rim[0])), 1e-6)
    up = np.array([axis[1], -axis[0]])
    heights = np.linspace(-0.03, 0.14, 12) * across
    places = (rim[:, None] + heights[None, :, None] * up).astype(np.float32)
    photo, bare = (
        remapped(np.ascontiguousarray(picture.mean(-1)), places, cv2.INTER_LINEAR)
        for picture in (patch, skin)
    )
    ratio = np.sort(photo / np.maximum(bare, 8), axis=1)[:, :4].mean(1)
    smooth = cv2.GaussianBlur(np.clip(1 - ratio, 0, 1).astype(np.float32)[None], (9, 1), 2)
    return np.asarray(smooth[0], np.float32)


def _harmonic(small: Array, inside: NDArray[np.bool_]) -> Array:
    """Fill ``inside`` smoothly from the skin around it; dark lashes beside it are no skin."""
    ring = (cv2.dilate(inside.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0) & ~inside
    if not ring.any():
        return small
    level = small[ring].mean(1)
    middle = float(np.median(level))
    known = ~inside & ~(ring & (small.mean(-1) < 0.75 * middle))
    start = small[ring][level >= np.median(level)].mean(0)
    filled_in = np.where(known[..., None], small, start).astype(np.float32)
    for _ in range(_SOLVER_ROUNDS):
        filled_in = np.where(known[..., None], small, cv2.blur(filled_in, (3, 3)))
    return np.asarray(filled_in, np.float32)
