"""AugDistiller: which motion takes this face to that one? (paper, section 3.2).

Paper -> here: Δw = Σ r_i v_i with r ~ U(-1, 1) -> ``draw_coefficients``; the layer-wise bound ->
``bound_factors`` (see `pairs`); kp_s, kp_t -> ``PairPool.landmarks``; L = log cosh + λ ||.|| ->
``action_loss``; fine-tuning on one source -> ``finetune_action``.

What the paper leaves open and is decided here:

* With all of some eighty directions active their sum is far from W and the bound would shorten
  nearly every motion to the same length. So few are active, one to ``most_active``.
* Drawing pictures is what costs. Each face gets several motions and any two of its pictures are a
  pair, in both senses: m pictures make m (m - 1) pairs.
* The loss sees the motion in units of its typical size in each layer.
* Fine-tuning on the motions of one source alone forgets what other faces do: the network answers
  worse even for that source. So most of each step's loss is other faces'.
* A driver is another person: both faces of a pair are stretched by the same small random affine
  map, and each is jittered as a detector would.
"""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from torch import Tensor

from d2animator.distill.pairs import AugOptions, PairPool, collect_pairs, make_pairs
from d2animator.errors import TrainingError
from d2animator.faces.align import normalise_landmarks
from d2animator.latent.directions import Directions
from d2animator.models.action import ActionNetwork
from d2animator.progress import StepProgress
from d2animator.training import processes
from d2animator.training.loop import (
    BatchLoss,
    LoopOptions,
    Metrics,
    run,
    step_generator,
)

__all__ = [
    "AugOptions",
    "PairPool",
    "PairTask",
    "action_loss",
    "collect_pairs",
    "finetune_action",
    "make_pairs",
    "stretch_pairs",
    "train_action",
]


OWN_SHARE = 0.25
"""Share of fine-tuning's loss that the source itself makes up."""


def action_loss(motion: Tensor, truth: Tensor, second_weight: float = 0.1) -> Tensor:
    """Loss of the facial action network (paper, equation 5).

    Args:
        motion: Predicted motions (B, ...), in units of about one.
        truth: True motions, of the same shape.
        second_weight: The paper's λ.

    Returns:
        log cosh, averaged, plus λ times the root mean square over each motion: a mean over
        dimensions in both terms, so that λ means the same whatever their number.
    """
    error = (motion - truth).flatten(1)
    size = error.abs()
    # log cosh e without overflow.
    log_cosh = size + torch.nn.functional.softplus(-2 * size) - 0.6931471805599453
    # The epsilon keeps the gradient of the root finite where the error is zero.
    second = (error.square().mean(1) + 1e-12).sqrt()
    return log_cosh.mean() + second_weight * second.mean()


