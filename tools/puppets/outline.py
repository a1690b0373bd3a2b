"""The visible contour of a puppet's face, as people mark it on photographs.

The landmarks' contour runs along the jaw: the same points of the head in every picture, which is
what motion needs. Who annotates a photograph marks the face's edge instead, evenly from one ear to
the other: where a cheek hides the jaw, the cheek. Here that edge is found on the mesh, by "landmark
marching" (Zhu et al. 2015): each point of the contour may march forward over the face along its own
line, and does so to wherever this line sticks out most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from d2animator.faces.layouts import PARTS
from d2animator.head.model import Head
from tools.puppets import geometry
from tools.puppets.hair import HairShell
from tools.puppets.renderer import follow_weights
from tools.puppets.world import look_from_z, state_from_z

Array = NDArray[np.float32]

COUNT = len(PARTS["contour"])
_CHIN = COUNT // 2
# Vertices of a line: as far from the middle of the face as these shares of the contour's distance.
_REACH = (0.5, 1.15)
# A line ends so far behind the contour: at once beside the face, where ears begin; under the chin,
# whose edge lies below the contour, half-way to the neck.
_BEHIND_CM = (0.3, 1.3)


@dataclass(frozen=True)
class Marked:
    """One puppet's points in pixels of a picture.

    Attributes:
        landmarks: (96, 2), the pupils left out.
        outline: (33, 2) the visible contour, ordered as the landmarks' own.
    """

    landmarks: Array
    outline: Array


class OutlineMarker:
    """Marks puppets; draws nothing, so no OpenGL context is opened."""

    def __init__(self, head: Head) -> None:
        """Find the lines along which the contour may march."""
        contour = head.wflw96[:COUNT]
        lines = _lines(head, contour)
        vertices = np.unique(np.concatenate([head.wflw96, head.ibug68, *lines]))
        self._vertices, self._hair = vertices, HairShell(head)
        self._place = {int(vertex): index for index, vertex in enumerate(vertices)}
        self._head = head
        self._rest = head.vertices[vertices]
        self._identity = _columns(head.identity_modes, vertices)
        self._expression = _columns(head.expression_shapes, vertices)
        self._follow = follow_weights(head)[vertices]
        self._landmarks = self._at(head.wflw96)
        self._frame = self._at(head.ibug68)
        self._lines = [self._at(line) for line in lines]

    def mark(self, z: Array, size: int) -> Marked:
        """Mark the puppet of a code ``z`` in the picture of ``size`` that the renderer draws."""
        look, state = look_from_z(z), state_from_z(z)
        count = len(look.identity)
        neutral = self._rest + np.tensordot(look.identity, self._identity[:count], 1)
        neutral = self._hair.tuck_ears(look.hair, neutral, self._vertices)
        weights = self._head.expression_weights(state.expression)
        shape = neutral + np.tensordot(weights, self._expression, 1)
        matrix = geometry.head_matrix(geometry.head_rotation(state.yaw_pitch_roll_deg))
        world = geometry.turned(shape, matrix, self._follow)
        framed = geometry.moved(neutral[self._frame], matrix)
        projection = geometry.crop_projection(framed)
        flat = geometry.project(world, projection, size)
        middle = geometry.project(
            world[self._landmarks[:COUNT]].mean(0, keepdims=True), projection, size
        )[0]
        landmarks = flat[self._landmarks]
        return Marked(landmarks, evenly(self._march(flat, landmarks[:COUNT], middle)))

    def _march(self, flat: Array, contour: Array, middle: Array) -> Array:
        """Where each point's line sticks out most, (33, 2)."""
        edge = contour.copy()
        for index, line in enumerate(self._lines):
            outward = contour[index] - middle
            reach = (flat[line] - middle) @ outward
            farthest = int(reach.argmax())
            if reach[farthest] > outward @ outward:
                edge[index] = flat[line[farthest]]
        return edge

    def _at(self, vertices: NDArray[np.integer]) -> NDArray[np.int64]:
        return np.array([self._place[int(vertex)] for vertex in vertices])


def evenly(edge: Array) -> Array:
    """Spread the points of an edge (33, 2) evenly, on either side of the chin.

    Neighbours are averaged first: a mesh has no point just where its edge is.
    """
    smooth = edge.copy()
    smooth[1:-1] = (edge[:-2] + 2 * edge[1:-1] + edge[2:]) / 4
    halves = (smooth[: _CHIN + 1], smooth[_CHIN:])
    first, second = (_spread(half) for half in halves)
    return np.concatenate([first, second[1:]]).astype(np.float32)


def _spread(line: Array) -> Array:
    along = np.r_[0, np.linalg.norm(np.diff(line, axis=0), axis=1).cumsum()]
    even = np.linspace(0, along[-1], len(line))
    return np.stack([np.interp(even, along, line[:, axis]) for axis in (0, 1)], 1)


def _lines(head: Head, contour: NDArray[np.integer]) -> list[NDArray[np.int64]]:
    """Vertices of the face's skin that lie between each point of the contour and its middle."""
    start, stop = head.parts["face"]
    skin = head.vertices[start:stop]
    middle = head.vertices[contour].mean(0)
    polar = np.arctan2(skin[:, 0] - middle[0], skin[:, 1] - middle[1])
    radius = np.hypot(skin[:, 0] - middle[0], skin[:, 1] - middle[1])
    own = head.vertices[contour]
    own_polar = np.arctan2(own[:, 0] - middle[0], own[:, 1] - middle[1])
    own_radius = np.hypot(own[:, 0] - middle[0], own[:, 1] - middle[1])
    lines = []
    for index in range(len(contour)):
        near = np.abs(_turned(own_polar - own_polar[index]))
        half = np.sort(near)[1] / 2
        inside = np.abs(_turned(polar - own_polar[index])) <= half
        share = radius / own_radius[index]
        fits = inside & (share >= _REACH[0]) & (share <= _REACH[1])
        behind = np.interp(-np.cos(own_polar[index]), (0, 1), _BEHIND_CM)
        fits &= skin[:, 2] >= own[index, 2] - behind
        lines.append(start + np.flatnonzero(fits))
    return lines


def _turned(angle: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)


def _columns(modes: Array, vertices: NDArray[np.integer]) -> Array:
    """Modes (K, 3N) of some vertices alone, (K, V, 3)."""
    return np.ascontiguousarray(modes.reshape(len(modes), -1, 3)[:, vertices])
