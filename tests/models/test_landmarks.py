from __future__ import annotations

import pytest
import torch

from d2animator.errors import ConfigError, ShapeError
from d2animator.models.landmarks import (
    FaceFinder,
    FaceFinderConfig,
    LandmarkNetwork,
    LandmarkNetworkConfig,
    heat_means,
)
from tests.steadiness import Check

TINY_FINDER = FaceFinderConfig(channels=(4, 8), blocks=(0, 1))
TINY_NETWORK = LandmarkNetworkConfig(
    input_size=32, points=5, channels=(4, 8), blocks=(1, 1), squeeze=2, hidden=8
)


@pytest.fixture
def finder(seed: int):
    torch.manual_seed(seed)
    return FaceFinder(TINY_FINDER).eval()


@pytest.fixture
def network(seed: int):
    torch.manual_seed(seed)
    return LandmarkNetwork(TINY_NETWORK).eval()


def test_the_finder_answers_for_every_cell(finder):
    maps = finder(torch.zeros(2, 3, 40, 64))
    assert finder.config.stride == 8
    assert maps.logits.shape == maps.log_sizes.shape == (2, 5, 8)
    assert maps.offsets.shape == (2, 2, 5, 8)


def test_the_untrained_finder_expects_no_face(finder, check: Check):
    maps = finder(torch.rand(1, 3, 32, 32) * 2 - 1)
    check("confidence", maps.logits.detach().sigmoid().max(), below=0.2)


def test_the_finder_moves_with_the_picture(finder):
    picture = torch.zeros(1, 3, 128, 128)
    picture[:, :, 50:60, 50:60] = 1
    here = finder(picture).logits[0, 2:-2, 2:-2]
    there = finder(picture.roll((16, 8), (2, 3))).logits[0]
    torch.testing.assert_close(there[4:-2, 3:-2], here[:-2, :-1][: there.shape[0] - 6])


@pytest.mark.parametrize("shape", [(1, 3, 36, 40), (1, 4, 40, 40), (3, 40, 40)])
def test_the_finder_refuses_other_shapes(finder, shape):
    with pytest.raises(ShapeError, match="images"):
        finder(torch.zeros(shape))


def test_the_network_answers_points_scales_and_face(network):
    answer = network(torch.zeros(3, 3, 32, 32))
    assert answer.landmarks.shape == (3, 5, 2)
    assert answer.log_scales.shape == (3, 5)
    assert answer.face_logits.shape == (3,)


def test_the_untrained_network_points_to_the_middle(network, check: Check):
    answer = network(torch.rand(4, 3, 32, 32) * 2 - 1)
    check("off the middle", (answer.landmarks.detach() - 0.5).abs().max(), below=0.3)


def test_a_batch_gives_what_its_pictures_give_alone(network):
    pictures = torch.rand(3, 3, 32, 32) * 2 - 1
    together = network(pictures).landmarks
    alone = torch.cat([network(one[None]).landmarks for one in pictures])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_scales_stay_in_range(network):
    with torch.no_grad():
        network.answer.bias[10:15] = torch.tensor([-50.0, 50.0, 0.0, 1.0, -1.0])
    scales = network(torch.zeros(1, 3, 32, 32)).log_scales
    assert float(scales.detach().min()) >= -6
    assert float(scales.detach().max()) <= 0


def test_every_weight_learns(network):
    network.train()
    torch.nn.init.normal_(network.heat.weight)  # it starts at zero, which hides what is below
    answer = network(torch.rand(4, 3, 32, 32) * 2 - 1)
    (answer.landmarks.sum() + answer.log_scales.sum() + answer.face_logits.sum()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_the_network_refuses_other_sizes(network):
    with pytest.raises(ShapeError, match="32"):
        network(torch.zeros(1, 3, 48, 48))


def test_stages_and_blocks_must_match():
    with pytest.raises(ConfigError, match="blocks"):
        FaceFinder(FaceFinderConfig(channels=(4, 8), blocks=(1,)))


def test_the_input_must_fit_the_stages():
    with pytest.raises(ConfigError, match="input_size"):
        LandmarkNetwork(LandmarkNetworkConfig(input_size=100))


def test_the_shipped_shape_is_small():
    network = LandmarkNetwork(LandmarkNetworkConfig())
    finder = FaceFinder(FaceFinderConfig())
    count = sum(p.numel() for module in (network, finder) for p in module.parameters())
    assert count < 1_500_000


def test_heat_means_are_where_the_heat_is():
    logits = torch.full((1, 2, 4, 8), -30.0)
    logits[0, 0, 1, 6] = 30
    logits[0, 1, 0, 0] = logits[0, 1, 3, 7] = 30
    means = heat_means(logits)
    torch.testing.assert_close(means[0], torch.tensor([[6.5 / 8, 1.5 / 4], [0.5, 0.5]]))
