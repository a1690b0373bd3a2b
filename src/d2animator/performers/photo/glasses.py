"""Glasses on a photo: seen by their bridge and their rims, and kept stiff while the face moves.

Frames do not bend as skin does. Where a photo shows a bar across the nose between the eyes and a
rim below them, the skin under both only goes where the head goes; eyelids move within the lenses as
ever, and brows above them the more the farther they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.shapes import blurred, remapped, smoothstep
from d2animator.performers.photo.surface import EYE_RIMS, Surface

Array = NDArray[np.float32]

# Faces are looked at with so many pixels per cm; fewer in the photo show no rim for certain.
_PIXELS_PER_CM, _FEWEST = 14.0, 4.0
# Frames are no thicker, and no finer than what is left of grain.
_THICKEST_CM, _GRAIN_CM = 0.75, 0.05
# From within a dark lens to the skin below it, and how much darker an eye's own shadow is at most.
_STEP_CM, _SHADOW = 0.2, 0.4
# Where a bridge lies over the line of the eyes' middles, and how wide it is at least.
_BRIDGE_CM, _BRIDGE_HALF_CM = (-0.9, 1.5), 0.55
# Where a lower rim lies below an eye's middle, and how far round it is followed, from the right.
_RIM_CM, _RIM_ARC = (1.25, 3.4), (np.radians(-145), np.radians(-35))
_RIM_STEPS = 48
# How much a bridge and a rim differ from the skin beside them, of its brightness.
_BRIDGE_CONTRAST, _RIM_CONTRAST = 0.08, 0.07
# Lids move freely so far around an eye's middle; beyond it, over so much, they stiffen.
_LIDS_CM, _STIFFENING_CM = (1.8, 0.88), 0.3
# Rims reach so far aside, and above an eye this share of how far they do below.
_ASIDE_CM, _ABOVE, _MARGIN_CM = 3.0, 0.7, 0.3
# Beyond them skin gives way over so much: below, and above, where brows would be torn by less.
_GIVING_CM = (1.2, 2.4)


@dataclass(frozen=True)
class Glasses:
    """What is seen of glasses.

    Attributes:
        bridge: Contrast of the bar across the nose, of the skin's brightness.
        rims: Contrast of the lower rim of the left and the right lens.
        below_cm: How far the lower rims are from the eyes' middles.
    """

    bridge: float
    rims: tuple[float, float]
    below_cm: float


def look_for_glasses(image: NDArray[np.uint8], surface: Surface) -> Glasses | None:
    """Look for glasses.

    Args:
        image: The window, (H, W, 3).
        surface: The head on it.

    Returns:
        None where there are none, or the face is too small to tell.
    """
    if surface.scale < _FEWEST:
        return None
    smooth = np.asarray(blurred(image, 0.5 * surface.scale / _PIXELS_PER_CM), np.float32)
    eyes = [surface.rest[surface.points[rim]].mean(0) for rim in EYE_RIMS]
    middle = (eyes[0] + eyes[1]) / 2
    bridge = _bridge(_contrast(_seen(smooth, surface, _across(middle, surface))))
    rims, below = zip(*(_rim(smooth, surface, eye) for eye in eyes), strict=True)
    if bridge < _BRIDGE_CONTRAST or min(rims) < _RIM_CONTRAST:
        return None
    return Glasses(bridge, (rims[0], rims[1]), float(np.mean(below)))


def stiffness(surface: Surface, glasses: Glasses) -> Array:
    """How firmly glasses hold the skin at each vertex, 0 to 1, (N,)."""
    first, last = surface.head.parts["face"]
    stiff = np.zeros(surface.vertex_count, np.float32)
    for rim in EYE_RIMS:
        eye = surface.rest[surface.points[rim]].mean(0)
        x, y = (surface.rest[first:last, :2] - eye[:2]).T
        height = np.where(y > 0, _ABOVE * glasses.below_cm, glasses.below_cm) + _MARGIN_CM
        reach = np.hypot(x / (_ASIDE_CM + _MARGIN_CM), y / height)
        beyond = (reach - 1) * np.hypot(x, y) / np.maximum(reach, 1e-3)
        giving = np.where(y > 0, _GIVING_CM[1], _GIVING_CM[0])
        held = beside_lids(x, y) * (1 - smoothstep(beyond / giving))
        stiff[first:last] = np.maximum(stiff[first:last], held)
    return stiff


def beside_lids(x: NDArray[Any], y: NDArray[Any]) -> Array:
    """Whether frames may be there, so many cm aside and above an eye's middle: 0 to 1."""
    lids = np.hypot(x / _LIDS_CM[0], y / _LIDS_CM[1])
    return np.asarray(smoothstep((lids - 1) * _LIDS_CM[1] / _STIFFENING_CM), np.float32)


