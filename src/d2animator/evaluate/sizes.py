"""Sizes of an ablation: how much every row is given."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from d2animator.distill.augdistiller import AugOptions
from d2animator.errors import ConfigError
from d2animator.evaluate.baselines import BaselineOptions
from d2animator.evaluate.oracle import OracleOptions
from d2animator.evaluate.puppetbench import STATE_DIM
from d2animator.invert.optimise import InversionOptions
from d2animator.training.loop import LoopOptions


@dataclass(frozen=True)
class FinetuneOptions:
    """How the action network is fine-tuned on one source (paper, section 3.2, "Fine-tuning")."""

    # Random motions of the source; with it at rest, one picture each.
    motions: int = 47
    # Steps and peak learning rate.
    steps: int = 150
    learning_rate: float = 4e-4
    # Pairs in a step.
    batch: int = 96


@dataclass(frozen=True)
class AblationOptions:
    """Sizes of everything that the rows share."""

    # How sources are inverted.
    inversion: InversionOptions = field(default_factory=lambda: InversionOptions(steps=60))
    # Faces and motions that every learning row is trained on.
    pairs: AugOptions = field(default_factory=lambda: AugOptions(sources=500))
    # Training of every row's action network.
    loop: LoopOptions = field(default_factory=lambda: LoopOptions(steps=1500, learning_rate=2e-3))
    # How often motions are corrected by what was drawn, in every row that has an action network.
    corrections: int = 1
    # Pictures drawn at once for that.
    batch: int = 16
    # Fine-tuning on each source, for ``full``.
    finetune: FinetuneOptions = field(default_factory=FinetuneOptions)
    # The other directions.
    baselines: BaselineOptions = field(default_factory=BaselineOptions)
    # The best there is.
    oracle: OracleOptions = field(default_factory=OracleOptions)
    # Entries of z that are the true state: a puppet's.
    state_dim: int = STATE_DIM
    # Everything random follows from it.
    seed: int = 0


def ablation_preset(name: str) -> AblationOptions:
    """Give named sizes.

    Args:
        name: ``full``, or ``quick`` to see that everything works (its figures mean nothing).

    Raises:
        ConfigError: No such preset.
    """
    full = AblationOptions()
    if name == "full":
        return full
    if name != "quick":
        raise ConfigError("preset", f"expected full or quick, got {name!r}")
    return replace(
        full,
        inversion=replace(full.inversion, steps=4),
        pairs=replace(full.pairs, sources=24, motions=5, batch=32),
        loop=replace(full.loop, steps=40),
        finetune=replace(full.finetune, motions=5, steps=5),
        baselines=replace(full.baselines, samples=80, components=4, trials=2),
        oracle=replace(full.oracle, steps=4),
    )
