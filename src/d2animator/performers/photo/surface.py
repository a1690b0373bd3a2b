"""The person's head as a mesh on the photo: where it lies at rest, and where a target moves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from d2animator.head.pose import CAMERA_CM, PIVOT_CM, HeadFit
from d2animator.performers.photo.points import project
from d2animator.performers.photo.raster import normals
from d2animator.performers.photo.shapes import sampled, smoothstep

if TYPE_CHECKING:
    from d2animator.head.model import Head
    from d2animator.performers.photo.target import HeadTarget

Array = NDArray[np.float32]
Indices = NDArray[np.int32]

PIVOT = np.asarray(PIVOT_CM, np.float32)

# A body that stays where it is.
_STAYS = np.zeros(2, np.float32)

EYE_RIMS = (slice(68, 76), slice(60, 68))
"""The landmarks around the left and the right eye."""

# Residuals of the fit spread over the mesh as a Gaussian of this width (its exponent's length), cm.
_SPREAD_CM = 2.6
# How far the jaw is opened meanwhile, so that upper and lower lip lie apart and do not mix.
_JAW_APART = 1.2
# Below this height of the head's frame lies the neck.
_JAW_CM = -8.0


@dataclass(frozen=True, eq=False)
class Posed:
    """The mesh in one pose.

    Attributes:
        places: Pixels of the window, (N, 2).
        depth: Towards the viewer, cm, (N,).
        normals: Unit vectors of the posed surface, towards the viewer in z, (N, 3).
        displacement: What the expression adds to the photo's own, in the head's frame, cm, (N, 3).
        rotation: (3, 3).
        scale: Pixels per cm.
        translation: Pixel of the window under the pivot, (2,).
        body: How far shoulders and clothes go along, pixels (2,).
        moved_cm: How far the face's most moved vertex is from its place at rest.
    """

    places: Array
    depth: Array
    normals: Array
    displacement: Array
    rotation: Array
    scale: float
    translation: Array
    body: Array
    moved_cm: float


class Surface:
    """A head fitted to a photo, exact at its landmarks.

    Convention: a place (x, y, z) of the head's frame lies at pixel
    ``t + s * C / (C - Z) * (X, -Y)`` with (X, Y, Z) = R (place - PIVOT) and C = `CAMERA_CM`.

    Attributes:
        head: The head model.
        fit: The fit, with its translation in pixels of the window.
        landmarks: (98, 2) pixels of the window.
        neutral: Vertices without expression, (N, 3).
        rest: Vertices as on the photo, (N, 3).
        follow: How far each vertex goes with the head, 0 to 1, (N,).
        start: The mesh as on the photo.
        eyeballs: Centre and radius of the left and right eyeball, (2, 4).
    """

    def __init__(
        self,
        head: Head,
        fit: HeadFit,
        landmarks: NDArray[Any],
        origin: NDArray[Any],
    ) -> None:
        """Lay the head on a photo.

        Args:
            head: The head model.
            fit: Fit to the landmarks, in the photo's pixels.
            landmarks: (98, 2) of the photo.
            origin: Left and top of the window, (2,).
        """
        self.head = head
        self.vertex_count = max(stop for name, (_, stop) in head.parts.items() if name in _PARTS)
        count = self.vertex_count
        self.landmarks = np.asarray(landmarks, np.float64) - origin
        self.rotation = np.asarray(fit.rotation, np.float32)
        self.scale = float(fit.scale)
        self.origin = np.asarray(origin, np.float64)
        self.translation = np.asarray(fit.translation - self.origin, np.float32)
        self.expression = np.asarray(fit.expression, np.float32)
        self.shapes = np.ascontiguousarray(head.expression_shapes[:, : 3 * count])
        self._solid = head.parts["socket"][0], head.parts["teeth"][1]
        self.points = np.asarray(head.wflw96)
        self.triangles = {
            name: np.ascontiguousarray(head.part_triangles[name], np.int32) for name in _PARTS
        }
        self.solid = np.concatenate([self.triangles["face"], self.triangles["head"]])
        self.neutral = (head.vertices + head.identity_offset(fit.identity))[:count]
        self.follow = follow_weight(self.neutral, cut=True)
        self._yields: Array | None = None
        self._rest_offset = self._offset(self.expression)
        self._spread = self._spread_matrix()
        self._correction = self._exact_correction()
        self.rest = self.neutral + self._rest_offset + self._correction
        self.eyeballs = np.asarray(head.eyeballs(fit.identity), np.float32).copy()
        for ball, rim in enumerate(EYE_RIMS):
            self.eyeballs[ball, :3] += self._correction[self.points[rim]].mean(0)
        self.start = self._posed(
            self.rest, np.zeros_like(self.rest), self.rotation, self.scale, self.translation
        )

    def hold(self, firmness: Array) -> None:
        """Let the neck follow the head less where clothes hold it, 0 to 1, (H, W) of the window."""
        outer = slice(0, self.head.parts["head"][1])
        firm = sampled(firmness, self.start.places[outer])
        self.follow[outer] *= held(self.neutral[outer], firm)

    def stiffen(self, stiffness: Array) -> None:
        """Let expressions move vertices less where something stiff holds them, 0 to 1, (N,)."""
        self._yields = np.asarray(1 - stiffness, np.float32)[:, None]

    def project(
        self, places: Array, rotation: Array, scale: float, translation: Array
    ) -> tuple[Array, Array]:
        """Pixels (N, 2) and depth (N,) of places (N, 3) of the head's frame."""
        turned = (places - PIVOT) @ rotation.T
        factor = np.float32(scale * CAMERA_CM) / (np.float32(CAMERA_CM) - turned[:, 2:3])
        flat = factor * turned[:, :2] * np.array([1, -1], np.float32) + translation
        return flat.astype(np.float32), np.ascontiguousarray(turned[:, 2])

    def lifted(self, pixels: NDArray[Any], depth: NDArray[Any]) -> Array:
        """Places (N, 3) of the head's frame at pixels (N, 2) of the photo, ``depth`` (N,) deep."""
        flat = (pixels - self.translation) / self.scale * (1, -1)
        flat = flat * ((CAMERA_CM - depth) / CAMERA_CM)[:, None]
        turned = np.concatenate([flat, depth[:, None]], 1)
        return (turned @ self.rotation + PIVOT).astype(np.float32)

    def pose(self, target: HeadTarget) -> Posed:
        """The mesh as a target wants it."""
        displacement = self._offset(np.asarray(target.expression, np.float32)) - self._rest_offset
        if target.extra is not None:
            extra, solid = np.asarray(target.extra, np.float32), slice(*self._solid)
            # Rows that are all alike are worked out once.
            displacement[: solid.start] += self._spread[: solid.start] @ extra
            displacement[solid] += self._spread[solid.start] @ extra
        if self._yields is not None:
            displacement *= self._yields
        translation = np.asarray(target.translation - self.origin, np.float32)
        rotation = np.asarray(target.rotation, np.float32)
        body = _STAYS if target.body is None else np.asarray(target.body, np.float32)
        return self._posed(
            self.rest + displacement, displacement, rotation, float(target.scale), translation, body
        )

    def _posed(
        self,
        vertices: Array,
        displacement: Array,
        rotation: Array,
        scale: float,
        translation: Array,
        body: Array = _STAYS,
    ) -> Posed:
        count, moved = len(vertices), 0.0
        follow = self.follow if hasattr(self, "start") else np.ones(count, np.float32)
        before = self.start.places if hasattr(self, "start") else np.zeros((count, 2), np.float32)
        flat, depth = np.empty((count, 2), np.float32), np.empty(count, np.float32)
        turned, facing = np.empty((count, 3), np.float32), np.empty((count, 3), np.float32)
        rotation = np.ascontiguousarray(rotation)
        lens = np.float32(scale), np.float32(CAMERA_CM), translation
        project(vertices - PIVOT, rotation, before + body, follow, *lens, flat, depth, turned)
        if hasattr(self, "start"):
            shift = (flat - before)[: self.head.parts["face"][1]]
            moved = float(np.sqrt((shift**2).sum(1).max())) / self.scale
        normals(self.solid, turned, facing)
        return Posed(flat, depth, facing, displacement, rotation, scale, translation, body, moved)

    def _offset(self, expression: Array) -> Array:
        """What an expression adds to the vertices, (N, 3)."""
        return np.asarray((expression @ self.shapes).reshape(-1, 3))

    def _spread_matrix(self) -> Array:
        """Weights (N, 96) that carry shifts of the points to the mesh."""
        shape = self.shapes[self.head.expression_index["jawOpen"]].reshape(-1, 3)
        opened = (self.head.vertices[: self.vertex_count] + _JAW_APART * shape).astype(np.float64)
        own = opened[self.points]
        gram = _gaussian(own, own) + 0.02 * np.eye(len(own))
        fade = smoothstep((self.neutral[:, 1:2] + 13) / 4)
        spread = (_gaussian(opened, own) @ np.linalg.inv(gram) * fade).astype(np.float32)
        # Teeth, gums and the mouth's wall move as one.
        first, last = self._solid
        spread[first:last] = spread[self.points[76:96]].mean(0)
        return np.asarray(spread, np.float32)

    def _exact_correction(self) -> Array:
        """Shift (N, 3) in the picture's plane that brings the 96 points to their landmarks."""
        turned = (self.neutral + self._rest_offset - PIVOT)[self.points] @ self.rotation.T
        depth = (CAMERA_CM - turned[:, 2:3]) / CAMERA_CM
        flat = turned[:, :2] / depth * (1, -1) * self.scale + self.translation
        missing = (self.landmarks[:96] - flat) / self.scale * depth * (1, -1)
        shift = np.concatenate([missing, np.zeros((96, 1))], 1) @ self.rotation
        return np.asarray(self._spread @ shift.astype(np.float32), np.float32)


