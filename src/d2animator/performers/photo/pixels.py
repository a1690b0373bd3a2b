"""Putting layers together, pixel by pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.compiled import compiled, inlined

Array = NDArray[np.float32]
Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_HALF, _ONE = np.float32(0.5), np.float32(1.0)
# Keys' cubic with a = -0.75, which is OpenCV's; as polynomials of the distance.
_A, _A2, _A3 = np.float32(-0.75), np.float32(1.25), np.float32(2.25)
# Numbers without a sign: an index of these is not looked at for being counted from the end.
_0, _1, _2, _3, _4, _8, _12 = (np.uint64(k) for k in (0, 1, 2, 3, 4, 8, 12))


@inlined("float32(float32)")
def _weight(distance: np.float32) -> np.float32:
    """What a pixel counts at a distance of at most 2."""
    t = abs(distance)
    if t <= 1:
        return (_A2 * t - _A3) * t * t + _ONE
    return _A * (t - 1) * (t - 2) * (t - 2)


@inlined("void(float32[:, :, ::1], float32, float32, float32[:, :, ::1], uint64, uint64)")
def _at_border(
    texture: Array, px: np.float32, py: np.float32, out: Array, to_row: np.uint64, to: np.uint64
) -> None:
    """One pixel of `warp` some of whose neighbours lie beyond the border, slowly."""
    height, width = texture.shape[:2]
    # Written so that what is no number goes to a corner.
    px = min(px, np.float32(width)) if px > -1 else np.float32(-1)
    py = min(py, np.float32(height)) if py > -1 else np.float32(-1)
    column, row = int(np.floor(px)), int(np.floor(py))
    for k in range(4):
        out[to_row, to, k] = 0
    for j in range(4):
        b = _weight(py - np.float32(row + j - 1))
        y = min(max(row + j - 1, 0), height - 1)
        for i in range(4):
            a = b * _weight(px - np.float32(column + i - 1))
            x = min(max(column + i - 1, 0), width - 1)
            for k in range(4):
                out[to_row, to, k] += a * texture[y, x, k]


@inlined("UniTuple(float32, 4)(float32)")
def _weights(t: np.float32) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """What the pixels around a place count that lies ``t``, 0 to 1, behind the second of them."""
    left = _ONE - t
    first, second = _A * t * left * left, (_A2 * t - _A3) * t * t + _ONE
    fourth = _A * left * t * t
    return first, second, _ONE - first - second - fourth, fourth


@inlined("float32(float32[::1], uint64, float32, float32, float32, float32)")
def _along(
    flat: Array, first: np.uint64, a0: np.float32, a1: np.float32, a2: np.float32, a3: np.float32
) -> np.float32:
    """A channel of four neighbouring pixels of four channels, weighted."""
    near = a1 * flat[first + _4] + a2 * flat[first + _8]
    return np.float32(a0 * flat[first] + near + a3 * flat[first + _12])


def warp(texture: Array, places: Array, wanted: Mask, out: Array) -> None:
    """Take pixels of a texture by cubic interpolation; beyond its border the border goes on.

    Args:
        texture: (H, W, 4).
        places: Where in it, in pixels, as the first two of (h, w, K).
        wanted: Where to do so, (h, w); elsewhere ``out`` stays as it is.
        out: (h, w, 4).
    """
    _warp(texture, texture.reshape(-1), places, wanted, out)


@compiled(
    "float32[:, :, ::1], float32[::1], float32[:, :, ::1], boolean[:, ::1], float32[:, :, ::1]"
)
def _warp(texture: Array, flat: Array, places: Array, wanted: Mask, out: Array) -> None:
    """Do what `warp` does; ``flat`` is the texture's numbers in a row, which are found sooner."""
    height, width = texture.shape[:2]
    stride = np.uint64(4 * width)
    for y in range(wanted.shape[0]):
        for x in range(wanted.shape[1]):
            if not wanted[y, x]:
                continue
            px, py = places[y, x, 0] - _HALF, places[y, x, 1] - _HALF
            to_row, to = np.uint64(y), np.uint64(x)
            if not (px >= 1 and py >= 1 and px < width - 2 and py < height - 2):
                _at_border(texture, px, py, out, to_row, to)
                continue
            column, row = np.int32(px), np.int32(py)
            a0, a1, a2, a3 = _weights(px - np.float32(column))
            b0, b1, b2, b3 = _weights(py - np.float32(row))
            p = (np.uint64(row) - _1) * stride + (np.uint64(column) - _1) * _4
            q, r, s = p + stride, p + _2 * stride, p + _3 * stride
            red = b0 * _along(flat, p, a0, a1, a2, a3) + b1 * _along(flat, q, a0, a1, a2, a3)
            red += b2 * _along(flat, r, a0, a1, a2, a3) + b3 * _along(flat, s, a0, a1, a2, a3)
            p, q, r, s = p + _1, q + _1, r + _1, s + _1
            green = b0 * _along(flat, p, a0, a1, a2, a3) + b1 * _along(flat, q, a0, a1, a2, a3)
            green += b2 * _along(flat, r, a0, a1, a2, a3) + b3 * _along(flat, s, a0, a1, a2, a3)
            p, q, r, s = p + _1, q + _1, r + _1, s + _1
            blue = b0 * _along(flat, p, a0, a1, a2, a3) + b1 * _along(flat, q, a0, a1, a2, a3)
            blue += b2 * _along(flat, r, a0, a1, a2, a3) + b3 * _along(flat, s, a0, a1, a2, a3)
            p, q, r, s = p + _1, q + _1, r + _1, s + _1
            last = b0 * _along(flat, p, a0, a1, a2, a3) + b1 * _along(flat, q, a0, a1, a2, a3)
            last += b2 * _along(flat, r, a0, a1, a2, a3) + b3 * _along(flat, s, a0, a1, a2, a3)
            out[to_row, to, _0] = red
            out[to_row, to, _1] = green
            out[to_row, to, _2] = blue
            out[to_row, to, _3] = last


