"""Where on the face lips, brows, beard, lids and blush are, as textures over the face's uv map.

Numbers are centimetres on the neutral head, read off its rest positions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from d2animator.head.model import Head

Array = NDArray[np.float32]

SIZE = 512


def face_masks(head: Head, rest: Array, valid: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Two textures (SIZE, SIZE, 4) in [0, 1].

    Args:
        head: The head model.
        rest: Rest position of every texel (SIZE, SIZE, 3).
        valid: Which texels the face covers (SIZE, SIZE).

    Returns:
        The first holds lips, blush, beard, lids; the second the way along the brow (0 inner end,
        1 outer), warm skin (nose, ears), distance across the brow (0.5 is its middle, a quarter
        of a unit one cm), oily skin.
    """
    from scipy.ndimage import gaussian_filter

    x, y, z = (rest[..., axis] for axis in range(3))
    side = np.abs(x)
    lips = gaussian_filter(_polygon(head.uv[head.ibug68[48:60]]), 1.0)

    def spot(cx: float, cy: float, sx: float, sy: float) -> Array:
        return np.asarray(np.exp(-(((side - cx) / sx) ** 2) - ((y - cy) / sy) ** 2), np.float32)

    blush = (spot(4.6, -0.2, 1.9, 1.7) + 0.6 * spot(0, 0.2, 1.5, 0.9) * (z > 10)) * (z > 4)
    lids = (0.8 * spot(3.2, 4.25, 1.9, 0.55) + 0.55 * spot(3.0, 2.55, 1.8, 0.5)) * (z > 6)
    warm = spot(0, 0.3, 1.1, 1.2) * (z > 10.5) + ((side > 7.6) & (y > -3) & (y < 5.5) & (z < 4))
    oily = (
        spot(0, 8, 3.5, 1.8) + spot(0, 2, 0.7, 2.2) * (z > 10) + 0.6 * spot(3.6, 0.8, 1.3, 0.8)
    ) * (z > 3)
    beard = gaussian_filter(_beard(side, y, z, gaussian_filter((lips > 0.3) * 1.0, 2.2)), 1.5)
    along, across = _brows(head, rest, valid)
    first = np.stack([lips, blush, beard, lids], -1)
    second = np.stack([along, gaussian_filter(warm * 1.0, 3), across / 4 + 0.5, oily], -1)
    return tuple(np.clip(texture, 0, 1).astype(np.float32) for texture in (first, second))


def _beard(side: Array, y: Array, z: Array, near_lips: Array) -> Array:
    """Cheek line downwards to the throat, moustache included, lips left free."""
    cheek_line = np.interp(
        side, (0, 1.2, 2.2, 3.2, 5, 6.2, 7.2, 9), (-1.35, -1.35, -1.7, -3.0, -2.8, -1.4, 1.5, 2.5)
    )
    grown = np.clip((cheek_line - y) / 0.9, 0, 1) * np.clip((y + 11) / 2.5, 0, 1)
    grown = grown * np.clip((z + 0.5) / 2.5, 0, 1) * (side < 7.9)
    throat = np.clip((y + 8.5) * 0.6 + 1, 0.15, 1)
    return np.asarray(grown * throat * (1 - 0.9 * near_lips), np.float32)


