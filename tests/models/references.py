"""What the generators' fast paths mean: slow and readable, kept for good."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor

from d2animator.models.ops import EPSILON, resample_filter


def upfirdn2d(
    x: Tensor, kernel: Tensor, up: int = 1, down: int = 1, padding: tuple[int, int] = (0, 0)
) -> Tensor:
    """Insert zeros, pad, convolve with one kernel for all channels, keep every ``down``-th.

    Args:
        x: (B, C, H, W).
        kernel: (kh, kw), applied as a true convolution (flipped).
        up: Each pixel becomes the corner of an up x up square of otherwise zeros.
        down: Of the results along each axis, every one of this many is kept.
        padding: Zeros before and after each axis, after the insertion.

    Returns:
        (B, C, H', W') with H' = ⌈(H·up + Σ padding - kh + 1) / down⌉.
    """
    batch, channels, height, width = x.shape
    sparse = x.new_zeros(batch, channels, height * up, width * up)
    sparse[:, :, ::up, ::up] = x
    sparse = F.pad(sparse, (*padding, *padding))
    flipped = kernel.to(x.dtype).flip(0, 1).expand(channels, 1, -1, -1)
    return F.conv2d(sparse, flipped, groups=channels)[:, :, ::down, ::down]


def modulated_conv2d(
    x: Tensor, weight: Tensor, styles: Tensor, demodulate: bool = True, up: int = 1
) -> Tensor:
    """The paper's form: own weights for every sample.

    Args:
        x: (B, I, H, W).
        weight: (O, I, k, k), k odd.
        styles: (B, I).
        demodulate: Bring the output channels back to unit variance.
        up: 1, or 2 for an output of twice the height and width, low-passed.

    Returns:
        (B, O, H·up, W·up).
    """
    scaled = weight[None] * styles[:, None, :, None, None]  # (B, O, I, k, k)
    if demodulate:
        scaled = scaled * torch.rsqrt(scaled.square().sum(dim=(2, 3, 4), keepdim=True) + EPSILON)
    rows = []
    for sample, kernels in zip(x, scaled, strict=True):
        if up == 1:
            y = F.conv2d(sample[None], kernels, padding=weight.shape[2] // 2)
        else:
            # A transposed convolution spreads each pixel over the zeros between its neighbours;
            # the low-pass then fills them. The gain of up² replaces what the zeros took away.
            y = F.conv_transpose2d(sample[None], kernels.transpose(0, 1), stride=up)
            y = upfirdn2d(y, resample_filter(x.device) * up**2, padding=(1, 1))
        rows.append(y)
    return torch.cat(rows)
