"""The arithmetic of a StyleGAN2 generator, as pure functions.

Symbols, as in Karras et al., "Analyzing and Improving the Image Quality of StyleGAN"
(arXiv:1912.04958, section 2.2):

====== ===================================================== ==================
symbol meaning                                               shape
====== ===================================================== ==================
x      input features                                        (B, I, H, W)
W      convolution weights                                   (O, I, k, k)
s      styles, one factor an input channel                   (B, I)
d      demodulation, ``rsqrt(s² (Σ W²)ᵀ + 1e-8)``            (B, O)
y      output features                                       (B, O, H', W')
====== ===================================================== ==================

The paper scales the weights of every sample by its styles, which needs one convolution a sample.
As a convolution is linear, ``conv(x, d W s) = d conv(x s, W)``: inputs times styles, one
convolution shared by the batch, outputs times demodulation. The tests hold this fast path to the
paper's form.

Everything runs in the precision of ``x``; styles and demodulation are computed in fp32.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor

EPSILON = 1e-8
SLOPE = 0.2
# The binomial low-pass of the paper's up-sampling; its sum is 8.
FILTER_TAPS = (1.0, 3.0, 3.0, 1.0)


def resample_filter(device: torch.device | None = None) -> Tensor:
    """Low-pass filter [1, 3, 3, 1] ⊗ [1, 3, 3, 1] / 64: shape (4, 4), sum 1, fp32."""
    # Exact in any precision, and without arithmetic on tensors, see `mapping.start_weight`.
    whole = sum(FILTER_TAPS) ** 2
    rows = [[a * b / whole for b in FILTER_TAPS] for a in FILTER_TAPS]
    return torch.tensor(rows, device=device)


def normalise_second_moment(x: Tensor, axis: int = 1) -> Tensor:
    """Scale ``x`` along ``axis`` to a mean square of one (arXiv:1812.04948, pixel norm)."""
    return x * torch.rsqrt(x.square().mean(dim=axis, keepdim=True) + EPSILON)


def demodulation(weight: Tensor, styles: Tensor) -> Tensor:
    """Factors that bring each output channel back to unit variance (section 2.2, eq. 3).

    Args:
        weight: (O, I, k, k).
        styles: (B, I).

    Returns:
        (B, O), at least fp32.
    """
    power = _wide(weight).square().sum(dim=(2, 3))
    return torch.rsqrt(_wide(styles).square() @ power.T + EPSILON)


def modulated_conv2d(
    x: Tensor, weight: Tensor, styles: Tensor, up: int = 1
) -> tuple[Tensor, Tensor]:
    """Convolution whose weights are modulated by styles, with one convolution for the batch.

    The demodulation is left to the caller, who has more to do to the features in the same pass.

    Args:
        x: (B, I, H, W); its type is the precision of the computation.
        weight: (O, I, k, k), k odd.
        styles: (B, I).
        up: 1, or 2 for an output of twice the height and width, low-passed.

    Returns:
        Features (B, O, H·up, W·up) in the type of ``x``, and the factors (B, O) that demodulate
        them.

    Raises:
        ValueError: ``up`` is neither 1 nor 2.
    """
    styles, weight = _wide(styles), _wide(weight)
    scale = demodulation(weight, styles)
    if x.dtype == torch.float16:
        # fp16 ends at 65504. What is divided out here comes back with the demodulation.
        largest = styles.abs().amax(dim=1, keepdim=True).clamp_min(EPSILON)
        fan_in = math.sqrt(weight[0].numel())
        styles, weight, scale = styles / largest, weight / fan_in, scale * largest * fan_in
    return _shared_convolution(x, weight, styles, up), scale


def styled_conv2d(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    bias: Tensor,
    noise: Tensor | None = None,
    *,
    up: int = 1,
    clamp: float | None = None,
) -> Tensor:
    """Modulated convolution, noise, bias and leaky ReLU with gain √2, in few passes.

    ``√2 lrelu(d y + n + b) = lrelu(√2 d y + √2 (n + b))``, so the gain costs nothing and scale
    and shift are one pass over the features.

    Args:
        x: (B, I, H, W).
        weight: (O, I, 3, 3).
        styles: (B, I).
        bias: (O,).
        noise: Added before the bias; broadcasts with (B, O, H·up, W·up). None for no noise.
        up: 1 or 2.
        clamp: Limit of the absolute value of the result. None for no limit.

    Returns:
        (B, O, H·up, W·up) in the type of ``x``.
    """
    y, scale = modulated_conv2d(x, weight, styles, up)
    gain = math.sqrt(2.0)
    shift = (_wide(bias) * gain).to(y.dtype)[:, None, None]
    y = torch.addcmul(shift, y, (scale * gain).to(y.dtype)[:, :, None, None])
    if noise is not None:
        # By itself and in place: as part of the shift it would undo a channels-last layout.
        y = y.add_((noise * gain).to(y.dtype))
    # In place is safe: no gradient needs what is overwritten.
    y = F.leaky_relu(y, SLOPE, inplace=True)
    return y if clamp is None else y.clamp(-clamp, clamp)


def to_rgb(
    x: Tensor, weight: Tensor, styles: Tensor, bias: Tensor, clamp: float | None = None
) -> Tensor:
    """Modulated 1x1 convolution without demodulation, plus bias: features to colours.

    With only a few output channels it is cheaper to scale the weights of each sample than the
    features, so this one is a batched matrix product.

    Args:
        x: (B, I, H, W).
        weight: (C, I, 1, 1).
        styles: (B, I).
        bias: (C,).
        clamp: Limit of the absolute value of the result. None for no limit.

    Returns:
        (B, C, H, W), at least fp32.
    """
    batch, channels, height, width = x.shape
    scaled = _wide(weight)[None, :, :, 0, 0] * _wide(styles)[:, None, :]  # (B, C, I)
    pixels = x.permute(0, 2, 3, 1).reshape(batch, height * width, channels)
    y = torch.bmm(pixels, scaled.transpose(1, 2).to(x.dtype))  # (B, H·W, C)
    y = _wide(y) + _wide(bias)
    y = y.transpose(1, 2).reshape(batch, -1, height, width)
    return y if clamp is None else y.clamp(-clamp, clamp)


def upsample2d(x: Tensor) -> Tensor:
    """Twice the size by inserting zeros and low-passing: (B, C, H, W) -> (B, C, 2H, 2W).

    The taps [1, 3, 3, 1]/4 over inserted zeros are the weights of bilinear interpolation; only
    the border differs, as here the picture goes on with zeros. Hence the padding and cropping.
    """
    padded = F.pad(x, (1, 1, 1, 1))
    doubled = F.interpolate(padded, scale_factor=2, mode="bilinear", align_corners=False)
    return doubled[:, :, 2:-2, 2:-2]


def _wide(x: Tensor) -> Tensor:
    """At least fp32: half precision is widened, double is kept."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def _shared_convolution(x: Tensor, weight: Tensor, styles: Tensor, up: int) -> Tensor:
    """``conv(x s, W)``, one convolution for the batch."""
    if up not in (1, 2):
        raise ValueError(f"up: expected 1 or 2, got {up}")
    styled = x * styles.to(x.dtype)[:, :, None, None]
    kernels = weight.to(x.dtype)
    if up == 1:
        return F.conv2d(styled, kernels, padding=weight.shape[2] // 2)
    y = F.conv_transpose2d(styled, kernels.transpose(0, 1), stride=2)
    # One depthwise 4x4 convolution beat two separable ones, sums of slices, average pools and a
    # kernel fused with the up-convolution, forwards and backwards, on AVX-512 CPUs.
    channels = y.shape[1]
    blur = (resample_filter(x.device) * 4).to(y.dtype).expand(channels, 1, 4, 4)
    return F.conv2d(y, blur, padding=1, groups=channels)
