"""The architectures of generators that a configuration may name."""

from __future__ import annotations

import torch

from d2animator.models import ops
from d2animator.models.stylegan2 import Generator, GeneratorConfig
from d2animator.models.stylegan3 import AliasFreeConfig, AliasFreeGenerator

# Told apart by their field ``architecture``.
AnyGeneratorConfig = GeneratorConfig | AliasFreeConfig
AnyGenerator = Generator | AliasFreeGenerator


def build_generator(config: AnyGeneratorConfig) -> AnyGenerator:
    """Build the generator of a configuration, with random weights."""
    if isinstance(config, AliasFreeConfig):
        return AliasFreeGenerator(config)
    return Generator(config)


def unsupported_filters(generator: AnyGenerator) -> list[str]:
    """Names of StyleGAN2's low-pass filters that are not [1, 3, 3, 1], the only one computed."""
    return [
        name
        for name, value in generator.named_buffers()
        if name.endswith("resample_filter")
        and not torch.allclose(value, ops.resample_filter(value.device))
    ]
