"""Packs the public ``FaceXModel`` OBJ files of ICT FaceKit into one head model file.

The full model has eyeballs, lashes and inner parts as ranges of one mesh of 26,719 vertices. We
keep what is visible, drop the hindmost molars, replace the eyeballs by spheres (they are drawn
analytically) and store all shapes in half precision, byte planes apart, which compresses well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import ConfigError, MediaError, OutputError

Array = NDArray[np.float32]

# Vertex ranges of the parts in the unpacked mesh.
_PARTS = {
    "face": (0, 9409),
    "head": (9409, 11248),
    "socket": (11248, 13294),
    "gums": (14062, 17039),
    "teeth": (17039, 21451),
    "occL": (25047, 25199),
    "occR": (25199, 25351),
    "lashL": (25351, 26035),
    "lashR": (26035, 26719),
}
_MOLARS = ((17039, 17416), (18870, 19247), (19247, 19602), (21096, 21451))
_EYEBALLS = ((21451, 22221), (23021, 23791))  # left, right
_VERTICES = 26719


@dataclass(frozen=True)
class ObjMesh:
    """Vertices (N, 3), texture coordinates (M, 2), faces as vertex and as texture indices."""

    vertices: Array
    texture: Array
    faces: list[list[int]]
    texture_faces: list[list[int]]


def pack_head(folder: str | Path, target: str | Path, identity_modes: int = 60) -> None:
    """Write the packed head model that `d2animator.head.model.load_head` reads.

    Args:
        folder: ``FaceXModel`` with ``generic_neutral_mesh.obj``, ``identity000.obj`` ...,
            one OBJ an expression and ``vertex_indices.json``.
        target: The ``.npz`` to write.
        identity_modes: How many identity modes to keep, the first ones; 60 leave out 0.07 cm of
            0.62 cm (root mean square).

    Raises:
        ConfigError: ``identity_modes`` is not positive.
        MediaError: A file is missing or not as expected.
        OutputError: The target cannot be written.
    """
    if identity_modes < 1:
        raise ConfigError("identity_modes", f"must be at least 1, got {identity_modes}")
    folder, target = Path(folder), Path(target)
    mesh = read_obj(_existing(folder / "generic_neutral_mesh.obj"))
    if len(mesh.vertices) != _VERTICES:
        raise MediaError(
            folder, f"expected a mesh of {_VERTICES} vertices, got {len(mesh.vertices)}"
        )
    table = json.loads(_existing(folder / "vertex_indices.json").read_text("utf-8"))
    names = list(table["expressions"])
    expressions = _offsets(mesh, [folder / f"{name}.obj" for name in names])
    identities = _offsets(mesh, [folder / f"identity{i:03d}.obj" for i in range(identity_modes)])
    kept, parts = _kept_vertices()
    tiny = np.abs(expressions) < 2e-4  # noise of the scans; zeros compress
    fields: dict[str, Any] = {
        "V": mesh.vertices[kept],
        "tri": _triangles(mesh, kept),
        "uv": _face_uv(mesh)[kept].astype(np.float16),
        "src": kept.astype(np.uint16),
        "names": np.array(names),
        "part_names": np.array(list(parts)),
        "parts": np.array(list(parts.values())),
        "eye0": _eyeballs(mesh.vertices),
        "eyeid": np.stack([_eyeballs(mesh.vertices + mode) for mode in identities])
        - _eyeballs(mesh.vertices),
    }
    for name, shapes in (("id", identities), ("ex", np.where(tiny, 0, expressions))):
        fields[f"{name}_planes"] = _byte_planes(shapes[:, kept])
        fields[f"{name}_shape"] = np.array(shapes[:, kept].shape)
    try:
        np.savez_compressed(target, **fields)
    except OSError as error:
        raise OutputError(target, str(error)) from error


def read_obj(path: Path) -> ObjMesh:
    """Read an OBJ file with triangles or quads that carry texture coordinates."""
    vertices, texture, faces, texture_faces = [], [], [], []
    for line in path.read_text("utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            vertices.append([float(entry) for entry in rest.split()[:3]])
        elif kind == "vt":
            texture.append([float(entry) for entry in rest.split()[:2]])
        elif kind == "f":
            corners = [corner.split("/") for corner in rest.split()]
            faces.append([int(corner[0]) - 1 for corner in corners])
            texture_faces.append([int(corner[1]) - 1 for corner in corners])
    return ObjMesh(
        np.array(vertices, np.float32), np.array(texture, np.float32), faces, texture_faces
    )


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise MediaError(path, "no such file; point to the FaceXModel folder of ICT FaceKit")
    return path


def _offsets(mesh: ObjMesh, paths: list[Path]) -> Array:
    shapes = [read_obj(_existing(path)).vertices for path in paths]
    for path, shape in zip(paths, shapes, strict=True):
        if shape.shape != mesh.vertices.shape:
            raise MediaError(path, f"expected {len(mesh.vertices)} vertices, got {len(shape)}")
    return np.stack(shapes) - mesh.vertices


def _kept_vertices() -> tuple[NDArray[np.int64], dict[str, tuple[int, int]]]:
    """Indices into the full mesh, part by part, and each part's range among them."""
    dropped = np.zeros(_VERTICES, bool)
    for start, stop in _MOLARS:
        dropped[start:stop] = True
    kept: list[NDArray[np.int64]] = []
    parts: dict[str, tuple[int, int]] = {}
    count = 0
    for name, (start, stop) in _PARTS.items():
        index = np.arange(start, stop)
        index = index[~dropped[start:stop]]
        kept.append(index)
        parts[name] = (count, count + len(index))
        count += len(index)
    return np.concatenate(kept), parts


def _triangles(mesh: ObjMesh, kept: NDArray[np.int64]) -> NDArray[np.uint16]:
    place = np.full(len(mesh.vertices), -1)
    place[kept] = np.arange(len(kept))
    triangles = []
    for face in mesh.faces:
        corners = place[face]
        if (corners < 0).any():
            continue
        triangles.append(corners[:3])
        if len(corners) == 4:
            triangles.append(corners[[0, 2, 3]])
    return np.array(triangles, np.uint16)


def _face_uv(mesh: ObjMesh) -> Array:
    """One uv a vertex; on seams the face's own tile (u <= 1) wins."""
    uv = np.zeros((len(mesh.vertices), 2), np.float32)
    first_stop = _PARTS["face"][1]
    for face, texture_face in zip(mesh.faces, mesh.texture_faces, strict=True):
        for vertex, corner in zip(face, texture_face, strict=True):
            coordinates = mesh.texture[corner]
            if vertex < first_stop and coordinates[0] > 1.0:
                continue
            uv[vertex] = coordinates - np.floor(coordinates * 0.99999)
    return uv


def _eyeballs(vertices: Array) -> Array:
    """Spheres (2, 4) fitted to both eyeballs: centre and radius."""
    return np.stack([_sphere(vertices[start:stop]) for start, stop in _EYEBALLS])


def _sphere(points: Array) -> Array:
    system = np.c_[2 * points, np.ones(len(points))]
    solution = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)[0]
    radius = np.sqrt(solution[3] + (solution[:3] ** 2).sum())
    return np.array([*solution[:3], radius], np.float32)


def _byte_planes(shapes: Array) -> NDArray[np.uint8]:
    """(K, N, 3) displacements as half floats, coordinates apart, low and high bytes apart."""
    halves = np.ascontiguousarray(shapes.transpose(0, 2, 1)).astype(np.float16)
    return halves.view(np.uint8).reshape(-1, 2).T.copy()
