"""The adversarial finish, on tiny made-up renders."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from d2animator.bundles.bundle import Bundle, BundleConfig, load_bundle, save_bundle
from d2animator.errors import ConfigError, ShapeError, TrainingError
from d2animator.models.encoder import Encoder, EncoderConfig
from d2animator.models.generators import Generator
from tests.steadiness import Check
from tests.tools.puppets.tiny import LESSONS, TINY
from tools.puppets.critic import Critic, CriticConfig
from tools.puppets.generator_options import Finish, GeneratorTraining, MappingTraining, Stage
from tools.puppets.recipe import build_generator
from tools.puppets.train_encoder import EncoderTraining, pictures_of_renders, train_encoder_on
from tools.puppets.train_finish import (
    critic_loss,
    generator_losses,
    gradient_penalty,
)
from tools.puppets.train_generator import train_generator
from tools.puppets.wear import WORN_DIM
from tools.puppets.world import sample_z

CRITIC = CriticConfig(channels=(8, 8, 8))
FINISH = Finish(steps=4, batch=4, penalty_every=2, critic=CRITIC)


@pytest.fixture
def renders(tmp_path: Path) -> Path:
    """Twenty 64-pixel pictures of stripes whose colour is a function of z."""
    folder = tmp_path / "set" / "shard-00000"
    folder.mkdir(parents=True)
    (folder.parent / "set.json").write_text(json.dumps({}), "utf-8")
    z = np.stack([sample_z(0, index) for index in range(20)])
    stripes = np.where(np.arange(64) % 8 < 4, 1.0, 0.4)[None, None, :, None]
    colour = (127 + 50 * np.tanh(z[:, 30:33]))[:, None, None] * stripes
    images = np.broadcast_to(colour, (20, 64, 64, 3)).astype(np.uint8)
    np.save(folder / "images.npy", images)
    np.save(folder / "alpha.npy", np.zeros((20, 64, 64), np.uint8))
    points = np.random.default_rng(0).uniform(16, 48, (20, 98, 2))
    np.save(folder / "landmarks.npy", points.astype(np.float32))
    np.save(folder / "z.npy", z)
    return folder.parent


def _options(finish: Finish = FINISH) -> GeneratorTraining:
    stages = (Stage(16, 4, 4, 0.01), Stage(32, 4, 4, 0.01))
    return GeneratorTraining(
        stages=stages, finish=finish, config=TINY, coarse_layers=4, mapping=LESSONS
    )


def test_critic_scores_twice_and_says_what_it_saw() -> None:
    opinion = Critic(CRITIC)(torch.zeros(2, 3, 32, 32))
    assert [tuple(score.shape) for score in opinion.scores] == [(2, 1, 16, 16), (2, 1, 4, 4)]
    assert [feature.shape[-1] for feature in opinion.features] == [16, 8, 4]
    with pytest.raises(ShapeError):
        Critic(CRITIC)(torch.zeros(2, 1, 32, 32))


@pytest.mark.parametrize("wrong", [{"patch": 0}, {"channels": (8,)}, {"channels": (8, 0)}])
def test_impossible_critics_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        CriticConfig(**wrong)  # type: ignore[arg-type]


def test_losses_train_only_whom_they_should() -> None:
    critic = Critic(CRITIC)
    images = torch.rand(2, 3, 32, 32, requires_grad=True)
    targets = torch.rand(2, 3, 32, 32)
    won, alike = generator_losses(critic, images, targets)
    (won + alike).backward()
    assert images.grad is not None
    assert all(parameter.grad is None for parameter in critic.parameters())
    critic_loss(critic, images.detach(), targets).backward()
    assert all(parameter.grad is not None for parameter in critic.parameters())


def test_equal_pictures_leave_nothing_to_win_or_to_tell() -> None:
    critic, images = Critic(CRITIC), torch.rand(2, 3, 32, 32)
    won, alike = generator_losses(critic, images, images)
    assert float(alike) == 0
    assert float(won) == pytest.approx(np.log(2), abs=1e-6)
    assert float(critic_loss(critic, images, images).detach()) == pytest.approx(np.log(2), abs=1e-6)


def test_a_trained_critic_tells_soft_from_sharp(seed: int, check: Check) -> None:
    critic = Critic(CRITIC)
    optimizer = torch.optim.Adam(critic.parameters(), lr=3e-3)

    def pair() -> tuple[torch.Tensor, torch.Tensor]:
        sharp = torch.rand(4, 3, 32, 32) * 2 - 1
        soft = torch.nn.functional.avg_pool2d(sharp, 3, 1, 1)
        return soft, sharp

    for _ in range(250):
        optimizer.zero_grad()
        critic_loss(critic, *pair()).backward()
        optimizer.step()
    check("loss", critic_loss(critic, *pair()).detach(), below=0.2)


def test_penalty_is_the_slope_of_the_mean_scores() -> None:
    """A critic of one linear layer: the slope is known."""
    critic = Critic(CriticConfig(patch=1, channels=(1, 1)))
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.zero_()
        weights = dict(critic.named_parameters())
        weights["stages.0.weight"][0, 0, 1, 1] = 3.0  # the red of the pixel itself
        weights["heads.0.weight"].fill_(1.0)
    pictures = torch.ones(2, 3, 8, 8)
    # Each of the 64 red values moves the mean score by 3 / 64.
    assert float(gradient_penalty(critic, pictures).detach()) == pytest.approx(64 * (3 / 64) ** 2)


def test_finish_resumes_to_the_same_weights(renders: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    whole = train_generator([renders], tmp_path / "whole", _options())
    paused = None
    for _ in range(40):
        paused = train_generator([renders], tmp_path / "paused", _options(), minutes=0.0)
        if paused is not None:
            break
    assert whole is not None
    assert paused is not None
    for expected, actual in zip(
        whole.state_dict().values(), paused.state_dict().values(), strict=True
    ):
        assert torch.equal(expected, actual)


def test_finish_goes_on_from_a_bundle(renders: Path, tmp_path: Path) -> None:
    start = Generator(replace(TINY, img_resolution=32))
    config = BundleConfig(generator=start.config, name="tiny", provenance={"generator": "by hand"})
    save_bundle(Bundle(config, start), tmp_path / "start")
    written = build_generator(
        [renders], tmp_path / "work", tmp_path / "made", _options(), start=tmp_path / "start"
    )
    assert written is not None
    assert written.provenance["generator"] == "by hand; adversarial finish, seed 1, 4 x 4"
    before = load_bundle(tmp_path / "start").generator.state_dict()
    after = load_bundle(tmp_path / "made").generator.state_dict()
    moved = (after["synthesis.b32.conv1.weight"] - before["synthesis.b32.conv1.weight"]).abs()
    assert 0 < float(moved.mean()) < 0.1


def test_a_smaller_worlds_generator_goes_on(renders: Path, tmp_path: Path) -> None:
    narrow = Generator(replace(TINY, img_resolution=32, z_dim=TINY.z_dim - WORN_DIM))
    again = (Stage(16, 4, 4, 0.01), Stage(32, 4, 4, 0.01))
    options = replace(_options(), again=again, mapping=MappingTraining(steps=4, batch=8))
    trained = train_generator([renders], tmp_path / "work", options, start=narrow)
    assert trained is not None
    assert trained.z_dim == TINY.z_dim
    made = {path.stem for path in (tmp_path / "work").iterdir()}
    assert made == {"mapping", "stage-0-16", "stage-1-32", "finish"}


def test_encoder_is_trained_on_with_the_true_codes(
    renders: Path, tmp_path: Path, seed: int, check: Check
) -> None:
    generator = Generator(TINY)
    encoder = Encoder(EncoderConfig(8, 16, input_size=32, channels=(4, 8)))
    config = BundleConfig(generator=TINY, name="tiny", encoder=encoder.config)
    save_bundle(Bundle(config, generator, encoder=encoder), tmp_path / "base", half=False)
    pictures = pictures_of_renders(generator, [renders], 32)
    codes = generator.mapping.single(torch.from_numpy(np.stack([sample_z(0, 3)])))
    assert torch.allclose(pictures.codes[3], codes[0], atol=1e-5)

    options = EncoderTraining()
    few = EncoderTraining(
        encoder=replace(options.encoder, batch=8, picture_batch=2),
        code_loop=replace(options.code_loop, steps=300, learning_rate=1e-2, autocast=False),
        picture_loop=replace(options.picture_loop, steps=2, autocast=False),
    )
    losses: list[float] = []
    written = train_encoder_on(
        [renders],
        tmp_path / "work",
        tmp_path / "base",
        tmp_path / "made",
        few,
        progress=lambda _step, metrics: losses.append(metrics["loss"]),
    )
    assert "20 renders" in written.provenance["encoder"]
    before, after = (load_bundle(tmp_path / name).encoder for name in ("base", "made"))
    seen = pictures.batch(torch.arange(20))
    assert before is not None
    assert after is not None
    with torch.no_grad():
        errors = [(net(seen)[:, 0] - pictures.codes).square().mean() for net in (before, after)]
    check("error left", errors[1] / errors[0], below=0.8)


def test_encoder_of_a_bundle_without_one_is_an_error(renders: Path, tmp_path: Path) -> None:
    save_bundle(
        Bundle(BundleConfig(generator=TINY, name="tiny"), Generator(TINY)), tmp_path / "base"
    )
    with pytest.raises(TrainingError, match="encoder"):
        train_encoder_on([renders], tmp_path / "work", tmp_path / "base", tmp_path / "made")
