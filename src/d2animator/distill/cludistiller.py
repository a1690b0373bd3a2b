"""CluDistiller: which directions of W+ are facial actions? (paper, section 3.1).

Paper -> here: samples {w, kp} -> ``SampleSet``; clusters of kp, for all points or one facial part
-> ``part_features`` and K-means; centroid = mean w of a cluster; direction = difference of two
centroids; ICA above 6 clusters; bank V -> ``Directions``.

What the paper leaves open and is decided here:

* A centroid of n samples carries noise of about sigma / sqrt(n) in each of the many dimensions of
  W. Centroids are taken along W's principal axes in units of their spread, where that noise is
  1 / sqrt(n) everywhere, and each axis is shrunk by what is signal in it (``shrink``).
* Clusters of one part also differ in how the head is turned and in the face's proportions. For
  expressions, both landmarks and codes are taken without what the rigid points (nose, eye corners)
  tell of them: the mode "residual". In a linear world it finds expressions with a cosine of 0.99
  where the others mix them with the turn. Directions that change the proportions of the rigid
  points more than they move the head are dropped (``inspect``).
* Clusters differ in the skin's colour as well, and in what surrounds the face. The axes of W along
  which these can be read off are taken out of the codes first (`colours`).
* Some differences move the landmarks only because they make another person, and take a long way in
  W to do so. Directions that need many standard deviations of the codes for one of the landmarks'
  motion are dropped (``LONGEST_SPREAD``).
* Codes and landmarks differ in their last digits from processor to processor. K-means with many
  clusters then ends elsewhere, and so does an ICA from a single start. Here samples are shared
  among the centres until these have settled, the best of many ICAs is kept, and a direction's sense
  is that of its motion (`clusters`): on another processor the bank is the same.
* A step of 1 along a direction moves the landmarks by ``REACH`` standard deviations of what the
  samples do along that motion: codes are too curved for their own spread to tell.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from d2animator.arguments import check_fields
from d2animator.distill.clustering import (
    Job,
    Preparation,
    Shards,
    cluster_streamed,
    cluster_whole,
)
from d2animator.distill.clusters import differences, drop_duplicates, shrink, signs, take_turns
from d2animator.distill.effects import inspect, unit_steps
from d2animator.distill.samples import Detect, SampleSet
from d2animator.distill.shapes import Mode, part_indices
from d2animator.errors import ConfigError, TrainingError
from d2animator.faces.layouts import PARTS, layout_of
from d2animator.latent.directions import EXPRESSION, POSE, Directions
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.statistics import WStatistics
from d2animator.progress import StepProgress
from d2animator.training.checks import at_least, within

logger = logging.getLogger(__name__)


SAMPLES_A_CLUSTER = 20
"""Fewest samples for each cluster asked for."""

REACH = 2.0
"""How far a step of 1 moves the landmarks, in standard deviations of the samples along it."""

LONGEST = 0.5
"""Longest step of 1, as a share of W's limit: weak motions would ask for codes far from W."""

LONGEST_SPREAD = 9.0
"""Longest step of 1, in standard deviations of the codes: what needs more to move the landmarks
changes who it is, and moves them by the way."""

POSE_PERCENT = 6.0
"""Motion of the rigid points for a step of 1, root mean square in % of the eye distance, from which
a direction counts as pose. Turns move them by 7 to 17; expressions by up to 5, for an open mouth
changes the normalised size of the face."""


