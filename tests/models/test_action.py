"""The facial action network: no change, no motion; a bank; its filters see heatmaps."""

from __future__ import annotations

import pytest
import torch

from d2animator.errors import ConfigError, ShapeError
from d2animator.models.action import ActionNetwork, ActionNetworkConfig, HeatmapFilters
from d2animator.models.heatmaps import gaussian_heatmaps

SMALL = ActionNetworkConfig(w_dim=6, layers=4, heatmap_size=16, filters=3, features=16)


def _network(config: ActionNetworkConfig = SMALL) -> ActionNetwork:
    torch.manual_seed(0)
    return ActionNetwork(config).eval()


def test_equal_landmarks_give_exactly_no_motion() -> None:
    points = torch.rand(5, 98, 2)
    assert torch.equal(_network()(points, points), torch.zeros(5, 4, 6))


def test_motion_has_the_shape_of_the_coarse_layers() -> None:
    delta = _network()(torch.rand(2, 98, 2), torch.rand(2, 98, 2))
    assert delta.shape == (2, 4, 6)
    assert (delta != 0).any()


def test_frames_do_not_see_each_other() -> None:
    network, source, target = _network(), torch.rand(4, 98, 2), torch.rand(4, 98, 2)
    torch.testing.assert_close(network(source, target)[2:3], network(source[2:3], target[2:3]))


def test_bank_combines_directions() -> None:
    config = ActionNetworkConfig(
        w_dim=6, layers=4, directions=3, heatmap_size=16, filters=3, features=16
    )
    network = _network(config)
    network.bank.copy_(torch.randn(3, 4, 6))
    source, target = torch.rand(2, 98, 2), torch.rand(2, 98, 2)
    coefficients = network.motion(network.describe(source), network.describe(target))
    assert coefficients.shape == (2, 3)
    expected = sum(coefficients[:, k, None, None] * network.bank[k] for k in range(3))
    torch.testing.assert_close(network(source, target), expected)


def test_scale_sets_the_size_of_a_free_motion() -> None:
    network, source, target = _network(), torch.rand(1, 98, 2), torch.rand(1, 98, 2)
    before = network(source, target)
    network.scale.mul_(2)
    torch.testing.assert_close(network(source, target), 2 * before)


def test_filters_respond_as_on_drawn_heatmaps() -> None:
    torch.manual_seed(1)
    filters = HeatmapFilters(points=5, size=16, sigma=1.5, filters=4)
    points = torch.rand(3, 5, 2) * 1.2 - 0.1
    across, down = filters.weight.view(5, 2, 16, 4).unbind(1)
    kernels = across[:, None] + down[:, :, None]  # (P, y, x, filters)
    drawn = gaussian_heatmaps(points, 16, 1.5)
    expected = torch.einsum("bpyx,pyxf->bpf", drawn, kernels) / filters.mass
    torch.testing.assert_close(filters(points), expected)


def test_small_enough_and_trainable() -> None:
    network = ActionNetwork(ActionNetworkConfig(w_dim=256))
    assert sum(parameter.numel() for parameter in network.parameters()) < 1.5e6
    network(torch.rand(2, 98, 2), torch.rand(2, 98, 2)).square().sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_bad_shapes_and_options_are_named() -> None:
    network = _network()
    with pytest.raises(ShapeError, match="landmarks"):
        network(torch.rand(2, 68, 2), torch.rand(2, 68, 2))
    with pytest.raises(ShapeError, match="landmarks_target"):
        network(torch.rand(2, 98, 2), torch.rand(1, 98, 2))
    with pytest.raises(ConfigError, match="sigma"):
        ActionNetworkConfig(w_dim=4, sigma=0)
    with pytest.raises(ConfigError, match="directions"):
        ActionNetworkConfig(w_dim=4, directions=-1)
    with pytest.raises(ConfigError, match="layers"):
        ActionNetworkConfig(w_dim=4, layers=0)
