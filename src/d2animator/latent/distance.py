"""How far two pictures are apart, as a loss and as a figure."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

# Details are finer than twice and coarser than once this share of a picture's side: the shapes of
# eyes, nose and lips, no grain and no light.
_DETAIL = 3 / 256
# Where a picture counts at least this share of where it counts most, details are looked at.
_COUNTS = 0.5


def picture_distance(one: Tensor, other: Tensor, weight: Tensor, gradient_weight: float) -> Tensor:
    """Mean absolute difference of two pictures on three scales, of colours and gradients.

    Args:
        one: Pictures (B, 3, R, R).
        other: Pictures (B, 3, R, R).
        weight: Weights (B or 1, 1, R, R).
        gradient_weight: Weight of the gradients' difference next to the colours'.

    Returns:
        Scalar.
    """
    total = one.new_zeros(())
    difference = one - other
    for scale in (1, 2, 4):
        error = functional.avg_pool2d(difference, scale)
        shares = functional.avg_pool2d(weight, scale)
        shares = shares / shares.mean()
        across = (error[..., 1:] - error[..., :-1]).abs() * shares[..., 1:]
        down = (error[..., 1:, :] - error[..., :-1, :]).abs() * shares[..., 1:, :]
        total = total + (error.abs() * shares).mean()
        total = total + gradient_weight * (across.mean() + down.mean())
    return total / 3


def weighted_distance(one: Tensor, other: Tensor, weight: Tensor) -> float:
    """Weighted mean absolute difference of two pictures.

    Args:
        one: Picture (1, 3, R, R).
        other: Picture (1, 3, R, R).
        weight: Weights (1, 1, R, R); only their proportions matter.

    Returns:
        0 to 2 for pictures in [-1, 1].
    """
    return float(((one - other).abs() * weight / weight.mean()).mean())


def detail_likeness(one: Tensor, other: Tensor, weight: Tensor) -> float:
    """How alike two pictures' details are, whatever their light and colours.

    Args:
        one: Picture (1, 3, R, R).
        other: Picture (1, 3, R, R).
        weight: Weights (1, 1, R, R); what counts little is left out.

    Returns:
        Weighted correlation of both pictures' details, -1 to 1; 0 where one has none.
    """
    share = torch.where(weight >= _COUNTS * weight.max(), weight, 0)
    share = share / share.sum()
    first, second = (_details(picture.float().mean(1, keepdim=True)) for picture in (one, other))
    first, second = (details - (details * share).sum() for details in (first, second))
    spread = ((first.square() * share).sum() * (second.square() * share).sum()).sqrt()
    return float((first * second * share).sum() / spread) if spread > 1e-9 else 0.0


def _details(grey: Tensor) -> Tensor:
    """What a grey picture (1, 1, R, R) has between two sizes."""
    sigma = _DETAIL * grey.shape[-1]
    return _blurred(grey, sigma) - _blurred(grey, 2 * sigma)


def _blurred(grey: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur of a grey picture (1, 1, R, R)."""
    reach = min(max(1, math.ceil(3 * sigma)), grey.shape[-1] - 1)
    steps = torch.arange(-reach, reach + 1, device=grey.device, dtype=grey.dtype)
    bell = torch.exp(-0.5 * (steps / sigma) ** 2)
    bell = bell / bell.sum()
    wide = functional.pad(grey, (reach, reach, reach, reach), mode="reflect")
    return functional.conv2d(
        functional.conv2d(wide, bell.view(1, 1, 1, -1)), bell.view(1, 1, -1, 1)
    )
