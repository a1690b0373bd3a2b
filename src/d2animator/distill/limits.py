"""How far faces went in training, on the picture and in W: the motions that the network knows."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from d2animator.distill.pairs import PairPool, draw_coefficients
from d2animator.errors import TrainingError
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.limit import LandmarkLimit, measure_limit
from d2animator.latent.limit import MotionLimit
from d2animator.latent.statistics import WStatistics
from d2animator.training.loop import step_generator

MOST_CHANGES = 40_000
"""More of them change the limit by less than a percent, and only cost memory."""


def pool_limit(pool: PairPool, seed: int = 0) -> LandmarkLimit:
    """Measure how far landmarks went in a pool; the same pool always gives the same.

    Args:
        pool: What the network was trained on.
        seed: Of the choice where the pool has more than `MOST_CHANGES` pairs.

    Returns:
        The limit of the changes from one usable picture of a face to another one.

    Raises:
        TrainingError: No face of the pool moves in two usable pictures.
    """
    usable = pool.usable.cpu()
    both = torch.triu(usable[:, :, None] & usable[:, None, :], diagonal=1)
    face, one, other = both.nonzero(as_tuple=True)
    if len(face) > MOST_CHANGES:
        chosen = torch.randperm(len(face), generator=step_generator(seed, -11))[:MOST_CHANGES]
        face, one, other = face[chosen], one[chosen], other[chosen]
    landmarks = normalise_landmarks(pool.landmarks.cpu().double())
    changes = landmarks[face, other] - landmarks[face, one]
    if not bool(changes.any()):
        raise TrainingError("no face of the pool moves in two usable pictures")
    return measure_limit(changes.numpy())


def motion_limit(
    vectors: Tensor,
    statistics: WStatistics,
    most_active: int,
    *,
    share: float = 0.75,
    count: int = 1000,
) -> MotionLimit:
    """Find how long a motion may be in W; the same bank always gives the same.

    Training sums directions at random, a few or many. The longest of these sums ask for what no
    face does, and are drawn as none; a network meets such a wish again in a driver whose face or
    picture is unlike all it knows. What it answers between real faces is shorter by far.

    Args:
        vectors: The bank's directions (K, l, D).
        statistics: W's spread.
        most_active: How many directions training summed at most, see ``AugOptions``.
        share: Share of training's motions that are no longer than the limit.
        count: Motions that are drawn to find it.

    Returns:
        The limit.
    """
    drawn = draw_coefficients(count, len(vectors), most_active, step_generator(0, -13))
    motions = torch.einsum("bk,kld->bld", drawn.to(vectors), vectors)
    unlimited = MotionLimit(statistics, math.inf)
    return replace(unlimited, longest=float(torch.quantile(unlimited.lengths(motions), share)))