def _brows(head: Head, rest: Array, valid: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Way along either brow in [0, 1] and distance across it in cm, 1.9 where there is none."""
    from scipy.spatial import cKDTree

    along = np.zeros(rest.shape[:2], np.float32)
    across = np.full(rest.shape[:2], 1.9, np.float32)
    plane = rest[..., :2].reshape(-1, 2)
    for start in (17, 22):
        points = head.vertices[head.ibug68[start : start + 5]].astype(float)
        points = points if start == 22 else points[::-1]  # from the inner end outwards
        points = points - (0, 0.27, 0)
        points[0, 1] -= 0.12
        curve = _resample(points[:, :2], 120)
        tail = curve[-1] + (curve[-1] - curve[-6]) * np.linspace(0.2, 1.0, 5)[:, None]
        curve = np.concatenate([curve, tail])
        tangent = np.gradient(curve, axis=0)
        upward = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
        upward *= np.sign(upward[:, 1:2]) / (np.linalg.norm(upward, axis=1, keepdims=True) + 1e-9)
        distance, index = cKDTree(curve).query(plane)
        offset = ((plane - curve[index]) * upward[index]).sum(1)
        signed = np.sign(offset) * np.maximum(np.abs(offset), distance * 0.999).clip(0, 1.9)
        signed = signed.reshape(across.shape)
        same_side = np.sign(rest[..., 0]) == np.sign(points[2, 0])
        near = (rest[..., 2] > 4) & valid & same_side & (np.abs(signed) < 1.6)
        along = np.where(same_side, (index / (len(curve) - 1)).reshape(along.shape), along)
        across = np.where(near, signed, across)
    return along.astype(np.float32), across.astype(np.float32)


def _resample(points: NDArray[np.floating], count: int) -> NDArray[np.floating]:
    from scipy.interpolate import CubicSpline

    knots = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return np.asarray(CubicSpline(knots, points)(np.linspace(0, knots[-1], count)))


def _polygon(corners_uv: NDArray[np.floating]) -> Array:
    """Filled closed smooth polygon through uv ``corners_uv`` (C, 2) as a (SIZE, SIZE) mask."""
    from scipy.interpolate import CubicSpline

    closed = np.concatenate([corners_uv, corners_uv[:1]]).astype(float)
    curve = CubicSpline(np.arange(len(closed)), closed, bc_type="periodic")
    edge = curve(np.linspace(0, len(closed) - 1, 12 * len(closed)))[:-1] * SIZE
    column, row = np.meshgrid(np.arange(SIZE) + 0.5, np.arange(SIZE) + 0.5)
    inside = np.zeros((SIZE, SIZE), bool)
    for (x0, y0), (x1, y1) in zip(edge, np.roll(edge, -1, 0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > row) != (y1 > row)
        inside ^= crosses & (column < (x1 - x0) * (row - y0) / (y1 - y0) + x0)
    return inside.astype(np.float32)


def noise_texture(size: int = 256, seed: int = 0) -> NDArray[np.uint8]:
    """Tileable noise (size, size, 4): x and y slope of a coarse field, that field, a fine one."""
    rng = np.random.default_rng(seed)
    frequency = np.fft.fftfreq(size) * size
    radius = np.hypot(*np.meshgrid(frequency, frequency, indexing="ij"))
    radius[0, 0] = 1

    def field(falloff: float) -> NDArray[np.floating]:
        spectrum = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
        spectrum /= radius**falloff
        spectrum[0, 0] = 0
        values = np.fft.ifft2(spectrum).real
        return np.asarray(values / values.std())

    coarse, fine = field(1.3), field(0.55)
    slopes = [np.roll(coarse, -1, axis) - np.roll(coarse, 1, axis) for axis in (0, 1)]
    layers = [0.5 + 0.16 * slope / slope.std() for slope in slopes]
    layers += [0.5 + 0.16 * coarse, 0.5 + 0.2 * fine]
    return np.asarray(np.clip(np.stack(layers, -1), 0, 1) * 255, np.uint8)


def lash_uv(head: Head) -> Array:
    """The head's uv, with v running from root to tip on every row of lashes."""
    uv = head.uv.copy()
    for eye, name in enumerate(("lashL", "lashR")):
        start, stop = head.parts[name]
        rows = 6  # cards an eye
        step = (stop - start) // rows
        for first in range(start, stop, step):
            card = np.arange(first, first + step)
            low, span = uv[card].min(0), np.ptp(uv[card], axis=0) + 1e-9
            uv[card] = (uv[card] - low) / span
            reach = np.linalg.norm(head.vertices[card] - head.eyes[eye, :3], axis=1)
            v = uv[card, 1]
            if reach[v > 0.9].mean() < reach[v < 0.1].mean():
                uv[card, 1] = 1 - v
    return uv
