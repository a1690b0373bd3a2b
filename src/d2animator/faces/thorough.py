"""A second look at a picture in which no face was found: framed, and turned.

A close-up whose edge cuts the face off has no surroundings by which to know it: a plain border
gives it some. A picture that lies on its side is stood up in quarter turns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from d2animator.faces.detector import Face, Landmarks, Picture
from d2animator.faces.shape import bounding_box

# Width of the border in longer sides of the picture, and its grey.
_BORDER_SHARE, _BORDER_GREY = 0.5, 128
AGAIN = "with a border about it, and turned by 90, 180 and 270 degrees"
"""What `look_again` does, for a message."""

Finds = Callable[[Picture], list[Face]]


def look_again(image: Picture, finds: Finds) -> list[Face]:
    """Look for faces in a picture with a border, then in quarter turns of it.

    Args:
        image: Picture (H,W,3), uint8, RGB, that shows no face as it is.
        finds: Finds faces in a picture.

    Returns:
        Faces, in pixels of the picture as it came; of the turns, those of the one with the surest
        face. None if there is none.
    """
    faces = _framed(image, finds)
    if faces:
        return faces
    best: list[Face] = []
    for quarters in (1, 3, 2):
        turned = np.ascontiguousarray(np.rot90(image, quarters))
        found = finds(turned) or _framed(turned, finds)
        if _surest(found) > _surest(best):
            best = [_moved(face, turned_back(face.landmarks, image, quarters)) for face in found]
    return best


def turned_back(landmarks: Landmarks, image: Picture, quarters: int) -> Landmarks:
    """Give points of a turned picture their places in the picture as it came.

    Args:
        landmarks: (P,2), x and y in pixels of ``np.rot90(image, quarters)``.
        image: The picture as it came, (H,W,3).
        quarters: Quarter turns, counter-clockwise, 0 to 3.
    """
    height, width = image.shape[:2]
    x, y = landmarks[:, 0], landmarks[:, 1]
    places = ((x, y), (width - y, x), (width - x, height - y), (y, height - x))
    return np.stack(places[quarters], 1).astype(np.float32)


def _framed(image: Picture, finds: Finds) -> list[Face]:
    """Find faces with a border about the picture; those on the border alone are none."""
    height, width = image.shape[:2]
    border = round(_BORDER_SHARE * max(height, width))
    pads = ((border, border), (border, border), (0, 0))
    framed = np.pad(image, pads, constant_values=_BORDER_GREY)
    faces = [_moved(face, face.landmarks - np.float32(border)) for face in finds(framed)]
    return [face for face in faces if _is_inside(face, height, width)]


def _is_inside(face: Face, height: int, width: int) -> bool:
    x, y = face.landmarks.mean(0)
    return bool(0 <= x <= width and 0 <= y <= height)


def _moved(face: Face, landmarks: Landmarks) -> Face:
    return replace(face, landmarks=landmarks, box=bounding_box(landmarks))


def _surest(faces: list[Face]) -> float:
    return max((face.score for face in faces), default=0.0)
