"""StyleGAN3's alias-free synthesis network, configurations T and R, in plain PyTorch.

Written from Karras et al., "Alias-Free Generative Adversarial Networks" (arXiv:2106.12423). The
picture starts from Fourier features that the code may move and turn, and passes layers whose
bandwidth grows towards the end (section 3.2, figure 5). Parameters and buffers carry the names
that the field's checkpoints use, so that such checkpoints load by name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor, nn

from d2animator.errors import ConfigError, check_shape
from d2animator.models import ops3
from d2animator.models.bounds import (
    MOST_CHANNELS,
    MOST_PIXELS,
    check_features,
    check_mapping,
    check_positive,
    check_sizes,
)
from d2animator.models.mapping import FullyConnectedLayer, start_weight
from d2animator.models.noise import NoiseMode, check_noise_mode

# Temporary rate of the nonlinearity over the higher of the layer's two rates (section 3.2).
NONLINEARITY_UP = 2


@dataclass(frozen=True)
class AliasFreeConfig:
    """Everything needed to build a StyleGAN3, see `d2animator.models.generators.Generator`.

    Raises:
        ConfigError: A value is out of range.
    """

    # Family of generators; this module knows one.
    architecture: Literal["stylegan3"] = "stylegan3"
    # Length of the Gaussian input z.
    z_dim: int = 512
    # Length of the class label, 0 for none.
    c_dim: int = 0
    # Length of the intermediate code w.
    w_dim: int = 512
    # Height and width of the images in pixels, a power of two from 16.
    img_resolution: int = 1024
    # Colours of the images.
    img_channels: int = 3
    # Fully connected layers from z to w.
    num_mapping_layers: int = 2
    # Learning-rate factor of the mapping layers; weights are stored divided by it.
    mapping_lr_multiplier: float = 0.01
    # Channels of a layer with cutoff f are min(channel_base / 2f, channel_max).
    channel_base: int = 32768
    channel_max: int = 512
    # Layers between the input and the colours.
    num_layers: int = 14
    # Of these, last ones at the full rate with the sharpest filters.
    num_critical: int = 2
    # Cutoff and stopband of the first layer, in cycles an image.
    first_cutoff: float = 2.0
    first_stopband: float = 2**2.1
    # Stopband of the last layer, relative to its cutoff.
    last_stopband_rel: float = 2**0.3
    # Samples beyond each border of the picture.
    margin_size: int = 10
    # Factor of the colours.
    output_scale: float = 0.25
    # Side of the convolution kernels: 3 in configuration T, 1 in R.
    conv_kernel: int = 3
    # Taps of the low-pass filters for a sample of the lower rate.
    filter_size: int = 6
    # Down-sampling by radially symmetric filters, as in configuration R.
    use_radial_filters: bool = False
    # Limit of the absolute value of activations, None for no limit.
    conv_clamp: float | None = 256.0

    def __post_init__(self) -> None:
        resolution = self.img_resolution
        if self.architecture != "stylegan3":
            raise ConfigError("architecture", f"expected 'stylegan3', got {self.architecture!r}")
        if resolution < 16 or resolution & (resolution - 1):
            raise ConfigError("img_resolution", f"expected a power of two >= 16, got {resolution}")
        check_mapping(self)
        check_sizes(self, img_resolution=MOST_PIXELS, channel_max=MOST_CHANNELS)
        check_sizes(self, num_layers=64, filter_size=64)
        check_sizes(self, 0, margin_size=64)
        check_positive(self, "output_scale")
        if self.conv_kernel not in (1, 3):
            raise ConfigError("conv_kernel", f"expected 1 or 3, got {self.conv_kernel}")
        if not 0 <= self.num_critical < self.num_layers:
            allowed = f"0 to {self.num_layers - 1} (num_layers - 1)"
            raise ConfigError("num_critical", f"expected {allowed}, got {self.num_critical}")
        if not 0 < self.first_cutoff < self.first_stopband < resolution / 2:
            raise ConfigError(
                "first_cutoff", "expected 0 < first_cutoff < first_stopband < img_resolution / 2"
            )
        if not 1 < self.last_stopband_rel <= 16:
            reason = f"expected above 1 and up to 16, got {self.last_stopband_rel}"
            raise ConfigError("last_stopband_rel", reason)
        for step in self.steps:
            check_features("channel_base", step.channels, step.size)

    @property
    def num_ws(self) -> int:
        """Number L of layers of a w_plus code: the input, the layers, the colours."""
        return self.num_layers + 2

    @property
    def steps(self) -> tuple[Step, ...]:
        """Signals after each layer, in order; the last is the picture."""
        return tuple(self._step(index) for index in range(self.num_layers + 1))

    def _step(self, index: int) -> Step:
        """Geometric progression of cutoffs and stopbands (section 3.2, "flexible layers")."""
        last_cutoff = self.img_resolution / 2
        last_stopband = last_cutoff * self.last_stopband_rel
        progress = min(index / (self.num_layers - self.num_critical), 1.0)
        cutoff = self.first_cutoff * (last_cutoff / self.first_cutoff) ** progress
        stopband = self.first_stopband * (last_stopband / self.first_stopband) ** progress
        rate = 2 ** math.ceil(math.log2(min(2 * stopband, self.img_resolution)))
        # The last two signals have no margin: nothing after them looks beyond the border.
        framed = index < self.num_layers - 1
        channels = round(min(self.channel_base / 2 / cutoff, self.channel_max))
        return Step(
            size=rate + 2 * self.margin_size if framed else self.img_resolution,
            rate=rate,
            cutoff=cutoff,
            half_width=max(stopband, rate / 2) - cutoff,
            channels=self.img_channels if index == self.num_layers else channels,
        )


@dataclass(frozen=True)
class Step:
    """A signal between two layers."""

    # Height and width in samples, margins included.
    size: int
    # Samples an image.
    rate: int
    # Cutoff and half-width of the transition band, in cycles an image.
    cutoff: float
    half_width: float
    channels: int


class SynthesisInput(nn.Module):
    """Fourier features, moved and turned as the code says (section 3.2, configuration T)."""

    freqs: Tensor
    phases: Tensor
    transform: Tensor

    def __init__(self, w_dim: int, step: Step) -> None:
        super().__init__()
        self.step = step
        channels = step.channels
        directions = torch.randn(channels, 2)
        # Uniform in a disk of the bandwidth's radius.
        radius = directions.square().sum(dim=1, keepdim=True).sqrt()
        freqs = directions / (radius * radius.square().exp().pow(0.25)) * step.cutoff
        self.weight = nn.Parameter(start_weight((channels, channels)))
        self.affine = FullyConnectedLayer(w_dim, 4)
        with torch.no_grad():
            self.affine.weight.zero_()
            self.affine.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0]))
        self.register_buffer("transform", torch.eye(3))
        self.register_buffer("freqs", freqs)
        self.register_buffer("phases", torch.rand(channels) - 0.5)

    def forward(self, w: Tensor) -> Tensor:
        """(B, w_dim) -> (B, C, size, size)."""
        step = self.step
        motion = self._motion(w)  # (B, 3, 3)
        phases = self.phases + (self.freqs @ motion[:, :2, 2:])[:, :, 0]  # (B, C)
        freqs = self.freqs @ motion[:, :2, :2]  # (B, C, 2)
        # Frequencies that a transform has pushed out of the band fade instead of aliasing.
        excess = (freqs.norm(dim=2) - step.cutoff) / (step.rate / 2 - step.cutoff)
        amplitudes = (1 - excess).clamp(0, 1)
        place = torch.arange(step.size, device=w.device, dtype=w.dtype)
        place = (place + 0.5 - step.size / 2) / step.rate  # the picture spans [-1/2, 1/2]
        along_x = freqs[:, :, 0, None] * place  # (B, C, W)
        along_y = freqs[:, :, 1, None] * place + phases[:, :, None]  # (B, C, H)
        waves = torch.sin(2 * math.pi * (along_y[:, :, :, None] + along_x[:, :, None, :]))
        waves = waves * amplitudes[:, :, None, None]
        mixing = self.weight / math.sqrt(step.channels)
        return torch.einsum("oc,bchw->bohw", mixing, waves)

    def _motion(self, w: Tensor) -> Tensor:
        """Inverse of the rotation and shift that the code asks for, after the user's transform."""
        t = self.affine(w)  # cosine, sine, shift in x and y
        t = t / t[:, :2].norm(dim=1, keepdim=True)
        cosine, sine, shift_x, shift_y = t.unbind(dim=1)
        zero, one = torch.zeros_like(cosine), torch.ones_like(cosine)
        rotation = [cosine, -sine, zero, sine, cosine, zero, zero, zero, one]
        translation = [one, zero, -shift_x, zero, one, -shift_y, zero, zero, one]
        motion = torch.eye(3, device=w.device, dtype=w.dtype)
        for entries in (rotation, translation):
            motion = motion @ torch.stack(entries, dim=1).reshape(-1, 3, 3)
        return motion @ self.transform


