from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from d2animator.errors import ConfigError
from d2animator.evaluate import baselines
from d2animator.evaluate.baselines import BaselineOptions, Labelled
from d2animator.latent.directions import EXPRESSION, POSE
from d2animator.latent.statistics import measure_w
from tests.distill.worlds import STATES, LinearWorld, detect, true_direction
from tests.steadiness import Check

OPTIONS = BaselineOptions(samples=1500, components=4, trials=2)


@pytest.fixture(scope="module")
def world() -> LinearWorld:
    return LinearWorld().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def faces(world: LinearWorld, seed: int) -> Labelled:
    return baselines.sample_faces(world, detect, OPTIONS.samples, seed)


def bank(world, faces, method, seed=0):
    return baselines.find_bank(
        method,
        world,
        detect,
        measure_w(world, samples=4000, seed=seed),
        8,
        replace(OPTIONS, seed=seed),
        faces=faces,
        state_dim=len(STATES),
    )


def cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(one, other, dim=0))


def test_a_boundary_s_normal_points_from_low_to_high(seed: int, check: Check):
    codes = torch.randn(800, 6, generator=torch.Generator().manual_seed(seed + 1))
    normal = baselines.boundary(codes, codes @ torch.tensor([0.0, 0, -2, 0, 0, 0]), OPTIONS)
    assert normal.norm() == pytest.approx(1)
    check("cosine", normal[2], below=-0.98)


def test_labels_give_the_true_directions(world, faces, seed: int, check: Check):
    found = bank(world, faces, "labelled", seed)
    for index, state in enumerate(STATES):
        check(state, cosine(found.vectors[index, 0], true_direction(world, state)), above=0.95)
    assert found.vectors.shape == (len(STATES), 8, world.w_dim)
    assert found.groups[STATES.index("yaw")] == POSE
    assert found.groups[STATES.index("gaze")] == EXPRESSION


def test_measured_attributes_find_the_turn_and_the_jaw(world, faces, seed: int, check: Check):
    found = bank(world, faces, "no_cludistiller", seed)
    yaw = found.vectors[found.names.index("yaw"), 0]
    jaw = found.vectors[found.names.index("mouth_open"), 0]
    check("yaw", cosine(yaw, true_direction(world, "yaw")), above=0.9)
    check("jaw", cosine(jaw, true_direction(world, "jaw")), above=0.9)


def test_ganspace_is_the_principal_axes(world, faces):
    statistics = measure_w(world, samples=4000)
    found = bank(world, faces, "ganspace")
    for index in range(4):
        assert abs(cosine(found.vectors[index, 3], statistics.axes[index])) > 0.999
    assert found.names[0] == "component_00"


def test_sefa_maximises_what_the_styles_see(tiny_generator, seed: int, check: Check):
    statistics = measure_w(tiny_generator, samples=300)
    found = baselines.factorised(tiny_generator, 4, statistics, 3)
    weights = [
        value
        for name, value in tiny_generator.state_dict().items()
        if name.endswith("affine.weight") and "torgb" not in name
    ][:4]
    unit = torch.nn.functional.normalize(found, dim=1)
    seen = [float((torch.cat(weights) @ one).norm()) for one in unit]
    assert seen == sorted(seen, reverse=True)
    random = torch.nn.functional.normalize(torch.randn(50, found.shape[1]), dim=1)
    check("at random", (random @ torch.cat(weights).T).norm(dim=1).max() / seen[0], below=1)


def test_sefa_needs_style_layers(world, faces):
    with pytest.raises(ConfigError, match="no style layers"):
        bank(world, faces, "sefa")


def test_an_unknown_method_is_named(world, faces):
    with pytest.raises(ConfigError, match="expected one of no_cludistiller, labelled"):
        bank(world, faces, "magic")


def test_a_step_moves_landmarks_as_far_as_samples_go(world, faces, seed: int, check: Check):
    """Two standard deviations: the weak directions are lengthened to it."""
    found = bank(world, faces, "labelled", seed)
    index = STATES.index("jaw")
    steps = found.vectors[index, 0] @ world.embedding
    check("step", steps[index], above=1.5, below=2.5)
