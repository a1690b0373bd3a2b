"""Skin colour, and codes without it."""

from __future__ import annotations

import torch

from d2animator.distill.colours import reading_axes, skin_colours, take_out


def test_skin_colour_is_read_at_cheeks_and_nose() -> None:
    images = torch.zeros(2, 3, 32, 32, dtype=torch.uint8)
    images[0, 0] = 255
    images[1, :, 12:22, 8:24] = 102
    landmarks = torch.full((2, 98, 2), 0.5)
    landmarks[:, 60:68] = torch.tensor([0.35, 0.4])
    landmarks[:, 68:76] = torch.tensor([0.65, 0.4])
    landmarks[:, 76] = torch.tensor([0.4, 0.7])
    landmarks[:, 82] = torch.tensor([0.6, 0.7])
    colours = skin_colours(images, landmarks)
    torch.testing.assert_close(colours[0], torch.tensor([1.0, 0.0, 0.0]))
    torch.testing.assert_close(colours[1], torch.full((3,), 0.4))


def test_what_is_taken_out_can_no_longer_be_read() -> None:
    random = torch.Generator().manual_seed(0)
    codes = torch.randn(2000, 20, generator=random)
    reading = torch.randn(20, 3, generator=random)
    told = codes @ reading + 0.1 * torch.randn(2000, 3, generator=random)
    clean = take_out(codes, reading_axes(codes, told))
    assert float((clean @ reading).std()) < 0.05 * float((codes @ reading).std())
    # Three of twenty directions are gone, the others are as they were.
    assert torch.linalg.matrix_rank(clean - clean.mean(0), rtol=1e-3) == 17


def test_unrelated_directions_stay() -> None:
    random = torch.Generator().manual_seed(1)
    codes = torch.randn(5000, 10, generator=random)
    told = codes[:, :1].repeat(1, 3) * torch.tensor([1.0, 0.5, 0.2])
    told = told + 0.01 * torch.randn(5000, 3, generator=random)
    clean = take_out(codes, reading_axes(codes, told[:, :1]))
    torch.testing.assert_close(clean[:, 1:], codes[:, 1:], atol=0.1, rtol=0)
    assert float(clean[:, 0].abs().max()) < 0.1
