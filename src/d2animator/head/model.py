"""The head model: a mesh with identity modes and expression shapes.

The mesh is the light version of ICT FaceKit's ``FaceXModel`` (MIT licence, next to the data). The
package carries a compact copy, which `load_head` reads when no file is named.

Convention: lengths are centimetres; x points to the person's left, y up, z out of the face. A point
of a face is the same vertex in every person and expression.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import MediaError
from d2animator.head.packed import read_packed

Array = NDArray[np.float32]
Indices = NDArray[np.int32]

# The spheres fitted to the eyeballs are drawn a little smaller, or they would pierce moving lids.
_EYE_SCALE = 0.98


@dataclass(frozen=True, eq=False)
class Head:
    """A head model.

    Attributes:
        vertices: Neutral mesh, (N, 3).
        triangles: (T, 3) vertex indices.
        uv: (N, 2) texture coordinates in [0, 1]; meaningful for the part ``face``.
        identity_modes: (I, 3N) displacement of one standard deviation each.
        expression_shapes: (E, 3N) displacement of each expression at weight one.
        expression_names: E names in ARKit's manner, ``jawOpen``, ``eyeBlink_L``, ...
        parts: Name to (first, last + 1) vertex.
        eyes: (2, 4) centre and radius of the left and the right eyeball.
        eye_modes: (I, 2, 4) what each identity mode adds to them.
        wflw96: (96,) vertices of the WFLW points 0 to 95 (the pupils follow the gaze instead).
        ibug68: (68,) vertices of the iBUG points.
    """

    vertices: Array
    triangles: Indices
    uv: Array
    identity_modes: Array
    expression_shapes: Array
    expression_names: tuple[str, ...]
    parts: dict[str, tuple[int, int]]
    eyes: Array
    eye_modes: Array
    wflw96: Indices
    ibug68: Indices

    @functools.cached_property
    def part_triangles(self) -> dict[str, Indices]:
        """Triangles of each part, by its name."""
        first = self.triangles[:, 0]
        return {
            name: self.triangles[(first >= start) & (first < stop)]
            for name, (start, stop) in self.parts.items()
        }

    @functools.cached_property
    def expression_index(self) -> dict[str, int]:
        """Position of each expression in ``expression_shapes``."""
        return {name: index for index, name in enumerate(self.expression_names)}

    def expression_weights(self, expression: Mapping[str, float]) -> Array:
        """Weights (E,) of an expression that is given by names; those not named are 0."""
        weights = np.zeros(len(self.expression_names), np.float32)
        for name, weight in expression.items():
            weights[self.expression_index[name]] = weight
        return weights

    def identity_offset(self, coefficients: NDArray[Any]) -> Array:
        """Displacement of all vertices (N, 3) for identity ``coefficients`` (<= I,)."""
        weights = np.asarray(coefficients, np.float32)
        return (weights @ self.identity_modes[: len(weights)]).reshape(-1, 3)

    def expression_offset(self, weights: NDArray[Any]) -> Array:
        """Displacement of all vertices (N, 3) for expression ``weights`` (E,)."""
        active = np.flatnonzero(np.abs(weights) > 1e-4)
        kept = np.asarray(weights[active], np.float32)
        return (kept @ self.expression_shapes[active]).reshape(-1, 3)

    def eyeballs(self, coefficients: NDArray[Any]) -> Array:
        """Centres and radii (2, 4) of the left and right eyeball of one identity."""
        count = len(coefficients)
        spheres = self.eyes + np.tensordot(coefficients, self.eye_modes[:count], 1)
        spheres[:, 3] *= _EYE_SCALE
        return np.asarray(spheres, np.float32)


class NormalField:
    """Vertex normals, area-weighted, through one sparse product per mesh."""

    def __init__(self, triangles: Indices, vertex_count: int) -> None:
        """Prepare for a mesh of fixed connectivity."""
        from scipy.sparse import coo_matrix

        rows = triangles.T.reshape(-1)
        columns = np.tile(np.arange(len(triangles)), 3)
        ones = np.ones(len(rows), np.float32)
        shape = (vertex_count, len(triangles))
        self._gather: Any = coo_matrix((ones, (rows, columns)), shape=shape).tocsr()
        self._triangles = triangles

    def __call__(self, vertices: Array) -> Array:
        """Unit normals (N, 3) of ``vertices`` (N, 3)."""
        corner = vertices[self._triangles]
        faces = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        return normalise(self._gather @ faces).astype(np.float32)

    def smooth(self, values: Array) -> Array:
        """Mean of ``values`` (N, C) over each vertex's triangles."""
        weights = self._gather @ self._gather.T
        total = np.asarray(weights.sum(1)).clip(1e-9)
        return np.asarray(weights @ values / total, np.float32)


