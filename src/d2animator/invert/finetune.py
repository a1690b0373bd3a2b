"""Fine-tuning of the facial action network to one source (paper, section 3.2).

The trained network goes on, on motions of the one source, and of some others lest it forget them.
The product and the paper's ablation share this code.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from d2animator.arguments import check_fields
from d2animator.distill.augdistiller import AugOptions, PairPool, finetune_action, make_pairs
from d2animator.distill.samples import Detect, draw_codes
from d2animator.errors import TrainingError
from d2animator.invert.tune import Delta, delta_of
from d2animator.latent.directions import Directions
from d2animator.latent.statistics import WStatistics
from d2animator.models.action import ActionNetwork
from d2animator.models.generators import Generator
from d2animator.training.loop import LoopOptions

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FinetuneOptions:
    """How the facial action network is fine-tuned to a source."""

    # Motions of the one source, and pairs in a step.
    own: AugOptions = field(default_factory=lambda: AugOptions(motions=95, batch=96))
    # Other faces, and motions of each.
    others: AugOptions = field(default_factory=lambda: AugOptions(sources=40, motions=9))
    # How long, and how fast.
    loop: LoopOptions = field(
        default_factory=lambda: LoopOptions(steps=200, learning_rate=4e-4, warmup=10)
    )

    def __post_init__(self) -> None:
        check_fields(self)


class Finetuner:
    """Fine-tunes one network to many sources, each from the same start."""

    def __init__(
        self,
        generator: Generator,
        detect: Callable[[], Detect],
        network: ActionNetwork,
        directions: Directions,
        statistics: WStatistics,
        options: FinetuneOptions | None = None,
    ) -> None:
        """Take what is needed; nothing of it is changed.

        Args:
            generator: Draws the other faces.
            detect: Makes what finds landmarks in drawn faces.
            network: The trained network.
            directions: The bank that it was trained on.
            statistics: Of W.
            options: How long, and on how much; default: ``FinetuneOptions()``.
        """
        self._options = options or FinetuneOptions()
        self._generator, self._detect, self._network = generator, detect, network
        self._directions, self._statistics = directions, statistics
        self._others: PairPool | None = None

    def tune(self, generator: Generator, w_plus: Tensor, seconds: float | None = None) -> Delta:
        """Fine-tune to one source.

        Args:
            generator: Draws the source.
            w_plus: Its code (1, L, D).
            seconds: Most time that it may take; None for no limit but its steps.

        Returns:
            What changes in the network's weights, see `with_delta`; nothing where no picture of
            the source shows a face.
        """
        options = self._options
        # A picture takes about a tenth of a second on a slow machine.
        most = options.own.motions
        motions = most if seconds is None else max(15, min(most, int(5 * seconds)))
        pairs = replace(options.own, motions=motions)
        pool = self._pool(generator, w_plus, pairs, pairs.seed)
        loop = options.loop if seconds is None else replace(options.loop, minutes=seconds / 120)
        try:
            others = self._other_faces(motions // 2)
            tuned = finetune_action(self._network, pool, others, self._directions, pairs, loop)
        except TrainingError as error:
            _log.warning("the facial action network stays as it is: %s", error)
            return {}
        return delta_of(self._network, dict(tuned.named_parameters()))

    def _other_faces(self, most: int) -> PairPool:
        """Pairs of random faces, drawn by the generator as it is; at most so many faces."""
        generator, options = self._generator, self._options.others
        faces = range(min(options.sources, most))
        if self._others is None or len(self._others.landmarks) < len(faces):
            codes = draw_codes(generator, faces, 1, options.seed + 101)
            w_plus = codes.expand(-1, generator.num_ws, -1)
            self._others = self._pool(generator, w_plus, options, options.seed + 1)
        return self._others

    def _pool(
        self, generator: Generator, w_plus: Tensor, options: AugOptions, seed: int
    ) -> PairPool:
        return make_pairs(
            generator,
            self._detect(),
            w_plus,
            self._directions,
            self._statistics,
            options,
            torch.Generator().manual_seed(seed),
        )
