"""Meshes of what puppets wear, in centimetres of head space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from d2animator.head.model import Indices, normalise
from tools.puppets.geometry import Mesh, grid_triangles
from tools.puppets.hair import COLUMNS, HairShell
from tools.puppets.wear import Garment, Glasses, Hat

Array = NDArray[np.float32]

_AROUND = 8  # points around a tube
_RIM, _BRIDGE, _TEMPLE = 48, 10, 14  # points along the tubes of the frame
HAT_ROWS = 26
PEAK_ROWS, PEAK_COLUMNS = 10, 33
_PEAK_HALF_ANGLE = 62.0  # degrees
COLLAR_ROWS, COLLAR_COLUMNS = 14, 65
# Where a hat ends: polar angle by azimuth, degrees, as the hairline is given.
_LINE_AZIMUTH, _LINE_POLAR = (0, 45, 75, 110, 150, 180), (56, 62, 74, 84, 96, 102)


# -- glasses -------------------------------------------------------------------------------------


def frame_triangles() -> Indices:
    """Triangles of `frame_points`: two rims, a bridge, two temples."""
    parts, first = [], 0
    for along in (_RIM, _RIM, _BRIDGE, _TEMPLE, _TEMPLE):
        parts.append(grid_triangles(along, _AROUND + 1) + first)
        first += along * (_AROUND + 1)
    return np.concatenate(parts).astype(np.int32)


def frame_points(glasses: Glasses, eyes: Array, nose: Array, ears: Array) -> tuple[Array, Array]:
    """Points and normals (N, 3) of a frame.

    Args:
        glasses: What it is like.
        eyes: Centres and radii (2, 4) of the eyeballs, left first.
        nose: The root of the nose (3,).
        ears: Where the temples rest (2, 3), left first.
    """
    tubes = []
    rims = [_rim(glasses, eye, nose) for eye in eyes]
    tubes += [_tube(rim, glasses.thickness, closed=True) for rim in rims]
    ends = [rim[np.abs(rim[:, 0]).argmin()] for rim in rims]
    way = np.linspace(0, 1, _BRIDGE)[:, None]
    bridge = ends[0] + (ends[1] - ends[0]) * way
    bridge = bridge + np.sin(np.pi * way) * (0.0, 0.30, 0.25) + (0.0, 0.35, 0.0)
    tubes.append(_tube(bridge, glasses.thickness, closed=False))
    for side, rim, ear in zip((1.0, -1.0), rims, ears, strict=True):
        outer = rim[(side * rim[:, 0]).argmax()] + (0.0, 0.45, 0.0)
        tubes.append(_tube(_temple(outer, ear, side), 0.8 * glasses.thickness, closed=False))
    return (
        np.concatenate([points for points, _ in tubes]).astype(np.float32),
        np.concatenate([normals for _, normals in tubes]).astype(np.float32),
    )


def _rim(glasses: Glasses, eye: Array, nose: Array) -> NDArray[np.floating]:
    """One closed line (_RIM, 3) around an eye, in front of its lashes."""
    angle = np.linspace(0, 2 * np.pi, _RIM)
    power = 2 / glasses.squareness
    across, up = (np.sign(f) * np.abs(f) ** power for f in (np.cos(angle), np.sin(angle)))
    x = eye[0] * 1.04 + glasses.half_width * across
    y = eye[1] - 0.35 + glasses.half_height * up * (1 + 0.06 * up)
    # The frame bows round the face, and leans forward at the top.
    front = max(float(eye[2] + eye[3]) + 1.15, float(nose[2]) + 0.1)
    return np.stack([x, y, front - 0.045 * x**2 + 0.06 * (y - eye[1])], -1)


def _temple(
    start: NDArray[np.floating], ear: NDArray[np.floating], side: float
) -> NDArray[np.floating]:
    """A line (_TEMPLE, 3) from the rim round the temple to the ear."""
    hinge = np.array((ear[0] - 0.5 * side, start[1], start[2] - 1.6))
    behind = ear + np.array((0.0, -0.9, -1.6))
    knots = np.stack([start, hinge, ear, behind])
    place = np.linspace(0, 3, _TEMPLE)
    return np.stack([np.interp(place, np.arange(4), knots[:, axis]) for axis in range(3)], -1)


def _tube(
    path: NDArray[np.floating], radius: float, *, closed: bool
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Points and normals of a tube of (len(path), _AROUND + 1) points around a line."""
    if closed:
        ahead = np.roll(path[:-1], -1, 0) - np.roll(path[:-1], 1, 0)
        ahead = np.concatenate([ahead, ahead[:1]])
    else:
        ahead = np.gradient(path, axis=0)
    ahead = normalise(ahead)
    first = normalise(np.cross(ahead, (0.3, 0.2, 1.0)))
    second = np.cross(ahead, first)
    angle = np.linspace(0, 2 * np.pi, _AROUND + 1)[None, :, None]
    normals = np.cos(angle) * first[:, None] + np.sin(angle) * second[:, None]
    points = path[:, None] + radius * normals
    return points.reshape(-1, 3), normals.reshape(-1, 3)


# -- hats ----------------------------------------------------------------------------------------