def normalise(vectors: NDArray[Any]) -> NDArray[Any]:
    """Vectors (..., C) scaled to length one."""
    length: NDArray[Any] = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / (length + 1e-9)


def load_head(path: str | Path | None = None) -> Head:
    """Read a head model.

    Args:
        path: A full model (``.npz``) that was packed from ICT's mesh files; None for the compact
            one of this package, which is read once and then shared.

    Raises:
        MediaError: The file is missing or no head model.
    """
    if path is None:
        return _embedded_head()
    path = Path(path)
    if not path.is_file():
        hint = "leave it out for the head of this package, or pack one from ICT's FaceXModel"
        raise MediaError(path, f"no such head model; {hint}")
    try:
        with np.load(path, allow_pickle=False) as data:
            fields = {name: data[name] for name in data.files}
        return _head_from_fields(fields)
    except (ValueError, KeyError, OSError) as error:
        raise MediaError(path, f"not a packed head model ({error})") from error


@functools.cache
def _embedded_head() -> Head:
    resource = resources.files(__package__).joinpath("data", "head.safetensors")
    with resources.as_file(resource) as path:
        return Head(**read_packed(path))


def landmark_vertices() -> dict[str, Indices]:
    """WFLW and iBUG points as vertices of the unpacked ICT mesh."""
    resource = resources.files(__package__).joinpath("data", "landmark_vertices.json")
    table = json.loads(resource.read_text("utf-8"))
    return {name: np.array(table[name], np.int32) for name in ("wflw96", "ibug68")}


def _head_from_fields(fields: dict[str, NDArray[Any]]) -> Head:
    kept = {int(original): index for index, original in enumerate(fields["src"])}
    points = {
        name: np.array([kept[int(vertex)] for vertex in vertices], np.int32)
        for name, vertices in landmark_vertices().items()
    }
    parts = {
        str(name): (int(start), int(stop))
        for name, (start, stop) in zip(fields["part_names"], fields["parts"], strict=True)
    }
    return Head(
        vertices=fields["V"].astype(np.float32),
        triangles=fields["tri"].astype(np.int32),
        uv=fields["uv"].astype(np.float32),
        identity_modes=_unpack_planes(fields["id_planes"], fields["id_shape"]),
        expression_shapes=_unpack_planes(fields["ex_planes"], fields["ex_shape"]),
        expression_names=tuple(str(name) for name in fields["names"]),
        parts=parts,
        eyes=fields["eye0"].astype(np.float32),
        eye_modes=fields["eyeid"].astype(np.float32),
        **points,
    )


def _unpack_planes(planes: NDArray[np.uint8], shape: NDArray[np.int64]) -> Array:
    """Undo the byte-plane packing: (2, K*3*N) bytes to (K, 3N) displacements, x y z interleaved."""
    modes, vertices = int(shape[0]), int(shape[1])
    halves = np.ascontiguousarray(planes.T).reshape(-1).view(np.float16)
    return np.ascontiguousarray(
        halves.reshape(modes, 3, vertices).transpose(0, 2, 1).astype(np.float32)
    ).reshape(modes, -1)
