import numpy as np
import pytest

from d2animator.head.turns import (
    angles_from_rotation,
    nearest_rotation,
    rotation_from_angles,
    rotation_from_vector,
    soft_limit,
    vector_from_rotation,
)


@pytest.mark.parametrize("length", [0.0, 1e-10, 0.3, 2.0, np.pi - 1e-6, np.pi])
@pytest.mark.parametrize("axis", [(1, 0, 0), (0, -1, 0), (0.6, 0.0, 0.8), (-0.36, 0.48, -0.8)])
def test_vectors_and_rotations_are_one(axis, length):
    vector = np.array(axis) * length
    rotation = rotation_from_vector(vector)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    again = rotation_from_vector(vector_from_rotation(rotation))
    np.testing.assert_allclose(again, rotation, atol=1e-6)


@pytest.mark.parametrize("angles", [(0, 0, 0), (30, -20, 10), (-80, 45, -100)])
def test_angles_and_rotations_are_one(angles):
    np.testing.assert_allclose(angles_from_rotation(rotation_from_angles(*angles)), angles)


def test_angles_mean_what_is_written():
    # x to the person's left, y up, z to the viewer.
    nose = np.array([0, 0, 1.0])
    assert (rotation_from_angles(20, 0, 0) @ nose)[0] > 0.3  # to the person's left
    assert (rotation_from_angles(0, 20, 0) @ nose)[1] < -0.3  # down
    assert (rotation_from_angles(0, 0, 20) @ np.array([0, 1.0, 0]))[0] < -0.3  # to their right


def test_the_nearest_rotation_mirrors_nothing():
    mirror = np.diag([1.0, 1.0, -1.0])
    rotation = nearest_rotation(mirror)
    np.testing.assert_allclose(np.linalg.det(rotation), 1)
    turned = rotation_from_angles(10, 20, 30)
    np.testing.assert_allclose(nearest_rotation(2.5 * turned), turned, atol=1e-12)


def test_a_soft_limit_is_never_passed_and_starts_straight():
    values = np.array([-100.0, -1e-3, 0.0, 1e-3, 5.0, 100.0])
    limited = soft_limit(values, 10.0)
    assert (np.abs(limited) <= 10).all()
    np.testing.assert_allclose(limited[1:4], values[1:4], rtol=1e-6)
    assert 4.5 < limited[4] < 5
