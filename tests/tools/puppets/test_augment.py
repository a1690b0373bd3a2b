from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.faces.shapes import frontal_face
from tests.steadiness import Check
from tools.puppets import augment
from tools.puppets.clutter import clutter, shapes, smooth_noise

FACES = torch.tensor(np.stack([frontal_face() * 40 + (32, 34), frontal_face() * 30 + (30, 30)]))
FACES = FACES.float()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def marked(landmarks: torch.Tensor, index: int, size: int = 64) -> torch.Tensor:
    """Pictures with a soft white spot at one point each."""
    line = torch.arange(size) + 0.5
    x = line[None, None, :] - landmarks[:, index, 0, None, None]
    y = line[None, :, None] - landmarks[:, index, 1, None, None]
    return torch.exp(-(x.square() + y.square()) / 18)[:, None].expand(-1, 3, -1, -1)


def spot(images: torch.Tensor) -> torch.Tensor:
    """Centre of mass of each picture, x before y, in pixels."""
    line = torch.arange(images.shape[-1]) + 0.5
    grey = images.mean(1)
    total = grey.sum((1, 2))
    return (
        torch.stack([(grey.sum(1) * line).sum(1), (grey.sum(2) * line).sum(1)], 1) / total[:, None]
    )


def test_mirroring_moves_points_with_the_picture():
    images, points = augment.mirror(marked(FACES, 60), FACES, torch.tensor([True, False]))
    torch.testing.assert_close(spot(images)[0], points[0, 72], atol=0.1, rtol=0)
    torch.testing.assert_close(spot(images)[1], points[1, 60], atol=0.1, rtol=0)


@pytest.mark.parametrize(("angle", "side"), [(0.0, 64.0), (0.4, 70.0), (-0.6, 100.0)])
def test_crops_move_points_with_the_picture(angle, side):
    sides, angles = torch.full((2,), side), torch.full((2,), angle)
    matrices = augment.crop_matrices(FACES, sides, torch.tensor([[0.05, -0.02]] * 2), angles)
    cut = augment.crop(marked(FACES, 54), matrices, 48)
    points = augment.into_crop(FACES, matrices) * 48
    torch.testing.assert_close(spot(cut), points[:, 54], atol=0.25, rtol=0)


def test_crops_do_not_alias():
    board = (torch.arange(64)[:, None] + torch.arange(64)[None, :]) % 2
    board = board.float().expand(2, 3, 64, 64)
    matrices = augment.crop_matrices(
        FACES, torch.full((2,), 256.0), torch.zeros(2, 2), torch.zeros(2)
    )
    cut = augment.crop(board, matrices, 32, padding="reflection")
    assert float((cut - 0.5).abs().max()) < 0.05


def test_head_masks_cover_the_face_and_not_the_corners():
    masks = augment.head_masks(FACES, 64, torch.ones(2))
    assert float(masks[:, 0, 34, 32].min()) > 0.9
    assert float(masks[:, 0, 0, 0].max()) < 0.05


def test_faces_can_be_smeared_away(seed: int, check: Check):
    images = torch.rand(2, 3, 64, 64, generator=generator(seed))
    smeared = augment.without_face(images, FACES)
    left = smeared[0, :, 25:40, 25:40].std() / images[0, :, 25:40, 25:40].std()
    check("spread left", left, below=0.3)
    change = (smeared[:, :, 60:, :2] - images[:, :, 60:, :2]).abs().max()
    check("change of a corner", change, below=0.05)


def test_scrambling_keeps_every_tile():
    images = torch.arange(2 * 3 * 8 * 8.0).view(2, 3, 8, 8)
    mixed = augment.scrambled(images, generator())
    assert not torch.equal(mixed, images)
    torch.testing.assert_close(mixed.flatten().sort().values, images.flatten())
    tiles = {
        tuple(t.flatten().tolist())
        for t in images[0, 0].unfold(0, 2, 2).unfold(1, 2, 2).flatten(0, 1)
    }
    found = {
        tuple(t.flatten().tolist())
        for t in mixed[0, 0].unfold(0, 2, 2).unfold(1, 2, 2).flatten(0, 1)
    }
    assert tiles == found


def test_glasses_are_around_the_eyes_only():
    images = torch.full((2, 3, 64, 64), 0.5)
    changed = (augment.with_glasses(images, FACES, generator()) - images).abs().amax(1) > 0.02
    assert bool(changed.flatten(1).any(1).all())
    assert not changed[:, :12].any()
    assert not changed[:, 50:].any()


@pytest.mark.parametrize(
    "change",
    [
        augment.relight,
        augment.blur,
        augment.lower_resolution,
        augment.add_noise,
        augment.compress,
        augment.degrade,
    ],
)
def test_changes_are_seeded_and_keep_the_shape(change):
    images = torch.rand(4, 3, 32, 32, generator=generator(1))
    before = images.clone()
    one, other = change(images, generator(2)), change(images, generator(2))
    torch.testing.assert_close(one, other, atol=0, rtol=0)
    torch.testing.assert_close(images, before, atol=0, rtol=0)
    assert one.shape == images.shape
    assert torch.isfinite(one).all()
    assert not torch.equal(one, images)


def test_compressing_keeps_flat_pictures_nearly_flat(seed: int, check: Check):
    flat = torch.full((2, 3, 16, 16), 0.5)
    changed = augment.compress(flat, generator(seed))
    check("spread", changed.std(), below=0.05)


def test_occluders_cover_some_but_not_all(seed: int, check: Check):
    images = torch.zeros(100, 3, 32, 32)
    covered = augment.occlude(images, generator(seed), torch.ones_like(images)).amax(1) > 0.05
    check("covered", covered.float().mean(), above=0.02, below=0.6)


def test_clutter_is_seeded_and_varied(seed: int, check: Check):
    pictures = clutter(40, 32, generator(seed))
    torch.testing.assert_close(pictures, clutter(40, 32, generator(seed)), atol=0, rtol=0)
    assert pictures.shape == (40, 3, 32, 32)
    assert float(pictures.min()) >= 0
    assert float(pictures.max()) <= 1
    check("spread of their means", pictures.mean((1, 2, 3)).std(), above=0.05)


def test_noise_has_about_unit_strength(seed: int, check: Check):
    check("spread", smooth_noise(64, 1, 32, generator(seed)).std(), above=0.5, below=1.6)


def test_shapes_are_masks():
    masks = shapes(16, 32, generator())
    assert masks.shape == (16, 1, 32, 32)
    assert float(masks.min()) >= 0
    assert float(masks.max()) <= 1
