"""How far faces went in the pairs: the motions that the network knows."""

from __future__ import annotations

import torch

from d2animator.distill.pairs import PairPool
from d2animator.distill.training import step_generator
from d2animator.errors import TrainingError
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.span import MotionRange, measure_range

MOST_CHANGES = 40_000
"""More of them change the range by less than a percent, and only cost memory."""


def pool_range(pool: PairPool, seed: int = 0) -> MotionRange:
    """Measure the range of a pool's motions; the same pool always gives the same.

    Args:
        pool: What the network was trained on.
        seed: Of the choice where the pool has more than `MOST_CHANGES` pairs.

    Returns:
        The range of the changes from one usable picture of a face to another one.

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
    return measure_range(changes.numpy())
