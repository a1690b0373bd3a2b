"""A generator of either architecture that a configuration may name."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from d2animator.models import ops
from d2animator.models.mapping import MappingNetwork
from d2animator.models.noise import NoiseMode
from d2animator.models.stylegan2 import GeneratorConfig, SynthesisNetwork
from d2animator.models.stylegan3 import AliasFreeConfig, AliasFreeSynthesis

# Told apart by their field ``architecture``.
AnyGeneratorConfig = GeneratorConfig | AliasFreeConfig

TRUNCATION = 0.7
"""How near the mean code faces are drawn that are to be clean, not to be of every kind."""

LEAST_GLANCE = 128
"""Least side of a picture in which landmarks are still found to half a percent."""


class Generator(nn.Module):
    """A generator: ``generator(z)``, or ``mapping`` and ``synthesis`` by themselves.

    Attributes:
        config: What it was built from; its type tells StyleGAN2 from StyleGAN3.
        mapping: From z to w.
        synthesis: From w_plus to images.
        z_dim: Length of z.
        c_dim: Length of the class label, 0 for none.
        w_dim: Length of w.
        num_ws: Layers of a w_plus code.
        img_resolution: Height and width of the images.
        img_channels: Colours of the images.
    """

    def __init__(self, config: AnyGeneratorConfig) -> None:
        """Build the architecture of a configuration, with random weights."""
        super().__init__()
        self.config = config
        self.z_dim, self.c_dim, self.w_dim = config.z_dim, config.c_dim, config.w_dim
        self.num_ws = config.num_ws
        self.img_resolution, self.img_channels = config.img_resolution, config.img_channels
        self.mapping = MappingNetwork(config)
        self.synthesis: SynthesisNetwork | AliasFreeSynthesis
        if isinstance(config, AliasFreeConfig):
            self.synthesis = AliasFreeSynthesis(config)
        else:
            self.synthesis = SynthesisNetwork(config)

    def forward(
        self,
        z: Tensor,
        c: Tensor | None = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
        noise_mode: NoiseMode = "const",
    ) -> Tensor:
        """Images (B, C, R, R) of z (B, z_dim); see the two networks for the arguments."""
        ws = self.mapping(z, c, truncation_psi, truncation_cutoff)
        return cast(Tensor, self.synthesis(ws, noise_mode))


def glance_side(generator: Generator) -> int:
    """Side of a picture that is fine enough to find landmarks in.

    Half of a StyleGAN2's resolution, drawn in about half of the time, where that is `LEAST_GLANCE`
    or more; else the whole.
    """
    half = generator.img_resolution // 2
    coarse = isinstance(generator.synthesis, SynthesisNetwork) and half >= LEAST_GLANCE
    return half if coarse else generator.img_resolution


def glance(generator: Generator, w_plus: Tensor) -> Tensor:
    """Draw codes only as finely as finding landmarks needs.

    Args:
        generator: What draws, up to `glance_side`.
        w_plus: Codes (B, L, D).

    Returns:
        Pictures (B, 3, H, H), about [-1, 1].
    """
    synthesis = generator.synthesis
    if isinstance(synthesis, SynthesisNetwork):
        coarse: Tensor = synthesis(w_plus, resolution=glance_side(generator))
        return coarse
    whole: Tensor = synthesis(w_plus)
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


def unsupported_filters(generator: Generator) -> list[str]:
    """Names of StyleGAN2's low-pass filters that are not [1, 3, 3, 1], the only one computed."""
    return [
        name
        for name, value in generator.named_buffers()
        if name.endswith("resample_filter")
        and not torch.allclose(value, ops.resample_filter(value.device))
    ]
