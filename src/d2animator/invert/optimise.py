"""Inversion: the code of W+ whose picture is nearest to a given one (paper, section 3.3).

The encoder gives a start, Adam refines it. Codes are optimised as whitened coordinates (see
``WStatistics.whiten``), so that one step means as much along every axis, and two pulls keep the
code where edits work: towards W's mean in units of its spread, and of the layers towards each
other. A photo inverted into a generator of puppets becomes the puppet that resembles it most.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from d2animator.arguments import check_fields
from d2animator.errors import ConfigError, check_shape
from d2animator.invert.budget import shares
from d2animator.latent.distance import picture_distance, weighted_distance
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.statistics import WStatistics, measure_w

Encode = Callable[[Tensor], Tensor]
"""images (B, 3, R, R) -> w_plus (B, L, D), such as ``models.encoder.Encoder``."""

ExtraLoss = Callable[[Tensor], Tensor]
"""images (1, 3, R, R) -> scalar to add to the loss, such as a distance of landmarks."""


Level = Literal["encoder", "optimise", "tune"]
Effort = Literal["fast", "full"]
LEVELS: tuple[Level, ...] = ("encoder", "optimise", "tune")
EFFORTS: tuple[Effort, ...] = ("fast", "full")

# Mean absolute difference, 0 to 2, beyond which a picture is none that the generator draws: renders
# of the embedded model's world end below 0.075, photos of people above 0.12.
UNREACHED_DISTANCE = 0.1


@dataclass(frozen=True)
class InversionOptions:
    """How a picture is inverted."""

    # "encoder" takes the encoder's answer as it is, "optimise" refines the code, "tune" refines it
    # and then tunes the networks to the one source.
    level: Level = "optimise"
    # What "tune" does: "fast" tunes the generator, "full" for longer, and the facial action
    # network as well (the paper's fine-tuning).
    effort: Effort = "fast"
    # Most seconds that it may take, None for no limit but the steps.
    seconds: float | None = None
    # Steps of Adam on the code.
    steps: int = 100
    # Step size at the start, in standard deviations of W; it falls to a tenth.
    learning_rate: float = 0.05
    # Weight of the gradients' distance next to the colours'.
    gradient_weight: float = 1.0
    # Pull towards the mean of W, per squared standard deviation.
    prior: float = 0.1
    # A picture that is still farther than this is none that the generator draws. Its code strains
    # towards what cannot be reached, and breaks when it is moved; so it is sought once more, with
    # these pulls in place of ``prior`` and ``together``.
    unreached: float = UNREACHED_DISTANCE
    unreached_prior: float = 0.8
    unreached_together: float = 8.0
    # Pull towards the encoder's answer, per squared standard deviation.
    anchor: float = 0.02
    # Pull of the layers towards each other, per squared standard deviation.
    together: float = 3.0
    # Farthest that a coordinate may be from the mean, in standard deviations.
    farthest: float = 3.0

    def __post_init__(self) -> None:
        check_fields(self)
        if self.seconds is not None and not self.seconds > 0:
            raise ConfigError("seconds", f"expected more than 0, got {self.seconds}")
        if self.steps < 0:
            raise ConfigError("steps", f"expected at least 0, got {self.steps}")


@dataclass(frozen=True, eq=False)
class InversionResult:
    """What an inversion found.

    Attributes:
        w_plus: The code (1, L, D).
        image: Its picture (1, 3, R, R).
        distance: Mean absolute difference to the given picture, 0 to 2, where it was weighted.
        start_distance: The same for the encoder's answer.
    """

    w_plus: Tensor
    image: Tensor
    distance: float
    start_distance: float


def face_weight(landmarks: npt.ArrayLike, size: int, floor: float = 0.15) -> Tensor:
    """Draw how much pixels matter: 1 on the face, less on hair, least on the background.

    Args:
        landmarks: Landmarks (P, 2) in pixels.
        size: Width and height of the picture.
        floor: Weight far from the face.

    Returns:
        Weights (1, 1, size, size) in [floor, 1].
    """
    points = torch.as_tensor(np.asarray(landmarks, np.float32))
    low, high = points.min(0).values, points.max(0).values
    centre, half = (low + high) / 2, (high - low).clamp_min(1.0) / 2
    grid = torch.arange(size) + 0.5
    x, y = (grid - centre[0]) / half[0], (grid - centre[1]) / half[1]
    distance = (x.square()[None, :] + y.square()[:, None]).sqrt()
    # 1 up to the outline, then down over the hair to twice the face's size.
    return (1.6 - 0.8 * distance).clamp(floor, 1)[None, None]


def invert(
    generator: GeneratorLike,
    encoder: Encode,
    image: Tensor,
    options: InversionOptions | None = None,
    *,
    statistics: WStatistics | None = None,
    weight: Tensor | None = None,
    extra_loss: ExtraLoss | None = None,
) -> InversionResult:
    """Find the code whose picture is nearest to a given one.

    Args:
        generator: Draws; its weights get no gradient.
        encoder: Gives the start.
        image: Picture (1, 3, R, R) in [-1, 1], R the generator's resolution, aligned to where the
            generator draws faces (`place_face`).
        options: Steps and pulls; default: ``InversionOptions()``.
        statistics: Mean and spread of W; default: measured now.
        weight: Importance of the pixels (1, 1, R, R), such as ``face_weight``; default: all equal.
        extra_loss: Something to add to the loss.

    Returns:
        The code, its picture and how far that is from the given one.

    Raises:
        ShapeError: ``image`` or ``weight`` has another shape.
    """
    options = options or InversionOptions()
    size = image.shape[-1]
    check_shape("image", image, (1, 3, "R", "R"))
    weight = torch.ones(1, 1, size, size) if weight is None else weight
    check_shape("weight", weight, (1, 1, size, size))
    weight = weight.to(image)
    statistics = (statistics or measure_w(generator, samples=5000)).to(image.device)
    with torch.no_grad():
        w_start = encoder(image)
        first = weighted_distance(generator.synthesis(w_start), image, weight)
    if not options.steps or options.level == "encoder":
        with torch.no_grad():
            return InversionResult(w_start, generator.synthesis(w_start), first, first)
    start = statistics.whiten(w_start).clamp(-options.farthest, options.farthest).detach()

    def refined(options: InversionOptions) -> InversionResult:
        def distance(code: Tensor) -> Tensor:
            drawn = generator.synthesis(statistics.unwhiten(code))
            loss = picture_distance(drawn, image, weight, options.gradient_weight)
            loss = loss + _pulls(code, start, options)
            return loss if extra_loss is None else loss + extra_loss(drawn)

        w_plus = statistics.unwhiten(_minimise(distance, start, options))
        with torch.no_grad():
            drawn = generator.synthesis(w_plus)
        return InversionResult(w_plus, drawn, weighted_distance(drawn, image, weight), first)

    return _refined_again(refined, options)


def _refined_again(
    refined: Callable[[InversionOptions], InversionResult], options: InversionOptions
) -> InversionResult:
    """Refine a code, and once more if its picture is none that the generator draws."""
    began = time.monotonic()
    result = refined(options)
    left = None if options.seconds is None else options.seconds - (time.monotonic() - began)
    if result.distance <= options.unreached or (left is not None and left <= 0):
        return result
    stronger = replace(
        options, prior=options.unreached_prior, together=options.unreached_together, seconds=left
    )
    return refined(stronger)


def _minimise(
    distance: Callable[[Tensor], Tensor], start: Tensor, options: InversionOptions
) -> Tensor:
    """Go downhill from a whitened code, staying within ``options.farthest``."""
    best = start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([best], lr=options.learning_rate, betas=(0.9, 0.95))
    for share in shares(options.steps, options.seconds):
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * (1 - 0.9 * share)
        with torch.enable_grad():
            (best.grad,) = torch.autograd.grad(distance(best), [best])
        optimizer.step()
        with torch.no_grad():
            best.clamp_(-options.farthest, options.farthest)
    return best.detach()


def _pulls(code: Tensor, start: Tensor, options: InversionOptions) -> Tensor:
    """Pulls on whitened coordinates (1, L, D)."""
    apart = code - code.mean(1, keepdim=True)
    return (
        options.prior * code.square().mean()
        + options.anchor * (code - start).square().mean()
        + options.together * apart.square().mean()
    )
