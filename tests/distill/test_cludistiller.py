"""CluDistiller finds the known factors of a linear world."""

from __future__ import annotations

import pytest
import torch

from d2animator.distill.cludistiller import (
    CluOptions,
    centroids,
    differences,
    drop_duplicates,
    find_directions,
    inspect,
    shrink,
)
from d2animator.distill.samples import SampleOptions, SampleSet, collect
from d2animator.errors import TrainingError
from d2animator.latent.directions import Directions
from d2animator.latent.statistics import WStatistics, measure_w
from tests.distill.worlds import STATES, LinearWorld, detect, true_direction

OPTIONS = CluOptions(
    parts=("brows", "pupils", "nose", "mouth"), clusters=(2, 4, 8), trials=4, count=24
)


@pytest.fixture(scope="module")
def world() -> LinearWorld:
    return LinearWorld()


@pytest.fixture(scope="module")
def statistics(world: LinearWorld) -> WStatistics:
    return measure_w(world, samples=4000)


@pytest.fixture(scope="module")
def samples(world: LinearWorld, tmp_path_factory: pytest.TempPathFactory) -> SampleSet:
    options = SampleOptions(count=6000, batch=1000, picture_size=0)
    return collect(world, detect, options, tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def bank(world: LinearWorld, samples: SampleSet, statistics: WStatistics) -> Directions:
    return find_directions(world, detect, samples, statistics, OPTIONS)


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_direction(bank: Directions, world: LinearWorld, state: str) -> None:
    vectors = bank.vectors[:, 0] / bank.vectors[:, 0].norm(dim=1, keepdim=True)
    assert float((vectors @ true_direction(world, state)).abs().max()) > 0.95


def test_bank_covers_states_rather_than_looks(bank: Directions, world: LinearWorld) -> None:
    basis = torch.stack([true_direction(world, state) for state in STATES])
    unit = bank.vectors[:, 0] / bank.vectors[:, 0].norm(dim=1, keepdim=True)
    assert float((unit @ basis.T).square().sum(1).mean()) > 0.7


def test_groups_tell_the_turn_from_the_expressions(bank: Directions, world: LinearWorld) -> None:
    vectors = bank.vectors[:, 0] / bank.vectors[:, 0].norm(dim=1, keepdim=True)
    yaw = int((vectors @ true_direction(world, "yaw")).abs().argmax())
    gaze = int((vectors @ true_direction(world, "gaze")).abs().argmax())
    assert bank.groups[yaw] == "pose"
    assert bank.groups[gaze] == "expression"


def test_a_step_is_the_reach_in_standard_deviations(bank: Directions, world: LinearWorld) -> None:
    assert bank.vectors.shape[1:] == (8, 24)
    assert len(set(bank.names)) == len(bank)
    # The world's states have a standard deviation of one along their directions.
    along = (bank.vectors[:, 0] @ true_direction(world, "jaw")).abs().max()
    assert float(along) == pytest.approx(2.0, rel=0.15)


def test_effects_are_those_of_the_world(world: LinearWorld) -> None:
    vectors = torch.stack([true_direction(world, state) for state in STATES])
    w_plus = world.mapping(torch.randn(3, world.z_dim, generator=torch.Generator().manual_seed(0)))
    effects = inspect(world, detect, vectors.unsqueeze(1).repeat(1, 8, 1), w_plus)
    assert float(effects.agreement.min()) > 0.9
    assert float(effects.pose_share[3]) > 0.5
    assert float(effects.pose_share[2]) < 0.1


def test_centroids_are_means() -> None:
    codes = torch.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 5.0]])
    means, sizes = centroids(codes, torch.tensor([0, 0, 2]), 3)
    assert means.tolist() == [[2.0, 0.0], [0.0, 0.0], [0.0, 5.0]]
    assert sizes.tolist() == [2, 0, 1]


def test_shrinking_keeps_signal_and_drops_noise() -> None:
    random = torch.Generator().manual_seed(0)
    sizes = torch.full((12,), 400.0)
    truth = torch.zeros(12, 200)
    truth[:, :3] = torch.randn(12, 3, generator=random)
    found = truth + torch.randn(12, 200, generator=random) / 20
    # What all centroids share drops out of their differences.
    errors = [x - x.mean(0) - (truth - truth.mean(0)) for x in (shrink(found, sizes), found)]
    assert float(errors[0].norm()) < 0.3 * float(errors[1].norm())


def test_pairs_below_and_components_above_the_threshold() -> None:
    means = torch.randn(8, 20, generator=torch.Generator().manual_seed(0))
    assert differences(means[:4], 6, 12, 0).shape == (6, 20)
    assert differences(means, 6, 5, 0).shape == (5, 20)


def test_duplicates_are_dropped_whatever_their_sign() -> None:
    vectors = torch.tensor([[1.0, 0.0], [-2.0, 0.1], [0.0, 1.0]])
    assert drop_duplicates(vectors, torch.tensor([0.5, 0.9, 0.7]), 0.9) == [1, 2]


def test_too_few_samples_are_an_error(
    world: LinearWorld, samples: SampleSet, statistics: WStatistics
) -> None:
    few = SampleSet(samples.codes[:30], samples.layer_groups, samples.landmarks[:30], 0)
    with pytest.raises(TrainingError, match="more samples"):
        find_directions(world, detect, few, statistics, OPTIONS)
