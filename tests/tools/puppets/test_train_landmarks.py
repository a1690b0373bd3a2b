from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from d2animator.errors import ConfigError, TrainingError
from d2animator.models.landmarks import FaceFinderConfig, LandmarkNetworkConfig, LandmarkPrediction
from d2animator.training.loop import LoopOptions
from tests.faces.shapes import frontal_face
from tests.steadiness import Check
from tools.puppets.scenes import (
    CropBatch,
    Renders,
    SceneBatch,
    SceneMaker,
    expression_chances,
    finder_targets,
)
from tools.puppets.train_landmarks import (
    LandmarkTrainingOptions,
    load_renders,
    network_loss,
    train_landmarks,
)

OPTIONS = LandmarkTrainingOptions(
    network_batch=8,
    finder_batch=2,
    clutter=4,
    network_config=LandmarkNetworkConfig(
        input_size=32, channels=(4, 8), blocks=(0, 1), squeeze=2, hidden=8
    ),
    finder_config=FaceFinderConfig(channels=(4, 8), blocks=(0, 0)),
    network=LoopOptions(steps=2, save_every=1, report_every=1, warmup=1),
    finder=LoopOptions(steps=2, save_every=1, report_every=1, warmup=1),
)

WEIGHT = "network.answer.weight"


def heads(count: int = 6, size: int = 128):
    """Pictures of discs with eyes and a mouth, their points and masks."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size] + 0.5
    images, masks, points = [], [], []
    for _ in range(count):
        landmarks = frontal_face() * rng.uniform(60, 85) + rng.uniform(55, 72, 2)
        centre = landmarks[:33].mean(0)
        mask = np.hypot(x - centre[0], y - centre[1]) < 55
        image = np.where(mask[..., None], (220, 170, 140), rng.integers(0, 255, 3))
        for index in (96, 97, 85):
            near = np.hypot(x - landmarks[index, 0], y - landmarks[index, 1]) < 5
            image = np.where(near[..., None], 20, image)
        images.append(image.astype(np.uint8))
        masks.append((mask * 255).astype(np.uint8))
        points.append(landmarks.astype(np.float32))
    return np.stack(images), np.stack(masks), np.stack(points)


@pytest.fixture
def folder(tmp_path):
    shard = tmp_path / "set" / "shard-00000"
    shard.mkdir(parents=True)
    images, masks, points = heads()
    arrays = {"images": images, "alpha": masks, "landmarks": points, "z": np.zeros((6, 2))}
    for name, array in arrays.items():
        np.save(shard / f"{name}.npy", array)
    return shard.parent


@pytest.fixture
def maker():
    images, masks, points = heads()
    return SceneMaker(
        Renders(
            torch.from_numpy(images).permute(0, 3, 1, 2),
            torch.from_numpy(points),
            torch.from_numpy(masks)[:, None],
        ),
        bank=4,
    )


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_sets_are_read_and_joined(folder):
    renders = load_renders([folder, folder])
    assert renders.images.shape == (12, 3, 128, 128)
    assert renders.landmarks.shape == (12, 98, 2)
    assert renders.masks.shape == (12, 1, 128, 128)


def test_larger_renders_are_shrunk_with_their_points(folder):
    shard = folder / "shard-00000"
    for name, axes in (("images", (1, 2)), ("alpha", (1, 2))):
        array = np.load(shard / f"{name}.npy")
        for axis in axes:
            array = array.repeat(2, axis)
        np.save(shard / f"{name}.npy", array)
    small = np.load(shard / "landmarks.npy")
    np.save(shard / "landmarks.npy", small * 2)
    renders = load_renders([folder])
    assert renders.images.shape == (6, 3, 128, 128)
    np.testing.assert_allclose(renders.landmarks.numpy(), small, rtol=1e-6)


def test_rare_expressions_are_drawn_more_often():
    faces = torch.from_numpy(frontal_face()).float().repeat(40, 1, 1)
    faces[:2, [90, 89, 91]] -= torch.tensor([0.0, 0.1])  # two open mouths among forty faces
    chances = expression_chances(faces)
    assert (chances[:2] > chances[2:].max()).all()
    torch.testing.assert_close(chances[2:], chances[2:3].expand(38))


def test_a_folder_without_renders_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="no renders"):
        load_renders([tmp_path])


def test_crops_show_faces_where_the_points_say(maker, seed: int, check: Check):
    batch = maker.crops(32, 48, generator(seed))
    assert batch.images.shape == (32, 3, 48, 48)
    assert int(batch.is_face.sum()) == 24
    centres = batch.landmarks[batch.is_face].mean(1)
    check("off the middle", (centres - 0.5).abs().max(), below=0.4)


def test_batches_depend_on_the_generator_alone(maker):
    one, other = maker.crops(8, 32, generator(3)), maker.crops(8, 32, generator(3))
    torch.testing.assert_close(one.images, other.images, atol=0, rtol=0)
    one, other = maker.scenes(2, 64, generator(3)), maker.scenes(2, 64, generator(3))
    torch.testing.assert_close(one.images, other.images, atol=0, rtol=0)


def test_scenes_tell_where_the_heads_are(maker):
    scenes = maker.scenes(8, 64, generator())
    assert scenes.images.shape == (8, 3, 64, 64)
    assert float(scenes.images.abs().max()) <= 1
    present = scenes.sizes > 0
    assert 0 < int(present.sum()) < present.numel()
    low, high = scenes.landmarks.amin(2), scenes.landmarks.amax(2)
    torch.testing.assert_close(scenes.centres, (low + high) / 2)


def test_finder_targets_peak_at_the_face():
    scenes = SceneBatch(
        torch.zeros(1, 3, 64, 64),
        torch.tensor([[[20.0, 44.0], [5.0, 5.0]]]),
        torch.tensor([[32.0, 0.0]]),
        torch.zeros(1, 2, 98, 2),
    )
    heat, weight, regression, inside = finder_targets(scenes, 8, 16, 80, 40.0)
    assert heat.shape == (1, 8, 8)
    assert bool((weight == 1).all())
    assert bool(inside[0, 5, 2])
    assert float(heat[0, 0, 0]) < 0.01
    assert float(heat.max()) == float(heat[0, 5, 2])
    expected = torch.tensor([np.log(32 / 40), 0.0, 0.0], dtype=torch.float32)
    torch.testing.assert_close(regression[0, :, 5, 2], expected)


def test_faces_of_other_sizes_are_neither_wanted_nor_punished():
    scenes = SceneBatch(
        torch.zeros(1, 3, 64, 64),
        torch.tensor([[[32.0, 32.0]]]),
        torch.tensor([[120.0]]),
        torch.zeros(1, 1, 98, 2),
    )
    heat, weight, _, inside = finder_targets(scenes, 8, 16, 80, 40.0)
    assert float(heat.max()) == 0
    assert not inside.any()
    assert float(weight[0, 4, 4]) == 0


def test_the_right_answer_scores_best():
    points = torch.rand(4, 98, 2, generator=generator())
    batch = CropBatch(torch.zeros(4, 3, 8, 8), points, torch.tensor([True, True, True, False]))
    sure = torch.tensor([9.0, 9.0, 9.0, -9.0])
    right = LandmarkPrediction(points, torch.full((4, 98), -6.0), sure)
    wrong = LandmarkPrediction(points + 0.05, torch.full((4, 98), -6.0), sure)
    assert float(network_loss(right, batch)[0]) < float(network_loss(wrong, batch)[0])
    assert float(network_loss(right, batch)[1]["points"]) == 0


def test_points_of_crops_without_a_face_do_not_count():
    points = torch.rand(2, 98, 2, generator=generator())
    batch = CropBatch(torch.zeros(2, 3, 8, 8), points, torch.tensor([True, False]))
    moved = points.clone()
    moved[1] += 5
    scales, faces = torch.zeros(2, 98), torch.zeros(2)
    one = network_loss(LandmarkPrediction(points, scales, faces), batch)[0]
    other = network_loss(LandmarkPrediction(moved, scales, faces), batch)[0]
    torch.testing.assert_close(one, other)


def test_an_interrupted_training_ends_with_the_same_weights(folder, tmp_path):
    whole = tmp_path / "whole.safetensors"
    reports = []
    train_landmarks([folder], whole, OPTIONS, lambda name, step, _: reports.append((name, step)))
    assert reports == [(name, step) for name in ("finder", "network") for step in (1, 2)]
    parts = tmp_path / "parts.safetensors"
    stopped = {
        name: dataclasses.replace(getattr(OPTIONS, name), minutes=0.0)
        for name in ("finder", "network")
    }
    train_landmarks([folder], parts, dataclasses.replace(OPTIONS, **stopped))
    assert not torch.equal(load_file(whole)[WEIGHT], load_file(parts)[WEIGHT])
    train_landmarks([folder], parts, OPTIONS)
    one, other = load_file(whole), load_file(parts)
    assert {name.split(".")[0] for name in one} == {"finder", "network"}
    assert one.keys() == other.keys()
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], atol=0, rtol=0)


def test_empty_batches_are_refused():
    with pytest.raises(ConfigError, match="batch"):
        LandmarkTrainingOptions(network_batch=0)


def test_going_on_keeps_the_finder_and_starts_from_the_network(folder, tmp_path):
    first = train_landmarks([folder], tmp_path / "first.safetensors", OPTIONS)
    nothing = dataclasses.replace(OPTIONS, network=dataclasses.replace(OPTIONS.network, steps=0))
    finder, same = train_landmarks([folder], tmp_path / "same.safetensors", nothing, start=first)
    assert finder is first[0]
    for one, other in zip(same.state_dict().values(), first[1].state_dict().values(), strict=True):
        assert torch.equal(one, other)
    _, further = train_landmarks([folder], tmp_path / "further.safetensors", OPTIONS, start=first)
    before = first[1].state_dict()["answer.weight"]
    assert 0 < (further.state_dict()["answer.weight"] - before).abs().max() < 0.1


def test_a_pupil_out_of_place_costs_more_than_a_chin():
    points = torch.rand(1, 98, 2, generator=generator())
    batch = CropBatch(torch.zeros(1, 3, 8, 8), points, torch.tensor([True]))

    def cost(point):
        moved = points.clone()
        moved[:, point] += 0.02
        answer = LandmarkPrediction(moved, torch.zeros(1, 98), torch.ones(1))
        return float(network_loss(answer, batch)[0])

    assert cost(96) - cost(16) > 3 * (cost(20) - cost(16)) >= 0
