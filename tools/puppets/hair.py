"""Hair as one smooth shell around the skull, with waves: little to learn, pleasant to look at.

The shell is a grid: columns go round the head (azimuth), rows from the crown downwards (polar
angle). A row first follows the skull at a distance, then, where hair is long, falls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from d2animator.head.model import Head, Indices, normalise
from tools.puppets.geometry import grid_triangles
from tools.puppets.world import Hair

Array = NDArray[np.float32]

COLUMNS = 97  # azimuths from -180 to 180 degrees; the first and the last coincide
SKULL_ROWS, FALL_ROWS = 30, 14
_CENTRE = np.array((0.0, 4.0, 1.5))
_AXIS = normalise(np.array((0.0, 0.944, -0.33)))
_FRONT = normalise(np.array((0.0, 0.33, 0.944)))
_SIDE = np.array((1.0, 0.0, 0.0))
_MAX_POLAR_DEG = 135.0
_POLAR_ROWS = 55

# Hairline: polar angle by azimuth, both in degrees, read off the neutral head. The forehead ends
# it in front, the ear lifts it at the side, the nape lets it down.
_LINE_AZIMUTH = (0, 20, 35, 48, 58, 68, 76, 86, 96, 108, 122, 140, 160, 180)
_LINE_POLAR = (61, 62, 62.5, 64, 71, 86, 93, 84, 81, 86, 97, 109, 116, 118)


class HairShell:
    """Builds hair meshes for one head model.

    Attributes:
        azimuth: Of the columns (COLUMNS,), degrees.
        axis: From the skull's middle to the crown (3,), a unit vector.
        triangles: Of the meshes.
        strand: Coordinates along and across hair (rows * COLUMNS, 2).
    """

    axis = _AXIS

    def __init__(self, head: Head) -> None:
        """Sample the skull of ``head`` once on a grid of directions."""
        self.azimuth = np.linspace(-180, 180, COLUMNS)
        self._polar = np.linspace(0, _MAX_POLAR_DEG, _POLAR_ROWS)
        self._skull, self._nearest = _sample_skull(head, self._polar, self.azimuth)
        self._vertex_polar, self._vertex_azimuth = _directions(head.vertices)
        self._ears = ~_outside_ears(head.vertices)
        self._scalp_possible = _outside_ears(head.vertices) & (head.vertices[:, 1] > -8)
        first, last = head.parts["face"][0], head.parts["head"][1]
        self._scalp_possible[:first] = False
        self._scalp_possible[last:] = False
        self.triangles = grid_triangles(SKULL_ROWS + FALL_ROWS, COLUMNS)
        self.strand = _strand_coordinates()

    def cap(self, hair: Hair) -> Array:
        """How much of each vertex (N,) lies under the hair, 0 to 1."""
        line = hairline_deg(self._vertex_azimuth, hair)
        under = np.clip((line - self._vertex_polar) / 5.0 + 0.3, 0, 1)
        return np.asarray(np.where(self._scalp_possible, under, 0), np.float32)

    def tuck_ears(
        self, hair: Hair, vertices: Array, which: NDArray[np.integer] | None = None
    ) -> Array:
        """``vertices`` (N, 3) with the ears pressed to the head as far as hair covers them.

        Args:
            hair: What covers them.
            vertices: Of the head.
            which: Indices (N,) of those that were given; None for all.
        """
        covered = float(np.clip(hair.length / 3.0, 0, 1))
        ears = self._ears if which is None else self._ears[which]
        beyond = np.maximum(np.abs(vertices[:, 0]) - 7.3, 0) * ears
        tucked = vertices.copy()
        tucked[:, 0] -= np.sign(vertices[:, 0]) * 0.8 * covered * beyond
        return tucked

    def skull_rows(
        self, t: NDArray[np.floating], polar_end_deg: NDArray[np.floating], identity_offset: Array
    ) -> NDArray[np.floating]:
        """Points (R, COLUMNS, 3) of the skull, ``t`` (R, 1) of the way from the crown.

        Args:
            t: 0 at the crown, 1 at the end.
            polar_end_deg: Polar angle (COLUMNS,) where each column ends.
            identity_offset: Displacement (N, 3) of the head's vertices.
        """
        skull = self._skull + identity_offset[self._nearest]
        return _interpolate_rows(skull, self._polar, t * polar_end_deg[None])

    @staticmethod
    def outward(points: NDArray[np.floating]) -> NDArray[np.floating]:
        """Unit vectors from the skull's middle to ``points`` (..., 3)."""
        return normalise(points - _CENTRE)

    @staticmethod
    def normals(points: NDArray[np.floating]) -> NDArray[np.floating]:
        """Outward normals of a grid (R, COLUMNS, 3) that begins at the crown."""
        return _grid_normals(points)

    def build(
        self, hair: Hair, identity_offset: Array, pressed: NDArray[np.floating] | None = None
    ) -> tuple[Array, Array]:
        """Points and normals of the shell, both (rows * COLUMNS, 3), in head space.

        Args:
            hair: What it is like.
            identity_offset: Displacement (N, 3) of the head's vertices.
            pressed: Polar angle (COLUMNS,), degrees, down to which a hat presses the hair to the
                head; None for no hat.
        """
        polar_end = self._polar_end(hair)
        t = np.linspace(0, 1, SKULL_ROWS)[:, None]
        on_skull = self.skull_rows(t, polar_end, identity_offset)
        free = np.ones((SKULL_ROWS + FALL_ROWS, COLUMNS))
        if pressed is not None:
            free[:SKULL_ROWS] = _smooth(-4, 30, t * polar_end[None] - pressed[None])
        distance = self._distance(hair, t, on_skull)
        distance = np.minimum(distance, 0.3 + (distance - 0.3) * free[:SKULL_ROWS])
        points = on_skull + self.outward(on_skull) * distance[..., None]
        points = np.concatenate([points, self._fall(hair, points[-1])])
        points = points + _grid_normals(points) * (self._waves(hair) * free)[..., None]
        normals = _grid_normals(points)
        return points.reshape(-1, 3).astype(np.float32), normals.reshape(-1, 3).astype(np.float32)

    def _polar_end(self, hair: Hair) -> Array:
        """Polar angle (COLUMNS,) at which each column leaves the skull."""
        side = np.abs(self.azimuth)
        line = hairline_deg(self.azimuth, hair)
        fringe = np.degrees(hair.fringe / 9.5) * _smooth(50, 25, side)
        falls = _fall_weight(side) * np.clip(hair.length / 2.0, 0, 1)
        return np.asarray(line + fringe + falls * (np.minimum(line, 84.0) - line), np.float32)

    def _distance(
        self, hair: Hair, t: NDArray[np.floating], on_skull: NDArray[np.floating]
    ) -> Array:
        """Distance from the skull (SKULL_ROWS, COLUMNS): tapered where hair ends on the skin."""
        falls = _fall_weight(np.abs(self.azimuth)) * np.clip(hair.length / 2.0, 0, 1)
        taper = 1 - 0.9 * _smooth(0.72, 1.0, t) * (1 - falls[None])
        over_ears = _smooth(60, 85, np.abs(self.azimuth)) * _smooth(130, 110, np.abs(self.azimuth))
        distance = hair.volume * taper + 0.12 + 0.35 * (falls * over_ears)[None] * t
        groove = np.exp(-(((on_skull[..., 0] - 2.4 * hair.parting) / 0.45) ** 2))
        frontal = _smooth(0.25, 0.5, t) * _smooth(1.0, 0.75, t)
        frontal = frontal * _smooth(100, 60, np.abs(self.azimuth))[None]
        return np.asarray(distance - 0.45 * hair.volume * groove * frontal, np.float32)

    def _fall(self, hair: Hair, start: Array) -> Array:
        """Rows (FALL_ROWS, COLUMNS, 3) that hang from ``start`` (COLUMNS, 3)."""
        weight = _fall_weight(np.abs(self.azimuth)) * max(hair.length, 0.0)
        s = np.linspace(0, 1, FALL_ROWS + 1)[1:, None]
        fallen = np.repeat(start[None], FALL_ROWS, axis=0)
        fallen[..., 1] -= s * weight[None]
        widen = 1 + hair.flare * s * np.clip(weight, 0, 1)[None]
        # The tip turns inwards a little, as cut hair does.
        widen = widen - 0.10 * s**3 * np.clip(weight / 6, 0, 1)[None]
        fallen[..., 0] *= widen
        fallen[..., 2] = (fallen[..., 2] + 1.0) * widen - 1.0
        return fallen

    def _waves(self, hair: Hair) -> Array:
        """Displacement (rows, COLUMNS) along the normal, in cm."""
        rows = np.concatenate(
            [np.linspace(0, 1, SKULL_ROWS), 1 + np.linspace(0, 1, FALL_ROWS + 1)[1:] * 0.9]
        )[:, None]
        phase = np.radians(self.azimuth)[None] * np.round(hair.wave_count)
        swing = 2.2 * np.sin(5.0 * rows) * np.clip(hair.wave * 3, 0, 1)
        ridge = np.sin(phase + swing) + 0.4 * np.sin(2 * phase + 1.3 + 1.5 * swing)
        return np.asarray(hair.wave * _smooth(0.1, 0.5, rows) * ridge, np.float32)


