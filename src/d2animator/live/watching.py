"""From a camera's frames to what one person does: followed, calmed, mirrored if wanted."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np

from d2animator.animate.options import AnimateOptions
from d2animator.faces.choice import parse_choice
from d2animator.faces.detector import Picture
from d2animator.faces.follow import FaceFollower, FaceSource
from d2animator.faces.layouts import layout_of
from d2animator.faces.motion import FacePlace, Observation, smoothed
from d2animator.faces.records import LandmarkRecord

# Longer side of the frames that are looked at: a face before a camera fills much of them.
_LONGEST = 800


class Watcher:
    """Follows one person before a camera, frame by frame, by the rules that clips are read by.

    Attributes:
        width: Of the frames as they are looked at, which places are told in, pixels.
    """

    def __init__(self, source: FaceSource, options: AnimateOptions, shape: tuple[int, ...]) -> None:
        """Start before the first frame.

        Args:
            source: Finds faces; one that has seen nothing of anything else.
            options: ``face`` and ``smooth`` matter here.
            shape: Of the frames, (H, W, 3).
        """
        factor = min(1.0, _LONGEST / max(shape[:2]))
        self.width, self._height = (max(1, round(side * factor)) for side in shape[1::-1])
        self._smaller = factor < 1
        choice = parse_choice("face", options.face)
        if choice.box is not None:
            left, top, width, height = (factor * side for side in choice.box)
            choice = replace(choice, box=(left, top, width, height))
        self._follower = FaceFollower(source, (choice,))
        self._seen: deque[Observation] = deque()
        stream = iter(self._seen.popleft, None)
        self._calm = smoothed(stream) if options.smooth == "euro" else stream
        self._index = -1

    def __call__(self, frame: Picture, time: Fraction) -> Observation:
        """Tell what is done in the next frame.

        Args:
            frame: RGB (H, W, 3), uint8, of the announced shape.
            time: Seconds, later than those before.
        """
        self._index += 1
        if self._smaller:
            frame = shrunk(frame, (self.width, self._height))
        sighting = self._follower.step(frame, time)[0]
        face = sighting.face
        box, points = (face.box, face.landmarks) if face.found else (None, None)
        about = (face.found, box, points, sighting.person, sighting.cut)
        self._seen.append(LandmarkRecord(self._index, time, *about).observation())
        return next(self._calm)


def shrunk(frame: Picture, size: tuple[int, int]) -> Picture:
    """Make a picture smaller, within a tenth of the time that exact averages would take.

    Args:
        frame: RGB (H, W, 3), uint8.
        size: Width and height that are wanted, not above the picture's.
    """
    height, width = frame.shape[:2]
    # Whole pixels are averaged quickly; linear mixing is good for what is left, less than a half.
    whole = max(1, min(width // size[0], height // size[1]))
    if whole > 1:
        halved = width // whole, height // whole
        frame = np.asarray(cv2.resize(frame, halved, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def mirrored(observation: Observation, width: int) -> Observation:
    """Give what a mirror shows of an observation.

    Args:
        observation: Of any frame.
        width: The frame's, pixels, see `Watcher`.
    """
    points, place = observation.landmarks, observation.place
    if points is not None:
        flip = list(layout_of(len(points)).flip)
        points = np.stack([1 - points[flip, 0], points[flip, 1]], 1)
    if place is not None:
        centre = np.array([width - place.centre[0], place.centre[1]])
        place = FacePlace(centre, place.width)
    return replace(observation, landmarks=points, place=place)
