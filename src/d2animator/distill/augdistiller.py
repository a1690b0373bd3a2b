"""AugDistiller: which motion takes this face to that one? (paper, section 3.2).

Paper -> here: Δw = Σ r_i v_i with r ~ U(-1, 1) -> ``draw_coefficients``; the layer-wise bound ->
``bound_factors``; kp_s, kp_t -> ``PairPool.landmarks``; L = log cosh + λ ||.|| -> ``action_loss``;
fine-tuning on one source -> the same functions with that source's code alone.

What the paper leaves open and is decided here:

* With all of some eighty directions active their sum is far from W and the bound would shorten
  nearly every motion to the same length. So few are active, one to ``most_active``.
* Drawing pictures is what costs. Each face gets several motions and any two of its pictures are a
  pair, in both senses: m pictures make m (m - 1) pairs.
* The loss sees the motion in units of its typical size in each layer.
* A driver is another person: both faces of a pair are stretched by the same small random affine
  map, and each is jittered as a detector would.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from d2animator.distill.samples import Detect, detect_codes, draw_codes, fingerprint, load_shard
from d2animator.distill.training import (
    LoopOptions,
    Metrics,
    Progress,
    run,
    save_tensors,
    step_generator,
)
from d2animator.errors import TrainingError
from d2animator.faces.align import normalise_landmarks
from d2animator.latent.directions import Directions, add_motion, bound_factors
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.statistics import WStatistics
from d2animator.models.action import ActionNetwork

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AugOptions:
    """How pairs are made and the network is trained on them."""

    # Faces in the pool.
    sources: int = 1200
    # Motions of each face; with the face at rest, each is one picture.
    motions: int = 9
    # Most directions active in one motion.
    most_active: int = 12
    # Pictures below this confidence are left out of the pairs.
    least_confidence: float = 0.5
    # Share of pairs that start from the face at rest (the others join two motions).
    from_rest: float = 0.3
    # Standard deviation of the landmarks' jitter in crop widths.
    jitter: float = 0.003
    # Largest stretch and shear of both faces of a pair.
    stretch: float = 0.06
    # Weight λ of the loss's second term.
    second_weight: float = 0.1
    # Pairs in a step.
    batch: int = 192
    # Pictures rendered at once.
    render_batch: int = 16
    # Faces in one file of the pool.
    shard: int = 100
    # Everything random follows from it.
    seed: int = 0


@dataclass(frozen=True, eq=False)
class PairPool:
    """Faces in several states each, with the motion that led there.

    Attributes:
        landmarks: Landmarks (S, M + 1, 98, 2) in pixels; the first of a face is it at rest.
        coefficients: Weights of the directions (S, M + 1, K).
        factors: What the bound left of them in each layer (S, M + 1, l).
        usable: Whether a picture had a confident face (S, M + 1).
    """

    landmarks: Tensor
    coefficients: Tensor
    factors: Tensor
    usable: Tensor

    def pairs(self) -> int:
        """Count the ordered pairs of different, usable pictures of one face."""
        count = self.usable.sum(1)
        return int((count * (count - 1)).sum())

    def join(self, other: PairPool) -> PairPool:
        """Put another pool's faces behind these."""
        fields = ((getattr(self, name), getattr(other, name)) for name in _FIELDS)
        return PairPool(*(torch.cat(both) for both in fields))


_FIELDS = ("landmarks", "coefficients", "factors", "usable")


def draw_coefficients(
    count: int, directions: int, most_active: int, generator: torch.Generator
) -> Tensor:
    """Draw the weights of random motions.

    Args:
        count: Number of motions.
        directions: Number of directions K.
        most_active: At most so many are active at once, at least one.
        generator: Source of chance.

    Returns:
        Weights (count, K): U(-1, 1) for a random subset, zero for the others.
    """
    most = min(most_active, directions)
    weights = 2 * torch.rand(count, directions, generator=generator) - 1
    rank = torch.rand(count, directions, generator=generator).argsort(1).argsort(1)
    active = torch.randint(1, most + 1, (count, 1), generator=generator)
    return weights * (rank < active)


