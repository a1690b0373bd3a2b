"""The stages of a run, and where each leaves its result.

======================== ==========================================================
in the work folder       holds
======================== ==========================================================
samples/                 `store.SampleStore`
directions-*.safetensors banks, each named after what it depends on
pairs-*/                 pools of pairs
action-*.safetensors     checkpoints of facial action networks
encoder-*/               checkpoints of encoders
measured-*.json          held-out measures
curves/                  learning curves
seconds.json             how long each stage took, over all calls
======================== ==========================================================
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch

from d2animator import config as configs
from d2animator.distill import (
    augdistiller,
    cludistiller,
    encoder,
    heldout,
    pairs,
    samples,
    store,
)
from d2animator.distill.bank import load_directions, save_directions
from d2animator.distill.curves import Curves, read_curve
from d2animator.distill.limits import motion_limit, pool_limit
from d2animator.distill.options import STAGES, TrainOptions
from d2animator.distill.samples import Detect
from d2animator.errors import ConfigError, TrainingError
from d2animator.faces.layouts import POINTS
from d2animator.faces.limit import LandmarkLimit
from d2animator.latent.directions import Directions
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.limit import MotionLimit
from d2animator.latent.measuring import measure_directions
from d2animator.latent.statistics import WStatistics, measure_w
from d2animator.media.files import write_json
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.models.encoder import Encoder, EncoderConfig
from d2animator.progress import StageProgress, StepProgress
from d2animator.training import processes
from d2animator.training.loop import finished
from d2animator.training.shards import disk_errors, has_shard

logger = logging.getLogger(__name__)

T = TypeVar("T")


class StageMissingError(TrainingError):
    """A stage that was not asked for has not been done.

    Attributes:
        stage: Which.
    """

    def __init__(self, stage: str, work: Path) -> None:
        super().__init__(
            f"{work}: nothing there of the stage {stage} with these options; run it first "
            f"(--stage {stage})"
        )
        self.stage = stage


def check_stages(stages: Iterable[str]) -> frozenset[str]:
    """Check names of stages, at least one.

    Raises:
        ConfigError: There is no such stage, or none was named.
    """
    wanted = frozenset(stages)
    if not wanted or wanted - set(STAGES):
        surplus = ", ".join(sorted(wanted - set(STAGES))) or "none"
        raise ConfigError("stage", f"expected some of {', '.join(STAGES)}, got {surplus}")
    return wanted


@dataclass(frozen=True, eq=False)
class Distilled:
    """What a run made.

    Attributes:
        statistics: Mean, spread and limits of W.
        directions: The bank.
        action_network: The facial action network.
        landmark_limit: How far landmarks went where the facial action network was trained.
        motion_limit: How long motions were in W there.
        encoder: The inversion encoder.
        metrics: Figures of the run: ``nme_self_percent`` (landmarks of moved faces against the
            target's, in % of the outer eye distance), ``nme_still_percent`` (the same without any
            motion), numbers of samples, directions and pairs, seconds of each stage.
        curves: Learning curves: the records of `curves.read_curve` by the network's name.
    """

    statistics: WStatistics
    directions: Directions
    action_network: ActionNetwork
    landmark_limit: LandmarkLimit
    motion_limit: MotionLimit
    encoder: Encoder
    metrics: dict[str, float]
    curves: dict[str, list[dict[str, float]]]


class Run:
    """One run: its parts, as far as they are made or read, and how long they took."""

    statistics: WStatistics
    bank: Directions
    pool: pairs.PairPool
    trained: ActionNetwork
    landmark_limit: LandmarkLimit
    inverter: Encoder

    def __init__(
        self,
        generator: GeneratorLike,
        detect: Detect,
        options: TrainOptions,
        detector_name: str,
        progress: StageProgress | None,
        stages: frozenset[str],
    ) -> None:
        self.generator, self.detect = generator, detect
        self.detector_name, self.progress, self.stages = detector_name, progress, stages
        self.device = next(generator.parameters()).device
        self.options = options.resolved(self.device.type)
        self.team = processes.current()
        self.curves = Curves(options.work / "curves", tensorboard=options.tensorboard)
        self.curve_names: dict[str, str] = {}
        self.metrics: dict[str, float] = {}
        self.timings: dict[str, float] = {}
        if (options.work / "seconds.json").exists():
            self.timings = configs.load_json(options.work / "seconds.json")
        self.store = store.open_store(
            generator,
            self.options.samples,
            options.work / "samples",
            detector_name=detector_name,
            write="samples" in stages,
        )

    def report(self, stage: str, curve: str | None = None) -> StepProgress:
        """Make the progress callback of a stage; a curve's name keeps its figures."""

        def report(step: int, metrics: dict[str, float]) -> None:
            if curve is not None:
                self.curves.write(curve, step, metrics)
            if self.progress is not None:
                self.progress(stage, step, metrics)

        return report

    def timed(self, stage: str, work: Callable[[], T]) -> T:
        """Run a stage and add its seconds to those of earlier calls."""
        start = time.monotonic()
        result = work()
        seconds = time.monotonic() - start
        self.timings[stage] = round(self.timings.get(stage, 0.0) + seconds, 1)
        if self.team.first:
            path = self.options.work / "seconds.json"
            with disk_errors(path, 1000):
                write_json(path, self.timings)
        logger.info("%s: %.1f s", stage, seconds)
        return result

    def may(self, stage: str, done: bool) -> None:
        """Check that a stage is done already or may be done now."""
        if not done and stage not in self.stages:
            raise StageMissingError(stage, self.options.work)

    def samples(self) -> None:
        """Make or find the samples, and measure W."""
        options = self.options.samples
        self.may("samples", not self.store.missing())
        if "samples" in self.stages:
            fill = functools.partial(store.fill_store, self.store, self.generator, self.detect)
            self.timed("samples", lambda: fill(self.report("samples")))
        kept = self.store.kept()
        if kept < 0.2 * options.count:
            raise TrainingError(
                f"a face in only {kept} of {options.count} samples: this detector does not fit "
                "this generator"
            )
        self.metrics["samples"] = float(kept)
        self.metrics["samples_left_out"] = float(options.count - kept)
        self.statistics = measure_w(
            self.generator, seed=self.options.seed, percentile=self.options.bound_percentile
        )

    def directions(self) -> None:
        """Find the bank, or read it."""
        options, count = self.options.directions, self.options.samples.count
        name = samples.fingerprint(
            self.generator, self.store.name, count, options, self.options.bound_percentile
        )
        path = self.options.work / f"directions-{name}.safetensors"
        found = load_directions(path, name)
        self.may("directions", found is not None)
        if found is None and self.team.first:
            some = self.store.head(options.stream_above)
            shards = self.store.shards if count > options.stream_above else None
            found = self.timed(
                "directions",
                lambda: cludistiller.find_directions(
                    self.generator,
                    self.detect,
                    some,
                    self.statistics,
                    options,
                    self.report("directions"),
                    shards=shards,
                ),
            )
            if some.landmarks.shape[1] == POINTS:  # actions are defined in this layout alone
                found = found.measured(measure_directions(self.generator, self.detect, found))
            save_directions(path, found, name)
        self.team.wait()
        found = found or load_directions(path, name)
        if found is None:
            raise TrainingError(f"{path}: written by another process, but not to be seen here")
        self.bank = found if self.options.group is None else found.only(self.options.group)
        self.metrics["directions"] = float(len(self.bank))

    def pairs(self) -> None:
        """Make or read the pool of pairs; part of the stage network."""
        options = self.options.pairs
        name = pairs.pool_name(self.generator, self.bank, options, self.detector_name)
        folder = self.options.work / f"pairs-{name}"
        ranges = pairs.pool_ranges(options)
        whole = all(has_shard(pairs.pool_path(folder, r, options), len(r)) for r in ranges)
        self.may("network", whole)
        if whole:
            self.pool = pairs.read_pairs(folder, name, options)
        else:
            self.pool = self.timed(
                "pairs",
                lambda: pairs.collect_pairs(
                    self.generator,
                    self.detect,
                    self.bank,
                    self.statistics,
                    options,
                    folder,
                    detector_name=self.detector_name,
                    progress=self.report("pairs"),
                ),
            )
        self.metrics["pairs"] = float(self.pool.pairs())

    def network(self) -> None:
        """Train the facial action network, or read it."""
        self.pairs()
        options = self.options
        _, layers, width = self.bank.vectors.shape
        shape = ActionNetworkConfig(
            w_dim=width,
            layers=layers,
            directions=len(self.bank) if options.combine else 0,
            input=options.network_input,
            points=self.pool.landmarks.shape[-2],
        )
        torch.manual_seed(options.seed)
        network = ActionNetwork(shape).to(self.device)
        # What the weights depend on is in the name: a checkpoint of other pairs is not taken up.
        name = samples.fingerprint(
            self.generator,
            self.pool.landmarks.double().sum().item(),
            options.pairs,
            options.action_loop,
            shape,
        )
        checkpoint = options.work / f"action-{name}.safetensors"
        self.may("network", finished(checkpoint, options.action_loop.steps))
        self.curve_names["network"] = f"network-{name}"
        trained = self.timed(
            "network",
            lambda: augdistiller.train_action(
                network,
                self.pool,
                self.bank,
                options.pairs,
                options.action_loop,
                checkpoint=checkpoint,
                progress=self.report("network", f"network-{name}"),
            ),
        )
        self.trained = trained.cpu()
        # Told anew by the pool in every call: it takes a second, and needs no file of its own.
        self.landmark_limit = pool_limit(self.pool, options.seed)

    def encoder(self) -> None:
        """Train the encoder, or read it."""
        options = self.options
        config = EncoderConfig(self.generator.num_ws, self.generator.w_dim)
        name = samples.fingerprint(
            self.generator,
            (self.store.name, options.samples.count, options.samples.pictures),
            options.encoder,
            (options.code_loop, options.picture_loop),
            config,
        )
        work = options.work / f"encoder-{name}"
        parts = (("codes", options.code_loop), ("pictures", options.picture_loop))
        done = all(
            finished(work / f"encoder-{part}.safetensors", loop.steps) for part, loop in parts
        )
        self.may("encoder", done)
        torch.manual_seed(options.seed)
        inverter = Encoder(config, self.statistics.w_avg, self.statistics.w_std).to(self.device)
        self.curve_names["encoder"] = f"encoder-{name}"
        trained = self.timed(
            "encoder",
            lambda: encoder.train_encoder(
                inverter,
                self.generator,
                self.store.small_pictures(),
                options.encoder,
                options.code_loop,
                options.picture_loop,
                work=work,
                progress=self.report("encoder", f"encoder-{name}"),
            ),
        )
        self.inverter = trained.cpu()

    def evaluate(self) -> None:
        """Measure the network on new faces, or read what was measured."""
        weights = [float(value.double().sum()) for value in self.trained.state_dict().values()]
        name = samples.fingerprint(self.generator, weights, self.options.held_out)
        path = self.options.work / f"measured-{name}.json"
        self.may("evaluate", path.exists())
        if not path.exists() and self.team.first:
            measured = self.timed(
                "evaluate",
                lambda: heldout.measure(
                    self.generator,
                    self.detect,
                    self.trained,
                    self.bank,
                    self.statistics,
                    self.options.pairs,
                    self.options.held_out,
                ),
            )
            with disk_errors(path, 1000):
                write_json(path, measured)
        self.team.wait()
        self.metrics |= configs.load_json(path)

    def result(self) -> Distilled:
        """Put together what the stages left."""
        curves = {
            title: read_curve(self.curves.folder / f"{name}.jsonl")
            for title, name in self.curve_names.items()
        }
        seconds = {f"seconds_{stage}": value for stage, value in self.timings.items()}
        metrics = self.metrics | seconds
        return Distilled(
            statistics=self.statistics,
            directions=self.bank,
            action_network=self.trained,
            landmark_limit=self.landmark_limit,
            motion_limit=motion_limit(
                self.bank.vectors, self.statistics, self.options.pairs.most_active
            ),
            encoder=self.inverter,
            metrics=metrics,
            curves=curves,
        )
