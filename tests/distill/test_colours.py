"""The colours of skin and surroundings, and codes without them."""

from __future__ import annotations

import torch

from d2animator.distill.colours import (
    main_components,
    reading_axes,
    skin_colours,
    surroundings,
    take_out,
)
from tests.distill.worlds import template
from tests.steadiness import Check


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


def test_what_is_taken_out_can_no_longer_be_read(seed: int, check: Check) -> None:
    random = torch.Generator().manual_seed(seed)
    codes = torch.randn(2000, 20, generator=random)
    reading = torch.randn(20, 3, generator=random)
    told = codes @ reading + 0.1 * torch.randn(2000, 3, generator=random)
    clean = take_out(codes, reading_axes(codes, told))
    check("left", (clean @ reading).std() / (codes @ reading).std(), below=0.05)
    # Three of twenty directions are gone, the others are as they were.
    assert torch.linalg.matrix_rank(clean - clean.mean(0), rtol=1e-3) == 17


def test_unrelated_directions_stay(seed: int, check: Check) -> None:
    random = torch.Generator().manual_seed(seed + 1)
    codes = torch.randn(5000, 10, generator=random)
    told = codes[:, :1].repeat(1, 3) * torch.tensor([1.0, 0.5, 0.2])
    told = told + 0.01 * torch.randn(5000, 3, generator=random)
    clean = take_out(codes, reading_axes(codes, told[:, :1]))
    check("others' change", (clean[:, 1:] - codes[:, 1:]).abs().max(), below=0.1)
    check("left", clean[:, 0].abs().max(), below=0.1)


def test_what_does_not_vary_takes_nothing_out(seed: int, check: Check) -> None:
    """Rounding varies in constant colours, and in grey ones' second and third channel."""
    random = torch.Generator().manual_seed(seed + 3)
    codes = torch.randn(2000, 20, generator=random)
    constant = 0.4 + 1e-7 * torch.randn(2000, 3, generator=random)
    assert reading_axes(codes, constant).shape == (20, 0)
    assert torch.equal(take_out(codes, reading_axes(codes, constant)), codes)
    grey = constant + 0.1 * codes[:, :1]
    axes = reading_axes(codes, grey)
    assert axes.shape == (20, 1)
    check("cosine", axes[0, 0].abs(), above=0.99)


def _head(shift: float = 0.0, face: int = 90, hair: int = 200) -> torch.Tensor:
    """A flat face in flat hair (1, 3, 64, 64), its middle between the eyes at (0.5, 0.44)."""
    image = torch.full((1, 3, 64, 64), hair, dtype=torch.uint8)
    left = 14 + round(64 * shift)
    image[:, :, 20:54, left : left + 36] = face
    return image


def test_surroundings_are_what_is_around_the_face_and_not_the_face() -> None:
    face = template()[None]
    colours = surroundings(_head(), face)
    assert colours.shape[1] % 3 == 0
    torch.testing.assert_close(colours, surroundings(_head(face=10), face), atol=0.02, rtol=0)
    assert float((colours - surroundings(_head(hair=20), face)).abs().min()) > 0.3


def test_surroundings_follow_the_face() -> None:
    face = template()[None]
    random = torch.Generator().manual_seed(0)
    image = torch.randint(0, 255, (1, 3, 4, 4), generator=random).float()
    image = torch.nn.functional.interpolate(image, (64, 64), mode="bicubic").clamp(0, 255)
    there = torch.roll(image, 8, 3)
    inside = surroundings(image.to(torch.uint8), 0.5 * face + 0.2)
    carried = surroundings(there.to(torch.uint8), 0.5 * face + torch.tensor([0.325, 0.2]))
    torch.testing.assert_close(inside, carried, atol=0.02, rtol=0)


def test_mirrored_pictures_have_the_same_surroundings() -> None:
    face = template()[None]
    random = torch.Generator().manual_seed(0)
    image = torch.randint(0, 255, (1, 3, 64, 64), generator=random).to(torch.uint8)
    mirrored = surroundings(image.flip(3), face)
    torch.testing.assert_close(surroundings(image, face), mirrored, atol=0.01, rtol=0)


def test_main_components_carry_the_variance(seed: int, check: Check) -> None:
    random = torch.Generator().manual_seed(seed + 2)
    told = torch.randn(4000, 2, generator=random) * torch.tensor([3.0, 1.0])
    turn = torch.linalg.qr(torch.randn(9, 9, generator=random))[0]
    values = torch.cat([told, 0.01 * torch.randn(4000, 7, generator=random)], 1) @ turn + 4
    found = main_components(values, 2)
    assert found.shape == (4000, 2)
    agreement = torch.corrcoef(torch.cat([found, told], 1).T)[:2, 2:].abs()
    check("agreement", agreement.amax(1).min(), above=0.99)