def make_pairs(
    generator: GeneratorLike,
    detect: Detect,
    w_plus: Tensor,
    directions: Directions,
    statistics: WStatistics,
    options: AugOptions,
    random: torch.Generator,
) -> PairPool:
    """Move faces at random and detect where their landmarks went.

    Args:
        generator: Draws.
        detect: Finds landmarks.
        w_plus: Codes of the faces (S, L, D).
        directions: The bank.
        statistics: Mean and limits of W.
        options: How many motions, how strong.
        random: Source of chance.

    Returns:
        The faces' states.
    """
    count, states = len(w_plus), options.motions + 1
    weights = draw_coefficients(count * states, len(directions), options.most_active, random)
    weights = weights.view(count, states, -1)
    weights[:, 0] = 0
    codes = w_plus.repeat_interleave(states, 0)
    delta = directions.combine(weights.flatten(0, 1))
    factors = bound_factors(codes, delta, statistics.w_avg, statistics.limits)
    moved = add_motion(codes, delta * factors.unsqueeze(-1))
    landmarks, confidence = detect_codes(generator, detect, moved, options.render_batch)
    usable = (confidence >= options.least_confidence) & landmarks.isfinite().all(-1).all(-1)
    return PairPool(
        landmarks.float().view(count, states, -1, 2),
        weights,
        factors.view(count, states, -1),
        usable.view(count, states),
    )


def collect_pairs(
    generator: GeneratorLike,
    detect: Detect,
    directions: Directions,
    statistics: WStatistics,
    options: AugOptions,
    folder: Path,
    *,
    detector_name: str = "",
    progress: Progress | None = None,
) -> PairPool:
    """Make the pool of pairs, or what is missing of it in the folder.

    Args:
        generator: Draws.
        detect: Finds landmarks.
        directions: The bank.
        statistics: Mean and limits of W.
        options: How many faces and motions.
        folder: The store; made when missing.
        detector_name: Stands for the detector in the check that a store fits.
        progress: Called as ``progress(faces done, {})`` after every shard.

    Returns:
        The pool.

    Raises:
        TrainingError: The folder holds a pool of another generator, bank or kind, or no picture
            has a face.
    """
    same = ("motions", "most_active", "shard", "seed")
    kept = {key: value for key, value in asdict(options).items() if key in same}
    name = fingerprint(generator, detector_name, kept, directions.vectors.double().sum().item())
    pool: PairPool | None = None
    for first in range(0, options.sources, options.shard):
        indices = range(first, min(first + options.shard, options.sources))
        path = folder / f"pairs-{first // options.shard:05d}.safetensors"
        stored = load_shard(path, name, len(indices))
        if stored is None:
            # Other codes than the samples of the same seed: their own stream.
            codes = draw_codes(generator, indices, 1, options.seed + 7919)
            w_plus = codes.expand(-1, generator.num_ws, -1)
            random = step_generator(options.seed, -1000 - first)
            part = make_pairs(generator, detect, w_plus, directions, statistics, options, random)
            stored = {field: getattr(part, field) for field in _FIELDS}
            save_tensors(path, stored, {"of": name})
        part = PairPool(**{field: stored[field] for field in _FIELDS})
        pool = part if pool is None else pool.join(part)
        if progress is not None:
            progress(indices.stop, {"usable": float(pool.usable.float().mean())})
    if pool is None or not pool.pairs():
        raise TrainingError("no picture of the pool has a face: is the detector right for it?")
    return pool


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
    maps = (maps + maps.transpose(1, 2)) / 2
    changed = []
    for points in (source, target):
        moved = (points - 0.5) @ maps + 0.5
        noise = options.jitter * torch.randn(moved.shape, generator=random)
        changed.append(normalise_landmarks(moved + noise))
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
        self.vectors = directions.vectors
        self.landmarks = normalise_landmarks(pool.landmarks)
        self.pool = pool
        faces = (pool.usable.sum(1) >= 2).nonzero()[:, 0]
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
        order = torch.rand(count, self.pool.usable.shape[1], generator=random)
        resting = torch.rand(count, generator=random) < self.options.from_rest
        order[:, 0] += resting.float()
        order = order.masked_fill(~self.pool.usable[face], -1)
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
        unit = self.network.scale[:, :1]
        motion, truth = self.network(source, target) / unit, self.truth(face, one, other) / unit
        explained = 1 - (motion - truth).detach().square().sum() / truth.square().sum()
        return action_loss(motion, truth, self.options.second_weight), {"explained": explained}


def train_action(
    network: ActionNetwork,
    pool: PairPool,
    directions: Directions,
    options: AugOptions,
    loop: LoopOptions,
    *,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> ActionNetwork:
    """Train a facial action network on a pool of pairs.

    A new network gets its unit from the pool and, when it has one, its bank; one that was trained
    before keeps its unit, so the same call fine-tunes on one source (paper, "Fine-tuning").

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
        network.bank.copy_(directions.vectors)
    result = run(network, task.batch_loss, loop, checkpoint=checkpoint, progress=progress)
    averaged = result.ema
    if not isinstance(averaged, ActionNetwork):
        raise TypeError(f"expected an ActionNetwork, got {type(averaged).__name__}")
    return averaged.eval()
