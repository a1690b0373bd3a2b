"""What detectors share that look at each frame anew: following one face, pictures in batches."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Self

import numpy as np
import torch
from torch import Tensor

from d2animator.errors import check_shape
from d2animator.faces.detect import Face, Picture, no_face
from d2animator.faces.layouts import Layout
from d2animator.faces.shape import Box, overlap
from d2animator.faces.warp import to_image

# Two frames' faces are one person's if they share at least so much (common area over union).
_SAME_OVERLAP = 0.1


class FrameDetector(abc.ABC):
    """A `d2animator.faces.detect.Detector` made of something that finds faces in single pictures.

    Attributes:
        layout: Meaning of the points.
    """

    layout: Layout

    def __init__(self, layout: Layout) -> None:
        """Start with no face followed.

        Args:
            layout: Meaning of the points.
        """
        self.layout = layout
        self._last: Face | None = None
        self._previous: Box | None = None

    @abc.abstractmethod
    def detect(self, image: Picture) -> list[Face]:
        """Find all faces of a picture (H,W,3), uint8, RGB; largest first."""

    @abc.abstractmethod
    def look_near(self, frame: Picture, last: Face) -> Face | None:
        """Look for a face only where it was in the frame before; None: look everywhere."""

    @abc.abstractmethod
    def landmarks_and_scores(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read the points of pictures (B,3,H,H) in [-1,1] that each show one face, as FFHQ's do.

        Returns:
            Points (B,P,2) in pixels, and how sure each is (B,), 0 for a picture without a face;
            both on the pictures' device.
        """

    @abc.abstractmethod
    def fresh(self) -> Self:
        """Give a detector with the same networks that has seen nothing yet."""

    def landmarks_batch(self, images: Tensor) -> Tensor:
        """Do as `landmarks_and_scores`, points only."""
        return self.landmarks_and_scores(images)[0]

    def track(self, frame: Picture) -> Face:
        """Follow one face: the largest one of the first frame that has any.

        Args:
            frame: Next frame (H,W,3), uint8, RGB.

        Returns:
            The face, or one with ``found`` false.
        """
        near = None if self._last is None else self.look_near(frame, self._last)
        face = self._pick(self.detect(frame)) if near is None else near
        self._last = face if face.found else None
        self._previous = face.box if face.found else self._previous
        return face

    def reset(self) -> None:
        """Forget the video so far."""
        self._last = None
        self._previous = None

    def _pick(self, faces: list[Face]) -> Face:
        """Choose the face that was followed before, else the largest."""
        if not faces:
            return no_face(self.layout)
        before = self._previous
        if before is None:
            return faces[0]
        best = max(faces, key=lambda face: overlap(face.box, before))
        return best if overlap(best.box, before) > _SAME_OVERLAP else faces[0]


def one_by_one(
    detect: Callable[[Picture], list[Face]], layout: Layout, images: Tensor
) -> tuple[Tensor, Tensor]:
    """Read a batch of pictures one after the other, the largest face of each.

    Args:
        detect: Finds the faces of a picture, largest first.
        layout: Meaning of the points.
        images: Pictures (B,3,H,H) in [-1,1].

    Returns:
        Points (B,P,2) in pixels and scores (B,), on the pictures' device. A picture without a face
        has the score 0 and `stand_in` as its points.

    Raises:
        ShapeError: Not such pictures.
    """
    check_shape("images", images, ("B", 3, "H", "H"))
    points, scores = [], []
    for image in images:
        faces = detect(to_image(image))
        found = faces[0].landmarks if faces else stand_in(layout, image.shape[-1])
        points.append(torch.from_numpy(found.astype(np.float32)))
        scores.append(faces[0].score if faces else 0.0)
    return torch.stack(points).to(images.device), torch.tensor(scores, device=images.device)


def stand_in(layout: Layout, size: int) -> np.ndarray:
    """Points (P,2) for a picture without a face: finite and of some extent, but no face.

    Whoever normalises a whole batch before leaving out what has no face must not meet a division
    by zero.
    """
    angle = np.arange(layout.points) * (2 * np.pi / layout.points)
    ring = 0.5 + 0.3 * np.stack([np.cos(angle), np.sin(angle)], 1)
    return (size * ring).astype(np.float32)
