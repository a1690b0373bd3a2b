"""Where clothes really begin, and where the cut that parts them from the head runs through hair.

Dark hair on dark cloth and bare shoulders are of one colour with what they are told from. A cut
there would tear once the head moves, so what lies below it goes with the head, less and less.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.shapes import blurred

Array = NDArray[np.float32]
Mask = NDArray[np.uint8]

# Colours on both sides of a seam are compared over so many cm, and smoothed along it.
_SIDE_CM = 0.8
# Real collars differ by 13 and more (CIE Lab), hair from itself by 7 and less.
_LEAST_CONTRAST = 10.0
# In strips of so many cm from side to side: a seam is false over some width or not at all.
_STRIP_CM = 0.25
_LEAST_WIDTH_CM = 2.5
# What lies between two false ones and so high is the edge of the jaw before hair, and no collar.
_WIDEST_GAP_CM, _JAW_CM = 9.0, -10.0
# Below this height nothing follows the head.
_LOWEST_CM = -17.0


def without_false(clothes: Mask, person: Mask, picture: NDArray[np.uint8], places: Array) -> Mask:
    """Clothes without what only looks like them: where they begin, no colour changes.

    Args:
        clothes: Clothes and shoulders, (H, W), 0 or 1.
        person: All of the person, (H, W), 0 or 1.
        picture: (H, W, 3).
        places: Where its pixels are in the head's frame, cm, (H, W, 2).
    """
    scale = _pixels_per_cm(places)
    contrast, seam = _contrast(clothes, np.minimum(person, 1 - clothes), picture, scale)
    if not seam.any():
        return clothes
    strips = np.floor(places[..., 0] / _STRIP_CM).astype(int)
    first = int(strips.min())
    strips -= first
    count = int(strips.max()) + 1
    lengths = np.bincount(strips[seam], minlength=count)
    contrasts = np.bincount(strips[seam], contrast[seam], minlength=count)
    heights = np.bincount(strips[seam], places[..., 1][seam], minlength=count)
    false = (lengths > 0) & (contrasts < _LEAST_CONTRAST * lengths)
    false = _wide(false, lengths > 0)
    for first, last in _gaps(false):
        between = slice(first, last)
        if heights[between].sum() > _JAW_CM * lengths[between].sum():
            false[between] = True
    taken = false[strips] & (places[..., 1] > _LOWEST_CM)
    return np.where(taken, 0, clothes).astype(np.uint8)


def _pixels_per_cm(places: Array) -> float:
    """From the length of a step to the right, whatever the head's roll."""
    step = places[0, 1] - places[0, 0]
    return float(1 / max(float(np.hypot(*step)), 1e-3))


def _contrast(
    clothes: Mask, head: Mask, picture: NDArray[np.uint8], scale: float
) -> tuple[Array, NDArray[np.bool_]]:
    """How different both sides of the seam are, smoothed along it, and where it is, (H, W)."""
    lab = cv2.cvtColor(np.asarray(picture, np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    step = np.ones((3, 3), np.uint8)
    sides = []
    seam = (cv2.dilate(head, step) > 0) & (cv2.dilate(clothes, step) > 0)
    radius = max(2, round(_SIDE_CM * scale))
    for mask in (head, clothes):
        # Pixels of the seam itself are of both.
        inner = cv2.erode(mask, step).astype(np.float32)
        share = _sums(inner, radius)
        sides.append(_sums(lab * inner[..., None], radius) / np.maximum(share, 1e-3)[..., None])
        seam &= share > 3
    known = seam.astype(np.float32)
    differ = np.linalg.norm(sides[0] - sides[1], axis=-1).astype(np.float32) * known
    along = max(scale, 1.0)
    smooth = blurred(differ, along) / np.maximum(blurred(known, along), 1e-6)
    return np.asarray(smooth, np.float32), seam


def _sums(values: Array, radius: int) -> Array:
    side = (2 * radius + 1, 2 * radius + 1)
    sums = cv2.boxFilter(values, -1, side, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(sums, np.float32)


def _wide(false: NDArray[np.bool_], told: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The false strips (n,) in runs that are wide enough; one without a seam (not told) joins."""
    kept = np.zeros_like(false)
    for first, last in _runs(false | ~told):
        kept[first:last] = false[first:last].sum() * _STRIP_CM >= _LEAST_WIDTH_CM
    return kept


def _gaps(false: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Narrow runs of others between false strips (n,)."""
    most = _WIDEST_GAP_CM / _STRIP_CM
    runs = [run for run in _runs(~false) if run[0] > 0 and run[1] < len(false)]
    return [(first, last) for first, last in runs if last - first <= most]


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one past the last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.pad(flags.astype(np.int8), 1)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