def stretch_pairs(
    source: Tensor, target: Tensor, options: AugOptions, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Make another person of both faces of a pair, and jitter each.

    Args:
        source: Normalised landmarks (B, 98, 2).
        target: Normalised landmarks (B, 98, 2).
        options: How strong.
        random: Source of chance.

    Returns:
        Both, changed.
    """
    maps = torch.eye(2) + options.stretch * (
        2 * torch.rand(len(source), 2, 2, generator=random) - 1
    )
    # Turns are motions, not persons: take the antisymmetric part out.
    maps = ((maps + maps.transpose(1, 2)) / 2).to(source.device)
    changed = []
    for points in (source, target):
        moved = (points - 0.5) @ maps + 0.5
        noise = options.jitter * torch.randn(moved.shape, generator=random)
        changed.append(normalise_landmarks(moved + noise.to(moved.device)))
    return changed[0], changed[1]


class PairTask:
    """Batches of pairs from a pool, and the loss of a network on them."""

    def __init__(
        self,
        network: ActionNetwork,
        pool: PairPool,
        directions: Directions,
        options: AugOptions,
    ) -> None:
        self.network, self.options = network, options
        self.device = next(network.parameters()).device
        # Chance is drawn on the CPU, where it is the same everywhere; indices follow.
        self.usable = pool.usable.cpu()
        pool = pool.to(self.device)
        self.vectors = directions.vectors.to(self.device)
        self.landmarks = normalise_landmarks(pool.landmarks)
        self.pool = pool
        faces = (self.usable.sum(1) >= 2).nonzero()[:, 0]
        if not len(faces):
            raise TrainingError("no face of the pool has two usable pictures")
        self.faces = faces

    def unit(self) -> Tensor:
        """Typical size of a motion's numbers in each layer, (l, 1)."""
        indices = self.draw(2000, step_generator(self.options.seed, -5))
        return self.truth(*indices).square().mean((0, 2)).sqrt().unsqueeze(1).clamp_min(1e-12)

    def draw(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Draw faces and two different usable pictures of each: three index vectors (B,)."""
        face = self.faces[torch.randint(len(self.faces), (count,), generator=random)]
        order = torch.rand(count, self.usable.shape[1], generator=random)
        resting = torch.rand(count, generator=random) < self.options.from_rest
        order[:, 0] += resting.float()
        order = order.masked_fill(~self.usable[face], -1)
        chosen = order.topk(2, dim=1).indices
        return face, chosen[:, 0], chosen[:, 1]

    def truth(self, face: Tensor, one: Tensor, other: Tensor) -> Tensor:
        """True motions (B, l, D) from one picture of a face to the other."""
        deltas = []
        for state in (one, other):
            summed = torch.einsum("bk,kld->bld", self.pool.coefficients[face, state], self.vectors)
            deltas.append(summed * self.pool.factors[face, state].unsqueeze(-1))
        return deltas[1] - deltas[0]

    def batch_loss(self, step: int, random: torch.Generator) -> tuple[Tensor, Metrics]:
        """Give the loss of one batch, for ``training.run``."""
        del step
        face, one, other = self.draw(self.options.batch, random)
        source, target = stretch_pairs(
            self.landmarks[face, one], self.landmarks[face, other], self.options, random
        )
        team = processes.current()
        mine = team.share(self.options.batch)
        face, one, other = face[mine], one[mine], other[mine]
        source, target = source[mine], target[mine]
        unit = self.network.scale[:, :1]
        motion, truth = self.network(source, target) / unit, self.truth(face, one, other) / unit
        explained = 1 - (motion - truth).detach().square().sum() / truth.square().sum()
        loss = action_loss(motion, truth, self.options.second_weight)
        return loss * team.weight(self.options.batch), {"explained": explained}


def train_action(
    network: ActionNetwork,
    pool: PairPool,
    directions: Directions,
    options: AugOptions,
    loop: LoopOptions,
    *,
    checkpoint: Path | None = None,
    progress: StepProgress | None = None,
) -> ActionNetwork:
    """Train a facial action network on a pool of pairs.

    A new network gets its unit from the pool and, when it has one, its bank; one that was trained
    before keeps its unit and goes on.

    Args:
        network: What is trained; changed in place.
        pool: The pairs.
        directions: The bank of which the pool's motions are made.
        options: Batch, jitter, loss.
        loop: Length and speed.
        checkpoint: File to resume from.
        progress: Called with the step and ``loss``, ``explained`` (share of the motions' variance).

    Returns:
        The network with averaged weights.
    """
    task = PairTask(network, pool, directions, options)
    if bool((network.scale == 1).all()):
        network.scale.copy_(task.unit().expand_as(network.scale))
    if network.config.directions:
        network.bank.copy_(task.vectors)
    return _trained(network, task.batch_loss, loop, checkpoint, progress)


def finetune_action(
    network: ActionNetwork,
    own: PairPool,
    others: PairPool,
    directions: Directions,
    options: AugOptions,
    loop: LoopOptions,
    *,
    progress: StepProgress | None = None,
) -> ActionNetwork:
    """Fine-tune a trained facial action network on one source (paper, "Fine-tuning").

    Args:
        network: Stays as it is.
        own: Pairs of the source.
        others: Pairs of other faces, so that what the network knew of them stays.
        directions: The bank of which both pools' motions are made.
        options: Batch, jitter, loss.
        loop: Length and speed.
        progress: See `train_action`.

    Returns:
        A tuned copy with averaged weights.

    Raises:
        TrainingError: No picture of the source shows a face.
    """
    tuned = copy.deepcopy(network).requires_grad_(True)
    tasks = [PairTask(tuned, pool, directions, options) for pool in (own, others)]

    def batch_loss(step: int, random: torch.Generator) -> tuple[Tensor, Metrics]:
        (loss, figures), (elsewhere, _) = (task.batch_loss(step, random) for task in tasks)
        return OWN_SHARE * loss + (1 - OWN_SHARE) * elsewhere, figures

    return _trained(tuned, batch_loss, loop, None, progress)


def _trained(
    network: ActionNetwork,
    batch_loss: BatchLoss,
    loop: LoopOptions,
    checkpoint: Path | None,
    progress: StepProgress | None,
) -> ActionNetwork:
    result = run(network, batch_loss, loop, checkpoint=checkpoint, progress=progress)
    averaged = result.ema
    if not isinstance(averaged, ActionNetwork):
        raise TypeError(f"expected an ActionNetwork, got {type(averaged).__name__}")
    return averaged.eval()