def _across(middle: Array, surface: Surface) -> Array:
    """Places (h, w, 3) about the bridge of the nose, from above down."""
    steps = 1 / _PIXELS_PER_CM
    low, high = _BRIDGE_CM
    margin = _THICKEST_CM
    y = np.arange(high + margin, low - margin, -steps, dtype=np.float32)
    x = np.arange(-_BRIDGE_HALF_CM, _BRIDGE_HALF_CM + steps, steps, dtype=np.float32)
    nose = surface.rest[surface.points[51]]
    places = np.empty((len(y), len(x), 3), np.float32)
    places[..., 0], places[..., 1] = nose[0] + x[None], middle[1] + y[:, None]
    places[..., 2] = nose[2]
    return places


def _seen(photo: Array, surface: Surface, places: Array) -> Array:
    """What a photo (H, W, 3) shows at places (h, w, 3) of the head's frame, (h, w, 3)."""
    pose = surface.rotation, surface.scale, surface.translation
    flat, _ = surface.project(places.reshape(-1, 3), *pose)
    pixels = np.ascontiguousarray(flat.reshape(*places.shape[:2], 2))
    return np.asarray(remapped(photo, pixels, cv2.INTER_LINEAR), np.float32)


def _contrast(seen: Array) -> Array:
    """How far rows of a picture (h, w, 3) stand out of what is above and below, (h, w).

    What is wider than a frame stands out of nothing.
    """
    column = np.ones((2 * round(_THICKEST_CM * _PIXELS_PER_CM / 2) + 1, 1), np.uint8)
    values = cv2.GaussianBlur(seen, (1, 0), sigmaX=0.1, sigmaY=_GRAIN_CM * _PIXELS_PER_CM)
    darker = cv2.morphologyEx(values, cv2.MORPH_BLACKHAT, column)
    lighter = cv2.morphologyEx(values, cv2.MORPH_TOPHAT, column)
    level = max(float(np.median(seen)), 24.0)
    return np.asarray(np.maximum(darker, lighter).max(-1) / level, np.float32)


def _step(seen: Array) -> Array:
    """How much darker a picture (h, w, 3) is above than below, (h, w): the edge of a dark lens."""
    grey = seen.mean(-1)
    away = round(_STEP_CM * _PIXELS_PER_CM)
    above, below = np.roll(grey, away, 0), np.roll(grey, -away, 0)
    return np.asarray((below - above) / max(float(np.median(below)), 24.0), np.float32)


def _bridge(contrast: Array) -> float:
    """The contrast of the bar that goes all the way across, of (h, w)."""
    margin = round(_THICKEST_CM * _PIXELS_PER_CM)
    return _path(contrast[margin:-margin].T)[0]


def _rim(photo: Array, surface: Surface, eye: Array) -> tuple[float, float]:
    """The contrast of a lower rim, and how far below the eye's middle it is, cm."""
    low, high = _RIM_CM
    step = 1 / _PIXELS_PER_CM
    radii = np.arange(low - _THICKEST_CM, high + _THICKEST_CM, step, dtype=np.float32)
    angles = np.linspace(*_RIM_ARC, _RIM_STEPS, dtype=np.float32)
    places = np.empty((len(radii), len(angles), 3), np.float32)
    places[..., 0] = eye[0] + radii[:, None] * np.cos(angles)
    places[..., 1] = eye[1] + radii[:, None] * np.sin(angles)
    places[..., 2] = eye[2]
    margin = round(_THICKEST_CM * _PIXELS_PER_CM)
    seen = _seen(photo, surface, places)
    contrast = np.maximum(_contrast(seen), _step(seen) - _SHADOW)[margin:-margin]
    found, way = _path(contrast.T)
    lowest = (radii[margin:-margin][way] * -np.sin(angles)).max()
    return found, float(lowest)


def _path(contrast: Array) -> tuple[float, NDArray[np.intp]]:
    """The line of most contrast through (n, h), a step at most aside for each one forward.

    Returns:
        What all but the weakest fifth of it has, and where it runs, (n,).
    """
    count, height = contrast.shape
    total, came = contrast[0].copy(), np.zeros((count, height), np.intp)
    for step in range(1, count):
        padded = np.pad(total, 1, constant_values=-np.inf)
        ways = np.stack([padded[:-2], padded[1:-1], padded[2:]])
        best = ways.argmax(0)
        came[step] = np.arange(height) + best - 1
        total = ways.max(0) + contrast[step]
    way = np.empty(count, np.intp)
    way[-1] = total.argmax()
    for step in range(count - 1, 0, -1):
        way[step - 1] = came[step, way[step]]
    return float(np.quantile(contrast[np.arange(count), way], 0.2)), way
