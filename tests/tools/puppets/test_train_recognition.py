from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from d2animator.bundles.recognition import WEIGHTS_FILE, load_recognition
from d2animator.errors import ConfigError, TrainingError
from d2animator.models.recognition import (
    FeatureNetwork,
    FeatureNetworkConfig,
    FeaturePrediction,
    IdentityNetworkConfig,
    TrunkConfig,
)
from d2animator.training.loop import LoopOptions
from tools.puppets.people import load_people, split_people, truth_of
from tools.puppets.train_recognition import (
    RecognitionTraining,
    contrast,
    feature_loss,
    train_features,
    train_identity,
    train_recognition,
    views,
)
from tools.puppets.world import sample_person_z, sample_z

TRUNK = TrunkConfig(input_size=32, channels=(4, 8), blocks=(0, 1), squeeze=2)
LOOP = LoopOptions(steps=2, save_every=1, report_every=1, warmup=1)
OPTIONS = RecognitionTraining(
    persons=3,
    views=2,
    batch=4,
    held_back=0.3,
    identity_config=IdentityNetworkConfig(embedding=8, trunk=TRUNK),
    feature_config=FeatureNetworkConfig(features=8, trunk=TRUNK),
    identity=LOOP,
    features=LOOP,
)


def write_set(folder, persons, states):
    """A set whose pictures show a colour that stands for the person, and noise."""
    rng = np.random.default_rng(persons)
    count = persons * states
    shard = folder / "shard-00000"
    shard.mkdir(parents=True)
    colours = rng.integers(0, 200, (persons, 1, 1, 1, 3)) + rng.integers(0, 50, (states, 48, 48, 3))
    np.save(shard / "images.npy", colours.reshape(count, 48, 48, 3).astype(np.uint8))
    np.save(shard / "alpha.npy", np.zeros((count, 48, 48), np.uint8))
    np.save(shard / "landmarks.npy", np.zeros((count, 98, 2), np.float32))
    codes = [sample_person_z(0, *divmod(index, states)) for index in range(count)]
    np.save(shard / "z.npy", np.stack(codes))
    (folder / "set.json").write_text(json.dumps({"states": states}), "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_set(tmp_path / "people", 8, 3)


def test_persons_are_numbered_over_all_sets(folder, tmp_path):
    people = load_people([folder, write_set(tmp_path / "more", 2, 2)])
    assert people.persons.tolist() == [p for p in range(8) for _ in range(3)] + [8, 8, 9, 9]
    assert people.images.shape == (28, 3, 48, 48)
    kept, held = split_people(people, 0.2)
    assert kept.persons.unique().tolist() == list(range(8))
    assert held.persons.tolist() == [0, 0, 1, 1]


def test_folders_without_renders_are_named(tmp_path):
    with pytest.raises(TrainingError, match=r"tools\.puppets render"):
        load_people([tmp_path])
    (tmp_path / "set.json").write_text("{}", "utf-8")
    with pytest.raises(TrainingError, match="no renders"):
        load_people([tmp_path])


def test_identity_needs_several_pictures_of_a_person(tmp_path):
    people = load_people([write_set(tmp_path / "single", 4, 1)])
    with pytest.raises(TrainingError, match="--states 2"):
        train_identity(people, OPTIONS)


def test_views_are_pictures_and_follow_from_the_generator():
    images = torch.randint(0, 256, (6, 3, 48, 48), dtype=torch.uint8)
    one, other = (views(images, 32, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(one, other)
    assert one.shape == (6, 3, 32, 32)
    assert float(one.abs().max()) <= 1
    assert not torch.equal(one, views(images, 32, torch.Generator().manual_seed(2)))


def test_the_right_answer_scores_best():
    truth = truth_of(torch.from_numpy(np.stack([sample_z(0, index) for index in range(5)])))
    sure = 20 * torch.nn.functional.one_hot(truth.classes, 16).float()
    right = FeaturePrediction(torch.zeros(5, 4), sure, *truth[1:])
    wrong = right._replace(pose_deg=right.pose_deg + 3)
    loss, metrics = feature_loss(right, truth)
    assert float(loss) < 1e-4
    assert float(metrics["yaw"]) == 0
    assert float(metrics["right"]) == 1
    assert float(feature_loss(wrong, truth)[0]) > float(loss)
    assert float(feature_loss(wrong, truth)[1]["yaw"]) == pytest.approx(3, abs=1e-4)


def test_an_interrupted_training_ends_with_the_same_weights(folder, tmp_path):
    reports = []
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    config = train_recognition(
        [folder], [folder], tmp_path / "a", whole, OPTIONS, lambda n, s, _: reports.append((n, s))
    )
    assert reports == [(name, step) for name in ("identity", "features") for step in (1, 2)]
    assert 0 <= config.metrics["identity_auc"] <= 1
    assert load_recognition(whole).config.same_person == config.same_person
    stopped = dataclasses.replace(LOOP, minutes=0.0)
    early = dataclasses.replace(OPTIONS, identity=stopped, features=stopped)
    train_recognition([folder], [folder], tmp_path / "b", parts, early)
    one, other = load_file(whole / WEIGHTS_FILE), load_file(parts / WEIGHTS_FILE)
    assert not torch.equal(one["identity.embed.weight"], other["identity.embed.weight"])
    train_recognition([folder], [folder], tmp_path / "b", parts, OPTIONS)
    other = load_file(parts / WEIGHTS_FILE)
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], atol=0, rtol=0)


def test_training_goes_on_from_earlier_networks(folder, tmp_path):
    train_recognition([folder], [], tmp_path / "w", tmp_path / "first", OPTIONS)
    first = load_recognition(tmp_path / "first")
    still = dataclasses.replace(LOOP, learning_rate=1e-9)
    options = dataclasses.replace(OPTIONS, identity=still, features=still)
    config = train_recognition(
        [folder], [], tmp_path / "w2", tmp_path / "second", options, start=first
    )
    again = load_recognition(tmp_path / "second")
    for one, other in ((first.identity, again.identity), (first.features, again.features)):
        for value, after in zip(one.parameters(), other.parameters(), strict=True):
            assert torch.allclose(value, after, atol=2e-3)
    assert config.provenance["identity"].count("trained on:") == 1
    # A network that knows fewer entries of z keeps what it can.
    narrow = FeatureNetwork(dataclasses.replace(first.features.config, looks=5))
    people = load_people([folder])
    wider = train_features(people, options, start=narrow)
    assert wider.config.looks == first.features.config.looks


def test_impossible_options_are_refused():
    with pytest.raises(ConfigError, match="views"):
        RecognitionTraining(views=1)
    with pytest.raises(ConfigError, match="held_back"):
        RecognitionTraining(held_back=1.0)


def test_contrast_prefers_pictures_of_one_person_together():
    labels = torch.tensor([0, 0, 1, 1])
    together = torch.nn.functional.normalize(
        torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]]), dim=1
    )
    apart = together[[0, 2, 1, 3]]
    good, right = contrast(together, labels, 0.1)
    bad, wrong = contrast(apart, labels, 0.1)
    assert good < 0.01 < 1 < bad
    assert right == 1
    assert wrong == 0


def test_contrast_of_equal_embeddings_is_chance():
    embeddings = torch.ones(6, 4) / 2
    loss, _ = contrast(embeddings, torch.tensor([0, 0, 1, 1, 2, 2]), 0.1)
    assert float(loss) == pytest.approx(np.log(5), abs=1e-5)
