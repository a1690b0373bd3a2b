"""How far two pictures are apart, as a loss and as a figure."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


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
