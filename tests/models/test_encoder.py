"""The encoder: starts at the mean code, takes any picture size, sees each picture alone."""

from __future__ import annotations

import pytest
import torch

from d2animator.errors import ShapeError
from d2animator.models.encoder import Encoder, EncoderConfig

SMALL = EncoderConfig(num_ws=6, w_dim=8, input_size=16, channels=(4, 8), features=12)


def test_new_encoder_predicts_the_mean_code() -> None:
    mean = torch.randn(8)
    codes = Encoder(SMALL, mean).eval()(torch.rand(2, 3, 32, 32))
    torch.testing.assert_close(codes, mean.expand(2, 6, 8))


def test_pictures_are_encoded_independently() -> None:
    torch.manual_seed(0)
    encoder = Encoder(SMALL, torch.zeros(8), torch.ones(8)).eval()
    torch.nn.init.normal_(encoder.code.weight)
    images = torch.rand(3, 3, 16, 16) * 2 - 1
    torch.testing.assert_close(encoder(images)[1:2], encoder(images[1:2]))
    assert not torch.allclose(encoder(images)[0], encoder(images)[1])


def test_units_are_the_spread_of_w() -> None:
    torch.manual_seed(0)
    one = Encoder(SMALL, torch.zeros(8), torch.ones(8)).eval()
    torch.nn.init.normal_(one.code.weight)
    two = Encoder(SMALL, torch.zeros(8), 3 * torch.ones(8)).eval()
    two.load_state_dict(one.state_dict() | {"w_std": 3 * torch.ones(8)})
    images = torch.rand(1, 3, 64, 64)
    torch.testing.assert_close(two(images), 3 * one(images))


def test_default_size_fits_the_bundle() -> None:
    encoder = Encoder(EncoderConfig(num_ws=12, w_dim=256))
    assert sum(parameter.numel() for parameter in encoder.parameters()) < 2e6


def test_not_square_or_not_colour_is_an_error() -> None:
    encoder = Encoder(SMALL)
    with pytest.raises(ShapeError, match="images"):
        encoder(torch.zeros(1, 3, 16, 20))
    with pytest.raises(ShapeError, match="images"):
        encoder(torch.zeros(1, 1, 16, 16))
