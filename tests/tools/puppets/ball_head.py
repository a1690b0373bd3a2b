"""A made-up FaceXModel: an egg with the real model's vertex ranges, landmarks and shape names.

The real head model is not part of the repository. This one lets packing, loading and rendering be
tested whole: its landmark vertices sit where a face has them.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from d2animator.head.model import landmark_vertices
from tools.puppets.world import sample_z, state_from_z

COUNT = 26719
SKIN = 11248
IDENTITY_MODES = 24
_RADII = np.array((8.5, 11.0, 9.5))
_CENTRE = np.array((0.0, 2.0, 1.0))

# iBUG points 17-67 on the egg's front, x and y in cm (the contour is spread along the jaw).
_BROW = [(-5.0, 5.0), (-4.0, 5.6), (-3.2, 5.7), (-2.4, 5.5), (-1.4, 5.1)]
_EYE = [(-4.5, 3.6), (-3.6, 4.1), (-2.7, 4.1), (-1.8, 3.6), (-2.7, 3.2), (-3.6, 3.2)]
_NOSE = [(0, 3.5), (0, 2.5), (0, 1.5), (0, 0.5), (-1.2, -0.5), (-0.6, -0.7), (0, -0.8)]
_NOSE += [(0.6, -0.7), (1.2, -0.5)]


def write_facexmodel(folder: Path) -> Path:
    """Write neutral, expression and identity OBJs to ``folder``."""
    rng = np.random.default_rng(0)
    vertices = _neutral(rng)
    texture = np.clip((vertices[:, :2] - (0, 2)) / 26 + 0.5, 0.01, 0.99)
    faces = _faces(vertices)
    _write(folder / "generic_neutral_mesh.obj", vertices, texture, faces)
    names = sorted(state_from_z(sample_z(0, 0)).expression.keys() | _all_expressions())
    for name in names:
        moved = vertices.copy()
        lower = (vertices[:, 1] < -1) & (vertices[:, 2] > 5)
        if name == "jawOpen":
            moved[lower, 1] -= 2.0
        else:
            moved[: SKIN // 2] += rng.normal(0, 0.05, 3)
        _write(folder / f"{name}.obj", moved)
    for index in range(IDENTITY_MODES):
        _write(folder / f"identity{index:03d}.obj", vertices * (1 + 0.01 * np.eye(3)[index % 3]))
    (folder / "vertex_indices.json").write_text(json.dumps({"expressions": names}), "utf-8")
    return folder


def _all_expressions() -> set[str]:
    found: set[str] = set()
    for index in range(60):
        found |= state_from_z(3 * sample_z(9, index)).expression.keys()
    return found


def _neutral(rng: np.random.Generator) -> NDArray[np.floating]:
    directions = rng.normal(size=(COUNT, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    vertices = _CENTRE + directions * _RADII
    inside = np.arange(COUNT) >= SKIN
    vertices[inside] = (0, -3, 6) + 0.8 * directions[inside]
    for side, ranges in (
        (1, ((21451, 22221), (25047, 25199), (25351, 26035))),
        (-1, ((23021, 23791), (25199, 25351), (26035, 26719))),
    ):
        for start, stop in ranges:
            vertices[start:stop] = (side * 3.1, 3.6, 8.0) + 1.6 * directions[start:stop]
    for place, vertex in zip(_ibug(), landmark_vertices()["ibug68"], strict=True):
        vertices[vertex] = _on_egg(place)
    wflw = landmark_vertices()["wflw96"]
    eye = [_EYE[0], _EYE[1], (-3.1, 4.2), _EYE[2], _EYE[3], _EYE[4], (-3.1, 3.1), _EYE[5]]
    mirrored = [eye[index] for index in (4, 3, 2, 1, 0, 7, 6, 5)]
    for vertex, (x, y) in zip(wflw[60:76], [*eye, *((-x, y) for x, y in mirrored)], strict=True):
        vertices[vertex] = _on_egg((x, y))
    return vertices


def _ibug() -> list[tuple[float, float]]:
    angle = np.linspace(-2.9, -0.24, 17)
    contour = [(7.5 * np.cos(a), 2.0 + 8.5 * np.sin(a)) for a in angle]
    mirror = lambda points: [(-x, y) for x, y in reversed(points)]  # noqa: E731
    right_eye = [_EYE[i] for i in (3, 2, 1, 0, 5, 4)]
    turn = np.linspace(np.pi, -np.pi, 13)[:-1]
    outer = [(2.5 * np.cos(a), -3.0 + 0.9 * np.sin(a)) for a in turn]
    inner = [(1.8 * np.cos(a), -3.0 + 0.2 * np.sin(a)) for a in turn[:: 12 // 8 or 1][:8]]
    return [
        *contour,
        *_BROW,
        *mirror(_BROW),
        *_NOSE,
        *_EYE,
        *((-x, y) for x, y in right_eye),
        *outer,
        *inner,
    ]


def _on_egg(place: tuple[float, float]) -> NDArray[np.floating]:
    flat = (np.array(place) - _CENTRE[:2]) / _RADII[:2]
    depth = np.sqrt(max(1 - float(flat @ flat), 0.02))
    return np.array((*place, _CENTRE[2] + _RADII[2] * depth))


def _faces(vertices: NDArray[np.floating]) -> NDArray[np.int64]:
    hull = ConvexHull((vertices[:SKIN] - _CENTRE) / _RADII).simplices.astype(np.int64)
    a, b, c = (vertices[hull[:, corner]] for corner in range(3))
    inward = (np.cross(b - a, c - a) * (a - _CENTRE)).sum(1) < 0
    hull[inward] = hull[inward][:, [0, 2, 1]]
    hull.sort(axis=1)  # parts are told by a face's first vertex; orientation is restored below
    a, b, c = (vertices[hull[:, corner]] for corner in range(3))
    inward = (np.cross(b - a, c - a) * (a - _CENTRE)).sum(1) < 0
    hull[inward] = hull[inward][:, [0, 2, 1]]
    fill = np.arange(SKIN, COUNT - 3, 3)[:, None] + np.arange(3)
    return np.concatenate([hull, fill])


def _write(
    path: Path,
    vertices: NDArray[np.floating],
    texture: NDArray[np.floating] | None = None,
    faces: NDArray[np.int64] | None = None,
) -> None:
    lines = [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in vertices.tolist()]
    if texture is not None and faces is not None:
        lines += [f"vt {u:.4f} {v:.4f}" for u, v in texture.tolist()]
        lines += [f"f {a}/{a} {b}/{b} {c}/{c}" for a, b, c in (faces + 1).tolist()]
    path.write_text("\n".join(lines) + "\n", "utf-8")
