"""StyleGAN2's synthesis network with skip connections, in plain PyTorch.

Written from Karras et al., arXiv:1912.04958 (weight demodulation, skip architecture, configuration
F). Parameters and buffers carry the names that the field's checkpoints use, so that such
checkpoints load by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

import torch
from torch import Tensor, nn

from d2animator.errors import ConfigError, check_shape
from d2animator.models import ops
from d2animator.models.bounds import (
    MOST_CHANNELS,
    MOST_PIXELS,
    check_features,
    check_mapping,
    check_sizes,
)
from d2animator.models.mapping import FullyConnectedLayer, start_weight
from d2animator.models.noise import NoiseMode, check_noise_mode


@dataclass(frozen=True)
class GeneratorConfig:
    """Everything needed to build a StyleGAN2, see `d2animator.models.generators.Generator`.

    Raises:
        ConfigError: A value is out of range.
    """

    # Family of generators; this module knows one.
    architecture: Literal["stylegan2"] = "stylegan2"
    # Length of the Gaussian input z.
    z_dim: int = 512
    # Length of the class label, 0 for none.
    c_dim: int = 0
    # Length of the intermediate code w.
    w_dim: int = 512
    # Height and width of the images in pixels, a power of two from 4.
    img_resolution: int = 1024
    # Colours of the images.
    img_channels: int = 3
    # Fully connected layers from z to w.
    num_mapping_layers: int = 8
    # Learning-rate factor of the mapping layers; weights are stored divided by it.
    mapping_lr_multiplier: float = 0.01
    # Channels at resolution r are min(channel_base // r, channel_max) ...
    channel_base: int = 32768
    channel_max: int = 512
    # ... unless named here: resolution (as text, JSON has no other keys) to channels.
    channels: Mapping[str, int] = field(default_factory=dict)
    # Limit of the absolute value of activations, None for no limit.
    conv_clamp: float | None = None
    # Whether layers have a noise input at all.
    noise: bool = True

    def __post_init__(self) -> None:
        resolution = self.img_resolution
        if self.architecture != "stylegan2":
            raise ConfigError("architecture", f"expected 'stylegan2', got {self.architecture!r}")
        if resolution < 4 or resolution & (resolution - 1):
            raise ConfigError("img_resolution", f"expected a power of two >= 4, got {resolution}")
        check_mapping(self)
        check_sizes(self, img_resolution=MOST_PIXELS, channel_max=MOST_CHANNELS)
        surplus = sorted(set(self.channels) - {str(r) for r in self.resolutions})
        if surplus:
            raise ConfigError("channels", f"no such resolution: {', '.join(surplus)}")
        for side in self.resolutions:
            check_features("channels", self.channels_at(side), side)

    @property
    def resolutions(self) -> tuple[int, ...]:
        """Resolutions of the blocks: 4, 8, ... img_resolution."""
        return tuple(2**i for i in range(2, self.img_resolution.bit_length()))

    @property
    def num_ws(self) -> int:
        """Number L of layers of a w_plus code: every convolution and the last RGB layer."""
        return 2 * len(self.resolutions)

    def channels_at(self, resolution: int) -> int:
        """Channels of the block that ends at ``resolution``."""
        named = self.channels.get(str(resolution))
        return min(self.channel_base // resolution, self.channel_max) if named is None else named


class SynthesisLayer(nn.Module):
    """Modulated 3x3 convolution, noise, bias, activation."""

    weight: nn.Parameter
    resample_filter: Tensor
    noise_const: Tensor

    def __init__(
        self, in_channels: int, out_channels: int, resolution: int, up: int, config: GeneratorConfig
    ) -> None:
        super().__init__()
        self.up, self.clamp, self.has_noise = up, config.conv_clamp, config.noise
        self.resolution = resolution
        self.affine = FullyConnectedLayer(config.w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(start_weight((out_channels, in_channels, 3, 3)))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("resample_filter", ops.resample_filter())
        if config.noise:
            self.register_buffer("noise_const", start_weight((resolution, resolution)))
            self.noise_strength = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, w: Tensor, noise_mode: NoiseMode) -> Tensor:
        """(B, I, H, W), (B, w_dim) -> (B, O, H·up, W·up)."""
        noise = self._noise(len(x), noise_mode)
        return ops.styled_conv2d(
            x, self.weight, self.affine(w), self.bias, noise, up=self.up, clamp=self.clamp
        )

    def _noise(self, batch: int, noise_mode: NoiseMode) -> Tensor | None:
        if not self.has_noise or noise_mode == "none":
            return None
        noise = self.noise_const
        if noise_mode == "random":
            noise = torch.randn(batch, 1, *noise.shape, device=noise.device, dtype=noise.dtype)
        return noise * self.noise_strength


class ToRGBLayer(nn.Module):
    """Modulated 1x1 convolution from features to colours."""

    def __init__(self, in_channels: int, config: GeneratorConfig) -> None:
        super().__init__()
        self.clamp = config.conv_clamp
        self.affine = FullyConnectedLayer(config.w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(start_weight((config.img_channels, in_channels, 1, 1)))
        self.bias = nn.Parameter(torch.zeros(config.img_channels))
        # Without demodulation the layer keeps its variance by this constant.
        self.weight_gain = 1 / math.sqrt(in_channels)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """(B, I, H, W), (B, w_dim) -> (B, img_channels, H, W), fp32."""
        styles = self.affine(w) * self.weight_gain
        return ops.to_rgb(x, self.weight, styles, self.bias, self.clamp)


class SynthesisBlock(nn.Module):
    """All layers of one resolution; the first block starts from a learned constant."""

    resample_filter: Tensor

    def __init__(self, resolution: int, config: GeneratorConfig) -> None:
        super().__init__()
        channels = config.channels_at(resolution)
        self.is_first = resolution == 4
        self.num_convs = 1 if self.is_first else 2
        self.register_buffer("resample_filter", ops.resample_filter())
        if self.is_first:
            self.const = nn.Parameter(start_weight((channels, 4, 4)))
        else:
            before = config.channels_at(resolution // 2)
            self.conv0 = SynthesisLayer(before, channels, resolution, 2, config)
        self.conv1 = SynthesisLayer(channels, channels, resolution, 1, config)
        self.torgb = ToRGBLayer(channels, config)

    def forward(
        self,
        x: Tensor | None,
        image: Tensor | None,
        ws: Tensor,
        noise_mode: NoiseMode,
        dtype: torch.dtype,
    ) -> tuple[Tensor, Tensor]:
        """One resolution up.

        Args:
            x: (B, I, H/2, W/2) features; None in the first block.
            image: (B, C, H/2, W/2) sum of the colours so far; None in the first block.
            ws: (B, num_convs + 1, w_dim).
            noise_mode: See `SynthesisNetwork.forward`.
            dtype: Precision of the features.

        Returns:
            Features (B, O, H, W) in ``dtype`` and colours (B, C, H, W) in fp32.
        """
        codes = iter(ws.unbind(dim=1))
        if x is None:
            x = self.const.to(dtype).expand(len(ws), -1, -1, -1)
            x = x.contiguous(memory_format=torch.channels_last)
        else:
            x = self.conv0(x, next(codes), noise_mode)
        x = cast(Tensor, self.conv1(x, next(codes), noise_mode))
        colours = cast(Tensor, self.torgb(x, next(codes)))
        return x, colours if image is None else ops.upsample2d(image) + colours


class SynthesisNetwork(nn.Module):
    """Codes to images, by blocks of doubling resolution, named b4, b8, ..."""

    b4: SynthesisBlock

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.w_dim, self.num_ws = config.w_dim, config.num_ws
        self.resolutions = config.resolutions
        for resolution in config.resolutions:
            self.add_module(f"b{resolution}", SynthesisBlock(resolution, config))

    def forward(
        self, ws: Tensor, noise_mode: NoiseMode = "const", resolution: int | None = None
    ) -> Tensor:
        """Images of codes.

        Under ``torch.autocast`` the features have its precision; styles, demodulation and the
        sum of the colours stay in fp32.

        Args:
            ws: (B, num_ws, w_dim) codes, one for every layer.
            noise_mode: "const" adds the stored noise, "random" fresh noise, "none" nothing.
            resolution: Stop at the block of this side, which is what the colours are summed up to
                by then: a coarser picture of the same face for a part of the time. None: go on to
                the last.

        Returns:
            (B, img_channels, R, R), about [-1, 1], not clipped; fp32.

        Raises:
            ShapeError: ``ws`` has a wrong shape.
            ConfigError: No such noise mode, or no block of this side.
        """
        check_shape("ws", ws, ("batch", self.num_ws, self.w_dim))
        check_noise_mode(noise_mode)
        last = self.resolutions[-1] if resolution is None else resolution
        if last not in self.resolutions:
            sides = ", ".join(map(str, self.resolutions))
            raise ConfigError("resolution", f"expected one of {sides}, got {last}")
        kind = ws.device.type
        reference = self.b4.const.dtype
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else reference
        x = image = None
        first = 0
        with torch.autocast(kind, enabled=False):
            ws = ws.to(reference)
            for side in self.resolutions:
                block = cast(SynthesisBlock, self.get_submodule(f"b{side}"))
                codes = ws[:, first : first + block.num_convs + 1]
                x, image = block(x, image, codes, noise_mode, dtype)
                # The RGB layer shares its code with the first convolution of the next block.
                first += block.num_convs
                if side == last:
                    break
        return cast(Tensor, image)
