"""What the rows of the ablation learn: directions, a network for them, and how far it was taken.

Every row that learns does so through the same AugDistiller: as many faces and motions, as many
steps, the same seeds. Its limits are measured as training measures those of a bundle, so that what
comes out is a bundle, which animates as any other.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file

from d2animator.bundles.bundle import Bundle
from d2animator.distill import augdistiller
from d2animator.distill.augdistiller import PairPool
from d2animator.distill.bank import load_directions, save_directions
from d2animator.distill.limits import motion_limit, pool_limit
from d2animator.distill.samples import fingerprint
from d2animator.evaluate import baselines
from d2animator.evaluate.baselines import Labelled
from d2animator.evaluate.preparing import Parts
from d2animator.evaluate.sizes import AblationOptions
from d2animator.latent.directions import Directions
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.progress import StageProgress
from d2animator.training.loop import save_tensors

OWN = "cludistiller"
"""Name of the bundle's own directions; all others are those of `baselines.find_bank`."""


class Learner:
    """Learns from one bank of directions after another, or reads what a folder has."""

    def __init__(
        self, parts: Parts, options: AblationOptions, work: Path, progress: StageProgress
    ) -> None:
        """Take what all banks share.

        Args:
            parts: Generator, detector, the bundle's directions.
            options: Sizes.
            work: Folder of what is kept.
            progress: Called as ``progress(what, done, figures)``.
        """
        self._parts, self._options = parts, options
        self._work, self._progress = work, progress
        self._pairs = replace(options.pairs, seed=options.seed)
        self._faces: Labelled | None = None

    def bundle(self, bank: str) -> Bundle:
        """Give a bundle that animates with a bank.

        Args:
            bank: `OWN`, or a baseline's name.

        Returns:
            The bundle that training would make: the bank, a network that learned it, and the
            limits of what it was shown.

        Raises:
            ConfigError: No such bank.
        """
        directions = self.directions(bank)
        pool = self._pool(bank, directions)
        statistics = self._parts.statistics
        return replace(
            self._parts.bundle,
            directions=directions,
            action_network=self._network(bank, directions, pool),
            landmark_limit=pool_limit(pool, self._options.seed),
            motion_limit=motion_limit(directions.vectors, statistics, self._pairs.most_active),
        )

    def directions(self, bank: str) -> Directions:
        """Give a bank by name.

        Raises:
            ConfigError: No such bank.
        """
        if bank == OWN:
            return self._parts.directions
        parts, options = self._parts, replace(self._options.baselines, seed=self._options.seed)
        name = fingerprint(None, self._shared(), bank, options, self._options.state_dim)
        path = self._work / f"directions-{bank}-{name}.safetensors"
        directions = load_directions(path, name)
        if directions is None:
            self._progress(f"directions {bank}", 0, {})
            directions = baselines.find_bank(
                bank,
                parts.generator,
                parts.detect,
                parts.statistics,
                parts.directions.vectors.shape[1],
                options,
                faces=self._samples(),
                state_dim=self._options.state_dim,
            )
            save_directions(path, directions, name)
        return directions

    def _pool(self, bank: str, directions: Directions) -> PairPool:
        """Give the pairs that a bank's network learns from."""
        parts = self._parts
        name = fingerprint(None, self._shared(), _sum(directions), self._pairs)
        return augdistiller.collect_pairs(
            parts.generator,
            parts.detect,
            directions,
            parts.statistics,
            self._pairs,
            self._work / f"pairs-{name}",
            detector_name=parts.name,
            progress=functools.partial(self._progress, f"pairs {bank}"),
        )

    def _network(self, bank: str, directions: Directions, pool: PairPool) -> ActionNetwork:
        count, layers, width = directions.vectors.shape
        loop = replace(self._options.loop, seed=self._options.seed)
        torch.manual_seed(self._options.seed)
        network = ActionNetwork(ActionNetworkConfig(w_dim=width, layers=layers, directions=count))
        name = fingerprint(None, self._shared(), _sum(directions), self._pairs, loop)
        return augdistiller.train_action(
            network,
            pool,
            directions,
            self._pairs,
            loop,
            checkpoint=self._work / f"network-{name}.safetensors",
            progress=functools.partial(self._progress, f"network {bank}"),
        )

    def _samples(self) -> Labelled:
        """Give the samples that all baselines share."""
        if self._faces is None:
            options, parts = self._options.baselines, self._parts
            name = fingerprint(None, self._shared(), options.samples, self._options.seed)
            path = self._work / f"samples-{name}.safetensors"
            if path.exists():
                self._faces = Labelled(**load_file(path))
            else:
                self._progress("samples", 0, {})
                self._faces = baselines.sample_faces(
                    parts.generator, parts.detect, options.samples, self._options.seed
                )
                save_tensors(path, vars(self._faces), {"of": name})
        return self._faces

    def _shared(self) -> str:
        """Name what everything depends on."""
        return f"{self._parts.name} {_sum(self._parts.directions)}"


def _sum(directions: Directions) -> float:
    """Tell one bank from another."""
    return directions.vectors.double().sum().item()