class SynthesisLayer(nn.Module):
    """Modulated convolution and filtered nonlinearity; the last layer turns to colours."""

    magnitude_ema: Tensor
    up_filter: Tensor
    down_filter: Tensor

    def __init__(self, index: int, config: AliasFreeConfig) -> None:
        super().__init__()
        before, after = config.steps[max(index - 1, 0)], config.steps[index]
        self.clamp, self.is_torgb = config.conv_clamp, index == config.num_layers
        self.kernel = 1 if self.is_torgb else config.conv_kernel
        self.affine = FullyConnectedLayer(config.w_dim, before.channels, bias_init=1.0)
        shape = (after.channels, before.channels, self.kernel, self.kernel)
        self.weight = nn.Parameter(start_weight(shape))
        self.bias = nn.Parameter(torch.zeros(after.channels))
        self.register_buffer("magnitude_ema", torch.ones(()))
        if self.is_torgb:
            return
        rate = NONLINEARITY_UP * max(before.rate, after.rate)
        self.up, self.down = rate // before.rate, rate // after.rate
        taps = config.filter_size * self.up, config.filter_size * self.down
        # Radial filters would only waste bandwidth where the picture needs all of it.
        radial = config.use_radial_filters and index < config.num_layers - config.num_critical
        up_filter = ops3.low_pass_filter(taps[0], before.cutoff, before.half_width, rate)
        self.register_buffer("up_filter", up_filter)
        down_filter = ops3.low_pass_filter(
            taps[1], after.cutoff, after.half_width, rate, radial=radial
        )
        self.register_buffer("down_filter", down_filter)
        # What is needed at the high rate, less what there is; centred.
        wanted = (after.size - 1) * self.down + 1 + sum(taps) - 2
        total = wanted - (before.size + self.kernel - 1) * self.up
        low = (total + self.up) // 2
        self.padding = (low, total - low)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """(B, I, h, h), (B, w_dim) -> (B, O, H, H)."""
        gain = self.magnitude_ema.rsqrt()
        styles = self.affine(w)
        if self.is_torgb:
            # Without demodulation and nonlinearity: a product of matrices.
            styles = styles * (gain / math.sqrt(self.weight.shape[1]))
            weight = self.weight[None, :, :, 0, 0] * styles[:, None, :]  # (B, O, I)
            y = torch.einsum("boi,bihw->bohw", weight, x) + self.bias[:, None, None]
            return y if self.clamp is None else y.clamp(-self.clamp, self.clamp)
        x = ops3.balanced_modulated_conv2d(x, self.weight, styles, gain, self.kernel - 1)
        return ops3.filtered_leaky_relu(
            x,
            self.bias,
            self.up_filter,
            self.down_filter,
            up=self.up,
            down=self.down,
            padding=self.padding,
            clamp=self.clamp,
        )


