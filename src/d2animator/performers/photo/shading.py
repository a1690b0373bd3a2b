"""Light of the photo, and how it changes on skin that turns or folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.shapes import blurred, sampled
from d2animator.performers.photo.surface import Posed, Surface

Array = NDArray[np.float32]

_DARKEST, _BRIGHTEST = 0.72, 1.3
_BLUR_CM = 0.35
_ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Light:
    """First-order light: luminance = coefficients . (1, normal).

    Attributes:
        coefficients: (4,).
        base: What it gives at rest, each vertex of the face, (F,).
        level: Median luminance of the skin, 0 to 255.
        skin: Median colour of the skin, (3,).
        saturation: 0 for a grey photo, to 1.
    """

    coefficients: NDArray[np.float64]
    base: Array
    level: float
    skin: NDArray[np.float64]
    saturation: float


def fit_light(
    image: NDArray[np.uint8],
    surface: Surface,
    visible: NDArray[np.bool_],
    detail: NDArray[np.bool_],
) -> Light:
    """Fit the light to the skin that the photo shows.

    Args:
        image: The window, (H, W, 3).
        surface: The head on it.
        visible: Which vertices of the face are seen, (F,).
        detail: Which belong to eyes or mouth and are no skin, (F,).
    """
    count = len(visible)
    scale = surface.scale
    grey = np.ascontiguousarray(image.astype(np.float32).mean(-1))
    luminance = sampled(blurred(grey, scale * 0.5), surface.start.places[:count]).astype(float)
    facing = surface.start.normals[:count].astype(float)
    x, y = np.abs(surface.neutral[:count, 0]), surface.neutral[:count, 1]
    skin = visible & ~detail & (facing[:, 2] > 0.35) & (y > -7) & (y < 6.5) & (x < 7)
    if skin.sum() < 50:
        skin = ~detail
    basis = np.c_[np.ones(count), facing]
    weight = skin.astype(float)
    coefficients = np.zeros(4)
    for _ in range(_ROUNDS):
        root = np.sqrt(weight)
        # A little ridge: a face seen from one side alone does not tell all directions.
        system = np.concatenate([basis * root[:, None], np.diag([0.01, 3.0, 3.0, 3.0])])
        wanted = np.concatenate([luminance * root, np.zeros(4)])
        coefficients = np.linalg.lstsq(system, wanted, rcond=None)[0]
        weight = skin / np.maximum(np.abs(basis @ coefficients - luminance), 4.0)
    level = float(np.median(luminance[skin]))
    base = np.maximum(basis @ coefficients, max(0.25 * level, 1.0)).astype(np.float32)
    colours = sampled(image, surface.start.places[:count][skin]).astype(float)
    colour = np.median(colours, 0)
    saturation = float((colour.max() - colour.min()) / max(colour.max(), 1.0))
    return Light(coefficients, base, max(level, 1.0), colour, saturation)


def light_ratio(light: Light, surface: Surface, posed: Posed, strength: float) -> Array:
    """How much brighter each vertex of the face is than at rest, (F,); 1 where nothing turned."""
    count = len(light.base)
    coefficients = light.coefficients.astype(np.float32)
    now = coefficients[0] + posed.normals[:count] @ coefficients[1:]
    ratio = np.clip(np.maximum(now, 0.3 * light.base) / light.base, _DARKEST, _BRIGHTEST)
    # At rest the normals are the same and so is the base, unless it was held above darkness.
    return np.asarray(1 + strength * (ratio - 1) * surface.follow[:count], np.float32)


def smoothed_ratio(ratio: Array, shown: Array, scale: float) -> Array:
    """A picture (h, w) of ratios without the mesh's facets; 1 where nothing is shown."""
    whole = np.where(shown > 0, ratio, np.float32(1))
    height, width = whole.shape
    quarter: Any = (max(1, width // 4), max(1, height // 4))
    small = cv2.resize(whole, quarter, interpolation=cv2.INTER_AREA)
    small = blurred(small, _BLUR_CM * scale / 4)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
