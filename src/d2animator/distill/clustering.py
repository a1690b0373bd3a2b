"""Clusters of landmarks and the mean codes of their samples, in memory or streamed.

A million samples are read shard by shard: what is removed from codes and landmarks first and the
centres of the clusters are found on some of them; every shard is then read once, to add up the
codes of each cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from d2animator.distill.clusters import centroids, nearest_centres, settle_centres, signs
from d2animator.distill.colours import (
    main_components,
    reading_axes,
    skin_colours,
    surroundings,
    take_out,
)
from d2animator.distill.samples import SampleSet
from d2animator.distill.shapes import (
    Mode,
    Regression,
    part_features,
    regress_out,
    rigid_features,
    rigid_mean,
)
from d2animator.latent.statistics import WStatistics

SURROUNDINGS = 8
"""Principal components of the colours around a face that are kept out of motions."""

STARTING = 20_000
"""Most samples on which the centres of clusters are found."""

Shards = Callable[[], Iterable[SampleSet]]
"""Gives all samples in parts, anew at every call."""


@dataclass(frozen=True)
class Job:
    """One clustering."""

    # Facial part, or "all".
    part: str
    # What is removed from its points first.
    mode: Mode
    # Number of clusters.
    count: int


@dataclass(frozen=True, eq=False)
class Balance:
    """Makes the ways in which a part moves count alike.

    A mouth opens by a fifth of the eyes' distance and smiles by a fiftieth: clusters of its points
    as they are tell how far it is open, and nothing else. So the points are taken along their
    principal components, each in units of its own spread, as far as these carry most of the motion.

    Attributes:
        mean: Mean of the features (F,).
        axes: Principal components over their spreads (A, F).
    """

    mean: Tensor
    axes: Tensor

    @staticmethod
    def fit(features: Tensor, share: float = 0.97, most: int = 8) -> Balance:
        """Find the components of features (N, F).

        Args:
            features: Observations.
            share: Of the variance, that the components carry.
            most: Components at most.
        """
        mean = features.mean(0)
        some = (features - mean)[:: max(1, len(features) // 20_000)]
        _, sizes, axes = torch.linalg.svd(some.double(), full_matrices=False)
        carried = sizes.square().cumsum(0) / sizes.square().sum().clamp_min(1e-24)
        count = min(int((carried < share).sum()) + 1, most)
        spread = sizes[:count] / max(len(some) - 1, 1) ** 0.5
        # Either sense of a component is as good: this one does not depend on the processor.
        axes = axes[:count] * signs(axes[:count])
        return Balance(mean, (axes / spread.clamp_min(1e-9)[:, None]).float())

    def apply(self, features: Tensor) -> Tensor:
        """Give features (N, F) as components (N, A) of spread one."""
        return (features - self.mean).float() @ self.axes.T


@dataclass(frozen=True, eq=False)
class Preparation:
    """What is taken out of codes and landmarks before they are clustered, found on some samples.

    Attributes:
        statistics: W's spread.
        groups: Groups of codes that count.
        colours: Axes of whitened codes that tell the skin's colour (F, 3); None: not known.
        around: Axes that tell the colours around the face (F, C), taken out where the head's turn
            is, for a turn changes them, too; None: not known.
        reference: Where the rigid points are aligned to (13, 2).
        codes_by_pose: What the rigid points tell of the codes.
        parts_by_pose: What they tell of a part's points, by part.
        balances: How the ways in which a part moves are made to count alike, by part and mode.
    """

    statistics: WStatistics
    groups: int
    colours: Tensor | None
    around: Tensor | None
    reference: Tensor
    codes_by_pose: Regression
    parts_by_pose: dict[str, Regression]
    balances: dict[tuple[str, Mode], Balance]

    @staticmethod
    def fit(
        samples: SampleSet,
        statistics: WStatistics,
        groups: int,
        jobs: Iterable[Job],
    ) -> Preparation:
        """Find it on samples, a few thousand or more.

        Args:
            samples: Codes, landmarks and perhaps pictures.
            statistics: W's spread.
            groups: Groups of codes that count.
            jobs: Clusterings to come.

        Returns:
            What is to be taken out.
        """
        jobs = list(jobs)
        codes = statistics.whiten(samples.codes[:, :groups]).flatten(1)
        colours = None
        if samples.images is not None:
            colours = reading_axes(codes, skin_colours(samples.images, samples.landmarks))
            codes = take_out(codes, colours)
        reference = rigid_mean(samples.landmarks)
        rigid = rigid_features(samples.landmarks, reference)
        parts = {
            part: Regression.fit(
                part_features(samples.landmarks, part, "aligned", reference), rigid
            )
            for part in dict.fromkeys(job.part for job in jobs if job.mode == "residual")
        }
        # Not only the landmarks: a cluster of a part's points has a mean turn of the head, too.
        by_pose = Regression.fit(codes, rigid)
        around = None
        if samples.images is not None:
            seen = surroundings(samples.images, samples.landmarks)
            told = main_components(regress_out(seen, rigid), SURROUNDINGS)
            around = reading_axes(by_pose.residual(codes, rigid), told)
        ready = Preparation(statistics, groups, colours, around, reference, by_pose, parts, {})
        kinds = dict.fromkeys((job.part, job.mode) for job in jobs)
        found = {kind: Balance.fit(ready.moving(samples, *kind)) for kind in kinds}
        return replace(ready, balances=found)

    def codes(self, samples: SampleSet, *, residual: bool) -> Tensor:
        """Give whitened codes (N, F), without what the rigid points tell of them if wanted."""
        codes = self.statistics.whiten(samples.codes[:, : self.groups]).flatten(1)
        if self.colours is not None:
            codes = take_out(codes, self.colours)
        if not residual:
            return codes
        rigid = rigid_features(samples.landmarks, self.reference)
        codes = self.codes_by_pose.residual(codes, rigid)
        return codes if self.around is None else take_out(codes, self.around)

    def moving(self, samples: SampleSet, part: str, mode: Mode) -> Tensor:
        """Give the points of a part as features (N, F), as they are."""
        kind: Mode = "posed" if mode == "posed" else "aligned"
        features = part_features(samples.landmarks, part, kind, self.reference)
        if mode != "residual":
            return features
        rigid = rigid_features(samples.landmarks, self.reference)
        return self.parts_by_pose[part].residual(features, rigid)

    def features(self, samples: SampleSet, part: str, mode: Mode) -> Tensor:
        """Give the points of a part as features (N, A) to cluster; see `Balance`."""
        return self.balances[part, mode].apply(self.moving(samples, part, mode))


Clustered = tuple[Job, Tensor, Tensor]
"""A clustering, its centroids (K, F) and the numbers of samples in them (K,)."""


def cluster_whole(
    samples: SampleSet, ready: Preparation, jobs: Iterable[Job], seed: int
) -> Iterator[Clustered]:
    """Cluster samples that are in memory.

    Args:
        samples: Codes and landmarks.
        ready: What is taken out of them first.
        jobs: Clusterings.
        seed: Seed of the centres' start.

    Yields:
        One result a job, in order.
    """
    codes = {residual: ready.codes(samples, residual=residual) for residual in (False, True)}
    for job, features in _described(samples, ready, jobs):
        centres = settle_centres(features[:STARTING], job.count, seed)
        labels = nearest_centres(features, centres)
        yield job, *centroids(codes[job.mode == "residual"], labels, job.count)


def cluster_streamed(
    some: SampleSet, shards: Shards, ready: Preparation, jobs: Iterable[Job], seed: int
) -> Iterator[Clustered]:
    """Cluster samples of any number.

    Args:
        some: Samples in memory, on which the centres are found.
        shards: Gives all samples in parts.
        ready: What is taken out of them first.
        jobs: Clusterings.
        seed: Seed of the centres' start.

    Yields:
        One result a job, in order.
    """
    few = SampleSet(some.codes[:STARTING], some.layer_groups, some.landmarks[:STARTING], 0)
    centres = {
        job: settle_centres(features, job.count, seed)
        for job, features in _described(few, ready, jobs)
    }
    sums: dict[Job, Tensor] = {}
    sizes: dict[Job, Tensor] = {}
    for part in shards():
        codes = {residual: ready.codes(part, residual=residual) for residual in (False, True)}
        for job, features in _described(part, ready, centres):
            labels = nearest_centres(features, centres[job])
            means, counts = centroids(codes[job.mode == "residual"].double(), labels, job.count)
            total = means * counts[:, None]
            sums[job] = sums[job] + total if job in sums else total
            sizes[job] = sizes[job] + counts if job in sizes else counts
    for job in centres:
        yield job, (sums[job] / sizes[job].clamp_min(1)[:, None]).float(), sizes[job].float()


def _described(
    part: SampleSet, ready: Preparation, jobs: Iterable[Job]
) -> Iterator[tuple[Job, Tensor]]:
    """The features of each job, made once for all numbers of clusters of a part and mode."""
    last: tuple[str, Mode] | None = None
    features = torch.zeros(0, 0)
    for job in jobs if len(part) else ():
        if (job.part, job.mode) != last:
            last = (job.part, job.mode)
            features = ready.features(part, job.part, job.mode)
        yield job, features
