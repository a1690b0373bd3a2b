"""Sizes of an ablation: how much every row is given."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from d2animator.arguments import check_fields
from d2animator.distill.augdistiller import AugOptions
from d2animator.errors import ConfigError
from d2animator.evaluate.baselines import BaselineOptions
from d2animator.evaluate.oracle import OracleOptions
from d2animator.evaluate.puppetbench import STATE_DIM
from d2animator.invert.finetune import FinetuneOptions
from d2animator.invert.optimise import InversionOptions
from d2animator.training.loop import LoopOptions


@dataclass(frozen=True)
class AblationOptions:
    """Sizes of everything that the rows share."""

    # How sources and drivers are inverted: by default as `animate` does it.
    inversion: InversionOptions = field(default_factory=InversionOptions)
    # Faces and motions that every learning row is trained on.
    pairs: AugOptions = field(default_factory=lambda: AugOptions(sources=500))
    # Training of every row's action network.
    loop: LoopOptions = field(default_factory=lambda: LoopOptions(steps=1500, learning_rate=2e-3))
    # Fine-tuning on each source, by default as the product's: for ``full`` and ``no_correction``.
    finetune: FinetuneOptions = field(default_factory=FinetuneOptions)
    # The other directions.
    baselines: BaselineOptions = field(default_factory=BaselineOptions)
    # The best there is.
    oracle: OracleOptions = field(default_factory=OracleOptions)
    # Entries of z that are the true state: a puppet's.
    state_dim: int = STATE_DIM
    # Everything random follows from it.
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self)


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
        finetune=FinetuneOptions(
            own=replace(full.finetune.own, motions=5, batch=32),
            others=replace(full.finetune.others, sources=2, motions=3),
            loop=replace(full.finetune.loop, steps=5),
        ),
        baselines=replace(full.baselines, samples=80, components=4, trials=2),
        oracle=replace(full.oracle, steps=4),
    )
