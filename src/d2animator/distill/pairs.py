"""Pairs of one face in two states, with the motion between them: what the network learns from.

See `augdistiller` for what the paper says and what is decided here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from d2animator.arguments import check_fields
from d2animator.distill.samples import Detect, detect_codes, draw_codes, fingerprint
from d2animator.errors import TrainingError
from d2animator.latent.directions import Directions, add_motion, bound_factors
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.statistics import WStatistics
from d2animator.progress import StepProgress
from d2animator.training import processes
from d2animator.training.checks import at_least, within
from d2animator.training.loop import save_tensors, step_generator
from d2animator.training.shards import has_shard, load_shard


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

    def __post_init__(self) -> None:
        check_fields(self)
        at_least(self, {"sources": 1, "motions": 1, "most_active": 1, "batch": 1})
        at_least(self, {"render_batch": 1, "shard": 1, "jitter": 0, "second_weight": 0})
        within(self, 0, 1, "least_confidence", "from_rest")


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

    def to(self, device: torch.device | str) -> PairPool:
        """Give the same pool on another device."""
        return PairPool(*(getattr(self, name).to(device) for name in _FIELDS))

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
    progress: StepProgress | None = None,
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
    name = pool_name(generator, directions, options, detector_name)
    ranges, team = pool_ranges(options), processes.current()
    for indices in team.own(ranges):
        path = pool_path(folder, indices, options)
        if not has_shard(path, len(indices)):
            # Other codes than the samples of the same seed: their own stream.
            codes = draw_codes(generator, indices, 1, options.seed + 7919)
            w_plus = codes.expand(-1, generator.num_ws, -1)
            random = step_generator(options.seed, -1000 - indices.start)
            part = make_pairs(generator, detect, w_plus, directions, statistics, options, random)
            save_tensors(path, {field: getattr(part, field) for field in _FIELDS}, {"of": name})
        if progress is not None and team.first:
            progress(indices.stop, {})
    team.wait()
    return read_pairs(folder, name, options)


def pool_name(
    generator: GeneratorLike, directions: Directions, options: AugOptions, detector_name: str
) -> str:
    """Name what a pool depends on."""
    same = ("motions", "most_active", "shard", "seed")
    kept = {key: value for key, value in asdict(options).items() if key in same}
    return fingerprint(generator, detector_name, kept, directions.vectors.double().sum().item())


def pool_ranges(options: AugOptions) -> list[range]:
    """Give the faces of each shard of a pool."""
    step, count = options.shard, options.sources
    return [range(first, min(first + step, count)) for first in range(0, count, step)]


def pool_path(folder: Path, indices: range, options: AugOptions) -> Path:
    """Give the file of a shard of a pool."""
    return folder / f"pairs-{indices.start // options.shard:05d}.safetensors"


def read_pairs(folder: Path, name: str, options: AugOptions) -> PairPool:
    """Read a pool.

    Args:
        folder: The store.
        name: See `pool_name`.
        options: How many faces and motions.

    Returns:
        The pool.

    Raises:
        TrainingError: A shard is missing, damaged or of another pool, or no picture has a face.
    """
    pool: PairPool | None = None
    for indices in pool_ranges(options):
        path = pool_path(folder, indices, options)
        stored = load_shard(path, name, len(indices))
        if stored is None:
            raise TrainingError(f"{path}: missing; run the stage network")
        part = PairPool(**{field: stored[field] for field in _FIELDS})
        pool = part if pool is None else pool.join(part)
    if pool is None or not pool.pairs():
        raise TrainingError("no picture of the pool has a face: is the detector right for it?")
    return pool
