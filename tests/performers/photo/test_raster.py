"""Triangles to pixels, against plain geometry."""

from __future__ import annotations

import numpy as np

from d2animator.performers.photo.raster import (
    EMPTY,
    draw_attributes,
    draw_smoothly,
    lone_edges,
    normals,
)

QUAD = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def _square(low: float, high: float) -> np.ndarray:
    return np.array([[low, low], [low, high], [high, high], [high, low]], np.float32)


def test_attributes_are_interpolated_at_pixel_centres():
    places = _square(0, 8)
    values, depth = draw_attributes(QUAD, places, np.zeros(4, np.float32), places, (8, 8))
    rows, columns = np.mgrid[0:8, 0:8] + 0.5
    np.testing.assert_allclose(values[..., 0], columns, atol=1e-4)
    np.testing.assert_allclose(values[..., 1], rows, atol=1e-4)
    assert (depth == 0).all()


def test_nearer_triangles_hide_farther_ones_in_any_order():
    places = np.concatenate([_square(0, 6), _square(2, 8)])
    depth = np.repeat(np.array([1.0, 2.0], np.float32), 4)
    colour = np.repeat(np.array([[10.0], [20.0]], np.float32), 4, 0)
    both = np.concatenate([QUAD, QUAD + 4])
    for triangles in (both, both[::-1].copy()):
        values, buffer = draw_attributes(triangles, places, depth, colour, (8, 8))
        assert values[4, 4, 0] == 20
        assert values[0, 0, 0] == 10
        assert values[0, 7, 0] == 0
        assert buffer[0, 7] == EMPTY


def test_what_is_no_number_or_far_outside_is_left_out():
    places = np.array([[np.nan, 0], [4, 4], [0, 4], [1e30, 0], [1e30, 9], [-1e30, 5]], np.float32)
    triangles = np.array([[0, 1, 2], [3, 4, 5], [1, 1, 2]], np.int32)
    ones = np.ones((6, 1), np.float32)
    values, _ = draw_attributes(triangles, places, np.zeros(6, np.float32), ones, (8, 8))
    assert np.isfinite(values).all()


def test_borders_are_averaged_without_mixing_surfaces():
    # The left half shows the photo's place 10, the right half, behind, its place 90.
    left, right = _square(0, 4), _square(0, 4)
    left[:, 0] = (0, 0, 2.5, 2.5)
    places = np.concatenate([right, left])
    depth = np.repeat(np.array([0.0, 1.0], np.float32), 4)
    attributes = np.zeros((8, 4), np.float32)
    attributes[:4, :2], attributes[4:, :2], attributes[:, 2:] = 90, 10, 1
    triangles = np.concatenate([QUAD, QUAD + 4])
    mesh = triangles, lone_edges(triangles)
    near, split, (index, _) = draw_smoothly(mesh, places, depth, attributes, (4, 4))
    far = np.zeros((4, 4, 4), np.float32)
    far[split.pixels] = split.far
    np.testing.assert_allclose(near[:, :, 0], np.tile([10, 10, 10, 90], (4, 1)), atol=1e-3)
    np.testing.assert_allclose(near[:, :, 2], np.tile([1, 1, 0.5, 1], (4, 1)), atol=1e-4)
    np.testing.assert_allclose(far[:, 2, 0], 90, atol=1e-3)
    np.testing.assert_allclose(far[:, 2, 2], 0.5, atol=1e-4)
    assert (index[:, :2] >= 2).all()  # the nearer square's triangles


def test_edges_cover_their_pixels_in_part_and_folds_are_looked_at_closely():
    # A fold: one sheet whose right half lies before its left half, 20 of the photo's pixels on.
    across = np.array([0.0, 12.0, 6.0, 18.0], np.float32)
    rows = np.array([2.5, 13.9], np.float32)
    places = np.stack(np.meshgrid(across, rows), -1).reshape(-1, 2)
    depth = np.tile(np.array([0.0, 0.0, 1.0, 1.0], np.float32), 2)
    photo = np.tile(np.array([0.0, 12.0, 32.0, 44.0], np.float32), 2)
    values = np.stack([photo, places[:, 1], np.ones(8, np.float32)], 1)
    triangles = np.array([[0, 4, 1], [1, 4, 5], [2, 6, 3], [3, 6, 7]], np.int32)
    mesh = triangles, lone_edges(triangles)
    assert len(mesh[1]) == 8
    near, split, _ = draw_smoothly(mesh, places, depth, values, (16, 24))
    np.testing.assert_allclose(near[2, 1:5, 2], 0.5)
    assert near[13, 3, 2] == 1
    marked = np.zeros((16, 24), bool)
    marked[split.pixels] = True
    assert marked[8, 5]
    assert marked[8, 6]
    assert not marked[8, 2:4].any()
    np.testing.assert_allclose(near[8, :6, 0], np.arange(6) + 0.5, atol=1e-4)
    np.testing.assert_allclose(near[8, 6:18, 0], np.arange(6, 18) + 26.5, atol=1e-4)


def test_places_that_are_no_numbers_draw_nothing():
    places = np.array([[np.nan, 0], [4, 4], [0, 4], [1e30, 0], [1e30, 9], [-1e30, 5]], np.float32)
    triangles = np.array([[0, 1, 2], [3, 4, 5], [1, 1, 2]], np.int32)
    mesh = triangles, lone_edges(triangles)
    ones = np.ones((6, 3), np.float32)
    near, split, _ = draw_smoothly(mesh, places, np.zeros(6, np.float32), ones, (8, 8))
    assert np.isfinite(near).all()
    assert np.isfinite(split.far).all()


def test_normals_are_those_of_a_sphere():
    angle = np.linspace(0.3, 2.8, 24)[:, None]
    around = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    sphere = np.stack(
        [
            np.sin(angle) * np.cos(around),
            np.sin(angle) * np.sin(around),
            np.cos(angle) + 0 * around,
        ],
        -1,
    )
    vertices = sphere.reshape(-1, 3).astype(np.float32) * 3
    row = np.arange(23)[:, None] * 48
    first, second = row + np.arange(48), row + (np.arange(48) + 1) % 48
    upper = np.stack([first, first + 48, second], -1).reshape(-1, 3)
    lower = np.stack([second, first + 48, second + 48], -1).reshape(-1, 3)
    out = np.zeros_like(vertices)
    normals(np.concatenate([upper, lower]).astype(np.int32), vertices, out)
    inner = slice(48, -48)
    assert (out[inner] * vertices[inner] / 3).sum(1).min() > 0.99
