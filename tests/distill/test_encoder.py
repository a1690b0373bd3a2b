"""Training of the encoder: its augmentation keeps geometry right, and it learns."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from d2animator.distill.encoder import (
    EncoderOptions,
    EncoderTask,
    change_colours,
    move_pictures,
    photo_crops,
    train_encoder,
)
from d2animator.distill.samples import Pictures
from d2animator.errors import TrainingError
from d2animator.faces.align import ffhq_crop
from d2animator.latent.statistics import measure_w
from d2animator.models.encoder import Encoder, EncoderConfig
from d2animator.models.generators import Generator
from d2animator.models.stylegan2 import GeneratorConfig
from d2animator.training.loop import LoopOptions, step_generator
from tests.distill.worlds import template
from tests.steadiness import Check

STILL = EncoderOptions(cropped=0.0, shift=0.0, zoom=0.0, turn_deg=0.0)


def test_photo_crop_is_ffhqs() -> None:
    angle = 0.3
    turn = torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    face = (template() - 0.5) @ turn * 0.8 + torch.tensor([0.55, 0.48])
    x, y, half, turned = photo_crops(face.unsqueeze(0))[0].tolist()
    crop = ffhq_crop(face.numpy(), 1)
    assert crop.scale == pytest.approx(1 / (2 * half), rel=1e-4)
    assert crop.apply((x, y)) == pytest.approx((0.5, 0.5), abs=1e-5)
    right = crop.apply((x + half * math.cos(turned), y + half * math.sin(turned)))
    assert right == pytest.approx((1.0, 0.5), abs=1e-5)


def test_unmoved_pictures_stay() -> None:
    images = torch.rand(2, 3, 16, 16)
    faces = template().repeat(2, 1, 1)
    moved = move_pictures(images, faces, STILL, step_generator(0, 0))
    torch.testing.assert_close(moved, images, atol=1e-4, rtol=0)


def test_cropping_brings_the_face_to_the_middle() -> None:
    face = template() + torch.tensor([0.15, 0.1])
    middle = photo_crops(face.unsqueeze(0))[0, :2]
    images = torch.zeros(1, 3, 32, 32)
    column, row = (middle * 32).long().tolist()
    images[0, :, row - 1 : row + 2, column - 1 : column + 2] = 1
    options = EncoderOptions(cropped=1.0, shift=0.0, zoom=0.0, turn_deg=0.0)
    moved = move_pictures(images, face.unsqueeze(0), options, step_generator(0, 0))
    assert float(moved[0, 0, 15:17, 15:17].min()) > 0.5


def test_colours_change_and_stay_in_range() -> None:
    images = torch.rand(4, 3, 16, 16) * 2 - 1
    changed = change_colours(images, step_generator(0, 0))
    assert changed.shape == images.shape
    assert float(changed.abs().max()) <= 1
    assert not torch.allclose(changed, images, atol=0.05)
    assert torch.equal(changed, change_colours(images, step_generator(0, 0)))


def test_encoder_learns_codes_then_pictures(tmp_path: Path, seed: int, check: Check) -> None:
    generator = Generator(
        GeneratorConfig(z_dim=4, w_dim=6, img_resolution=16, channel_base=128, num_mapping_layers=1)
    )
    generator = generator.eval().requires_grad_(False)
    statistics = measure_w(generator, samples=500)
    codes = generator.mapping.single(torch.randn(64, 4))
    images = generator.synthesis(codes.unsqueeze(1).repeat(1, 6, 1))
    small = ((images.clamp(-1, 1) + 1) * 127.5).to(torch.uint8)
    pictures = Pictures(small, codes, template().repeat(64, 1, 1))
    config = EncoderConfig(num_ws=6, w_dim=6, input_size=16, channels=(8, 16), features=16)
    encoder = Encoder(config, statistics.w_avg, statistics.w_std)
    seen: list[dict[str, float]] = []
    trained = train_encoder(
        encoder,
        generator,
        pictures,
        EncoderOptions(batch=16, picture_batch=4, cropped=0.0, shift=0.0, zoom=0.0, turn_deg=0.0),
        LoopOptions(steps=60, learning_rate=1e-2, report_every=60, ema_decay=0.9),
        LoopOptions(steps=3, learning_rate=1e-3, report_every=3),
        work=tmp_path,
        progress=lambda _step, metrics: seen.append(metrics),
    )
    check("explained", seen[0]["explained"], above=0.1)
    assert "picture" in seen[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "encoder-codes.safetensors",
        "encoder-pictures.safetensors",
    ]
    assert not trained.training


def test_no_pictures_are_an_error() -> None:
    config = EncoderConfig(num_ws=2, w_dim=4, input_size=8, channels=(4,), features=4)
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(z_dim=2, w_dim=4, img_resolution=4, channel_base=16))
    empty = Pictures(torch.zeros(0, 3, 8, 8), torch.zeros(0, 4), torch.zeros(0, 98, 2))
    with pytest.raises(TrainingError, match="no pictures"):
        EncoderTask(Encoder(config), generator, empty, EncoderOptions())
