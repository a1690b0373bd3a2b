"""The arithmetic of an alias-free generator, as pure functions.

Written from Karras et al., "Alias-Free Generative Adversarial Networks" (arXiv:2106.12423). A
layer's features are samples of a band-limited signal. A pointwise nonlinearity creates
frequencies above what the sampling rate can carry, so the layer raises the rate, applies the
nonlinearity, and removes what is too high before it lowers the rate again (section 3.2, figure 4b).

====== ======================================================= =============
symbol meaning                                                 unit
====== ======================================================= =============
s      sampling rate                                           samples/image
f_c    cutoff of a low-pass filter                             cycles/image
f_h    half-width of its transition band                       cycles/image
n      taps a sample of the lower rate ("filter size")         1
====== ======================================================= =============

Filters are symmetric, so convolution and correlation are the same.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor

from d2animator.models.ops import SLOPE, demodulation


def low_pass_filter(
    taps: int, cutoff: float, half_width: float, rate: float, *, radial: bool = False
) -> Tensor:
    """Design a low-pass filter with a Kaiser window (appendix C.1).

    Args:
        taps: Length, even.
        cutoff: f_c, at most half of ``rate``.
        half_width: f_h.
        rate: s, the rate that the filter runs at.
        radial: A disk in the frequency plane rather than a square, as in configuration R.

    Returns:
        (taps,), to be used along both axes, or (taps, taps) if radial; sum 1, fp32.
    """
    window = _kaiser_window(taps, 2 * half_width, rate)
    # Half-sample positions: an even filter has no tap at zero, so nothing divides by it.
    position = (torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2) / rate
    if radial:
        radius = torch.hypot(position[:, None], position[None, :])
        response = torch.special.bessel_j1(2 * math.pi * cutoff * radius) / radius
        response = response * torch.outer(window, window)
    else:
        response = torch.sinc(2 * cutoff * position) * window
    taps_of_sum_one: Tensor = response / response.sum()
    return taps_of_sum_one.float()


def balanced_modulated_conv2d(
    x: Tensor, weight: Tensor, styles: Tensor, gain: Tensor, padding: int
) -> Tensor:
    """Modulated and demodulated convolution, the whole scaled by one factor.

    Args:
        x: (B, I, H, W).
        weight: (O, I, k, k).
        styles: (B, I).
        gain: Scalar; brings the inputs to unit variance (section 3.2).
        padding: Zeros at each border.

    Returns:
        (B, O, H + 2·padding - k + 1, W + 2·padding - k + 1).
    """
    # Demodulation undoes both normalisations, up to its epsilon: they only keep numbers near 1.
    weight = weight * weight.square().mean(dim=(1, 2, 3), keepdim=True).rsqrt()
    styles = styles * styles.square().mean(dim=1, keepdim=True).rsqrt()
    y = F.conv2d(x * styles[:, :, None, None], weight, padding=padding)
    return y * (demodulation(weight, styles) * gain)[:, :, None, None]


def filtered_leaky_relu(
    x: Tensor,
    bias: Tensor,
    up_filter: Tensor,
    down_filter: Tensor,
    *,
    up: int,
    down: int,
    padding: tuple[int, int],
    clamp: float | None = None,
) -> Tensor:
    """Bias, up-sampling, leaky ReLU with gain √2, down-sampling (figure 4b, "filtered nonlin.").

    Args:
        x: (B, C, H, W).
        bias: (C,).
        up_filter: (m,).
        down_filter: (n,) or (n, n).
        up: Factor of up-sampling.
        down: Factor of down-sampling.
        padding: Zeros before and after each axis, at the high rate; may be negative.
        clamp: Limit of the absolute value after the activation, None for no limit.

    Returns:
        (B, C, H', W') with H' = ⌈(H·up + Σ padding - m - n + 2) / down⌉.
    """
    y = _upsample(x + bias[:, None, None], up_filter * up, up, padding)
    y = F.leaky_relu(y, SLOPE).mul(math.sqrt(2.0))
    if clamp is not None:
        y = y.clamp(-clamp, clamp)
    return _downsample(y, down_filter, down)


def _kaiser_window(taps: int, width: float, rate: float) -> Tensor:
    """Kaiser's window, with his rule from the transition width to its shape; fp64."""
    attenuation = 2.285 * (taps - 1) * math.pi * width / (rate / 2) + 7.95  # dB
    if attenuation > 50:
        beta = 0.1102 * (attenuation - 8.7)
    elif attenuation > 21:
        beta = 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21)
    else:
        beta = 0.0
    return torch.kaiser_window(taps, periodic=False, beta=beta, dtype=torch.float64)


def _upsample(x: Tensor, taps: Tensor, up: int, padding: tuple[int, int]) -> Tensor:
    """Up-sample both axes; the filter's sum is the gain along one axis."""
    return _upsample_axis(_upsample_axis(x, taps, up, padding, 3), taps, up, padding, 2)


def _upsample_axis(x: Tensor, taps: Tensor, up: int, padding: tuple[int, int], axis: int) -> Tensor:
    """Up-sample along one axis, without ever touching an inserted zero.

    Every up-th tap makes one of ``up`` short filters, each of which gives every up-th sample. A
    depthwise convolution applies them all; on CPUs it beat a transposed one by a factor of 2, and
    convolutions with one channel by 4 to 20.
    """
    (batch, channels), length = x.shape[:2], x.shape[axis]
    short = len(taps) // up
    kernels = taps.to(x.dtype).reshape(short, up).T.flip(1)  # (up, short)
    shape = (channels * up, 1, short, 1) if axis == 2 else (channels * up, 1, 1, short)
    reach = (short - 1, 0) if axis == 2 else (0, short - 1)
    y = F.conv2d(x, kernels.repeat(channels, 1).reshape(shape), padding=reach, groups=channels)
    y = y.reshape(batch, channels, up, *y.shape[2:]).movedim(2, axis + 1)
    y = y.flatten(axis, axis + 1)
    # This starts with the first tap alone, the padded convolution with all of them.
    before = padding[0] - (len(taps) - 1)
    after = length * up + sum(padding) - len(taps) + 1 - before - y.shape[axis]
    return F.pad(y, (before, after) if axis == 3 else (0, 0, before, after))


def _downsample(x: Tensor, kernel: Tensor, down: int) -> Tensor:
    """Low-pass and keep every ``down``-th sample of both axes."""
    channels, kernel = x.shape[1], kernel.to(x.dtype)
    if kernel.ndim == 2:
        kernels = kernel.expand(channels, 1, *kernel.shape)
        return F.conv2d(x, kernels, stride=down, groups=channels)
    rows, columns = kernel.expand(channels, 1, 1, -1), kernel[:, None].expand(channels, 1, -1, 1)
    x = F.conv2d(x, rows, stride=(1, down), groups=channels)
    return F.conv2d(x, columns, stride=(down, 1), groups=channels)
