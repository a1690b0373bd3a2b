"""From a generator and a landmark detector to all that animates: the stages end to end.

samples -> directions -> pairs -> network -> encoder. Each stage leaves its result in the work
folder and is not done again; within a stage, shards and checkpoints are taken up where they were
left. The caller brings the generator and the detector and makes a bundle of what comes back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from d2animator.distill import augdistiller, cludistiller, encoder, samples
from d2animator.distill.augdistiller import AugOptions, PairPool
from d2animator.distill.cludistiller import CluOptions
from d2animator.distill.encoder import EncoderOptions
from d2animator.distill.samples import Detect, Pictures, SampleOptions, SampleSet
from d2animator.distill.shapes import nme_percent
from d2animator.distill.training import LoopOptions, Progress, save_tensors, step_generator
from d2animator.errors import TrainingError
from d2animator.faces.align import normalise_landmarks
from d2animator.latent.directions import Directions, add_motion
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.measuring import measure_directions
from d2animator.latent.statistics import WStatistics, measure_w
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.models.encoder import Encoder, EncoderConfig

logger = logging.getLogger(__name__)

StageProgress = Callable[[str, int, dict[str, float]], None]
"""Called as ``progress(stage, step, metrics)``."""


@dataclass(frozen=True)
class TrainOptions:
    """All options of a run; ``preset`` gives sensible sets."""

    # Folder of stores and checkpoints; a run in the same folder goes on.
    work: Path
    # Everything random follows from it; it replaces the stages' own seeds.
    seed: int = 0
    # Sampling and detecting.
    samples: SampleOptions = field(default_factory=SampleOptions)
    # Clustering and collecting.
    directions: CluOptions = field(default_factory=CluOptions)
    # Pairs and loss of the facial action network.
    pairs: AugOptions = field(default_factory=AugOptions)
    # Only directions of this group ("pose" or "expression") are used; None: all.
    group: str | None = None
    # Whether the network combines the bank (else it predicts the motion freely).
    combine: bool = True
    # Training of the facial action network.
    action_loop: LoopOptions = field(
        default_factory=lambda: LoopOptions(steps=2000, learning_rate=2e-3)
    )
    # Augmentation of the encoder's pictures.
    encoder: EncoderOptions = field(default_factory=EncoderOptions)
    # The encoder's two parts: on codes, then on pictures through the generator.
    code_loop: LoopOptions = field(
        default_factory=lambda: LoopOptions(steps=1500, learning_rate=2e-3)
    )
    picture_loop: LoopOptions = field(
        default_factory=lambda: LoopOptions(steps=200, learning_rate=3e-4)
    )
    # Faces of the held-out measure.
    held_out: int = 300


@dataclass(frozen=True, eq=False)
class Distilled:
    """What a run made.

    Attributes:
        statistics: Mean, spread and limits of W.
        directions: The bank.
        action_network: The facial action network.
        encoder: The inversion encoder.
        metrics: Figures of the run: ``nme_self_percent`` (landmarks of moved faces against the
            target's, in % of the outer eye distance), ``nme_still_percent`` (the same without any
            motion), numbers of samples, directions and pairs, seconds of each stage.
    """

    statistics: WStatistics
    directions: Directions
    action_network: ActionNetwork
    encoder: Encoder
    metrics: dict[str, float]


def preset(name: str, work: Path, seed: int = 0) -> TrainOptions:
    """Give the options of a named preset.

    Args:
        name: ``"quick"`` (a few minutes, to see that everything works) or ``"full"`` (what made
            the shipped networks).
        work: Work folder.
        seed: Seed.

    Returns:
        The options.

    Raises:
        TrainingError: No such preset.
    """
    full = TrainOptions(work=work, seed=seed)
    if name == "full":
        return full
    if name != "quick":
        raise TrainingError(f"preset {name!r}: there are quick and full")
    return replace(
        full,
        samples=replace(full.samples, count=2000),
        directions=replace(full.directions, clusters=(2, 4, 8), count=32, trials=4),
        pairs=replace(full.pairs, sources=200),
        action_loop=replace(full.action_loop, steps=600),
        code_loop=replace(full.code_loop, steps=400),
        picture_loop=replace(full.picture_loop, steps=20),
        held_out=64,
    )


class _Run:
    """One run: its parts, and the seconds that its stages took."""

    def __init__(
        self,
        generator: GeneratorLike,
        detect: Detect,
        options: TrainOptions,
        detector_name: str,
        progress: StageProgress | None,
    ) -> None:
        self.generator, self.detect, self.options = generator, detect, options
        self.detector_name, self.progress = detector_name, progress
        self.metrics: dict[str, float] = {}

    def report(self, stage: str) -> Progress:
        """Make the progress callback of a stage."""

        def report(step: int, metrics: dict[str, float]) -> None:
            if self.progress is not None:
                self.progress(stage, step, metrics)

        return report

    def timed(self, stage: str, work: Callable[[], Any]) -> Any:
        """Run a stage and note its seconds."""
        start = time.monotonic()
        result = work()
        self.metrics[f"seconds_{stage}"] = round(time.monotonic() - start, 1)
        logger.info("%s: %.1f s", stage, self.metrics[f"seconds_{stage}"])
        return result

    def samples(self) -> SampleSet:
        options = replace(self.options.samples, seed=self.options.seed)
        return samples.collect(
            self.generator,
            self.detect,
            options,
            self.options.work / "samples",
            detector_name=self.detector_name,
            progress=self.report("samples"),
        )

    def directions(self, found: SampleSet, statistics: WStatistics) -> Directions:
        options = replace(self.options.directions, seed=self.options.seed)
        name = samples.fingerprint(self.generator, self.detector_name, len(found), options)
        path = self.options.work / "directions.safetensors"
        stored = load_directions(path, name)
        if stored is None:
            stored = cludistiller.find_directions(
                self.generator, self.detect, found, statistics, options, self.report("directions")
            )
            stored = stored.measured(measure_directions(self.generator, self.detect, stored))
            save_directions(path, stored, name)
        return stored if self.options.group is None else stored.only(self.options.group)

    def pairs(self, bank: Directions, statistics: WStatistics) -> PairPool:
        return augdistiller.collect_pairs(
            self.generator,
            self.detect,
            bank,
            statistics,
            replace(self.options.pairs, seed=self.options.seed),
            self.options.work / f"pairs-{self.options.group or 'all'}",
            detector_name=self.detector_name,
            progress=self.report("pairs"),
        )

    def network(self, bank: Directions, pool: PairPool) -> ActionNetwork:
        _, layers, width = bank.vectors.shape
        count = len(bank) if self.options.combine else 0
        torch.manual_seed(self.options.seed)
        network = ActionNetwork(ActionNetworkConfig(w_dim=width, layers=layers, directions=count))
        loop = replace(self.options.action_loop, seed=self.options.seed)
        # What the weights depend on is in the name: a checkpoint of other pairs is not taken up.
        name = samples.fingerprint(
            self.generator, pool.landmarks.double().sum().item(), self.options.pairs, loop, count
        )
        return augdistiller.train_action(
            network,
            pool,
            bank,
            self.options.pairs,
            loop,
            checkpoint=self.options.work / f"action-{name}.safetensors",
            progress=self.report("network"),
        )

    def encoder(self, pictures: Pictures, statistics: WStatistics) -> Encoder:
        torch.manual_seed(self.options.seed)
        options = self.options
        config = EncoderConfig(self.generator.num_ws, self.generator.w_dim)
        loops = [
            replace(loop, seed=options.seed) for loop in (options.code_loop, options.picture_loop)
        ]
        name = samples.fingerprint(
            self.generator, len(pictures.images), options.encoder, loops, config
        )
        return encoder.train_encoder(
            Encoder(config, statistics.w_avg, statistics.w_std),
            self.generator,
            pictures,
            options.encoder,
            *loops,
            work=options.work / f"encoder-{name}",
            progress=self.report("encoder"),
        )

    def measure(
        self, network: ActionNetwork, bank: Directions, statistics: WStatistics
    ) -> dict[str, float]:
        options = replace(self.options.pairs, motions=1)
        # Faces that no stage has seen.
        codes = samples.draw_codes(
            self.generator, range(self.options.held_out), 1, self.options.seed + 15485863
        )
        w_plus = codes.expand(-1, self.generator.num_ws, -1)
        random = step_generator(self.options.seed, -9)
        pool = augdistiller.make_pairs(
            self.generator, self.detect, w_plus, bank, statistics, options, random
        )
        return self_error(self.generator, self.detect, network, w_plus, pool)


@torch.no_grad()
def self_error(
    generator: GeneratorLike,
    detect: Detect,
    network: ActionNetwork,
    w_plus: Tensor,
    pool: PairPool,
) -> dict[str, float]:
    """Measure how well a network takes faces to other states of themselves.

    Args:
        generator: Draws.
        detect: Finds landmarks.
        network: What is measured.
        w_plus: Codes of the faces at rest (S, L, D).
        pool: Those faces at rest and in one other state.

    Returns:
        Means over usable pairs of the landmarks' distance in % of the outer eye distance:
        ``nme_self_percent`` between moved faces and target, ``nme_still_percent`` between faces at
        rest and target, and their number ``held_out_pairs``.
    """
    usable = pool.usable.all(1)
    source, target = pool.landmarks[usable, 0], pool.landmarks[usable, 1]
    delta = network(normalise_landmarks(source), normalise_landmarks(target))
    moved, confidence = samples.detect_codes(generator, detect, add_motion(w_plus[usable], delta))
    return {
        "nme_self_percent": round(float(nme_percent(moved, target).mean()), 3),
        "nme_still_percent": round(float(nme_percent(source, target).mean()), 3),
        "held_out_pairs": float(len(source)),
        "held_out_confidence": round(float(confidence.mean()), 3),
    }


def save_directions(path: Path, directions: Directions, name: str) -> None:
    """Keep a bank in a work folder, with the name of what it depends on."""
    tensors, labels = directions.pack()
    save_tensors(path, tensors, {"of": name, "labels": labels})


def load_directions(path: Path, name: str) -> Directions | None:
    """Read a bank of a work folder; None when it is missing or depends on something else."""
    if not path.exists():
        return None
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if metadata.get("of") != name or "labels" not in metadata:
            return None
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        return Directions.unpack(tensors, metadata["labels"])


def train(
    generator: GeneratorLike,
    detect: Detect,
    options: TrainOptions,
    *,
    detector_name: str = "",
    progress: StageProgress | None = None,
) -> Distilled:
    """Distil a generator: find its directions, train the networks that animate with it.

    Args:
        generator: A generator of faces, in evaluation mode; its weights stay.
        detect: Finds 98 landmarks and a confidence, such as ``FaceTracker.landmarks_and_scores``.
        options: Sizes, seeds, work folder; see `preset`.
        detector_name: Stands for the detector (a hash, say): stores of another one are refused.
        progress: Called as ``progress(stage, step, metrics)``.

    Returns:
        All parts and the figures of the run.

    Raises:
        TrainingError: The work folder holds another run, or the generator's pictures have no
            faces for this detector.
    """
    run = _Run(generator, detect, options, detector_name, progress)
    statistics = run.timed("statistics", lambda: measure_w(generator, seed=options.seed))
    found = run.timed("samples", run.samples)
    if len(found) < 0.2 * options.samples.count:
        raise TrainingError(
            f"a face in only {len(found)} of {options.samples.count} samples: this detector does "
            "not fit this generator"
        )
    bank = run.timed("directions", lambda: run.directions(found, statistics))
    pool = run.timed("pairs", lambda: run.pairs(bank, statistics))
    network = run.timed("network", lambda: run.network(bank, pool))
    trained = run.timed("encoder", lambda: run.encoder(found.small_pictures(), statistics))
    run.metrics |= run.timed("measure", lambda: run.measure(network, bank, statistics))
    run.metrics |= {
        "samples": float(len(found)),
        "samples_left_out": float(found.left_out),
        "directions": float(len(bank)),
        "pairs": float(pool.pairs()),
    }
    return Distilled(statistics, bank, network, trained, run.metrics)
