"""AugDistiller: augmentation, loss, and a network that learns a linear world."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from d2animator.distill.augdistiller import (
    AugOptions,
    PairPool,
    PairTask,
    action_loss,
    collect_pairs,
    finetune_action,
    make_pairs,
    stretch_pairs,
    train_action,
)
from d2animator.distill.pairs import draw_coefficients
from d2animator.distill.pipeline import self_error
from d2animator.distill.samples import draw_codes
from d2animator.errors import TrainingError
from d2animator.latent.directions import Directions
from d2animator.latent.statistics import WStatistics, measure_w
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.training.loop import LoopOptions, step_generator
from tests.distill.worlds import STATES, LinearWorld, detect, true_direction
from tests.steadiness import Check

OPTIONS = AugOptions(sources=60, motions=5, shard=25, batch=64, most_active=3)


@pytest.fixture(scope="module")
def world() -> LinearWorld:
    return LinearWorld()


@pytest.fixture(scope="module")
def options(seed: int) -> AugOptions:
    return replace(OPTIONS, seed=seed)


@pytest.fixture(scope="module")
def statistics(world: LinearWorld, seed: int) -> WStatistics:
    return measure_w(world, samples=2000, seed=seed)


@pytest.fixture(scope="module")
def bank(world: LinearWorld) -> Directions:
    vectors = torch.stack([2 * true_direction(world, state) for state in STATES])
    labels = tuple("expression" for _ in STATES)
    return Directions(vectors.unsqueeze(1).repeat(1, 8, 1), STATES, labels, labels)


@pytest.fixture(scope="module")
def pool(
    world: LinearWorld,
    bank: Directions,
    statistics: WStatistics,
    options: AugOptions,
    tmp_path_factory: pytest.TempPathFactory,
) -> PairPool:
    folder = tmp_path_factory.mktemp("pairs")
    return collect_pairs(world, detect, bank, statistics, options, folder)


def test_coefficients_are_sparse_and_uniform(seed: int, check: Check) -> None:
    weights = draw_coefficients(4000, 10, 4, torch.Generator().manual_seed(seed))
    active = (weights != 0).sum(1)
    assert active.min() == 1
    assert active.max() == 4
    values = weights[weights != 0]
    assert float(values.abs().max()) <= 1
    check("mean", values.mean(), above=-0.03, below=0.03)
    check("mean square", values.square().mean() - 1 / 3, above=-0.02, below=0.02)


def test_moved_codes_stay_within_the_bound(
    world: LinearWorld, bank: Directions, statistics: WStatistics
) -> None:
    tight = replace(statistics, limits=statistics.limits * 0.7)
    w_plus = draw_codes(world, range(20), 1, 0).expand(-1, world.num_ws, -1) * 0.5
    pool = make_pairs(world, detect, w_plus, bank, tight, OPTIONS, step_generator(0, 1))
    assert float(pool.factors.min()) < 1
    delta = bank.combine(pool.coefficients.flatten(0, 1)) * pool.factors.flatten(0, 1)[..., None]
    moved = w_plus.repeat_interleave(6, 0)[:, :8] + delta - tight.w_avg
    assert bool((moved.norm(dim=-1) <= tight.limits[:8] * 1.0001).all())


def test_pool_is_resumed_and_deterministic(
    world: LinearWorld,
    bank: Directions,
    statistics: WStatistics,
    options: AugOptions,
    pool: PairPool,
    tmp_path: Path,
) -> None:
    part = replace(options, sources=25)
    collect_pairs(world, detect, bank, statistics, part, tmp_path)
    whole = collect_pairs(world, detect, bank, statistics, options, tmp_path)
    torch.testing.assert_close(whole.landmarks, pool.landmarks)
    assert whole.pairs() > 0
    assert len(list(tmp_path.iterdir())) == 3
    other = replace(bank, vectors=bank.vectors * 1.1)
    with pytest.raises(TrainingError, match="another"):
        collect_pairs(world, detect, other, statistics, options, tmp_path)


def test_truth_is_the_difference_of_two_states(pool: PairPool, bank: Directions) -> None:
    network = ActionNetwork(ActionNetworkConfig(w_dim=24, heatmap_size=8, filters=2, features=8))
    task = PairTask(network, pool, bank, OPTIONS)
    face, one, other = task.draw(50, step_generator(0, 0))
    assert bool((one != other).all())
    assert bool((one == 0).any())
    there, back = task.truth(face, one, other), task.truth(face, other, one)
    torch.testing.assert_close(there, -back)


def test_pictures_without_a_face_take_no_part(pool: PairPool, bank: Directions) -> None:
    usable = torch.ones_like(pool.usable)
    usable[:, 2] = False
    usable[5] = False
    task = PairTask(
        ActionNetwork(ActionNetworkConfig(w_dim=24, heatmap_size=8, filters=2, features=8)),
        replace(pool, usable=usable),
        bank,
        OPTIONS,
    )
    face, one, other = task.draw(500, step_generator(0, 0))
    assert 2 not in one.tolist() + other.tolist()
    assert 5 not in face.tolist()


def test_loss_is_the_papers() -> None:
    motion, truth = torch.randn(3, 4, 5), torch.randn(3, 4, 5)
    error = (motion - truth).flatten(1)
    expected = torch.log(torch.cosh(error)).mean() + 0.1 * error.square().mean(1).sqrt().mean()
    torch.testing.assert_close(action_loss(motion, truth), expected)
    assert math.isfinite(float(action_loss(1e4 * motion, truth)))


def test_loss_has_a_gradient_at_zero() -> None:
    motion = torch.zeros(2, 3, requires_grad=True)
    action_loss(motion, torch.zeros(2, 3)).backward()
    assert motion.grad is not None
    assert bool((motion.grad == 0).all())


def test_stretching_changes_both_faces_alike(pool: PairPool) -> None:
    points = pool.landmarks[:8, 0] / 16
    calm = replace(OPTIONS, jitter=0.0)
    one, two = stretch_pairs(points, points, calm, step_generator(0, 0))
    assert torch.equal(one, two)
    assert not torch.allclose(one[0] - points[0], one[1] - points[1], atol=1e-3)


@pytest.mark.parametrize("combine", [True, False])
def test_network_learns_the_linear_world(
    world: LinearWorld,
    bank: Directions,
    statistics: WStatistics,
    pool: PairPool,
    combine: bool,
    seed: int,
    check: Check,
) -> None:
    torch.manual_seed(seed)
    config = ActionNetworkConfig(
        w_dim=24, directions=len(bank) if combine else 0, heatmap_size=16, filters=4, features=48
    )
    loop = LoopOptions(steps=200, learning_rate=6e-3, ema_decay=0.98, report_every=200, seed=seed)
    seen: list[dict[str, float]] = []
    network = train_action(
        ActionNetwork(config),
        pool,
        bank,
        OPTIONS,
        loop,
        progress=lambda _step, metrics: seen.append(metrics),
    )
    check("explained", seen[-1]["explained"], above=0.7)
    w_plus = draw_codes(world, range(1000, 1040), 1, 0).expand(-1, world.num_ws, -1)
    unseen = make_pairs(
        world, detect, w_plus, bank, statistics, replace(OPTIONS, motions=1), step_generator(9, 9)
    )
    errors = self_error(world, detect, network, w_plus, unseen)
    check("error left", errors["nme_self_percent"] / errors["nme_still_percent"], below=0.45)


@pytest.fixture
def trained(bank: Directions, pool: PairPool, seed: int) -> ActionNetwork:
    torch.manual_seed(seed)
    config = ActionNetworkConfig(
        w_dim=24, directions=len(bank), heatmap_size=16, filters=4, features=48
    )
    loop = LoopOptions(steps=150, learning_rate=6e-3, ema_decay=0.98, seed=seed)
    return train_action(ActionNetwork(config), pool, bank, OPTIONS, loop)


def one_face(pool: PairPool) -> PairPool:
    """A face that directions move twice as far as the others."""
    names = ("coefficients", "factors", "usable")
    landmarks = pool.landmarks[:1]
    far = 2 * landmarks - landmarks[:, :1]
    return PairPool(far, *(getattr(pool, name)[:1] for name in names))


def error(network: ActionNetwork, pool: PairPool, bank: Directions) -> float:
    task = PairTask(network, pool, bank, OPTIONS)
    with torch.no_grad():
        return float(task.batch_loss(0, step_generator(3, 3))[0])


def test_fine_tuning_learns_the_one_face_and_leaves_the_network_alone(
    bank: Directions, pool: PairPool, trained: ActionNetwork, check: Check
) -> None:
    before = {name: value.clone() for name, value in trained.state_dict().items()}
    own, loop = one_face(pool), LoopOptions(steps=60, learning_rate=2e-3, ema_decay=0.9)
    tuned = finetune_action(trained, own, pool, bank, OPTIONS, loop)
    assert all(torch.equal(value, before[name]) for name, value in trained.state_dict().items())
    assert torch.equal(tuned.scale, trained.scale)
    check("error left", error(tuned, own, bank) / error(trained, own, bank), below=0.9)


def test_fine_tuning_forgets_less_of_other_faces_than_one_face_alone_would(
    bank: Directions, pool: PairPool, trained: ActionNetwork, check: Check
) -> None:
    own, loop = one_face(pool), LoopOptions(steps=60, learning_rate=4e-3, ema_decay=0.9)
    tuned = finetune_action(trained, own, pool, bank, OPTIONS, loop)
    narrow = finetune_action(trained, own, own, bank, OPTIONS, loop)
    check("share forgotten", error(tuned, pool, bank) / error(narrow, pool, bank), below=0.7)


def test_fine_tuning_needs_a_face(bank: Directions, pool: PairPool, trained: ActionNetwork) -> None:
    blank = one_face(pool)
    unseen = replace(blank, usable=torch.zeros_like(blank.usable))
    with pytest.raises(TrainingError, match="no face of the pool"):
        finetune_action(trained, unseen, pool, bank, OPTIONS, LoopOptions(steps=1))
