from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from d2animator.errors import ShapeError
from d2animator.faces.align import (
    CROP_MARGIN,
    Similarity,
    align_shapes,
    face_crop,
    face_frames,
    ffhq_crop,
    fit_similarity,
    normalise_landmarks,
)
from d2animator.faces.warp import warp_tensor
from tests.faces.shapes import frontal_face

numbers = st.floats(-500, 500)
similarities = st.builds(
    Similarity.crop,
    st.tuples(numbers, numbers),
    st.floats(1, 900),
    st.floats(-3, 3),
    st.integers(16, 512),
)


def face(scale: float = 100.0, angle: float = 0.0, place: tuple[float, float] = (300, 200)):
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return frontal_face() @ turn.T * scale + place


@given(similarities, similarities, st.tuples(numbers, numbers))
def test_composing_is_applying_one_after_the_other(a, b, point):
    expected = a.apply(b.apply(point))
    np.testing.assert_allclose(a.compose(b).apply(point), expected, rtol=1e-6, atol=1e-4)


@given(similarities, st.tuples(numbers, numbers))
def test_the_inverse_leads_back(similarity, point):
    back = similarity.inverse().apply(similarity.apply(point))
    np.testing.assert_allclose(back, point, rtol=1e-6, atol=1e-4)


def test_convention_a_crop_spans_zero_to_its_size():
    crop = Similarity.crop((50, 40), 20, 0.0, 10)
    np.testing.assert_allclose(crop.apply([(40, 30), (60, 50)]), [(0, 0), (10, 10)])
    assert crop.scale == pytest.approx(0.5)


def test_convention_the_angle_is_that_of_the_crops_upper_edge():
    crop = Similarity.crop((0, 0), 2, math.pi / 2, 2)
    # The upper edge points down the picture, so what lies below the centre is on the crop's right.
    np.testing.assert_allclose(crop.apply((0, 1)), (2, 1), atol=1e-12)


def test_ffhq_crop_follows_the_published_rule():
    points = face(angle=0.3)
    eyes = points[60:68].mean(0), points[68:76].mean(0)
    middle, across = (eyes[0] + eyes[1]) / 2, eyes[1] - eyes[0]
    down = (points[76] + points[82]) / 2 - middle
    x = across - down[::-1] * (-1, 1)
    x *= max(np.hypot(*across) * 2.0, np.hypot(*down) * 1.8) / np.hypot(*x)
    y = x[::-1] * (-1, 1)
    centre = middle + down * 0.1
    corners = [centre - x - y, centre - x + y, centre + x + y, centre + x - y]
    expected = [(0, 0), (0, 256), (256, 256), (256, 0)]
    np.testing.assert_allclose(ffhq_crop(points, 256).apply(corners), expected, atol=1e-6)


@given(st.floats(-0.5, 0.5), st.floats(20, 400), st.tuples(numbers, numbers))
def test_ffhq_crop_undoes_turn_size_and_place(angle, scale, place):
    moved = face(scale, angle, place)
    expected = ffhq_crop(frontal_face(), 128).apply(frontal_face())
    np.testing.assert_allclose(ffhq_crop(moved, 128).apply(moved), expected, atol=1e-4)


@given(st.floats(-0.5, 0.5), st.floats(20, 400), st.tuples(numbers, numbers))
def test_normalising_removes_size_and_place_but_keeps_the_roll(angle, scale, place):
    expected = normalise_landmarks(face(1.0, angle, (0, 0)))
    np.testing.assert_allclose(normalise_landmarks(face(scale, angle, place)), expected, atol=1e-5)


def test_normalised_upright_landmarks_are_those_in_the_ffhq_crop():
    points = face()
    in_crop = ffhq_crop(points, 1).apply(points)
    np.testing.assert_allclose(normalise_landmarks(points), in_crop, atol=1e-9)


def test_normalising_takes_batches_of_arrays_and_tensors():
    batch = np.stack([face(50), face(90, 0.2)]).astype(np.float32)
    array = normalise_landmarks(batch)
    tensor = normalise_landmarks(torch.from_numpy(batch))
    assert array.dtype == np.float32
    np.testing.assert_allclose(tensor.numpy(), array, atol=1e-5)


def test_face_crop_stands_upright_around_the_points():
    points = face(angle=0.4)
    inside = face_crop(points, 96).apply(points)
    eyes = inside[60:68].mean(0), inside[68:76].mean(0)
    assert eyes[0][1] == pytest.approx(eyes[1][1], abs=1e-6)
    low, high = inside.min(0), inside.max(0)
    np.testing.assert_allclose((low + high) / 2, (48, 48), atol=1e-6)
    assert max(high - low) == pytest.approx(96 / CROP_MARGIN)


def test_face_frames_are_the_inverse_of_face_crops():
    points = [face(80, 0.3), face(120, -0.2, (10, 50))]
    frames = face_frames(torch.tensor(np.stack(points), dtype=torch.float64))
    for one, frame in zip(points, frames, strict=True):
        expected = face_crop(one, 1).inverse().matrix
        np.testing.assert_allclose(frame.numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("function", [normalise_landmarks, lambda points: ffhq_crop(points, 64)])
def test_other_layouts_are_refused(function):
    with pytest.raises(ShapeError, match="98"):
        function(np.zeros((69, 2)))


@settings(deadline=None)  # shared machines stall
@given(angle=st.floats(-3, 3), scale=st.floats(0.2, 5), x=st.floats(-50, 50), y=st.floats(-50, 50))
def test_similarity_is_found_from_points(angle: float, scale: float, x: float, y: float) -> None:
    points = np.random.default_rng(0).normal(size=(9, 2)) * 10
    linear = scale * np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    target = points @ linear.T + (x, y)
    np.testing.assert_allclose(fit_similarity(points, target).apply(points), target, atol=1e-6)


def test_similarity_needs_equal_shapes() -> None:
    with pytest.raises(ShapeError, match="target"):
        fit_similarity(np.zeros((3, 2)), np.zeros((4, 2)))


def test_aligned_picture_has_the_face_where_it_should_be() -> None:
    image = -torch.ones(1, 3, 32, 32)
    image[..., 8:12, 8:12] = 1
    corners = np.array([[8.0, 8.0], [12.0, 8.0], [12.0, 12.0], [8.0, 12.0]])
    similarity = fit_similarity(corners, corners + np.array((10, 4)))
    moved = warp_tensor(image, similarity, 32)
    assert similarity.scale == pytest.approx(1)
    assert float(moved[0, 0, 13:15, 19:21].min()) > 0.9
    assert float(moved[0, 0, 9:11, 9:11].max()) < -0.9


@settings(deadline=None)  # shared machines stall
@given(angle=st.floats(-3, 3), scale=st.floats(0.2, 5), x=st.floats(-9, 9), y=st.floats(-9, 9))
def test_alignment_undoes_any_similarity(angle: float, scale: float, x: float, y: float) -> None:
    face = torch.from_numpy(frontal_face())
    turn = torch.tensor(
        [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]
    ).double()
    moved = (scale * face @ turn + torch.tensor([x, y])).unsqueeze(0)
    back = align_shapes(moved, moved[:, 50:60], face[50:60])
    torch.testing.assert_close(back[0], face, atol=1e-6, rtol=0)
