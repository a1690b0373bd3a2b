"""Makes a detector fit what was trained on another layout, where a table leads there."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from torch import Tensor

from d2animator.errors import DetectorError
from d2animator.faces.detect import Detector, Face, Picture
from d2animator.faces.layouts import IBUG, IBUG68, WFLW98, WFLW98_TO_IBUG68, named_layout
from d2animator.faces.shape import bounding_box

_TABLE = list(WFLW98_TO_IBUG68)


class As68:
    """A detector of 98 points that answers with 68 of them; final.

    Attributes:
        layout: ``ibug68``.
    """

    layout = IBUG

    def __init__(self, detector: Detector) -> None:
        """Take the detector.

        Args:
            detector: Of layout ``wflw98``.

        Raises:
            DetectorError: It has another layout.
        """
        if detector.layout.name != WFLW98:
            reason = f"expected a detector of {WFLW98}, got one of {detector.layout.name}"
            raise DetectorError(type(detector).__name__, reason)
        self._detector = detector

    def detect(self, image: Picture) -> list[Face]:
        """Find all faces of a picture, largest first."""
        return [_chosen(face) for face in self._detector.detect(image)]

    def track(self, frame: Picture) -> Face:
        """Follow one face through the frames of a video."""
        return _chosen(self._detector.track(frame))

    def reset(self) -> None:
        """Forget the video so far."""
        self._detector.reset()

    def landmarks_batch(self, images: Tensor) -> Tensor:
        """Read the points (B,68,2) of aligned pictures (B,3,H,H)."""
        return self.landmarks_and_scores(images)[0]

    def landmarks_and_scores(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Read the points (B,68,2) of aligned pictures (B,3,H,H), and how sure they are (B,)."""
        points, scores = self._detector.landmarks_and_scores(images)
        return points[:, _TABLE], scores

    def fresh(self) -> Self:
        """Give a detector with the same networks that has seen nothing yet."""
        return type(self)(self._detector.fresh())


def fitting(detector: Detector, layout: str, owner: str) -> Detector:
    """Make a detector answer in a layout.

    Args:
        detector: Any.
        layout: Name of the layout wanted.
        owner: What was trained on it, for the message.

    Returns:
        The detector itself, or one that picks 68 of its 98 points.

    Raises:
        DetectorError: It has fewer points than are wanted.
    """
    own, wanted = detector.layout, named_layout(layout)
    if own.name == wanted.name:
        return detector
    if own.name == WFLW98 and wanted.name == IBUG68:
        return As68(detector)
    reason = (
        f"gives {own.points} points ({own.name}), but {owner} was trained on {wanted.points} "
        f"({wanted.name}), which cannot be made of them; take a detector of {wanted.name}, such as "
        f"the bundled one, or train a bundle with this detector"
    )
    raise DetectorError(type(detector).__name__, reason)


def _chosen(face: Face) -> Face:
    points = face.landmarks[_TABLE]
    return replace(face, landmarks=points, box=bounding_box(points) if face.found else face.box)
