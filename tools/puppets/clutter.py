"""Procedural pictures of nothing: backgrounds and occluders for training on renders.

A network that has only seen renders must not learn that a face stands before a calm wall. These
pictures have the ingredients of real backgrounds (edges, textures at every scale, skin colours,
stripes, blobs) and no face. Everything is drawn in batches and from a given generator.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

_SKIN_LIGHT = (0.96, 0.80, 0.69)
_SKIN_DARK = (0.30, 0.18, 0.12)


def uniform(generator: torch.Generator, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Draw uniform numbers in [low, high)."""
    return torch.rand(shape, generator=generator) * (high - low) + low


def skin_colours(count: int, generator: torch.Generator) -> Tensor:
    """Draw colours from light to dark skin, a little off in each channel.

    Args:
        count: How many, B.
        generator: Where the randomness comes from.

    Returns:
        Colours (B,3,1,1) in [0,1].
    """
    way = uniform(generator, count, 1)
    colours = torch.lerp(torch.tensor([_SKIN_LIGHT]), torch.tensor([_SKIN_DARK]), way)
    colours = colours + 0.05 * torch.randn(count, 3, generator=generator)
    return colours.clamp(0, 1).view(count, 3, 1, 1)


def colours(count: int, generator: torch.Generator) -> Tensor:
    """Draw any colours, a third of them like skin; (B,3,1,1) in [0,1]."""
    any_colour = uniform(generator, count, 3, 1, 1)
    is_skin = uniform(generator, count, 1, 1, 1) < 0.33
    return torch.where(is_skin, skin_colours(count, generator), any_colour)


def smooth_noise(
    count: int, channels: int, size: int, generator: torch.Generator, roughness: float = 1.0
) -> Tensor:
    """Draw noise with equal strength in every octave (1/f noise), about N(0, 1).

    Args:
        count: Pictures, B.
        channels: Channels, C.
        size: Side in pixels.
        generator: Where the randomness comes from.
        roughness: Factor on the amplitude from one octave to the next finer one.

    Returns:
        Noise (B,C,size,size).
    """
    total = torch.zeros(count, channels, size, size)
    cells, weight, power = 2, 1.0, 0.0
    while cells <= size:
        octave = torch.randn(count, channels, cells, cells, generator=generator)
        strength = weight * uniform(generator, count, 1, 1, 1, low=0.2)
        octave = interpolate(octave, size=(size, size), mode="bilinear", align_corners=False)
        total += strength * octave
        power += 0.25 * weight**2
        cells, weight = cells * 2, weight * roughness
    return total.div_(power**0.5)


def pixel_grid(size: int) -> tuple[Tensor, Tensor]:
    """Give x and y (size,size) of the pixels' centres, in picture widths from -0.5 to 0.5."""
    line = (torch.arange(size) + 0.5) / size - 0.5
    y, x = torch.meshgrid(line, line, indexing="ij")
    return x, y


def shapes(count: int, size: int, generator: torch.Generator, largest: float = 0.35) -> Tensor:
    """Draw the mask of one rotated ellipse or rectangle a picture, with a soft or hard edge.

    Args:
        count: Pictures, B.
        size: Side in pixels.
        generator: Where the randomness comes from.
        largest: Largest half axis in picture widths.

    Returns:
        Masks (B,1,size,size) in [0,1].
    """
    grid_x, grid_y = pixel_grid(size)
    place = uniform(generator, 2, count, 1, 1, low=-0.55, high=0.55)
    half = uniform(generator, 2, count, 1, 1, low=0.03, high=largest)
    angle = uniform(generator, count, 1, 1, high=3.15)
    x, y = grid_x - place[0], grid_y - place[1]
    along = (x * angle.cos() + y * angle.sin()) / half[0]
    across = (y * angle.cos() - x * angle.sin()) / half[1]
    ellipse = (along.square() + across.square()).sqrt()
    box = torch.maximum(along.abs(), across.abs())
    radius = torch.where(uniform(generator, count, 1, 1) < 0.5, ellipse, box)
    sharpness = uniform(generator, count, 1, 1, low=4.0, high=40.0)
    return torch.sigmoid((1 - radius) * sharpness).unsqueeze(1)


def stripes(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Draw stripes in any direction and width; (B,1,size,size) in [0,1]."""
    x, y = pixel_grid(size)
    angle = uniform(generator, count, 1, 1, high=3.15)
    waves = torch.exp(uniform(generator, count, 1, 1, low=0.7, high=3.6))
    phase = uniform(generator, count, 1, 1, high=6.3)
    hardness = uniform(generator, count, 1, 1, low=1.0, high=12.0)
    wave = torch.sin(6.283 * waves * (x * angle.cos() + y * angle.sin()) + phase)
    return torch.sigmoid(wave * hardness).unsqueeze(1)


def clutter(count: int, size: int, generator: torch.Generator, layers: int = 5) -> Tensor:
    """Draw pictures of nothing in particular.

    Args:
        count: Pictures, B.
        size: Side in pixels.
        generator: Where the randomness comes from.
        layers: Shapes drawn over each other.

    Returns:
        Pictures (B,3,size,size) in [0,1].
    """
    picture = colours(count, generator) + 0.25 * uniform(generator, count, 1, 1, 1) * smooth_noise(
        count, 3, size, generator
    )
    texture = smooth_noise(count, 1, size, generator, roughness=1.2)
    for _ in range(layers):
        mask = shapes(count, size, generator, largest=0.6)
        mask = mask * (uniform(generator, count, 1, 1, 1) < 0.7)
        striped = stripes(count, size, generator)
        is_striped = uniform(generator, count, 1, 1, 1) < 0.3
        mask = torch.where(is_striped, mask * striped, mask)
        strength = uniform(generator, count, 1, 1, 1, high=0.25).square()
        fill = colours(count, generator) + strength * texture.roll(1, 0)
        picture = torch.lerp(picture, fill, mask)
    calm = uniform(generator, count, 1, 1, 1) < 0.1
    flat = colours(count, generator) + 0.05 * smooth_noise(count, 3, size, generator)
    return torch.where(calm, flat, picture).clamp(0, 1)
