"""Inversion: nearer than the start, within W, and after alignment."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from d2animator.errors import ShapeError
from d2animator.invert.optimise import (
    InversionOptions,
    face_weight,
    invert,
)
from d2animator.latent.statistics import WStatistics, measure_w
from d2animator.models.encoder import Encoder, EncoderConfig
from d2animator.models.generators import Generator
from d2animator.models.stylegan2 import GeneratorConfig
from tests.steadiness import Check

OPTIONS = InversionOptions(steps=40, learning_rate=0.1, prior=0.0, anchor=0.0, unreached=math.inf)


@pytest.fixture(scope="module")
def generator(seed: int) -> Generator:
    torch.manual_seed(seed)
    config = GeneratorConfig(
        z_dim=6, w_dim=8, img_resolution=16, channel_base=128, num_mapping_layers=2
    )
    return Generator(config).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def statistics(generator: Generator, seed: int) -> WStatistics:
    return measure_w(generator, samples=1000, seed=seed)


@pytest.fixture(scope="module")
def encoder(statistics: WStatistics, seed: int) -> Encoder:
    torch.manual_seed(seed + 1)
    config = EncoderConfig(num_ws=6, w_dim=8, input_size=16, channels=(4, 8), features=8)
    return Encoder(config, statistics.w_avg, statistics.w_std).eval()


@pytest.fixture(scope="module")
def picture(generator: Generator, seed: int) -> Tensor:
    return generator(torch.randn(1, 6, generator=torch.Generator().manual_seed(seed + 4)))


def test_optimising_comes_nearer_than_the_encoder(
    generator: Generator, encoder: Encoder, statistics: WStatistics, picture: Tensor, check: Check
) -> None:
    result = invert(generator, encoder, picture, OPTIONS, statistics=statistics)
    check("distance left", result.distance / result.start_distance, below=0.6)
    torch.testing.assert_close(result.image, generator.synthesis(result.w_plus))
    assert result.w_plus.shape == (1, 6, 8)
    assert not result.w_plus.requires_grad


def test_no_steps_give_the_encoders_answer(
    generator: Generator, encoder: Encoder, picture: Tensor
) -> None:
    for options in (replace(OPTIONS, steps=0), InversionOptions(level="encoder")):
        result = invert(generator, encoder, picture, options)
        assert torch.equal(result.w_plus, encoder(picture).detach())
        assert result.distance == result.start_distance


def test_pulls_keep_the_code_near_the_mean(
    generator: Generator, encoder: Encoder, statistics: WStatistics, picture: Tensor, check: Check
) -> None:
    free = invert(generator, encoder, picture, OPTIONS, statistics=statistics)
    held = invert(generator, encoder, picture, replace(OPTIONS, prior=10.0), statistics=statistics)
    sizes = [statistics.whiten(result.w_plus).norm() for result in (held, free)]
    check("length left", sizes[0] / sizes[1], below=0.7)
    near = replace(OPTIONS, farthest=0.2)
    clamped = invert(generator, encoder, picture, near, statistics=statistics)
    assert float(statistics.whiten(clamped.w_plus).abs().max()) <= 0.2001


def test_a_picture_that_cannot_be_reached_is_not_strained_for(
    generator: Generator,
    encoder: Encoder,
    statistics: WStatistics,
    picture: Tensor,
    seed: int,
    check: Check,
) -> None:
    strange = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(seed + 1)) * 2 - 1
    patient = replace(OPTIONS, steps=160)
    for image, is_reached in ((picture, True), (strange, False)):
        first, second = (
            invert(generator, encoder, image, options, statistics=statistics)
            for options in (patient, replace(patient, unreached=0.3, unreached_prior=2.0))
        )
        sizes = [float(statistics.whiten(result.w_plus).norm()) for result in (first, second)]
        if is_reached:
            check("distance reached", first.distance, below=0.3)
        else:
            check("distance not reached", first.distance, above=0.3)
        assert (sizes[0] == sizes[1]) == is_reached
        assert sizes[1] <= sizes[0]


def test_weight_and_extra_loss_are_obeyed(
    generator: Generator, encoder: Encoder, statistics: WStatistics, picture: Tensor, check: Check
) -> None:
    seen: list[int] = []

    def darker(images: Tensor) -> Tensor:
        seen.append(len(images))
        return 50 * images.mean()

    weight = face_weight(np.array([[4.0, 4.0], [12.0, 12.0]]), 16)
    plain = invert(generator, encoder, picture, OPTIONS, statistics=statistics, weight=weight)
    dark = invert(generator, encoder, picture, OPTIONS, statistics=statistics, extra_loss=darker)
    assert seen == [1] * OPTIONS.steps
    means = [result.image.clamp(-1, 1).mean() for result in (dark, plain)]
    check("change of the mean", means[0] - means[1], below=0)
    with pytest.raises(ShapeError, match="weight"):
        invert(generator, encoder, picture, OPTIONS, weight=torch.ones(1, 1, 4, 4))
    with pytest.raises(ShapeError, match="image"):
        invert(generator, encoder, picture[0], OPTIONS)


def test_face_counts_more_than_the_background() -> None:
    weight = face_weight(np.array([[20.0, 20.0], [44.0, 44.0]]), 64)[0, 0]
    assert float(weight[32, 32]) == 1
    assert float(weight[0, 0]) == pytest.approx(0.15)
    assert float(weight[32, 10]) < 1
