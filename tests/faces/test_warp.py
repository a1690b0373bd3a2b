from __future__ import annotations

import numpy as np
import pytest
import torch

from d2animator.errors import ShapeError
from d2animator.faces.align import Similarity
from d2animator.faces.pixels import to_image, to_picture
from d2animator.faces.warp import warp_tensor


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def gradient(height: int, width: int):
    """A picture whose red is x / 4 and green y / 4, exactly at the pixels' centres."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x // 4, y // 4, x * 0], -1).astype(np.uint8)


def test_tensors_and_pictures_convert_without_loss(picture):
    np.testing.assert_array_equal(to_picture(to_image(picture)), picture)


def test_the_whole_picture_at_its_own_size_is_unchanged(picture):
    square = np.ascontiguousarray(picture[:, :40])
    crop = Similarity.crop((20, 20), 40, 0.0, 40)
    np.testing.assert_array_equal(to_picture(warp_tensor(square, crop, 40)), square)


def test_convention_whole_pixels_are_cut_out_exactly(picture):
    crop = Similarity.crop((25, 18), 16, 0.0, 16)
    np.testing.assert_array_equal(to_picture(warp_tensor(picture, crop, 16)), picture[10:26, 17:33])


def test_a_quarter_turn_moves_pixels_exactly(picture):
    square = np.ascontiguousarray(picture[:, :40])
    crop = Similarity.crop((20, 20), 40, np.pi / 2, 40)
    np.testing.assert_array_equal(to_picture(warp_tensor(square, crop, 40)), np.rot90(square, 1))


def test_halving_averages_blocks(picture):
    square = np.ascontiguousarray(picture[:, :40])
    small = warp_tensor(square, Similarity.crop((20, 20), 40, 0.0, 20), 20)
    blocks = to_image(square).unflatten(3, (20, 2)).unflatten(2, (20, 2)).mean((3, 5))
    torch.testing.assert_close(small, blocks, atol=1e-5, rtol=0)


@pytest.mark.parametrize("side", [100.0, 190.0, 310.0, 700.0])
def test_a_fine_pattern_becomes_grey_and_not_a_coarse_one(side):
    board = ((np.indices((800, 800)).sum(0) % 2) * 255).astype(np.uint8)
    picture = np.repeat(board[:, :, None], 3, axis=2)
    crop = warp_tensor(picture, Similarity.crop((400.3, 400.2), side, 0.0, 48), 48)
    assert float(crop.abs().max()) < 0.2


@pytest.mark.parametrize("side", [30.0, 64.0, 150.0])
def test_positions_are_kept_at_any_scale(side):
    picture = gradient(200, 200)
    crop = Similarity.crop((100, 100), side, 0.2, 32)
    out = (warp_tensor(picture, crop, 32)[0] + 1) * 127.5
    centres = np.stack(np.meshgrid(np.arange(32) + 0.5, np.arange(32) + 0.5), -1)
    source = crop.inverse().apply(centres)
    # x // 4 lies 0.375 below x / 4 of the pixel's centre 0.5 on average
    expected = torch.from_numpy(source / 4 - 0.5).permute(2, 0, 1).float()
    assert float((out[:2] - expected).abs().max()) < 1.0
    assert float((out[:2] - expected).mean().abs()) < 0.1


def test_outside_lies_what_was_asked_for():
    picture = np.full((20, 20, 3), 200, np.uint8)
    crop = Similarity.crop((0, 10), 20, 0.0, 20)
    assert (to_picture(warp_tensor(picture, crop, 20, padding="border")) == 200).all()
    assert (to_picture(warp_tensor(picture, crop, 20, padding="reflection")) == 200).all()
    assert (to_picture(warp_tensor(picture, crop, 20, padding="zeros"))[:, :9] == 128).all()


def test_tensors_may_come_in(picture):
    crop = Similarity.crop((25, 18), 30, 0.3, 16)
    from_tensor = warp_tensor(to_image(picture), crop, 16)
    torch.testing.assert_close(from_tensor, warp_tensor(picture, crop, 16))


def test_a_grey_picture_is_refused():
    with pytest.raises(ShapeError, match="image"):
        warp_tensor(np.zeros((8, 8), np.uint8), Similarity.crop((4, 4), 8, 0.0, 8), 8)
