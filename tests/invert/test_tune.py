"""Pivotal tuning: nearer to the picture, elsewhere the same, and the original untouched."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from d2animator.errors import ShapeError
from d2animator.invert.tune import TuningOptions, tune_generator, with_delta
from d2animator.latent.statistics import WStatistics, measure_w
from d2animator.models.generators import Generator
from d2animator.models.stylegan2 import GeneratorConfig
from d2animator.models.stylegan3 import AliasFreeConfig
from tests.steadiness import Check

OPTIONS = TuningOptions(steps=30, learning_rate=1e-2)
SMALL = GeneratorConfig(z_dim=6, w_dim=8, img_resolution=16, channel_base=128, num_mapping_layers=2)
ALIAS_FREE = AliasFreeConfig(
    z_dim=6, w_dim=8, img_resolution=16, num_layers=4, channel_base=128, channel_max=8
)


@pytest.fixture(scope="module", params=[SMALL, ALIAS_FREE], ids=["stylegan2", "stylegan3"])
def generator(request: pytest.FixtureRequest, seed: int) -> Generator:
    torch.manual_seed(seed)
    return Generator(request.param).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def statistics(generator: Generator) -> WStatistics:
    return measure_w(generator, samples=300)


def codes(generator: Generator, count: int, seed: int = 1) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return generator.mapping(torch.randn(count, 6, generator=random))


def test_the_tuned_copy_draws_the_picture_and_the_original_does_not_change(
    generator: Generator, statistics: WStatistics, check: Check
) -> None:
    pivot = codes(generator, 1)
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    drawn = generator.synthesis(pivot)
    wanted = (drawn + 0.3 * torch.sign(drawn.roll(3, -1))).clamp(-1, 1)
    delta = tune_generator(generator, pivot, wanted, statistics, replace(OPTIONS, steps=80))
    tuned = with_delta(generator, delta)
    error = (tuned.synthesis(pivot) - wanted).abs().mean()
    check("error left", error / (drawn - wanted).abs().mean(), below=0.8)
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())
    assert all(value.dtype == torch.float16 for value in delta.values())
    assert all(name.startswith("synthesis.") for name in delta)
    assert torch.equal(generator.synthesis(pivot), drawn)
    assert not any(value.requires_grad for value in tuned.parameters())


def test_locality_keeps_other_faces(
    generator: Generator, statistics: WStatistics, check: Check
) -> None:
    pivot, others = codes(generator, 1), codes(generator, 4, seed=9)
    wanted = (generator.synthesis(pivot) + 0.4).clamp(-1, 1)
    moved = []
    for locality in (0.0, 30.0):
        options = replace(OPTIONS, locality=locality, neighbours=4)
        tuned = with_delta(generator, tune_generator(generator, pivot, wanted, statistics, options))
        moved.append(float((tuned.synthesis(others) - generator.synthesis(others)).abs().mean()))
    check("motion left of others", moved[1] / moved[0], below=1)


def test_it_repeats_and_a_budget_ends_it(generator: Generator, statistics: WStatistics) -> None:
    pivot = codes(generator, 1)
    wanted = (generator.synthesis(pivot) + 0.4).clamp(-1, 1)
    few = replace(OPTIONS, steps=3)
    one, other = (tune_generator(generator, pivot, wanted, statistics, few) for _ in range(2))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    endless = replace(OPTIONS, steps=10**9)
    assert tune_generator(generator, pivot, wanted, statistics, endless, seconds=0.05)


def test_a_copy_shares_what_does_not_change(generator: Generator) -> None:
    name, value = next(iter(generator.named_parameters()))
    changed = with_delta(generator, {name: torch.ones_like(value).half()})
    own = dict(generator.named_parameters())
    for other, parameter in changed.named_parameters():
        assert (parameter is own[other]) == (other != name)
    torch.testing.assert_close(dict(changed.named_parameters())[name], value + 1)


def test_what_does_not_fit_is_named(generator: Generator, statistics: WStatistics) -> None:
    with pytest.raises(ShapeError, match="nobody"):
        with_delta(generator, {"nobody": torch.zeros(1)})
    with pytest.raises(ShapeError, match="image"):
        tune_generator(generator, codes(generator, 1), torch.zeros(1, 3, 8, 8), statistics)
    with pytest.raises(ShapeError, match="w_plus"):
        tune_generator(generator, codes(generator, 2), torch.zeros(1, 3, 16, 16), statistics)
