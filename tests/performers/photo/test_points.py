"""Arithmetic on many points, against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from d2animator.performers.photo.points import Neighbours, mix, moved_bounds, nearest
from d2animator.performers.photo.shapes import box_around

ALL = np.arange(4, dtype=np.int32)


def test_values_are_mixed():
    random = np.random.default_rng(1)
    values = random.normal(size=(9, 3)).astype(np.float32)
    vertices = random.integers(0, 9, (5, 4)).astype(np.int32)
    weights = random.uniform(size=(5, 4)).astype(np.float32)
    out = np.empty((5, 3), np.float32)
    mix(values, vertices, weights, out)
    np.testing.assert_allclose(out, (values[vertices] * weights[..., None]).sum(1), rtol=1e-5)


def test_bounds_hold_moved_points_before_and_after():
    before = np.array([[0, 0], [5, 6], [9, 9], [50, 50]], np.float32)
    after = before + np.array([[0, 0], [2, -3], [0, 0.5], [0, 1e-4]], np.float32)
    np.testing.assert_allclose(moved_bounds(before, after, ALL), np.array([[5, 3], [9, 9.5]]))
    assert moved_bounds(before, before, ALL).shape == (0, 2)
    assert not len(moved_bounds(before, after, ALL[:1]))


def test_a_point_that_is_no_number_has_no_box():
    before = np.zeros((4, 2), np.float32)
    for wrong in (np.nan, np.inf):
        after = before + 1
        after[2, 1] = wrong
        assert not box_around(moved_bounds(before, after, ALL), 1).holds(1)


@pytest.mark.parametrize("size", [2, 3])
def test_nearest_points_are_those_of_all_distances(size):
    random = np.random.default_rng(size)
    points, places = random.normal(size=(200, size)), 2 * random.normal(size=(60, size))
    apart = np.linalg.norm(places[:, None] - points, axis=-1)
    distance, which = nearest(points.astype(np.float32), places, 5)
    np.testing.assert_array_equal(which, np.argsort(apart, axis=1)[:, :5])
    np.testing.assert_allclose(distance, np.sort(apart, axis=1)[:, :5], rtol=1e-5)
    assert nearest(points[:3], places, 5)[1].shape == (60, 3)


def test_neighbours_of_a_square_are_summed():
    near = Neighbours(np.array([[0, 1, 2], [2, 1, 3]], np.int32), 4)
    np.testing.assert_array_equal(near.sums(np.array([1, 10, 100, 1000])), [110, 1101, 1011, 110])
    assert near.sums(np.ones((4, 2))).tolist() == [[2, 2], [3, 3], [3, 3], [2, 2]]