def hat_line_deg(azimuth_deg: NDArray[np.floating]) -> NDArray[np.floating]:
    """Polar angle at which hats end at ``azimuth_deg``, both in degrees."""
    return np.asarray(np.interp(np.abs(azimuth_deg), _LINE_AZIMUTH, _LINE_POLAR))


def hat_points(hat: Hat, shell: HairShell, identity_offset: Array) -> tuple[Array, Array]:
    """Points and normals (HAT_ROWS * COLUMNS, 3) of a hat's crown and turn-up."""
    t = np.linspace(0, 1, HAT_ROWS - 1)[:, None]
    skull = shell.skull_rows(t, hat_line_deg(shell.azimuth), identity_offset)
    outward = shell.outward(skull)
    # A knitted hat has a thick turn-up and a loose top; a cap is thinner and flat in front.
    turn_up = 0.38 * hat.is_knitted * np.clip((t - 0.74) / 0.03, 0, 1)
    crown = 1.25 if hat.is_knitted else 0.55
    distance = (0.8 + turn_up) * np.ones_like(skull[..., 0])
    points = skull + outward * distance[..., None] + shell.axis * (crown * (1 - t) ** 2)[..., None]
    # The edge turns back to the head, or one would look into it.
    points = np.concatenate([points, (skull[-1:] + outward[-1:] * 0.05)])
    normals = shell.normals(points)
    return points.reshape(-1, 3).astype(np.float32), normals.reshape(-1, 3).astype(np.float32)


def peak_points(shell: HairShell, identity_offset: Array) -> tuple[Array, Array]:
    """Points and normals (PEAK_ROWS * PEAK_COLUMNS, 3) of a cap's peak."""
    azimuth = np.linspace(-_PEAK_HALF_ANGLE, _PEAK_HALF_ANGLE, PEAK_COLUMNS)
    skull = shell.skull_rows(np.ones((1, 1)), hat_line_deg(shell.azimuth), identity_offset)[0]
    edge = skull + shell.outward(skull) * 0.75
    base = np.stack([np.interp(azimuth, shell.azimuth, edge[:, axis]) for axis in range(3)], -1)
    reach = np.sqrt(np.clip(1 - (azimuth / _PEAK_HALF_ANGLE) ** 2, 0, 1))
    r = np.linspace(0, 1, PEAK_ROWS)[:, None]
    points = np.repeat(base[None], PEAK_ROWS, 0)
    points[..., 2] += 5.2 * r * reach
    points[..., 1] -= r * reach * (0.35 + 0.7 * r)
    across, out = np.gradient(points, axis=1), np.gradient(points, axis=0)
    normals = normalise(np.cross(out + 1e-6, across))
    return points.reshape(-1, 3).astype(np.float32), normals.reshape(-1, 3).astype(np.float32)


def hat_triangles() -> Indices:
    """Triangles of `hat_points`."""
    return grid_triangles(HAT_ROWS, COLUMNS)


def peak_triangles() -> Indices:
    """Triangles of `peak_points`."""
    return grid_triangles(PEAK_ROWS, PEAK_COLUMNS)


# -- collar --------------------------------------------------------------------------------------


def collar_mesh(garment: Garment, neckline: float) -> Mesh:
    """A rolled collar around the neck at rest, or one that is open in front.

    Args:
        garment: Says which, and how high it stands.
        neckline: Where the garment ends, y in cm.
    """
    # A profile from inside the collar over its roll down its outside: distance from the neck, and
    # height above the neckline in units of the collar's.
    around = np.linspace(0, 2 * np.pi, COLLAR_COLUMNS)
    roll = np.linspace(0, 1, COLLAR_ROWS)[:, None]
    from_front = np.degrees(np.abs((around + np.pi) % (2 * np.pi) - np.pi))
    gap = np.clip((from_front - 8) / 22, 0, 1)
    height = garment.collar + 0.85 * garment.shirt * gap * gap * (3 - 2 * gap)
    out = np.interp(roll, (0, 0.25, 0.4, 0.55, 1), (0.25, 0.3, 0.55, 0.95, 1.15)) * height
    up = np.interp(roll, (0, 0.3, 0.4, 0.5, 1), (-0.3, 0.92, 1.0, 0.92, -0.45)) * 3.4 * height
    y = neckline + up
    half_width = np.interp(-y, (7, 9, 10, 11, 12, 13), (5.7, 5.75, 6.1, 6.9, 7.9, 9.0)) + out
    half_depth = np.interp(-y, (7, 9, 10, 11, 12, 13), (5.6, 5.6, 5.8, 6.0, 6.3, 6.5)) + out
    centre = np.interp(-y, (7, 9, 10, 11, 12, 13), (0.0, -0.4, -0.7, -1.2, -1.8, -2.4))
    points = np.stack(
        [
            half_width * np.sin(around),
            y - 0.5 * np.cos(around),  # lower in front
            centre + half_depth * np.cos(around),
        ],
        -1,
    )
    normals = normalise(np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0)) + 1e-9)
    return Mesh(
        points.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        grid_triangles(COLLAR_ROWS, COLLAR_COLUMNS),
    )
