"""The rows of the ablation: each takes sources and drivers to codes of W+, by its own way.

Every row that learns does so through the same AugDistiller: as many faces and motions, as many
steps, the same seeds. What was made is kept in a work folder under the name of what it was made
of, so a run that was stopped goes on, and changing one option redoes only what depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from d2animator.distill import augdistiller
from d2animator.distill.augdistiller import AugOptions
from d2animator.distill.pipeline import load_directions, save_directions
from d2animator.distill.samples import fingerprint
from d2animator.errors import ConfigError
from d2animator.evaluate import baselines, oracle
from d2animator.evaluate.baselines import Labelled
from d2animator.evaluate.leading import lead
from d2animator.evaluate.preparing import Parts, Prepared
from d2animator.evaluate.sizes import AblationOptions
from d2animator.latent.directions import Directions
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.progress import StageProgress
from d2animator.training.loop import LoopOptions, save_tensors, step_generator

METHODS = (
    "full",
    "no_finetune",
    "no_correction",
    "no_finetune_no_correction",
    "no_cludistiller",
    "no_cludistiller_no_correction",
    "labelled",
    "ganspace",
    "sefa",
    "coarse_swap",
    "oracle",
)
"""All rows, in the order of the table."""

# Those that use the bundle's own directions.
_OURS = ("full", "no_finetune", "no_correction", "no_finetune_no_correction")


def check_rows(rows: Sequence[str]) -> tuple[str, ...]:
    """Put rows into the order of `METHODS`.

    Raises:
        ConfigError: An unknown row.
    """
    for row in rows:
        if row not in METHODS:
            raise ConfigError("rows", f"expected some of {', '.join(METHODS)}, got {row!r}")
    return tuple(method for method in METHODS if method in rows)


class Methods:
    """All rows on one bench."""

    def __init__(
        self,
        parts: Parts,
        prepared: Prepared,
        options: AblationOptions,
        work: Path,
        progress: StageProgress | None = None,
    ) -> None:
        """Take what rows share.

        Args:
            parts: Generator, detector, the bundle's directions.
            prepared: Sources and drivers.
            options: Sizes.
            work: Folder of what is kept.
            progress: Called as ``progress(what, done, figures)``.
        """
        self._parts, self._prepared, self._options = parts, prepared, options
        self._work, self._progress = work, progress
        self._layers = parts.directions.vectors.shape[1]
        self._faces: Labelled | None = None
        self._tuned: dict[int, ActionNetwork] = {}

    def codes(self, method: str) -> Tensor:
        """Give the codes (P, L, D) that a method answers the pairs with.

        Raises:
            ConfigError: No such method.
        """
        check_rows((method,))
        name = fingerprint(None, self._shared(), method, self._options, self._inputs())
        path = self._work / f"codes-{method}-{name}.safetensors"
        if path.exists():
            return load_file(path)["codes"]
        every = list(range(len(self._prepared.pairs)))
        ways: dict[str, Callable[[], Tensor]] = {
            "full": lambda: self._finetuned(self._options.corrections),
            "no_correction": lambda: self._finetuned(0),
            "no_finetune_no_correction": lambda: self.moved(self.network(method), every, 0),
            "no_cludistiller_no_correction": lambda: self.moved(
                self.network("no_cludistiller"), every, 0
            ),
            "coarse_swap": self._swapped,
            "oracle": self._oracle,
        }
        made = ways[method]() if method in ways else self.moved(self.network(method), every)
        save_tensors(path, {"codes": made}, {"of": name})
        return made

    def still(self) -> Tensor:
        """Give the sources' own codes (P, L, D): no motion at all."""
        return self._prepared.codes[self._prepared.sides()[0]]

    def bank(self, method: str) -> Directions:
        """Give the directions of a learning row."""
        if method in _OURS:
            return self._parts.directions
        parts, options = self._parts, replace(self._options.baselines, seed=self._options.seed)
        name = fingerprint(None, self._shared(), method, options, self._options.state_dim)
        path = self._work / f"directions-{method}-{name}.safetensors"
        found = load_directions(path, name)
        if found is None:
            self._tell(f"directions {method}", 0)
            found = baselines.find_bank(
                method,
                parts.generator,
                parts.detect,
                parts.statistics,
                self._layers,
                options,
                faces=self._samples(),
                state_dim=self._options.state_dim,
            )
            save_directions(path, found, name)
        return found

    def network(self, method: str) -> ActionNetwork:
        """Give the action network of a learning row, trained on its bank."""
        options, bank = self._options, self.bank(method)
        pairs, loop = self._pairs(), replace(options.loop, seed=options.seed)
        pool = self._pool(method, bank)
        torch.manual_seed(options.seed)
        network = ActionNetwork(
            ActionNetworkConfig(
                w_dim=bank.vectors.shape[2], layers=bank.vectors.shape[1], directions=len(bank)
            )
        )
        of = bank.vectors.double().sum().item()
        name = fingerprint(None, self._shared(), of, pairs, loop)
        return augdistiller.train_action(
            network,
            pool,
            bank,
            pairs,
            loop,
            checkpoint=self._work / f"network-{name}.safetensors",
            progress=self._stage(f"network {_source(method)}"),
        )

    def _pairs(self) -> AugOptions:
        return replace(self._options.pairs, seed=self._options.seed)

    def _pool(self, method: str, bank: Directions) -> augdistiller.PairPool:
        """Give the pairs that a learning row's network is trained on."""
        parts, pairs = self._parts, self._pairs()
        of = bank.vectors.double().sum().item()
        return augdistiller.collect_pairs(
            parts.generator,
            parts.detect,
            bank,
            parts.statistics,
            pairs,
            self._work / f"pairs-{fingerprint(None, self._shared(), of, pairs)}",
            detector_name=parts.name,
            progress=self._stage(f"pairs {_source(method)}"),
        )

    def moved(
        self, network: ActionNetwork, rows: list[int], corrections: int | None = None
    ) -> Tensor:
        """Answer some pairs with a network: codes (len(rows), L, D), within their bounds.

        Args:
            network: The facial action network.
            rows: Positions of the pairs.
            corrections: How often motions are corrected; None: as the options say.
        """
        prepared, options = self._prepared, self._options
        times = options.corrections if corrections is None else corrections
        ours, theirs = ([side[row] for row in rows] for side in prepared.sides())
        inputs = (prepared.codes[ours], prepared.own[ours], prepared.driving[theirs])
        return lead(self._parts, network, *inputs, times, batch=options.batch)

    def _finetuned(self, corrections: int) -> Tensor:
        """Fine-tune on every source in turn and answer its pairs."""
        network, bank = self.network("full"), self.bank("full")
        others = self._pool("full", bank)
        answers = torch.empty_like(self.still())
        sources = self._prepared.sides()[0]
        for done, source in enumerate(sorted(set(sources)), start=1):
            if source not in self._tuned:
                self._tuned[source] = self._finetune(network, bank, others, source)
            rows = [row for row, own in enumerate(sources) if own == source]
            answers[rows] = self.moved(self._tuned[source], rows, corrections)
            self._tell("fine-tuning", done)
        return answers

    def _finetune(
        self,
        network: ActionNetwork,
        bank: Directions,
        others: augdistiller.PairPool,
        source: int,
    ) -> ActionNetwork:
        parts, options = self._parts, self._options
        pairs = replace(
            options.pairs, motions=options.finetune.motions, batch=options.finetune.batch
        )
        random = step_generator(options.seed, -2000 - source)
        code = self._prepared.codes[source : source + 1]
        pool = augdistiller.make_pairs(
            parts.generator, parts.detect, code, bank, parts.statistics, pairs, random
        )
        if not pool.pairs():
            return network
        steps, rate = options.finetune.steps, options.finetune.learning_rate
        loop = LoopOptions(steps=steps, learning_rate=rate, warmup=10, seed=options.seed)
        return augdistiller.finetune_action(network, pool, others, bank, pairs, loop)

    def _swapped(self) -> Tensor:
        """Take the driver's coarse layers, as pSp and StyleFusion mix codes."""
        sources, drivers = self._prepared.sides()
        coarse = self._prepared.driver_codes[drivers][:, : self._layers]
        return torch.cat([coarse, self._prepared.codes[sources][:, self._layers :]], 1)

    def _oracle(self) -> Tensor:
        """Start where the network leads and go on to the true landmarks."""
        starts, still = self.codes("no_finetune"), self.still()
        found, options = [], self._options.oracle
        for first in range(0, len(starts), options.batch):
            part = slice(first, first + options.batch)
            found.append(
                oracle.optimise(
                    self._parts.generator,
                    self._parts.landmark_network,
                    self._parts.statistics,
                    still[part],
                    starts[part],
                    self._prepared.true_landmarks[part],
                    self._layers,
                    options,
                )
            )
            self._tell("oracle", min(part.stop, len(starts)))
        return torch.cat(found)

    def _samples(self) -> Labelled:
        """Samples that all baselines share."""
        if self._faces is None:
            options, parts = self._options.baselines, self._parts
            name = fingerprint(None, self._shared(), options.samples, self._options.seed)
            path = self._work / f"samples-{name}.safetensors"
            if path.exists():
                self._faces = Labelled(**load_file(path))
            else:
                self._tell("samples", 0)
                self._faces = baselines.sample_faces(
                    parts.generator, parts.detect, options.samples, self._options.seed
                )
                save_tensors(path, vars(self._faces), {"of": name})
        return self._faces

    def _shared(self) -> str:
        """Name what everything depends on."""
        vectors = self._parts.directions.vectors.double().sum().item()
        return f"{self._parts.name} {vectors}"

    def _inputs(self) -> float:
        """Tell one set of prepared pictures from another."""
        tensors = (self._prepared.codes, self._prepared.driving, self._prepared.true_landmarks)
        return sum(tensor.double().sum().item() for tensor in tensors)

    def _tell(self, what: str, done: int) -> None:
        if self._progress is not None:
            self._progress(what, done, {})

    def _stage(self, what: str) -> Callable[[int, dict[str, float]], None]:
        def report(done: int, figures: dict[str, float]) -> None:
            if self._progress is not None:
                self._progress(what, done, figures)

        return report


def _source(method: str) -> str:
    """What a row's directions are called in the progress."""
    return "cludistiller" if method in _OURS else method
