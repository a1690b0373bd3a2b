"""Putting layers together, pixel by pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.compiled import compiled

Array = NDArray[np.float32]
Picture = NDArray[np.uint8]


@compiled("void(float32[:, :, ::1], float32[:, :, :], float32[:, :, ::1])")
def compose(layer: Array, behind: Array, out: Array) -> None:
    """Lay a moved share of the photo over what is behind it: ``share + (1 - opacity) * behind``.

    Args:
        layer: The share with its opacity as the last channel, (H, W, C + 1).
        behind: (H, W, C).
        out: (H, W, C).
    """
    height, width, channels = out.shape
    for y in range(height):
        for x in range(width):
            left = np.float32(1.0) - layer[y, x, channels]
            for k in range(channels):
                out[y, x, k] = layer[y, x, k] + left * behind[y, x, k]


@compiled("void(float32[:, :, ::1], uint8[:, :, :], uint8[:, :, :])")
def write_changed(canvas: Array, photo: Picture, out: Picture) -> None:
    """Write a canvas (H, W, C), 0 to 255, into ``out`` where it differs from the photo.

    A value that is no number leaves its pixel alone.
    """
    height, width, channels = canvas.shape
    for y in range(height):
        for x in range(width):
            changed = False
            for k in range(channels):
                value = canvas[y, x, k]
                if not (value >= -1e6 and value <= 1e6):
                    changed = False
                    break
                rounded = min(max(np.floor(value + np.float32(0.5)), 0.0), 255.0)
                if np.uint8(rounded) != photo[y, x, k]:
                    changed = True
            if changed:
                for k in range(channels):
                    value = canvas[y, x, k]
                    out[y, x, k] = np.uint8(min(max(np.floor(value + np.float32(0.5)), 0.0), 255.0))
