"""Landmarks of a picture or a clip, as written to a JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from d2animator.faces.align import normalise_landmarks
from d2animator.faces.motion import FacePlace, Observation


@dataclass(frozen=True, eq=False)
class LandmarkRecord:
    """What was found in one frame.

    Attributes:
        index: Position of the frame, from 0.
        time: Seconds from the first frame.
        found: Whether the frame shows a face.
        box: The face's left, top, width and height in pixels of the input; None for no face.
        points: Landmarks (P, 2) in pixels of the input; None for no face.
        person: Whose face: 0 for the one chosen, 1 and up for those taken in its place after a cut.
        cut: Whether the frame begins a new take.
        damaged: Whether the frame could not be decoded, and is the one before it.
        outline: Visible contour (33, 2) in pixels of the input, evenly spread from the person's
            right over the chin to the left, as people mark it on photographs; the contour among
            the points keeps its places on the head instead. None for no face, and from a detector
            that does not tell.
    """

    index: int
    time: Fraction
    found: bool
    box: tuple[float, float, float, float] | None
    points: NDArray[np.float32] | None
    person: int = 0
    cut: bool = False
    damaged: bool = False
    outline: NDArray[np.float32] | None = None

    def observation(self) -> Observation:
        """Give what matters for motion: normalised landmarks, of the precision of a file's."""
        about = (self.found, self.person, self.cut)
        if self.points is None:
            return Observation(self.index, self.time, None, *about, damaged=self.damaged)
        pixels = self.points.astype(np.float64)
        normalised = normalise_landmarks(pixels)
        place = FacePlace.between(normalised, pixels)
        points = normalised.astype(np.float32).astype(np.float64)
        return Observation(self.index, self.time, points, *about, place, damaged=self.damaged)

    def plain(self) -> dict[str, object]:
        """Give what JSON can hold; pixels to the hundredth."""
        points, outline = (
            None if one is None else np.round(one.astype(float), 2).tolist()
            for one in (self.points, self.outline)
        )
        return {
            "index": self.index,
            "time": float(self.time),
            "found": self.found,
            "box": None if self.box is None else [round(float(side), 2) for side in self.box],
            "points": points,
            "outline": outline,
        }


def to_json(head: Mapping[str, object], records: Iterable[LandmarkRecord]) -> str:
    """Write one JSON object, a line for each frame.

    Args:
        head: What comes before ``frames``.
        records: The frames.

    Returns:
        The text.
    """
    lines = [f" {json.dumps(name)}: {json.dumps(value)}," for name, value in head.items()]
    frames = ",\n  ".join(json.dumps(record.plain(), allow_nan=False) for record in records)
    return "\n".join(["{", *lines, f' "frames": [\n  {frames}\n ]', "}", ""])
