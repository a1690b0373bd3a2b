"""Pixels taken from textures and laid over one another, against OpenCV and plain arithmetic."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from d2animator.performers.photo.pixels import compose, lay_over, warp, write_changed
from d2animator.performers.photo.shapes import remapped


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


def test_warping_is_cubic_interpolation_border_included(random: np.random.Generator) -> None:
    texture = random.uniform(0, 255, (40, 30, 4)).astype(np.float32)
    places = random.uniform(-8, 48, (50, 60, 2)).astype(np.float32)
    wanted = random.uniform(size=(50, 60)) < 0.7
    out = np.full((50, 60, 4), -1, np.float32)
    warp(texture, places, wanted, out)
    true = remapped(texture, places, border=cv2.BORDER_REPLICATE)
    # Versions of OpenCV before 5 round places to 1/32 of a pixel.
    atol = 0.01 if int(cv2.__version__.split(".")[0]) >= 5 else 30
    np.testing.assert_allclose(out[wanted], true[wanted], atol=atol)
    assert (out[~wanted] == -1).all()


def test_at_whole_pixels_warping_gives_the_texture(random: np.random.Generator) -> None:
    texture = random.uniform(0, 255, (20, 24, 4)).astype(np.float32)
    places = np.stack(np.meshgrid(np.arange(24), np.arange(20)), -1).astype(np.float32) + 0.5
    out = np.empty_like(texture)
    warp(texture, places, np.ones((20, 24), bool), out)
    np.testing.assert_allclose(out, texture, atol=1e-4)


def test_places_that_are_no_numbers_are_somewhere_in_the_texture() -> None:
    texture = np.full((8, 8, 4), 7, np.float32)
    places = np.array([[[np.nan, 1], [np.inf, 2], [3, -np.inf], [1e30, -1e30]]], np.float32)
    out = np.zeros((1, 4, 4), np.float32)
    warp(texture, places, np.ones((1, 4), bool), out)
    np.testing.assert_allclose(out, 7, atol=1e-4)


def test_a_share_is_composed_with_what_is_behind(random: np.random.Generator) -> None:
    layer = random.uniform(0, 1, (6, 5, 4)).astype(np.float32)
    behind = random.uniform(0, 255, (6, 5, 3)).astype(np.float32)
    shown = random.uniform(size=(6, 5)) < 0.5
    out = np.empty_like(behind)
    compose(layer, shown, behind, out)
    mixed = layer[..., :3] + (1 - layer[..., 3:]) * behind
    np.testing.assert_allclose(out, np.where(shown[..., None], mixed, behind), rtol=1e-5)


def test_lit_colours_are_laid_over(random: np.random.Generator) -> None:
    canvas, colour = (random.uniform(0, 255, (6, 5, 3)).astype(np.float32) for _ in range(2))
    light, opacity = (random.uniform(0, 1, (6, 5)).astype(np.float32) for _ in range(2))
    part = (0.5 * opacity)[..., None]
    wanted = canvas + (colour * light[..., None] - canvas) * part
    lay_over(canvas, colour, light, opacity, np.float32(0.5))
    np.testing.assert_allclose(canvas, wanted, rtol=1e-5)


def test_only_what_changed_is_written() -> None:
    photo = np.full((1, 5, 3), 10, np.uint8)
    canvas = np.full((1, 5, 3), 10.4, np.float32)
    canvas[0, 1], canvas[0, 2, 1], canvas[0, 3], canvas[0, 4, 0] = 10.5, np.nan, 300, -np.inf
    out = np.zeros_like(photo)
    write_changed(canvas, photo, out)
    np.testing.assert_array_equal(out[0, :, 0], [0, 11, 0, 255, 0])
