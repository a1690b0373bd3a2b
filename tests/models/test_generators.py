from __future__ import annotations

import pytest

from d2animator.models.generators import Generator, layer_rates, usual_coarse_layers
from d2animator.models.stylegan2 import GeneratorConfig
from d2animator.models.stylegan3 import AliasFreeConfig


@pytest.mark.parametrize("side", [64, 256, 1024])
def test_the_papers_eight_layers_of_stylegan2(side):
    config = GeneratorConfig(img_resolution=side)
    assert usual_coarse_layers(config) == 8
    rates = layer_rates(config)
    assert len(rates) == config.num_ws
    assert rates[:8] == (4, 8, 8, 16, 16, 32, 32, 64)
    assert rates[-1] == side


def test_a_small_generator_has_no_more_than_its_own():
    config = GeneratorConfig(img_resolution=16)
    assert usual_coarse_layers(config) == config.num_ws == 6


@pytest.mark.parametrize("side", [256, 1024])
def test_stylegan3s_layers_are_told_by_their_rates(side):
    config = AliasFreeConfig(img_resolution=side)
    rates = layer_rates(config)
    assert len(rates) == config.num_ws
    assert list(rates) == sorted(rates)
    usual = usual_coarse_layers(config)
    assert rates[usual - 2] <= 32 < rates[usual - 1]


def test_the_rates_are_those_that_the_network_works_at():
    config = GeneratorConfig(
        z_dim=4, w_dim=4, img_resolution=32, num_mapping_layers=1, channel_base=64
    )
    synthesis = Generator(config).synthesis
    sides = [int(name.removeprefix("b")) for name, _ in synthesis.named_children()]
    assert sorted(set(layer_rates(config))) == sorted(sides)
