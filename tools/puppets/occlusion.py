"""Ambient occlusion of the head: how much of the sky each vertex sees."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.head.model import Head, NormalField, normalise

Array = NDArray[np.float32]

_DIRECTIONS = 64
_MAP_SIZE = 512
_EXTENT_CM = np.array((22.0, 22.0, 30.0))
_VERTEX = """#version 330
in vec3 position; uniform mat4 view;
void main() { gl_Position = view * vec4(position, 1.0); }"""
_FRAGMENT = "#version 330\nvoid main() {}"


def ambient_occlusion(gl: Any, head: Head, field: NormalField, normals: Array) -> Array:
    """Visible part of the sky (N, 2) in [0, 1], with the mouth closed and with it open.

    One depth map for each of a few dozen directions spread evenly over the sphere.
    """
    program = gl.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
    depth = gl.depth_texture((_MAP_SIZE, _MAP_SIZE))
    target = gl.framebuffer(depth_attachment=depth)
    solid = np.concatenate(
        [head.part_triangles[name] for name in ("face", "head", "socket", "gums", "teeth")]
    )
    triangles = gl.buffer(np.ascontiguousarray(solid, "i4").tobytes())
    results = []
    for jaw_open in (0.0, 0.85):
        weights = np.zeros(len(head.expression_names), np.float32)
        weights[head.expression_index["jawOpen"]] = jaw_open
        vertices = (head.vertices + head.expression_offset(weights)).astype(np.float32)
        shape_normals = field(vertices) if jaw_open else normals
        points = gl.buffer(vertices.tobytes())
        mesh = gl.vertex_array(program, [(points, "3f", "position")], triangles)
        visible, weight = np.zeros(len(vertices)), np.full(len(vertices), 1e-6)
        for direction in _sphere(_DIRECTIONS):
            facing = np.clip(shape_normals @ direction, 0, 1)
            visible += facing * _visible(target, depth, program, mesh, vertices, direction)
            weight += facing
        smooth = field.smooth(field.smooth((visible / weight)[:, None].astype(np.float32)))
        results.append(np.clip(smooth * 1.15, 0, 1))
    return np.concatenate(results, 1).astype(np.float32)


def _visible(
    target: Any, depth: Any, program: Any, mesh: Any, vertices: Array, direction: NDArray[Any]
) -> NDArray[np.bool_]:
    """Which vertices nothing hides from ``direction`` (3,)."""
    z = -direction
    x = normalise(np.cross((0, 1, 0.01), z))
    rotation = np.stack([x, np.cross(z, x), z]) / _EXTENT_CM[:, None]
    shift = -rotation @ np.array((0, -2, 1.0))
    view = np.eye(4, dtype=np.float32)
    view[:3, :3], view[:3, 3] = rotation, shift
    program["view"].write(np.ascontiguousarray(view.T).tobytes())
    target.use()
    target.clear(depth=1.0)
    mesh.render()
    nearest = np.frombuffer(depth.read(), np.float32).reshape(_MAP_SIZE, _MAP_SIZE)
    place = (vertices @ rotation.T + shift) * 0.5 + 0.5
    pixel = np.clip((place[:, :2] * _MAP_SIZE).astype(int), 0, _MAP_SIZE - 1)
    return np.asarray(place[:, 2] <= nearest[pixel[:, 1], pixel[:, 0]] + 0.006)


def _sphere(count: int) -> NDArray[Any]:
    """Directions (about ``count``, 3) from above and the sides; shoulders hide those from below."""
    index = np.arange(count) + 0.5
    polar = np.arccos(1 - 2 * index / count)
    azimuth = np.pi * (1 + 5**0.5) * index
    directions = np.stack(
        [np.cos(azimuth) * np.sin(polar), np.cos(polar), np.sin(azimuth) * np.sin(polar)], 1
    )
    return directions[directions[:, 1] > -0.55]