_PARTS = ("face", "head", "socket", "gums", "teeth")


def follow_weight(places: NDArray[Any], cut: bool) -> Array:
    """How far a place (N, 3) of the head's frame goes with the head, 0 to 1.

    Args:
        places: cm.
        cut: Whether the person is cut out; else the background must give way, and sooner.
    """
    x, y = np.abs(places[:, 0]), places[:, 1]
    down = smoothstep((y + 15.5) / 8)
    beside = smoothstep((x - 8.5) / 7)
    low = smoothstep((1.0 - y) / 14)
    radius = np.sqrt((x / 9.5) ** 2 + ((y - 2.5) / 12.5) ** 2)
    first, length = (1.9, 0.9) if cut else (1.45, 1.15)
    weight = down * (1 - low * beside) * (1 - smoothstep((radius - first) / length))
    return np.asarray(weight, np.float32)


def held(places: NDArray[Any], firmness: Array) -> Array:
    """What is left of following the head at places (N, 3) of its frame that clothes hold (N,).

    The jaw follows, however near the collar.
    """
    low = smoothstep((_JAW_CM - places[:, 1]) / 2.5)
    return np.asarray(1 - low * firmness, np.float32)


def _gaussian(places: NDArray[Any], centres: NDArray[Any]) -> NDArray[np.float64]:
    squared = (places**2).sum(1)[:, None] + (centres**2).sum(1)[None] - 2 * places @ centres.T
    # Exponentials in single precision, which take a tenth of the time.
    powers = (squared.clip(0) / -(_SPREAD_CM**2)).astype(np.float32)
    return np.asarray(np.exp(powers), np.float64)
