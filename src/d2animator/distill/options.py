"""All options of a training run: one tree of frozen dataclasses, from presets, TOML and flags."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from d2animator import config as configs
from d2animator.arguments import check_fields
from d2animator.distill.cludistiller import CluOptions
from d2animator.distill.encoder import EncoderOptions
from d2animator.distill.pairs import AugOptions
from d2animator.distill.samples import SampleOptions
from d2animator.errors import ConfigError, TrainingError
from d2animator.training.checks import at_least, within
from d2animator.training.loop import LoopOptions

STAGES = ("samples", "directions", "network", "encoder", "evaluate")
"""What a run consists of, in order; each leaves its result in the work folder."""


@dataclass(frozen=True)
class TrainOptions:
    """All options of a run; ``preset`` gives sensible sets."""

    # Folder of stores and checkpoints; a run in the same folder goes on.
    work: Path
    # Everything random follows from it; it replaces the stages' own seeds.
    seed: int = 0
    # Layers of w_plus that carry pose and expression; None: what is said by the two options of
    # that meaning below, which a command sets from the generator's bundle.
    coarse_layers: int | None = None
    # The layer-wise bound: codes are kept within this percentile of the distance from the mean.
    bound_percentile: float = 99.0
    # Sampling and detecting.
    samples: SampleOptions = field(default_factory=SampleOptions)
    # Clustering and collecting.
    directions: CluOptions = field(default_factory=CluOptions)
    # Pairs and loss of the facial action network.
    pairs: AugOptions = field(default_factory=AugOptions)
    # Only directions of this group ("pose" or "expression") are used; None: all.
    group: Literal["pose", "expression"] | None = None
    # Whether the network combines the bank (else it predicts the motion freely).
    combine: bool = True
    # What the network sees of a face.
    network_input: Literal["heatmaps", "coordinates"] = "heatmaps"
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
    # Train in bfloat16 where that is safe; on CUDA only.
    mixed_precision: bool = False
    # Faces of the held-out measure.
    held_out: int = 300
    # Write the learning curves for TensorBoard, too; it must be installed.
    tensorboard: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
        at_least(self, {"held_out": 1})
        if self.coarse_layers is not None:
            at_least(self, {"coarse_layers": 1})
        within(self, 50, 100, "bound_percentile")

    def resolved(self, device: str = "cpu") -> TrainOptions:
        """Hand seed, coarse layers and precision down to the stages, for a kind of device."""

        def loop(options: LoopOptions) -> LoopOptions:
            half = self.mixed_precision and device == "cuda"
            return replace(options, seed=seed, autocast=half or options.autocast)

        seed, layers = self.seed, self.coarse_layers
        return replace(
            self,
            samples=replace(
                self.samples, seed=seed, coarse_layers=layers or self.samples.coarse_layers
            ),
            directions=replace(self.directions, seed=seed, layers=layers or self.directions.layers),
            pairs=replace(self.pairs, seed=seed),
            action_loop=loop(self.action_loop),
            code_loop=loop(self.code_loop),
            picture_loop=loop(self.picture_loop),
        )

    def check(self) -> None:
        """Check what one part's options ask of another's.

        Raises:
            ConfigError: The samples are too few for the clusters.
        """
        self.directions.check_samples(self.samples.count)

    def totals(self) -> dict[str, int]:
        """Give the number of steps that each stage reports."""
        return {
            "samples": self.samples.count,
            "directions": len(self.directions.jobs()),
            "pairs": self.pairs.sources,
            "network": self.action_loop.steps,
            "encoder": self.code_loop.steps + self.picture_loop.steps,
        }


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


def read_options(
    base: TrainOptions, file: str | Path | None = None, settings: Iterable[str] = ()
) -> TrainOptions:
    """Change options by a TOML file, then by single settings.

    Args:
        base: Options to start from, such as a preset's.
        file: TOML whose keys are the fields of `TrainOptions`, tables its nested options.
        settings: Texts such as ``samples.count=500`` or ``directions.parts=["mouth"]``: TOML, and
            a bare word where TOML wants quotes.

    Returns:
        The options.

    Raises:
        ConfigError: The file cannot be read, a key is unknown, or a value is out of range.
    """
    plain = configs.to_dict(base)
    if file is not None:
        plain = _merged(plain, configs.load_toml(file))
    for setting in settings:
        plain = _merged(plain, _setting(setting))
    made = configs.from_dict(TrainOptions, plain)
    made.check()
    return made


def _setting(text: str) -> dict[str, Any]:
    key, equals, value = (part.strip() for part in text.partition("="))
    if not key or not equals:
        raise ConfigError(text, "expected key=value, such as samples.count=500")
    for attempt in (f"{key}={value}", f'{key}="{value}"'):
        try:
            return tomllib.loads(attempt)
        except tomllib.TOMLDecodeError:
            continue
    raise ConfigError(text, "expected key=value with a value as in TOML")


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(old or {}, value) if nested else value
    return merged