@dataclass(frozen=True)
class CluOptions:
    """How the samples are clustered and what is kept."""

    # Facial parts whose points are clustered with the head's turn in them; "all": every point.
    turning: tuple[str, ...] = ("all", "contour", "nose")
    # Facial parts whose points are clustered without it; those that a layout lacks are left out.
    moving: tuple[str, ...] = ("all", "contour", "brows", "eyes", "pupils", "mouth")
    # Only these facial parts; none: all that are named above.
    parts: tuple[str, ...] = ()
    # Whether the rigid pose is removed before clustering: "both" does as is said above, "removed"
    # removes it for every part, "kept" for none.
    rigid_pose: Literal["both", "removed", "kept"] = "both"
    # Numbers of clusters; each of them is tried.
    clusters: tuple[int, ...] = (2, 4, 6, 8, 12, 24)
    # Other numbers of clusters for some parts, by name.
    clusters_of: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    # Above so many samples clusters and centroids are read from the store part by part.
    stream_above: int = 50_000
    # Above so many clusters the pairs are reduced by ICA (the paper's 6).
    ica_above: int = 6
    # Layers that move (the paper's first 8).
    layers: int = 8
    # Least share of a difference that must be signal, 0 to 1.
    least_signal: float = 0.5
    # Directions closer than this (cosine) to a stronger one are near-duplicates.
    largest_cosine: float = 0.9
    # Most directions in the bank.
    count: int = 96
    # Faces on which each direction is tried.
    trials: int = 8
    # Least motion of the most moved landmark for a step of 1, in % of the eye distance.
    least_effect_percent: float = 2.5
    # Largest change of the face's proportions, as a share of all motion.
    largest_identity: float = 0.5
    # Least agreement of the motions on different faces, 0 to 1.
    least_agreement: float = 0.3
    # Everything random follows from it.
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self)
        at_least(self, {"ica_above": 1, "layers": 1, "count": 1, "trials": 1, "stream_above": 1})
        within(self, 0, 1, "least_signal", "largest_cosine", "largest_identity", "least_agreement")
        for name in ("turning", "moving", "parts", "clusters_of"):
            _check_parts(name, getattr(self, name))
        for part, counts in (("", self.clusters), *self.clusters_of.items()):
            place = f"clusters_of.{part}" if part else "clusters"
            if not counts or min(counts) < 2:
                listed = ", ".join(map(str, counts)) or "none"
                raise ConfigError(place, f"numbers of clusters from 2 on, got {listed}")
        if not self.jobs():
            raise ConfigError("parts", "no part is clustered, neither as turning nor as moving")

    def jobs(self) -> list[Job]:
        """List all clusterings: part, mode, number of clusters."""
        named = self.parts or tuple(dict.fromkeys((*self.turning, *self.moving)))
        whole: dict[str, tuple[str, ...]] = {"kept": named, "removed": ()}
        turning = whole.get(self.rigid_pose, tuple(p for p in self.turning if p in named))
        whole = {"kept": (), "removed": named}
        moving = whole.get(self.rigid_pose, tuple(p for p in self.moving if p in named))
        plan: list[tuple[str, Mode]] = [
            (part, mode) for mode in ("posed", "aligned") for part in turning
        ]
        plan += [(part, "residual") for part in moving]
        return [
            Job(part, mode, count)
            for part, mode in plan
            for count in self.clusters_of.get(part, self.clusters)
        ]

    def check_samples(self, samples: int) -> None:
        """Check that every number of clusters can be had of so many samples.

        Raises:
            ConfigError: One cannot.
        """
        most = max(job.count for job in self.jobs())
        if samples < SAMPLES_A_CLUSTER * most:
            needed = SAMPLES_A_CLUSTER * most
            raise ConfigError(
                "directions.clusters",
                f"{most} clusters need at least {needed} samples ({SAMPLES_A_CLUSTER} each), there "
                f"are {samples}; take more samples or fewer clusters",
            )


def _check_parts(name: str, parts: Iterable[str]) -> None:
    for part in parts:
        if part != "all" and part not in PARTS:
            raise ConfigError(name, f"no facial part {part!r}; there are all, {', '.join(PARTS)}")


@dataclass(frozen=True, eq=False)
class Candidates:
    """Directions before they are tried: in whitened coordinates, flattened.

    Attributes:
        vectors: Directions (N, F).
        signal: Share of each that is signal (N,).
        sources: How each was found.
    """

    vectors: Tensor
    signal: Tensor
    sources: tuple[str, ...]

    def add(self, vectors: Tensor, signal: Tensor, source: str, least_signal: float) -> Candidates:
        """Add those directions of one clustering that are signal enough."""
        keep = signal >= least_signal
        return Candidates(
            torch.cat([self.vectors, vectors[keep]]),
            torch.cat([self.signal, signal[keep]]),
            self.sources + (source,) * int(keep.sum()),
        )

    def strength(self) -> Tensor:
        """Tell which of two directions to prefer, the greater (N,): purer modes, then clearer."""
        rank = {mode: float(place) for place, mode in enumerate(("aligned", "posed", "residual"))}
        return self.signal + torch.tensor([rank[name.split("/")[1]] for name in self.sources])


def _between(means: Tensor, sizes: Tensor, options: CluOptions) -> tuple[Tensor, Tensor]:
    """Give the directions between centroids (K, F), and the share of each that is signal."""
    means, sizes = means[sizes >= 10], sizes[sizes >= 10]
    if len(means) < 2:
        return means[:0], sizes[:0]
    clean = shrink(means, sizes)
    found = differences(clean, options.ica_above, options.seed)
    # Chance adds 2 / n to each axis that is kept.
    kept = float((clean.std(0) > 0).sum())
    noise = (2 * kept / sizes.mean()) ** 0.5
    length = found.norm(dim=1)
    return found, length / (length + noise)


