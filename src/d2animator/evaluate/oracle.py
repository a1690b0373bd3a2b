"""The best that a generator can do: codes moved straight to the true landmarks.

No directions, no network, and the answer is known: what is left is what the generator cannot draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from d2animator.arguments import check_fields
from d2animator.distill.samples import draw_fast
from d2animator.faces.align import face_frames
from d2animator.faces.shape import eye_distance
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.statistics import WStatistics


@dataclass(frozen=True)
class OracleOptions:
    """How long and how freely the oracle looks."""

    # Steps of Adam.
    steps: int = 40
    # Step size at the start, in standard deviations of W; it falls to a tenth.
    learning_rate: float = 0.08
    # Pull towards the source's code, per squared standard deviation: moves that the landmarks do
    # not ask for cost the person.
    anchor: float = 2.0
    # Farthest from the mean of W, in standard deviations.
    farthest: float = 4.0
    # Pictures at once.
    batch: int = 8

    def __post_init__(self) -> None:
        check_fields(self)


def read_points(network: Any, images: Tensor, frames: Tensor) -> Tensor:
    """Read landmarks so that gradients reach the picture.

    Args:
        network: The landmark network.
        images: Images (B, 3, R, R) in [-1, 1].
        frames: Crops to look at (B, 2, 3), from crop widths to picture widths.

    Returns:
        Points (B, 98, 2) in pixels.
    """
    size = network.config.input_size
    turn, corner = frames[:, :, :2], frames[:, :, 2]
    theta = torch.cat([turn, (turn.sum(2) + 2 * corner - 1)[:, :, None]], 2)
    side = images.shape[-1]
    if side >= 2 * size:  # bilinear sampling alone would alias
        images = functional.interpolate(images, size=3 * size // 2, mode="area")
    grid = functional.affine_grid(theta, [len(images), 3, size, size], align_corners=False)
    crops = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    points: Tensor = network(crops).landmarks @ turn.mT + corner[:, None]
    return points * side


def optimise(
    generator: GeneratorLike,
    landmark_network: Any,
    statistics: WStatistics,
    sources: Tensor,
    starts: Tensor,
    truth: Tensor,
    layers: int,
    options: OracleOptions,
) -> Tensor:
    """Move codes until their landmarks are the true ones.

    Args:
        generator: Draws.
        landmark_network: Finds landmarks.
        statistics: W's spread.
        sources: Codes of the sources (B, L, D).
        starts: Codes to start from (B, L, D).
        truth: True landmarks (B, 98, 2) in pixels.
        layers: Layers that may move.
        options: How long, how freely.

    Returns:
        Codes (B, L, D); of each pair the best that was met.
    """
    resting = statistics.whiten(sources[:, :layers])
    code = statistics.whiten(starts[:, :layers]).clone().requires_grad_(True)
    side = float(_side(generator, sources))
    frames = face_frames(truth / side).to(sources)
    unit = eye_distance(truth).clamp_min(1e-6)
    optimizer = torch.optim.Adam([code], lr=options.learning_rate, betas=(0.9, 0.95))
    best, least = code.detach().clone(), torch.full((len(sources),), float("inf"))
    for step in range(options.steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * (1 - 0.9 * step / max(options.steps, 1))
        with torch.enable_grad():
            moved = torch.cat([statistics.unwhiten(code), sources[:, layers:]], 1)
            points = read_points(landmark_network, draw_fast(generator, moved), frames)
            error = 100 * (points - truth).norm(dim=-1).mean(1) / unit
            pull = (code - resting).square().mean((1, 2))
            total = error + options.anchor * pull
            (code.grad,) = torch.autograd.grad(total.sum(), [code])
        with torch.no_grad():
            better = total.detach() < least
            least = torch.where(better, total.detach(), least)
            best[better] = code.detach()[better]
        optimizer.step()
        with torch.no_grad():
            code.clamp_(-options.farthest, options.farthest)
    return torch.cat([statistics.unwhiten(best), sources[:, layers:]], 1)


@torch.no_grad()
def _side(generator: GeneratorLike, sources: Tensor) -> int:
    """Side of the generator's pictures."""
    return int(generator.synthesis(sources[:1]).shape[-1])