def hairline_deg(azimuth_deg: NDArray[np.floating], hair: Hair) -> NDArray[np.floating]:
    """Polar angle of the hairline at ``azimuth_deg``, both in degrees."""
    side = np.abs(azimuth_deg)
    line = np.interp(side, _LINE_AZIMUTH, _LINE_POLAR)
    temples = np.interp(side, (0, 18, 34, 50, 66), (5, 8, 17, 12, 0))
    return np.asarray(line - hair.recession * temples)


def _fall_weight(side_deg: NDArray[np.floating]) -> NDArray[np.floating]:
    return _smooth(56, 76, side_deg)


def _smooth(low: float, high: float, value: NDArray[np.floating]) -> NDArray[np.floating]:
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _outside_ears(points: Array) -> NDArray[np.bool_]:
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    return ~((x > 7.3) & (y > -3.5) & (y < 5.6) & (z > -3.4) & (z < 3.3))


def _directions(points: Array) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Polar angle and azimuth in degrees of ``points`` (N, 3) around the crown's axis."""
    ray = normalise(points - _CENTRE)
    polar = np.degrees(np.arccos(np.clip(ray @ _AXIS, -1, 1)))
    return polar, np.degrees(np.arctan2(ray @ _SIDE, ray @ _FRONT))


def _sample_skull(
    head: Head, polar_deg: NDArray[np.floating], azimuth_deg: NDArray[np.floating]
) -> tuple[Array, Indices]:
    """Skull points (rows, columns, 3) in given directions and the vertex nearest to each."""
    from scipy.spatial import cKDTree

    first, last = head.parts["face"][0], head.parts["head"][1]
    skin = np.arange(first, last)
    skin = skin[_outside_ears(head.vertices[skin]) & (head.vertices[skin][:, 1] > -10)]
    vertices = head.vertices[skin].astype(float)
    theta, phi = np.meshgrid(np.radians(polar_deg), np.radians(azimuth_deg), indexing="ij")
    rays = np.cos(theta)[..., None] * _AXIS + np.sin(theta)[..., None] * (
        np.cos(phi)[..., None] * _FRONT + np.sin(phi)[..., None] * _SIDE
    )
    offset = vertices - _CENTRE
    radius = np.linalg.norm(offset, axis=1)
    distance, index = cKDTree(offset / radius[:, None]).query(rays.reshape(-1, 3), k=10)
    weight = 1 / (distance + 0.01) ** 2
    along = (radius[index] * weight).sum(1) / weight.sum(1)
    skull = _CENTRE + rays * along.reshape(rays.shape[:2])[..., None]
    nearest = skin[index[:, 0]].reshape(rays.shape[:2])
    return skull.astype(np.float32), nearest.astype(np.int32)


