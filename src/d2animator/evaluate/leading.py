"""Leading many faces to landmarks with a facial action network, as `animate` does with one."""

from __future__ import annotations

import torch
from torch import Tensor

from d2animator.distill.limits import motion_limit
from d2animator.evaluate.preparing import Parts
from d2animator.faces.align import normalise_landmarks
from d2animator.latent.directions import add_motion, bound_motion
from d2animator.latent.limit import MotionLimit
from d2animator.models.action import ActionNetwork
from d2animator.performers.motion import correct


def lead(
    parts: Parts,
    network: ActionNetwork,
    codes: Tensor,
    own: Tensor,
    wanted: Tensor,
    corrections: int,
    *,
    batch: int = 16,
) -> Tensor:
    """Lead codes to landmarks.

    Args:
        parts: Generator, detector, statistics.
        network: The facial action network; motions are no longer than those of its own bank.
        codes: Codes (N, L, D).
        own: Normalised landmarks (N, P, 2) of their faces.
        wanted: Normalised landmarks (N, P, 2) of where they are to go.
        corrections: How often motions are corrected by what was drawn.
        batch: Pictures drawn at once.

    Returns:
        Codes (N, L, D), within their bounds.
    """
    limit = motion_limit(network.bank, parts.statistics, 12)
    rows = zip(
        torch.split(codes, batch), torch.split(own, batch), torch.split(wanted, batch), strict=True
    )
    answers = [
        _led(parts, network, code, start, goal, corrections, limit) for code, start, goal in rows
    ]
    return torch.cat(answers)


def _led(
    parts: Parts,
    network: ActionNetwork,
    codes: Tensor,
    own: Tensor,
    wanted: Tensor,
    corrections: int,
    limit: MotionLimit,
) -> Tensor:
    statistics = parts.statistics

    def led(delta: Tensor) -> Tensor:
        return add_motion(codes, bound_motion(codes, delta, statistics.w_avg, statistics.limits))

    def see(delta: Tensor) -> tuple[Tensor, Tensor]:
        points, scores = parts.detect(parts.generator.synthesis(led(delta)).clamp(-1, 1))
        return normalise_landmarks(points.float()), scores

    with torch.no_grad():
        first = limit.shorten(network(own, wanted))
        return led(correct(network, first, wanted, see, corrections, limit))
