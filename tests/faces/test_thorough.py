"""The second look at a picture without a face."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from d2animator.faces.detector import Face
from d2animator.faces.follow import FaceFollower
from d2animator.faces.shape import bounding_box
from d2animator.faces.thorough import look_again, turned_back
from tests.faces.test_detect import expected, picture

POINTS = np.array([[10.0, 20.0], [30.5, 7.0], [0.0, 0.0]], np.float32)


def face(points: np.ndarray, score: float = 0.9) -> Face:
    return Face(True, points.astype(np.float32), bounding_box(points), score)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_points_of_a_turned_picture_come_back(quarters: int) -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[12:14, 50:52] = 255  # its middle is at (51, 13)
    turned = np.rot90(image, quarters)
    rows, columns = np.nonzero(turned[..., 0])
    middle = np.array([[columns.mean() + 0.5, rows.mean() + 0.5]], np.float32)
    assert turned_back(middle, image, quarters).tolist() == [[51.0, 13.0]]


def test_a_border_comes_before_the_turns() -> None:
    shapes = []

    def finds(image: np.ndarray) -> list[Face]:
        shapes.append(image.shape)
        return [face(POINTS + 30)] if image.shape == (100, 120, 3) else []

    found = look_again(np.zeros((40, 60, 3), np.uint8), finds)
    assert shapes == [(100, 120, 3)]
    assert np.array_equal(found[0].landmarks, POINTS)
    assert found[0].box == bounding_box(POINTS)


def test_what_lies_on_the_border_is_no_face() -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    assert look_again(image, lambda one: [face(POINTS)] if one.shape[0] == 100 else []) == []


def test_of_the_turns_the_surest_is_taken() -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[0, 0] = 1

    def finds(shown: np.ndarray) -> list[Face]:
        quarters = {(39, 0): 1, (39, 59): 2, (0, 39): 3}
        corner = tuple(np.argwhere(shown[..., 0] == 1)[0])
        score = {1: 0.6, 2: 0.0, 3: 0.8}[quarters[corner]] if corner in quarters else 0.0
        return [face(POINTS, score)] if score and shown.shape[:2] in ((60, 40), (40, 60)) else []

    (found,) = look_again(image, finds)
    assert found.score == 0.8
    assert np.array_equal(found.landmarks, turned_back(POINTS, image, 3))


def test_no_face_stays_none() -> None:
    calls = []
    assert (
        look_again(np.zeros((8, 9, 3), np.uint8), lambda one: calls.append(one.shape) or []) == []
    )
    assert len(calls) == 7  # a border, and three turns with and without one


class Watching:
    """Finds the face of the test's picture, or none, and counts how it was asked."""

    def __init__(self, faces: dict[int, list[Face]]) -> None:
        self.faces, self.asked, self.frame = faces, "", -1

    def look(self) -> list[Face]:
        self.frame += 1
        return self.faces.get(self.frame, [])

    def detect(self, image: np.ndarray) -> list[Face]:
        self.asked += "T"
        return self.look()

    def detect_briefly(self, image: np.ndarray) -> list[Face]:
        self.asked += "b"
        return self.look()


def test_a_clip_is_not_turned_over_in_every_frame() -> None:
    frame = picture((60, 50, 40), size=(120, 160))
    points = expected(60, 50, 40)
    watching = Watching({27: [face(np.asarray(points))]})
    follower = FaceFollower(watching)
    for index in range(40):
        follower.step(frame, Fraction(index, 25))
    assert watching.asked[:27] == "T" + 24 * "b" + "T" + "b"
    assert "T" not in watching.asked[28:]
