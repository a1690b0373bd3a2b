"""Pivotal tuning: the generator's weights are changed a little so that it can draw one source.

After Roich et al., "Pivotal Tuning for Latent-based Editing of Real Images", ACM TOG 2022
(arXiv:2106.05744). The code that an inversion found, the pivot, stays fixed; the weights of the
synthesis learn to draw the source there. Their equation (4), locality, draws codes near the pivot
with both generators and keeps them alike, so that motions do what they did.

Here the picture's loss is `picture_distance` on several scales: LPIPS needs torchvision and
downloaded weights. ``extra_loss`` takes any other.

The result is the change of the weights, in fp16; a generator is never changed in place.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from d2animator.arguments import check_fields
from d2animator.errors import ShapeError, check_shape
from d2animator.invert.budget import shares
from d2animator.invert.optimise import ExtraLoss
from d2animator.latent.distance import picture_distance
from d2animator.latent.statistics import WStatistics
from d2animator.models.generators import Generator

Delta = dict[str, Tensor]
"""Names of parameters -> what is added to them."""

_M = TypeVar("_M", bound=nn.Module)


@dataclass(frozen=True)
class TuningOptions:
    """How a generator is tuned to one source."""

    # Steps of Adam.
    steps: int = 120
    # Step size at the start; it falls to a tenth. Weights are of size one.
    learning_rate: float = 2e-3
    # Weight of the gradients' distance next to the colours'.
    gradient_weight: float = 1.0
    # Weight of the locality term: how much other faces shall stay what they are.
    locality: float = 0.3
    # Distance from the pivot, towards a random code, of the codes that locality looks at, in
    # units of the typical distance of two codes.
    reach: float = 0.5
    # Codes that locality looks at in each step.
    neighbours: int = 1
    # Everything random follows from it.
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self)


def tune_generator(
    generator: Generator,
    w_plus: Tensor,
    image: Tensor,
    statistics: WStatistics,
    options: TuningOptions | None = None,
    *,
    weight: Tensor | None = None,
    seconds: float | None = None,
    extra_loss: ExtraLoss | None = None,
) -> Delta:
    """Find the change of weights with which a generator draws a picture at its code.

    Args:
        generator: Stays as it is.
        w_plus: The pivot (1, L, D), from `invert`.
        image: Picture (1, 3, R, R) in [-1, 1].
        statistics: Mean and spread of W.
        options: Steps and weights; default: ``TuningOptions()``.
        weight: Importance of the pixels (1, 1, R, R); default: all equal.
        seconds: Most time, None for no limit.
        extra_loss: Something to add to the loss.

    Returns:
        The change, fp16, of every weight of the synthesis that changed; see `with_delta`.

    Raises:
        ShapeError: A tensor has another shape.
    """
    options = options or TuningOptions()
    size = generator.img_resolution
    check_shape("image", image, (1, 3, size, size))
    check_shape("w_plus", w_plus, (1, generator.num_ws, generator.w_dim))
    weight = torch.ones_like(image[:, :1]) if weight is None else weight.to(image)
    tuned = copy.deepcopy(generator)
    trained = dict(tuned.synthesis.requires_grad_(True).named_parameters(prefix="synthesis"))
    optimizer = torch.optim.Adam(list(trained.values()), lr=options.learning_rate)
    random = torch.Generator().manual_seed(options.seed)
    for share in shares(options.steps, seconds):
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * (1 - 0.9 * share)
        codes = _neighbours(generator, w_plus, statistics, options, random)
        with torch.no_grad():
            kept = generator.synthesis(codes)
        with torch.enable_grad():
            drawn = tuned.synthesis(torch.cat([w_plus, codes]))
            loss = picture_distance(drawn[:1], image, weight, options.gradient_weight)
            flat = torch.ones_like(kept[:, :1])
            away = picture_distance(drawn[1:], kept, flat, options.gradient_weight)
            loss = loss + options.locality * away
            if extra_loss is not None:
                loss = loss + extra_loss(drawn[:1])
            gradients = torch.autograd.grad(loss, list(trained.values()), allow_unused=True)
            for parameter, gradient in zip(trained.values(), gradients, strict=True):
                parameter.grad = gradient
        optimizer.step()
    return delta_of(generator, trained)


def delta_of(module: nn.Module, trained: Mapping[str, Tensor]) -> Delta:
    """Tell what training changed.

    Args:
        module: The network as it was.
        trained: Parameters by name, as they are now.

    Returns:
        The change, fp16, of every parameter that changed; see `with_delta`.
    """
    before = dict(module.named_parameters())
    change = {name: (value.detach() - before[name]).half() for name, value in trained.items()}
    return {name: value for name, value in change.items() if bool(value.any())}


def with_delta(module: _M, delta: Mapping[str, Tensor]) -> _M:
    """Copy a network and change the copy's weights.

    Args:
        module: Stays as it is.
        delta: What to add to its parameters, by name.

    Returns:
        The copy, without gradients; parameters that do not change are shared with ``module``.

    Raises:
        ShapeError: A change has no parameter, or another shape.
    """
    own = dict(module.named_parameters())
    for name, change in delta.items():
        if name not in own or own[name].shape != change.shape:
            expected = own[name].shape if name in own else ()
            raise ShapeError(f"delta[{name!r}]", expected, change.shape)
    # What deepcopy is told to have copied already, it shares.
    memo: dict[int, Tensor] = {id(own[name]): own[name] for name in own if name not in delta}
    memo |= {id(value): value for value in module.buffers()}
    changed = copy.deepcopy(module, memo)
    with torch.no_grad():
        for name, value in changed.named_parameters():
            if name in delta:
                value.add_(delta[name].to(value))
    return changed.requires_grad_(False)


def _neighbours(
    generator: Generator,
    pivot: Tensor,
    statistics: WStatistics,
    options: TuningOptions,
    random: torch.Generator,
) -> Tensor:
    """Codes (N, L, D) on the way from the pivot to random ones (PTI, section 3.2)."""
    z = torch.randn(options.neighbours, generator.z_dim, generator=random)
    with torch.no_grad():
        others = generator.mapping(z.to(pivot.device))
    way = others - pivot
    length = way.flatten(1).norm(dim=1).clamp_min(1e-9)
    typical = float(statistics.spreads.square().sum().mul(2 * pivot.shape[1]).sqrt())
    part = (options.reach * typical / length).clamp(max=1.0)
    near: Tensor = pivot + way * part[:, None, None]
    return near