@compiled("float32[:, :, ::1], boolean[:, ::1], float32[:, :, :], float32[:, :, ::1]")
def compose(layer: Array, shown: Mask, behind: Array, out: Array) -> None:
    """Lay a moved share of the photo over what is behind it: ``share + (1 - opacity) * behind``.

    Args:
        layer: The share with its opacity as the last channel, (H, W, C + 1).
        shown: Where it is, (H, W); elsewhere what is behind is seen.
        behind: (H, W, C).
        out: (H, W, C).
    """
    height, width, channels = out.shape
    for y in range(height):
        for x in range(width):
            if shown[y, x]:
                left = _ONE - layer[y, x, channels]
                for k in range(channels):
                    out[y, x, k] = layer[y, x, k] + left * behind[y, x, k]
            else:
                for k in range(channels):
                    out[y, x, k] = behind[y, x, k]


@compiled("float32[:, :, :], float32[:, :, ::1], float32[:, ::1], float32[:, ::1], float32")
def lay_over(canvas: Array, colour: Array, light: Array, opacity: Array, share: np.float32) -> None:
    """Lay lit colours over a canvas (h, w, 3), in place.

    Args:
        canvas: 0 to 255.
        colour: (h, w, 3 or more).
        light: What colours are multiplied by, (h, w).
        opacity: (h, w), 0 to 1.
        share: Of the opacity.
    """
    for y in range(canvas.shape[0]):
        for x in range(canvas.shape[1]):
            part = opacity[y, x] * share
            if part <= 0:
                continue
            for k in range(3):
                canvas[y, x, k] += (colour[y, x, k] * light[y, x] - canvas[y, x, k]) * part


@compiled("float32[:, :, ::1], uint8[:, :, :], uint8[:, :, :]")
def write_changed(canvas: Array, photo: Picture, out: Picture) -> None:
    """Write a canvas (H, W, C), 0 to 255, into ``out`` where it differs from the photo.

    A value that is no number leaves its pixel alone.
    """
    height, width, channels = canvas.shape
    least, most, whole = np.float32(-1e6), np.float32(1e6), np.float32(255)
    for y in range(height):
        for x in range(width):
            changed, usable = False, True
            for k in range(channels):
                value = canvas[y, x, k]
                usable &= value >= least and value <= most
                rounded = np.int32(min(max(value, np.float32(0)), whole) + _HALF)
                changed |= rounded != np.int32(photo[y, x, k])
            if changed and usable:
                for k in range(channels):
                    value = min(max(canvas[y, x, k], np.float32(0)), whole)
                    out[y, x, k] = np.uint8(np.int32(value + _HALF))
