"""The architectures of generators that a configuration may name."""

from __future__ import annotations

import torch
from torch import Tensor

from d2animator.models import ops
from d2animator.models.stylegan2 import Generator, GeneratorConfig
from d2animator.models.stylegan3 import AliasFreeConfig, AliasFreeGenerator

# Told apart by their field ``architecture``.
AnyGeneratorConfig = GeneratorConfig | AliasFreeConfig
AnyGenerator = Generator | AliasFreeGenerator


TRUNCATION = 0.7
"""How near the mean code faces are drawn that are to be clean, not to be of every kind."""


def build_generator(config: AnyGeneratorConfig) -> AnyGenerator:
    """Build the generator of a configuration, with random weights."""
    if isinstance(config, AliasFreeConfig):
        return AliasFreeGenerator(config)
    return Generator(config)


LEAST_GLANCE = 128
"""Least side of a picture in which landmarks are still found to half a percent."""


def glance(generator: AnyGenerator, w_plus: Tensor) -> Tensor:
    """Draw codes only as finely as finding landmarks needs.

    Args:
        generator: A StyleGAN2 draws at half of its resolution, in about half of the time, where
            that is `LEAST_GLANCE` or more; any other one as always.
        w_plus: Codes (B, L, D).

    Returns:
        Pictures (B, 3, H, H), about [-1, 1].
    """
    half = generator.img_resolution // 2
    if isinstance(generator, Generator) and half >= LEAST_GLANCE:
        coarse: Tensor = generator.synthesis(w_plus, resolution=half)
        return coarse
    whole: Tensor = generator.synthesis(w_plus)
    return whole


def layer_rates(config: AnyGeneratorConfig) -> tuple[int, ...]:
    """Tell how finely each layer of w_plus works.

    Args:
        config: Shape of the generator.

    Returns:
        Samples across the picture, one number a layer: StyleGAN2's resolutions, StyleGAN3's
        sampling rates.
    """
    if isinstance(config, AliasFreeConfig):
        return (config.steps[0].rate, *(step.rate for step in config.steps))
    last = config.img_resolution
    return tuple(min(4 << (layer + 1) // 2, last) for layer in range(config.num_ws))


def usual_coarse_layers(config: AnyGeneratorConfig) -> int:
    """Guess how many first layers of w_plus carry pose and expression, from the shape alone.

    All that work at up to 32 samples across, and the next one: the paper's 8 of StyleGAN2, whatever
    the resolution. What a generator's layers really do, `distill.layers.measure_layers` tells.
    """
    rates = layer_rates(config)
    return min(sum(rate <= 32 for rate in rates) + 1, len(rates))


def unsupported_filters(generator: AnyGenerator) -> list[str]:
    """Names of StyleGAN2's low-pass filters that are not [1, 3, 3, 1], the only one computed."""
    return [
        name
        for name, value in generator.named_buffers()
        if name.endswith("resample_filter")
        and not torch.allclose(value, ops.resample_filter(value.device))
    ]
