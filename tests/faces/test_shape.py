from __future__ import annotations

import numpy as np
import pytest
import torch

from d2animator.faces.shape import bounding_box, eye_distance, is_plausible, overlap, shared
from tests.faces.shapes import frontal_face


def test_the_eye_distance_is_that_of_the_outer_corners():
    assert float(eye_distance(torch.from_numpy(frontal_face() * 100))) == pytest.approx(62.0)


def test_the_box_holds_all_points():
    x, y, width, height = bounding_box(frontal_face())
    assert (x, width) == pytest.approx((-0.5, 1.0))
    assert (y, height) == pytest.approx((-0.36, 0.86))


def test_overlap_is_common_over_union():
    assert overlap((0, 0, 2, 2), (1, 0, 2, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 2, 2), (2, 0, 2, 2)) == 0
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1


def test_the_shared_part_is_that_of_the_smaller_box():
    assert shared((0, 0, 4, 4), (1, 1, 2, 2)) == 1
    assert shared((0, 0, 2, 2), (1, 0, 4, 2)) == pytest.approx(0.5)
    assert shared((0, 0, 2, 2), (3, 0, 2, 2)) == 0


def test_a_face_is_plausible_at_any_size_and_turn():
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    assert is_plausible(frontal_face())
    assert is_plausible(frontal_face() @ turn.T * 300 + 1000)


def test_a_turned_head_is_plausible():
    assert is_plausible(frontal_face() * (0.5, 1.0))


@pytest.mark.parametrize(
    "points",
    [
        frontal_face() * (-1, 1),  # right and left swapped
        frontal_face() * (0.05, 1),  # no width
        np.zeros((98, 2)),
        np.full((98, 2), np.nan),
        np.random.default_rng(3).normal(size=(98, 2)) * 0.01 + frontal_face()[0],
    ],
)
def test_other_shapes_are_not(points):
    assert not is_plausible(points)
