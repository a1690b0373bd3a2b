"""Rotations and the camera."""

from __future__ import annotations

import numpy as np
import pytest

from tools.puppets import geometry


def test_yaw_turns_the_face_to_the_subjects_left() -> None:
    ahead = geometry.head_rotation((30, 0, 0)) @ np.array((0, 0, 1.0))
    assert ahead[0] == pytest.approx(np.sin(np.radians(30)), abs=1e-6)


def test_pitch_nods_down_and_gaze_pitch_looks_up() -> None:
    assert (geometry.head_rotation((0, 20, 0)) @ np.array((0, 0, 1.0)))[1] < 0
    assert (geometry.eye_rotation((0, 20), 0) @ np.array((0, 0, 1.0)))[1] > 0


def test_eyes_converge() -> None:
    left, right = (geometry.eye_rotation((0, 0), eye) @ np.array((0, 0, 1.0)) for eye in (0, 1))
    assert left[0] < 0 < right[0]


def test_rotations_are_rotations() -> None:
    rotation = geometry.head_rotation((25, -12, 8)).astype(float)
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(rotation) == pytest.approx(1, abs=1e-6)


def test_head_matrix_leaves_the_neck_in_place() -> None:
    matrix = geometry.head_matrix(geometry.head_rotation((40, 10, 5)))
    pivot = np.append(geometry.NECK_PIVOT, 1)
    assert np.allclose(matrix @ pivot, pivot, atol=1e-5)


def _points68() -> geometry.Array:
    points = np.zeros((68, 3), np.float32)
    points[36:42] = (-3, 4, 9)
    points[42:48] = (3, 4, 9)
    points[48], points[54] = (-2.5, -3, 9), (2.5, -3, 9)
    return points


def test_crop_puts_its_centre_in_the_middle() -> None:
    points = _points68()
    projection = geometry.crop_projection(points)
    eyes, mouth = (points[36] + points[42]) / 2, (points[48] + points[54]) / 2
    centre = geometry.project((eyes + 0.1 * (mouth - eyes))[None], projection, 256)
    assert np.allclose(centre, 128, atol=1e-3)


def test_crop_has_ffhqs_size() -> None:
    points = _points68()
    projection = geometry.crop_projection(points)
    left, right = geometry.project(points[[36, 42]], projection, 256)
    # Half the side is max(2.0 x eye distance, 1.8 x eye-mouth distance): here the latter.
    half = max(2.0 * 6, 1.8 * 7)
    assert right[0] - left[0] == pytest.approx(6 / (2 * half) * 256, rel=1e-4)
    assert left[1] == pytest.approx(right[1])


def test_crop_follows_the_face_and_stays_upright() -> None:
    points = _points68()
    moved = points @ geometry.head_rotation((0, 0, 15)).T + np.array((3, -2, 0), np.float32)
    projection = geometry.crop_projection(moved)
    eyes, mouth = (moved[36] + moved[42]) / 2, (moved[48] + moved[54]) / 2
    centre = geometry.project((eyes + 0.1 * (mouth - eyes))[None], projection, 100)
    assert np.allclose(centre, 50, atol=1e-3)
    left, right = geometry.project(moved[[36, 42]], projection, 100)
    angle = np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0]))
    assert angle == pytest.approx(-15, abs=0.1)  # y points down in pictures


def test_meshes_have_unit_normals_and_valid_triangles() -> None:
    torso = geometry.torso_mesh()
    assert np.allclose(np.linalg.norm(torso.normals, axis=1), 1, atol=1e-3)
    assert torso.triangles.max() < len(torso.points)
    directions, triangles = geometry.eyeball_mesh()
    assert np.allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    assert triangles.max() < len(directions)
