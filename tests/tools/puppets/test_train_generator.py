"""Training of the puppet generator, on a few tiny made-up renders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2animator.errors import TrainingError
from d2animator.models.generators import Generator
from tests.steadiness import Check
from tests.tools.puppets.tiny import LESSONS, TINY
from tools.puppets.dataset import shrink
from tools.puppets.generator_options import Finish, GeneratorTraining, Stage
from tools.puppets.regression import (
    RenderSet,
    detail_map,
    draw_chances,
    mixed_codes,
    picture_loss,
    worn_map,
)
from tools.puppets.train_generator import train_generator
from tools.puppets.wear import WORN_DIM
from tools.puppets.world import STATE_DIM, Z_DIM, sample_z


@pytest.fixture
def renders(tmp_path: Path) -> Path:
    """Twenty 32-pixel pictures whose colour is a function of z."""
    folder = tmp_path / "set" / "shard-00000"
    folder.mkdir(parents=True)
    (folder.parent / "set.json").write_text(json.dumps({}), "utf-8")
    z = np.stack([sample_z(0, index) for index in range(20)])
    colour = 127 + 50 * np.tanh(z[:, 30:33])
    images = np.broadcast_to(colour[:, None, None], (20, 32, 32, 3)).astype(np.uint8)
    np.save(folder / "images.npy", images)
    np.save(folder / "alpha.npy", np.zeros((20, 32, 32), np.uint8))
    np.save(folder / "landmarks.npy", np.random.default_rng(0).uniform(8, 24, (20, 98, 2)))
    np.save(folder / "z.npy", z)
    return folder.parent


def _options(steps: int, seed: int = 0) -> GeneratorTraining:
    stages = (Stage(16, steps, 4, 0.01), Stage(32, steps, 4, 0.01))
    return GeneratorTraining(
        stages=stages,
        finish=Finish(steps=0),
        config=TINY,
        coarse_layers=4,
        mapping=LESSONS,
        seed=seed,
    )


def test_the_renders_are_learned_at_the_last_resolution(
    renders: Path, tmp_path: Path, seed: int, check: Check
) -> None:
    generator = train_generator([renders], tmp_path / "work", _options(100, seed))
    assert generator is not None
    assert generator.img_resolution == 32
    shard = renders / "shard-00000"
    wanted = torch.from_numpy(np.load(shard / "images.npy")).permute(0, 3, 1, 2) / 127.5 - 1
    with torch.no_grad():
        drawn = generator(torch.from_numpy(np.load(shard / "z.npy")))
    # Of what is missed by who draws the mean picture of all.
    apart = (wanted - wanted.mean(0)).abs().mean()
    check("error left", (drawn - wanted).abs().mean() / apart, below=0.6)
    assert generator.mapping.w_avg.abs().sum() > 0


def test_interrupted_and_resumed_equals_uninterrupted(renders: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    whole = train_generator([renders], tmp_path / "whole", _options(6))
    paused = train_generator([renders], tmp_path / "paused", _options(6), minutes=0.0)
    assert paused is None
    for _ in range(20):
        paused = train_generator([renders], tmp_path / "paused", _options(6), minutes=0.0)
        if paused is not None:
            break
    assert whole is not None
    assert paused is not None
    for (name, expected), actual in zip(
        whole.state_dict().items(), paused.state_dict().values(), strict=True
    ):
        assert torch.equal(expected, actual), name


def test_no_renders_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="nothing-here"):
        RenderSet([tmp_path / "nothing-here"], 16)


def test_mixing_changes_fine_layers_only() -> None:
    generator = Generator(TINY)
    options = GeneratorTraining(config=TINY, coarse_layers=4, mixing=1.0)
    z = torch.randn(3, Z_DIM)
    w_plus = mixed_codes(generator, z, options, torch.Generator().manual_seed(0))
    plain = generator.mapping(z)
    assert torch.equal(w_plus[:, :4], plain[:, :4])
    assert not torch.allclose(w_plus[:, 4:], plain[:, 4:])


def test_mixing_keeps_the_look() -> None:
    """A mapping that reads only the look gives the same fine code in any state."""
    generator = Generator(TINY)
    with torch.no_grad():
        dict(generator.mapping.named_parameters())["fc0.weight"][:, :STATE_DIM] = 0
    options = GeneratorTraining(config=TINY, coarse_layers=4, mixing=1.0)
    z = sample_z(0, 0)[None].repeat(2, 0)
    z[1, :STATE_DIM] *= 3
    w_plus = mixed_codes(generator, torch.from_numpy(z), options, torch.Generator().manual_seed(0))
    # z is normalised as a whole, so states of another length scale the look a little.
    close = torch.nn.functional.cosine_similarity(w_plus[0, 4], w_plus[1, 4], dim=0)
    assert close > 0.97


@given(st.integers(1, 4), st.integers(2, 5))
def test_shrink_keeps_the_mean(factor: int, size: int) -> None:
    images = np.random.default_rng(factor).integers(0, 256, (2, size * factor, size * factor, 3))
    small = shrink(images.astype(np.uint8), factor)
    assert small.shape == (2, size, size, 3)
    assert small.mean() == pytest.approx(images.mean(), abs=0.5)


def test_detail_map_is_bright_at_eyes_and_mouth() -> None:
    points = np.full((1, 98, 2), 0.5)
    points[:, 60:68] = (0.3, 0.4)
    points[:, 68:76] = (0.7, 0.4)
    points[:, 76:96] = (0.5, 0.75)
    brightness = detail_map(points)[0]
    for x, y in ((0.3, 0.4), (0.7, 0.4), (0.5, 0.75)):
        assert brightness[int(y * 32), int(x * 32)] > 200
    assert brightness[0, 0] == 0


def test_worn_map_is_bright_where_something_is_worn() -> None:
    points = np.full((3, 98, 2), 0.5)
    points[:, 60:68], points[:, 68:76] = (0.38, 0.45), (0.62, 0.45)
    points[:, 33:51], points[:, 76:96] = (0.5, 0.38), (0.5, 0.7)
    codes = np.zeros((3, Z_DIM), np.float32)
    codes[1, -WORN_DIM] = 2  # glasses
    codes[2, 3 - WORN_DIM] = -2  # a cap
    bare, glasses, cap = worn_map(points, codes)
    assert not bare.any()
    assert glasses[14, 12] > 200
    assert glasses[4, 16] < 20
    assert cap[4, 16] > 200
    assert cap[22, 16] < 20
    assert draw_chances(codes).tolist() == [1, 3, 3]


def test_loss_weighs_details_more() -> None:
    options = GeneratorTraining()
    target, details = torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)
    details[..., 4, 4] = 1
    here, elsewhere = target.clone(), target.clone()
    here[..., 4, 4] = 1
    elsewhere[..., 2, 2] = 1
    assert picture_loss(here, target, details, options) > picture_loss(
        elsewhere, target, details, options
    )
    assert picture_loss(target, target, details, options) == 0
