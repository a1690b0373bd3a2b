from __future__ import annotations

import importlib.util

import pytest
import torch
from torch import nn

from d2animator.errors import ConfigError
from d2animator.evaluate.judges import load_judges, network_judges


def test_judges_see_pictures_one_by_one(judges):
    images = torch.rand(5, 3, 32, 32) * 2 - 1
    whole, parts = judges.opinion(images), judges.opinion(images, batch=2)
    torch.testing.assert_close(whole.identity, parts.identity)
    torch.testing.assert_close(whole.identity.norm(dim=1), torch.ones(5))
    assert whole.features.shape == (5, 6)
    assert whole.logits.shape == (5, 4)
    assert len(whole.maps) == len(parts.maps) > 1
    for one, other in zip(whole.maps, parts.maps, strict=True):
        torch.testing.assert_close(one, other)


def test_a_name_tells_the_weights_apart(judges):
    assert judges.name.startswith("judges (")


def test_unknown_judges_are_refused():
    with pytest.raises(ConfigError, match="expected puppets, photos or a folder"):
        load_judges("birds")


def test_features_without_layers_are_refused():
    with pytest.raises(ConfigError, match="no trunk"):
        network_judges(nn.Identity(), nn.Identity(), "none")


@pytest.mark.skipif(
    importlib.util.find_spec("insightface") is not None, reason="the extra is installed"
)
def test_photos_need_the_extra():
    with pytest.raises(ConfigError, match=r"insightface, which is not installed.*\[photos\]"):
        load_judges("photos")
