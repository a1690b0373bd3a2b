"""CluDistiller finds the known factors of a linear world."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from d2animator.distill.cludistiller import CluOptions, find_directions
from d2animator.distill.effects import inspect
from d2animator.distill.samples import SampleOptions, SampleSet
from d2animator.errors import TrainingError
from d2animator.latent.directions import Directions
from d2animator.latent.statistics import WStatistics, measure_w
from tests.distill.runs import collect
from tests.distill.worlds import STATES, LinearWorld, detect, true_direction
from tests.steadiness import Check

OPTIONS = CluOptions(
    turning=("nose",), moving=("brows", "pupils", "mouth"), clusters=(2, 4, 8), trials=4, count=24
)


@pytest.fixture(scope="module")
def world() -> LinearWorld:
    return LinearWorld()


@pytest.fixture(scope="module")
def statistics(world: LinearWorld, seed: int) -> WStatistics:
    return measure_w(world, samples=4000, seed=seed)


@pytest.fixture(scope="module")
def samples(world: LinearWorld, seed: int, tmp_path_factory: pytest.TempPathFactory) -> SampleSet:
    options = SampleOptions(count=6000, batch=1000, picture_size=0, seed=seed)
    return collect(world, detect, options, tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def bank(world: LinearWorld, samples: SampleSet, statistics: WStatistics, seed: int) -> Directions:
    return find_directions(world, detect, samples, statistics, replace(OPTIONS, seed=seed))


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_direction(
    bank: Directions, world: LinearWorld, state: str, check: Check
) -> None:
    vectors = bank.vectors[:, 0] / bank.vectors[:, 0].norm(dim=1, keepdim=True)
    check("cosine", (vectors @ true_direction(world, state)).abs().max(), above=0.95)


def test_states_come_before_everything_else(
    bank: Directions, world: LinearWorld, check: Check
) -> None:
    """The clearest first: each state as a direction of its own, and mixtures with looks after them.

    How many mixtures pass all tests, and so the states' share in the whole bank, differs from draw
    to draw of the samples: two to four of them, of which each has a share of 0 to 0.9.
    """
    basis = torch.stack([true_direction(world, state) for state in STATES])
    unit = bank.vectors[:, 0] / bank.vectors[:, 0].norm(dim=1, keepdim=True)
    cosines = (unit @ basis.T).abs()
    first = cosines[: len(STATES)].max(1)
    assert sorted(first.indices.tolist()) == list(range(len(STATES)))
    check("a state's own direction", first.values.min(), above=0.95)
    # A bank of looks alone, whose directions are at random to the states, would have 4 of 12.
    check("states' share", cosines.square().sum(1).mean(), above=0.5)


def test_groups_tell_the_turn_from_the_expressions(bank: Directions, world: LinearWorld) -> None:
    vectors = bank.vectors[:, 0] / bank.vectors[:, 0].norm(dim=1, keepdim=True)
    yaw = int((vectors @ true_direction(world, "yaw")).abs().argmax())
    gaze = int((vectors @ true_direction(world, "gaze")).abs().argmax())
    assert bank.groups[yaw] == "pose"
    assert bank.groups[gaze] == "expression"


def test_a_step_is_the_reach_in_standard_deviations(
    bank: Directions, world: LinearWorld, check: Check
) -> None:
    assert bank.vectors.shape[1:] == (8, 24)
    assert len(set(bank.names)) == len(bank)
    # The world's states have a standard deviation of one along their directions.
    along = (bank.vectors[:, 0] @ true_direction(world, "jaw")).abs().max()
    check("step", along, above=1.7, below=2.3)


def test_effects_are_those_of_the_world(world: LinearWorld, seed: int, check: Check) -> None:
    vectors = torch.stack([true_direction(world, state) for state in STATES])
    random = torch.Generator().manual_seed(seed)
    w_plus = world.mapping(torch.randn(3, world.z_dim, generator=random))
    effects = inspect(world, detect, vectors.unsqueeze(1).repeat(1, 8, 1), w_plus)
    check("agreement", effects.agreement.min(), above=0.9)
    check("turn of yaw", effects.head_percent[3], above=4)
    check("turn of gaze", effects.head_percent[2], below=1)


def test_too_few_samples_are_an_error(
    world: LinearWorld, samples: SampleSet, statistics: WStatistics
) -> None:
    few = SampleSet(samples.codes[:30], samples.layer_groups, samples.landmarks[:30], 0)
    with pytest.raises(TrainingError, match="more samples"):
        find_directions(world, detect, few, statistics, OPTIONS)
