"""Lids that close in a drawn face: the photo's own at first, then skin and lashes drawn anew."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.eyes import Eye, shutness
from d2animator.performers.photo.face import Shown
from d2animator.performers.photo.lids import LASH_STEPS, Lid
from d2animator.performers.photo.shapes import Box, box_around, remapped, rim_line, smoothstep
from d2animator.performers.photo.surface import Posed

Array = NDArray[np.float32]

# How far from a shut rim its skin reaches, towards the brow.
_LID_CM = 2.2
# Lashes over and under the rim of a lid that comes down.
_LASH_ABOVE_CM, _LASH_BELOW_CM = 0.055, 0.13
# By how much wider they are where the photo has them black.
_PAINTED = 0.8
# They get thinner so far from the corners, and keep this share of their strength there.
_TAPER_CM, _CORNER = 0.4, 0.35
# Up to here a closing lid is the photo's own, stretched; from there on it is drawn anew.
_OWN_LID, _NEW_LID = 0.3, 0.7


def close_lids(colour: Array, beside: Array, shown: Shown, eyes: list[Eye], posed: Posed) -> None:
    """Give closing lids their skin instead of the eye's own pixels, in place.

    Args:
        colour: Colours of the shown face, (h, w, 3).
        beside: Colours of what its borders show besides, (M, 3).
        shown: What is seen of the face.
        eyes: Both.
        posed: The mesh.
    """
    rows, columns = shown.split.pixels
    for eye in eyes:
        amount = _newness(shutness(eye, posed))
        box = box_around(posed.places[eye.rim], _LID_CM * posed.scale).within(shown.box)
        if not box.holds():
            continue
        inner = box.seen_from(shown.box)
        area = inner.rows_columns
        # Skin that comes out of the fold is bare, however open the eye.
        bare = shown.near[area][..., 4]
        if amount == 0 and not bare.any():
            continue
        lid = _lid_skin(eye, posed.places[eye.rim] - box.origin, (box.height, box.width))
        mask = np.maximum(_lid_mask(eye, shown.near[area][..., :2], lid[..., 3], amount), bare)
        colour[area] += (lid[..., :3] - colour[area]) * mask[..., None]
        inside = (rows >= inner.top) & (rows < inner.bottom)
        inside &= (columns >= inner.left) & (columns < inner.right)
        if amount > 0 and inside.any():
            skin = lid[rows[inside] - inner.top, columns[inside] - inner.left]
            places = shown.split.far[inside][:, None, :2]
            mask = _lid_mask(eye, places, skin[:, None, 3], amount)
            beside[inside] += (skin[:, :3] - beside[inside]) * mask


def _lid_mask(eye: Eye, places: Array, opacity: Array, amount: float) -> Array:
    """How far pixels (h, w) show the lid's new skin.

    Args:
        eye: The eye.
        places: Where on the photo they would take their colour, (h, w, 2).
        opacity: Of the new skin there, (h, w).
        amount: How far the lid is drawn anew, 0 to 1.
    """
    inside = np.ascontiguousarray(places - eye.box.origin)
    own = remapped(eye.lid.opacity, inside, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
    return np.asarray(np.maximum(own, opacity) * np.float32(amount), np.float32)


def _lid_skin(eye: Eye, rim: Array, size: tuple[int, int]) -> Array:
    """The lid's skin and opacity (h, w, 4), held by the corners of the eye: it is not stretched."""
    own, now = eye.corners[1] - eye.corners[0], rim[4] - rim[0]
    turn = complex(*own) / (complex(*now) if np.abs(now).max() > 1e-3 else 1)
    shift = complex(*eye.corners[0]) - turn * complex(*rim[0])
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    layer = np.dstack([eye.lid.skin, eye.lid.opacity])
    return np.asarray(cv2.warpAffine(layer, matrix, size[::-1], flags=flags), np.float32)


def draw_lashes(
    canvas: Array, canvas_box: Box, eyes: list[Eye], posed: Posed, share: float
) -> None:
    """Draw the lashes of lids that have come down, in place."""
    for eye in eyes:
        shut = shutness(eye, posed)
        amount = share * _newness(shut)
        if amount <= 0:
            continue
        rim = posed.places[eye.rim]
        box = box_around(rim, 0.5 * posed.scale).within(canvas_box)
        if not box.holds():
            continue
        opacity = _lash_opacity(rim - box.origin, eye.lid, posed.scale, (box.height, box.width))
        part = canvas[box.seen_from(canvas_box).rows_columns]
        part += (eye.lid.lash - part) * (opacity * np.float32(amount))[..., None]


def _lash_opacity(rim: NDArray[Any], lid: Lid, scale: float, size: tuple[int, int]) -> Array:
    """Lashes along the upper rim: sharp above, hanging below, thinner to the corners, (h, w)."""
    line = rim_line(rim)[:LASH_STEPS]
    length = max(float(np.linalg.norm(line[-1] - line[0])), 1e-6)
    axis = (line[-1] - line[0]) / length
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32) + 0.5
    along = (columns - line[0, 0]) * axis[0] + (rows - line[0, 1]) * axis[1]
    down = (rows - line[0, 1]) * axis[0] - (columns - line[0, 0]) * axis[1]
    on_line = (line - line[0]) @ axis
    below = (down - np.interp(along, on_line, (line - line[0]) @ (-axis[1], axis[0]))) / scale
    beyond = np.maximum(np.maximum(-along, along - length), 0) / scale
    dark = np.interp(along, on_line, lid.darkness)
    width = np.where(below < 0, _LASH_ABOVE_CM, _LASH_BELOW_CM) * (1 + _PAINTED * dark)
    inside = np.minimum(along, length - along) / scale
    full = smoothstep(inside / _TAPER_CM)
    width = width * (0.4 + 0.6 * full) + 0.4 / scale
    # Rims turn up into the corners, lashes end before.
    strength = np.clip(dark * 1.2, 0.6, 0.95) * (_CORNER + (1 - _CORNER) * full)
    opacity = strength * np.exp(-((below / width) ** 2)) * np.exp(-((beyond / 0.12) ** 2))
    return np.asarray(opacity, np.float32)


def _newness(shut: float) -> float:
    """How much of a lid is drawn anew: one that is half open is the photo's own, come down."""
    return float(smoothstep((shut - _OWN_LID) / (_NEW_LID - _OWN_LID)))