class AliasFreeSynthesis(nn.Module):
    """Codes to images, by layers named L<index>_<size>_<channels>."""

    input: SynthesisInput

    def __init__(self, config: AliasFreeConfig) -> None:
        super().__init__()
        self.w_dim, self.num_ws = config.w_dim, config.num_ws
        self.output_scale = config.output_scale
        self.input = SynthesisInput(config.w_dim, config.steps[0])
        self.layer_names = [
            f"L{index}_{step.size}_{step.channels}" for index, step in enumerate(config.steps)
        ]
        for index, name in enumerate(self.layer_names):
            self.add_module(name, SynthesisLayer(index, config))

    def forward(self, ws: Tensor, noise_mode: NoiseMode = "const") -> Tensor:
        """Images of codes, always in the precision of the parameters.

        Args:
            ws: (B, num_ws, w_dim) codes: one for the input, one for every layer.
            noise_mode: As in StyleGAN2; this generator has no noise, so it changes nothing.

        Returns:
            (B, img_channels, R, R), about [-1, 1], not clipped.

        Raises:
            ShapeError: ``ws`` has a wrong shape.
            ConfigError: No such noise mode.
        """
        check_shape("ws", ws, ("batch", self.num_ws, self.w_dim))
        check_noise_mode(noise_mode)
        with torch.autocast(ws.device.type, enabled=False):
            codes = ws.to(self.input.weight.dtype).unbind(dim=1)
            x = self.input(codes[0])
            for name, code in zip(self.layer_names, codes[1:], strict=True):
                x = self.get_submodule(name)(x, code)
        return cast(Tensor, x * self.output_scale)
