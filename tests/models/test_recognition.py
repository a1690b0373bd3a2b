from __future__ import annotations

import pytest
import torch

from d2animator.errors import ConfigError, ShapeError
from d2animator.models.recognition import (
    FeatureNetwork,
    FeatureNetworkConfig,
    IdentityNetwork,
    IdentityNetworkConfig,
    TrunkConfig,
)

TRUNK = TrunkConfig(input_size=32, channels=(8, 8), blocks=(1, 0), squeeze=4)


@pytest.fixture
def identity():
    return IdentityNetwork(IdentityNetworkConfig(embedding=12, trunk=TRUNK)).eval()


@pytest.fixture
def features():
    shape = FeatureNetworkConfig(("a", "b"), classes=5, looks=7, features=9, trunk=TRUNK)
    return FeatureNetwork(shape).eval()


@pytest.mark.parametrize("side", [16, 32, 75])
def test_embeddings_are_unit_vectors_for_pictures_of_any_size(identity, side):
    embeddings = identity(torch.rand(3, 3, side, side) * 2 - 1)
    assert embeddings.shape == (3, 12)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(3))


def test_the_answers_have_their_parts(features):
    told = features(torch.rand(2, 3, 32, 32))
    shapes = {name: tuple(value.shape) for name, value in told._asdict().items()}
    assert shapes == {
        "features": (2, 9),
        "logits": (2, 5),
        "pose_deg": (2, 3),
        "gaze_deg": (2, 2),
        "expression": (2, 2),
        "look": (2, 7),
    }


def test_answers_do_not_depend_on_the_rest_of_the_batch(identity, features):
    images = torch.rand(4, 3, 32, 32)
    torch.testing.assert_close(identity(images)[1:2], identity(images[1:2]))
    torch.testing.assert_close(features(images).features[1:2], features(images[1:2]).features)


def test_large_pictures_are_averaged_not_sampled(identity):
    fine = torch.rand(1, 3, 32, 32).repeat_interleave(4, 2).repeat_interleave(4, 3)
    fine[:, :, ::2] += 0.3
    fine[:, :, 1::2] -= 0.3
    flat = torch.nn.functional.avg_pool2d(fine, 2)
    torch.testing.assert_close(identity(fine), identity(flat), atol=0.02, rtol=0)


def test_wrong_shapes_are_refused(identity, features):
    for network in (identity, features):
        with pytest.raises(ShapeError, match="images"):
            network(torch.zeros(1, 3, 32, 30))
    with pytest.raises(ConfigError, match="stride"):
        TrunkConfig(input_size=30)
    with pytest.raises(ConfigError, match="blocks"):
        TrunkConfig(blocks=(1,))
