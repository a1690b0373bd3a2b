"""A mapping network learns what is worn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from d2animator.models.generators import Generator
from tests.steadiness import Check
from tests.tools.puppets.tiny import TINY
from tools.puppets.generator_options import MappingTraining
from tools.puppets.train_mapping import widened
from tools.puppets.wear import WORN_DIM, numbers

CONFIG = replace(TINY, w_dim=160)


@pytest.fixture(scope="module")
def narrow(seed: int) -> Generator:
    torch.manual_seed(seed + 1)
    return Generator(replace(CONFIG, z_dim=CONFIG.z_dim - WORN_DIM))


def test_w_tells_what_is_worn_and_the_rest_as_before(
    narrow: Generator, seed: int, check: Check
) -> None:
    options = MappingTraining(steps=600, batch=128)
    wide = widened(narrow, CONFIG, seed, options)
    z = torch.randn(2000, CONFIG.z_dim)
    with torch.no_grad():
        w, before = wide.mapping.single(z), narrow.mapping.single(z[:, :-WORN_DIM])
    told = torch.from_numpy(np.stack([numbers(row[-WORN_DIM:]) for row in z.numpy()]))

    def explained(wanted: torch.Tensor) -> float:
        """Share of the variance that a linear reading of w finds."""
        rows = torch.cat([w, torch.ones(len(w), 1)], 1)
        missed = wanted - rows @ torch.linalg.lstsq(rows, wanted).solution
        return 1 - float(missed.var(0).sum() / wanted.var(0).sum())

    check("explained as before", explained(before), above=0.6)
    taught = explained(told)
    untaught = widened(narrow, CONFIG, seed, MappingTraining(steps=0))
    with torch.no_grad():
        w = untaught.mapping.single(z)
    # A random teacher says much of everything; so little is left for what is worn. But it is more
    # than what one that was told nothing says by chance.
    check("explained, to what chance explains", taught / explained(told), above=1.5)


def test_the_synthesis_is_taken_over(narrow: Generator) -> None:
    wide = widened(narrow, replace(CONFIG, num_mapping_layers=3), 0, MappingTraining(steps=1))
    assert wide.mapping.num_layers == 3
    for name, value in narrow.synthesis.state_dict().items():
        assert torch.equal(wide.synthesis.state_dict()[name], value)


def test_other_entries_cannot_be_added(narrow: Generator) -> None:
    with pytest.raises(ValueError, match="can be added"):
        widened(narrow, replace(CONFIG, z_dim=CONFIG.z_dim + 1), 0, MappingTraining(steps=1))


def test_numbers_are_zero_where_nothing_is_worn() -> None:
    assert not numbers(np.zeros(WORN_DIM, np.float32)).any()
    random = np.random.default_rng(0).standard_normal((500, WORN_DIM)).astype(np.float32)
    told = np.stack([numbers(row) for row in random])
    assert told.shape == (500, 15)
    assert np.abs(told).max() < 3
