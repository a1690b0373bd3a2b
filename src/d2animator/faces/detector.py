"""What a detector is: faces, the protocol, and how one face is followed."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt
from torch import Tensor

from d2animator.faces.layouts import WFLW, Layout
from d2animator.faces.shape import Box, overlap

Picture = npt.NDArray[np.uint8]
Landmarks = npt.NDArray[np.float32]

# Two frames' faces are one person's if they share at least so much (common area over union).
_SAME_OVERLAP = 0.1


@dataclass(frozen=True)
class Face:
    """One face, or the answer that there is none.

    Attributes:
        found: Whether there is a face; if not, the rest means nothing.
        landmarks: Points (P,2) of the detector's layout, float32, in pixels of the picture.
        box: x, y, width, height around the points.
        score: How sure it is, 0 to 1.
    """

    found: bool
    landmarks: Landmarks
    box: Box
    score: float


def no_face(layout: Layout) -> Face:
    """Give the answer that there is no face."""
    return Face(False, np.zeros((layout.points, 2), dtype=np.float32), (0.0, 0.0, 0.0, 0.0), 0.0)


NO_FACE = no_face(WFLW)


def face_size(face: Face) -> float:
    """Give the larger side of a face's box, in pixels."""
    return max(face.box[2], face.box[3])


@runtime_checkable
class Detector(Protocol):
    """Anything that finds faces and their landmarks; pictures are (H,W,3), uint8, RGB."""

    @property
    def layout(self) -> Layout:
        """Meaning of the points."""

    def detect(self, image: Picture) -> list[Face]:
        """Find all faces of a picture, largest first."""

    def track(self, frame: Picture) -> Face:
        """Follow one face through the frames of a video."""

    def reset(self) -> None:
        """Forget the video so far."""

    def landmarks_batch(self, images: Tensor) -> Tensor:
        """Do as `landmarks_and_scores`, points only."""

    def landmarks_and_scores(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read the points of pictures (B,3,H,H) in [-1,1] that each show one face, as FFHQ's do.

        Returns:
            Points (B,P,2) in pixels, and how sure each is (B,), 0 for a picture without a face.
        """

    def fresh(self) -> Detector:
        """Give a detector with the same networks that has seen nothing yet."""


@runtime_checkable
class LooksNear(Protocol):
    """A detector that need not search the whole frame for a face that it has seen before."""

    def look_near(self, frame: Picture, last: Face) -> Face | None:
        """Look for a face where it was in the frame before; None: it is no longer there."""


@runtime_checkable
class FindsBriefly(Protocol):
    """A detector that can do without the second look at a picture in which it finds no face."""

    def detect_briefly(self, image: Picture) -> list[Face]:
        """Find all faces of a picture as it is, largest first."""


@runtime_checkable
class TellsOutline(Protocol):
    """A detector that knows where a face's edge is seen, beside points that keep their places."""

    def outlines(self, landmarks: Landmarks) -> Landmarks | None:
        """Give the visible contours (B,33,2) of faces (B,98,2); None: it never learned to."""


class FrameDetector(abc.ABC):
    """A `Detector` made of something that finds faces in single pictures.

    One that also has `LooksNear` searches a picture only when it has lost the face.

    Attributes:
        layout: Meaning of the points.
        looks_again: How a picture is searched that shows no face as it is, for a message; empty
            where it is not.
    """

    layout: Layout
    looks_again: str = ""

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
        near = None
        if self._last is not None and isinstance(self, LooksNear):
            near = self.look_near(frame, self._last)
        if near is None:
            near = self._pick(self._faces(frame))
        face = near
        self._last = face if face.found else None
        self._previous = face.box if face.found else self._previous
        return face

    def _faces(self, frame: Picture) -> list[Face]:
        """Find all faces, with a second look only before any was seen."""
        if self._previous is not None and isinstance(self, FindsBriefly):
            return self.detect_briefly(frame)
        return self.detect(frame)

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