def cluster_samples(
    samples: SampleSet,
    statistics: WStatistics,
    options: CluOptions,
    progress: StepProgress | None = None,
    *,
    shards: Shards | None = None,
) -> Candidates:
    """Cluster the samples in every way asked for and collect the directions.

    Args:
        samples: Codes and landmarks.
        statistics: W's spread.
        options: Parts, modes, numbers of clusters.
        progress: Called with the number of clusterings done and ``found``, the directions so far.
        shards: Gives all samples in parts; ``samples`` then are some of them. Memory does not grow
            with their number.

    Returns:
        All directions with enough signal, in whitened coordinates.

    Raises:
        TrainingError: Nothing rises above the noise.
    """
    groups = max(samples.layer_groups[: options.layers]) + 1
    layout = layout_of(samples.landmarks.shape[1])
    jobs = [
        job
        for job in options.jobs()
        if len(samples) >= SAMPLES_A_CLUSTER * job.count and part_indices(job.part, layout)
    ]
    ready = Preparation.fit(samples, statistics, groups, jobs)
    if shards is None:
        clustered = cluster_whole(samples, ready, jobs, options.seed)
    else:
        clustered = cluster_streamed(samples, shards, ready, jobs, options.seed)
    width = groups * len(statistics.w_avg)
    found = Candidates(torch.zeros(0, width), torch.zeros(0), ())
    for done, (job, means, sizes) in enumerate(clustered, start=1):
        vectors, signal = _between(means, sizes, options)
        how = " ica" if job.count > options.ica_above else ""
        name = f"{job.part}/{job.mode}/{job.count} clusters{how}"
        found = found.add(vectors, signal, name, options.least_signal)
        if progress is not None:
            progress(done, {"found": float(len(found.sources))})
    if not found.sources:
        raise TrainingError("no direction rises above the noise: take more samples")
    return found


def to_vectors(candidates: Tensor, statistics: WStatistics, groups: list[int]) -> Tensor:
    """Turn whitened directions (K, F) into vectors (K, layers, D), one group a layer."""
    axes = candidates.view(len(candidates), -1, len(statistics.w_avg))
    unwhitened = (axes * statistics.floored(0.01)) @ statistics.axes
    return unwhitened[:, groups].contiguous()


def find_directions(
    generator: GeneratorLike,
    detect: Detect,
    samples: SampleSet,
    statistics: WStatistics,
    options: CluOptions,
    progress: StepProgress | None = None,
    *,
    shards: Shards | None = None,
) -> Directions:
    """Find the bank of directions.

    Args:
        generator: Draws the faces on which candidates are tried.
        detect: Finds landmarks.
        samples: Codes and landmarks of many faces.
        statistics: W's spread.
        options: How to cluster, what to keep.
        progress: See `cluster_samples`.
        shards: See `cluster_samples`.

    Returns:
        At most ``options.count`` directions over the first ``options.layers`` layers, the clearest
        first; each named after the part whose clusters it came from.

    Raises:
        TrainingError: Nothing rises above the noise.
    """
    candidates = cluster_samples(samples, statistics, options, progress, shards=shards)
    chosen = drop_duplicates(candidates.vectors, candidates.strength(), options.largest_cosine)
    # Some will be dropped once tried; trying costs 2 * trials pictures each.
    chosen = take_turns(chosen, candidates.sources)[: options.count * 3 // 2]
    white = candidates.vectors[chosen]
    # Tried at a length at which effects are about linear.
    tried = 2.0
    white = white * (tried / white.norm(dim=1, keepdim=True).clamp_min(1e-12))
    layers = list(samples.layer_groups[: options.layers])
    vectors = to_vectors(white, statistics, layers)
    effects = inspect(generator, detect, vectors, samples.w_plus(range(options.trials)))
    steps = REACH * unit_steps(effects.field, samples.landmarks)
    longest = LONGEST * statistics.limits[: options.layers].min()
    length = vectors.norm(dim=-1).amax(1).clamp_min(1e-12)
    steps = torch.minimum(steps, longest / length)
    vectors = vectors * (steps * signs(effects.field.flatten(1))[:, 0])[:, None, None]
    keep = (effects.peak_percent >= options.least_effect_percent) & (
        effects.identity_share <= options.largest_identity
    )
    keep &= effects.agreement >= options.least_agreement
    keep &= tried * steps <= LONGEST_SPREAD
    kept = keep.nonzero()[:, 0][: options.count].tolist()
    logger.info(
        "%d candidates, %d differ, %d kept", len(candidates.sources), len(chosen), len(kept)
    )
    if not kept:
        raise TrainingError("no direction moves the landmarks: take more samples")
    sources = [candidates.sources[chosen[index]] for index in kept]
    turns = effects.head_percent * steps >= POSE_PERCENT
    groups = [POSE if turns[index] else EXPRESSION for index in kept]
    names = [f"{source.split('/')[0]}_{index:02d}" for index, source in enumerate(sources)]
    return Directions(vectors[kept], tuple(names), tuple(groups), tuple(sources))
