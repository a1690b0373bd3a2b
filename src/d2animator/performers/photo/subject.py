"""The person in the photo, as far as motion concerns them: points, lids and lips in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.faces.layouts import LID_PAIRS, LIP_PAIRS
from d2animator.head.fit import checked_points
from d2animator.head.measures import (
    eye_distance,
    lid_openness,
    lip_gap_cm,
    point_vertices,
    unexplained_cm,
)
from d2animator.head.model import Head, load_head
from d2animator.head.pose import HeadFit

Array = NDArray[np.float64]

SIDES = ("L", "R")
_LIDS = (LID_PAIRS[3:], LID_PAIRS[:3])  # of the left and the right eye
_LIPS = LIP_PAIRS[len(LIP_PAIRS) // 2]


@dataclass(frozen=True, eq=False)
class Subject:
    """The photo's person.

    Attributes:
        head: The model of the fit.
        fit: The head in the photo.
        landmarks: (98, 2) in the photo's pixels.
        points: The 96 points on skin in the head's frame, cm, as they are in the photo (96, 3).
        shapes: What each expression does to them, (E, 96, 3).
        has_body: Whether shoulders and clothes can go along where the head goes far.
    """

    head: Head
    fit: HeadFit
    landmarks: Array
    points: Array
    shapes: Array
    has_body: bool = False

    @classmethod
    def of(
        cls,
        fit: HeadFit,
        landmarks: NDArray[Any],
        head: Head | None = None,
        *,
        has_body: bool = False,
    ) -> Subject:
        """Prepare a photo's person.

        Args:
            fit: The head in the photo.
            landmarks: (98, 2) in its pixels.
            head: The model of the fit.
            has_body: Whether shoulders and clothes can go along.
        """
        head = load_head() if head is None else head
        points = checked_points(landmarks)
        shapes = head.expression_shapes.reshape(len(head.expression_names), -1, 3)
        return cls(
            head=head,
            fit=fit,
            landmarks=points,
            points=point_vertices(fit, head) + unexplained_cm(fit, points, head),
            shapes=shapes[:, head.wflw96].astype(np.float64),
            has_body=has_body,
        )

    def moved(self, expression: Array, extra: Array | None = None) -> Array:
        """Points (96, 3) with another expression, moved by ``extra`` (96, 3) besides."""
        points = self.points + np.tensordot(expression - self.fit.expression, self.shapes, 1)
        return points if extra is None else points + extra

    def lid_gap_cm(self, points: Array, eye: int) -> float:
        """Height of the left (0) or right (1) eye's opening, of points (96, 3)."""
        upper, lower = np.array(_LIDS[eye]).T
        return float((points[upper, 1] - points[lower, 1]).mean())

    def lip_gap_cm(self, points: Array) -> float:
        """Height between the middles of the lips, of points (96, 3)."""
        return float(points[_LIPS[0], 1] - points[_LIPS[1], 1])

    @property
    def openness(self) -> Array:
        """Gap of the left and right lids over the eye's width, (2,)."""
        return lid_openness(self._frontal)

    @property
    def seen_lip_gap(self) -> float:
        """Between the middles of the lips, in outer eye distances."""
        return lip_gap_cm(self._frontal, self.eye_cm)

    @property
    def eye_cm(self) -> float:
        """Outer eye distance, cm."""
        return eye_distance(self._frontal)

    @property
    def _frontal(self) -> Array:
        """The points as seen from before the face, (96, 2) cm."""
        return np.asarray(self.points[:, :2] * (1.0, -1.0))
