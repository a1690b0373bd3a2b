"""Fine-tuning of the facial action network to one source (paper, section 3.2).

The trained network goes on, on motions of the one source, and of some others lest it forget them.
The product and the paper's ablation share this code.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from d2animator.distill.augdistiller import AugOptions, PairPool, finetune_action, make_pairs
from d2animator.distill.samples import Detect, draw_codes
from d2animator.errors import TrainingError
from d2animator.latent.directions import Directions
from d2animator.latent.statistics import WStatistics
from d2animator.models.action import ActionNetwork
from d2animator.models.generators import Generator
from d2animator.training.loop import LoopOptions

_log = logging.getLogger(__name__)

PAIRS = AugOptions(motions=95, batch=96)
"""Motions of the one source."""
OTHERS = AugOptions(sources=40, motions=9)
"""Motions of the others."""
LOOP = LoopOptions(steps=200, learning_rate=4e-4, warmup=10)
"""How long, and how fast."""


class Finetuner:
    """Fine-tunes one network to many sources, each from the same start."""

    def __init__(
        self,
        generator: Generator,
        detect: Callable[[], Detect],
        network: ActionNetwork,
        directions: Directions,
        statistics: WStatistics,
    ) -> None:
        """Take what is needed; nothing of it is changed.

        Args:
            generator: Draws the other faces.
            detect: Makes what finds landmarks in drawn faces.
            network: The trained network.
            directions: The bank that it was trained on.
            statistics: Of W.
        """
        self._generator, self._detect, self._network = generator, detect, network
        self._directions, self._statistics = directions, statistics
        self._others: PairPool | None = None

    def tune(
        self, generator: Generator, w_plus: Tensor, seconds: float | None = None
    ) -> ActionNetwork:
        """Fine-tune to one source.

        Args:
            generator: Draws the source.
            w_plus: Its code (1, L, D).
            seconds: Most time that it may take; None for no limit but its steps.

        Returns:
            A copy of the network, tuned; the network itself where it could not be.
        """
        # A picture takes about a tenth of a second on a slow machine.
        most = PAIRS.motions
        motions = most if seconds is None else max(15, min(most, int(5 * seconds)))
        pairs = replace(PAIRS, motions=motions)
        random = torch.Generator().manual_seed(PAIRS.seed)
        pool = make_pairs(
            generator,
            self._detect(),
            w_plus,
            self._directions,
            self._statistics,
            pairs,
            random,
        )
        loop = LOOP if seconds is None else replace(LOOP, minutes=seconds / 120)
        try:
            others = self._other_faces(motions // 2)
            return finetune_action(self._network, pool, others, self._directions, pairs, loop)
        except TrainingError as error:
            _log.warning("the facial action network stays as it is: %s", error)
            return self._network

    def _other_faces(self, most: int) -> PairPool:
        """Pairs of random faces, drawn by the generator as it is; at most so many faces."""
        faces = range(min(OTHERS.sources, most))
        if self._others is None or len(self._others.landmarks) < len(faces):
            codes = draw_codes(self._generator, faces, 1, OTHERS.seed + 101)
            w_plus = codes.expand(-1, self._generator.num_ws, -1)
            random = torch.Generator().manual_seed(OTHERS.seed + 1)
            self._others = make_pairs(
                self._generator,
                self._detect(),
                w_plus,
                self._directions,
                self._statistics,
                OTHERS,
                random,
            )
        return self._others