def _interpolate_rows(
    grid: Array, positions: NDArray[np.floating], wanted: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Rows of ``grid`` (R, C, 3), given at uniform ``positions``, at ``wanted`` (S, C)."""
    place = np.clip(wanted / (positions[1] - positions[0]), 0, len(positions) - 1.001)
    below = place.astype(int)
    fraction = (place - below)[..., None]
    column = np.arange(grid.shape[1])[None]
    result: NDArray[np.floating] = (
        grid[below, column] * (1 - fraction) + grid[below + 1, column] * fraction
    )
    return result


def _grid_normals(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """Outward normals of a grid (R, C, 3) that closes in its columns."""
    across = np.roll(points[:, :-1], -1, 1) - np.roll(points[:, :-1], 1, 1)
    across = np.concatenate([across, across[:, :1]], 1)
    down = np.gradient(points, axis=0)
    normals = np.cross(down, across)
    normals[0] = _AXIS  # at the crown all columns meet
    return normalise(normals)


def _strand_coordinates() -> Array:
    """(rows * COLUMNS, 2): azimuth in turns and way from root to tip, 0 to 1."""
    rows = SKULL_ROWS + FALL_ROWS
    turn = np.tile(np.linspace(0, 1, COLUMNS), (rows, 1))
    way = np.repeat(np.linspace(0, 1, rows)[:, None], COLUMNS, 1)
    return np.stack([turn, way], -1).reshape(-1, 2).astype(np.float32)
