"""The curves and colour scales through which a Gaussian entry of z becomes a property."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def hsv(entries: Array, value: float) -> Array:
    """A linear RGB colour from three Gaussians; the hue comes from an angle, so it has no seam."""
    length = float(np.hypot(entries[0], entries[1]))
    hue = np.arctan2(entries[1], entries[0]) + np.array((0, -2.0944, 2.0944))
    saturation = 0.55 * np.tanh(0.6 * length)
    level = value * np.exp(0.55 * np.tanh(entries[2]))
    srgb = level * (1 - saturation + saturation * (0.5 + 0.5 * np.cos(hue)) * 1.4)
    return np.asarray(np.clip(srgb, 0.02, 1.0) ** 2.2, np.float32)


def uniform(entry: float) -> float:
    """A Gaussian entry as a number in (0, 1), close to uniform."""
    return float(1 / (1 + np.exp(-1.702 * entry)))


def smoothstep(low: float, high: float, value: float) -> float:
    """0 up to ``low``, 1 from ``high`` on, smooth in between."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def srgb(colour: tuple[float, ...]) -> Array:
    """Linear RGB of a display colour, 0 to 255 each."""
    return np.asarray((np.asarray(colour) / 255.0) ** 2.2, np.float32)


def ramp(colours: tuple[tuple[int, int, int], ...], position: float) -> Array:
    """Linear RGB at ``position``, 0 to 1, between display ``colours``."""
    stops = np.stack([srgb(colour) for colour in colours])
    place = position * (len(stops) - 1)
    below = min(int(place), len(stops) - 2)
    return np.asarray(
        stops[below] + (stops[below + 1] - stops[below]) * (place - below), np.float32
    )
