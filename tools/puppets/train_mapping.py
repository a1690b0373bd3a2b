"""Teaches a mapping network what further entries of z mean, before any picture is drawn.

What is worn hangs on thresholds of single entries, and its colours matter where it is worn alone.
A generator that has to find this out through pictures, from a mapping that mixes all entries, has
not done so after thousands of steps. But what it has to find is known: the numbers by which the
renderer draws. So the mapping learns first to write them into directions of w of their own, beside
what it says of the other entries; after that, the synthesis only has to draw them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from d2animator.models.generators import Generator
from d2animator.models.mapping import MappingNetwork
from d2animator.models.stylegan2 import GeneratorConfig
from d2animator.training import loop
from tools.puppets.generator_options import MappingTraining
from tools.puppets.wear import WORN_DIM, numbers


def widened(
    generator: Generator,
    config: GeneratorConfig,
    seed: int,
    options: MappingTraining,
    checkpoint: Path | None = None,
) -> Generator:
    """Give a generator whose z has further entries, for what is worn.

    Args:
        generator: Knows the first entries; not changed.
        config: Shape of the wide one: ``WORN_DIM`` more entries of z, another number of layers in
            the mapping network, everything else alike.
        seed: Of everything random.
        options: How the mapping is trained.
        checkpoint: Where to resume from and to leave the state.

    Returns:
        A generator with the same synthesis network. Where nothing is worn it draws about the same.

    Raises:
        ValueError: Another number of entries is missing.
    """
    body, z_dim = generator.z_dim, config.z_dim
    if z_dim - body != WORN_DIM:
        raise ValueError(f"z has {body} of {z_dim} entries, {WORN_DIM} can be added")
    torch.manual_seed(seed)
    wide = Generator(config)
    wide.synthesis.load_state_dict(generator.synthesis.state_dict())
    with torch.no_grad():
        state = wide.mapping.state_dict()
        for name, value in generator.mapping.state_dict().items():
            target = state[name]
            if target.shape == value.shape:
                target.copy_(value)
            else:  # weights are divided by the root of their number at run time
                target.zero_()[:, :body] = value * (z_dim / body) ** 0.5
    lessons = _Lessons(generator.mapping, z_dim, seed, options)
    wide.requires_grad_(True)
    result = loop.run(
        wide.mapping,
        lambda step, random: lessons.loss(wide.mapping, random),
        loop.LoopOptions(
            steps=options.steps, seed=seed, learning_rate=options.learning_rate, final_rate=0.01
        ),
        checkpoint=checkpoint,
    )
    wide.mapping.load_state_dict(result.ema.state_dict())
    return wide


class _Lessons:
    """What the wide mapping should say: as the narrow one, and the numbers of what is worn."""

    def __init__(
        self, teacher: MappingNetwork, z_dim: int, seed: int, options: MappingTraining
    ) -> None:
        self._teacher, self._z_dim, self._batch = teacher, z_dim, options.batch
        random = loop.step_generator(seed, -3)
        entries = torch.randn(options.pool, WORN_DIM, generator=random)
        told = torch.from_numpy(np.stack([numbers(row) for row in entries.numpy()]))
        directions = torch.randn(told.shape[1], teacher.w_dim, generator=random)
        with torch.no_grad():
            w = teacher.single(torch.randn(1000, teacher.z_dim, generator=random))
        # Orthogonal, and as long as two standard deviations of the strongest axis of w.
        axes = torch.linalg.qr(directions.T)[0].T
        spread = torch.linalg.svdvals(w - w.mean(0))[0] / len(w) ** 0.5
        self._entries, self._said = entries, told @ axes * (2 * float(spread))

    def loss(
        self, mapping: MappingNetwork, random: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        z = torch.randn(self._batch, self._z_dim, generator=random)
        rows = torch.randint(len(self._entries), (self._batch,), generator=random)
        z[:, -WORN_DIM:] = self._entries[rows]
        with torch.no_grad():
            due = self._teacher.single(z[:, :-WORN_DIM])
            wanted = due + self._said[rows]
        error = mse_loss(mapping.single(z), wanted)
        # As a share of what there is to say of either kind.
        return error / wanted.var(), {"missed": (error / self._said.var()).detach()}
