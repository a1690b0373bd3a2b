from __future__ import annotations

import json

import pytest
import torch

from d2animator.bundles.recognition import (
    WEIGHTS_FILE,
    Recognition,
    RecognitionConfig,
    load_recognition,
    save_recognition,
)
from d2animator.errors import BundleError
from d2animator.models.recognition import (
    FeatureNetwork,
    FeatureNetworkConfig,
    IdentityNetwork,
    IdentityNetworkConfig,
    TrunkConfig,
)

TRUNK = TrunkConfig(input_size=16, channels=(4,), blocks=(0,), squeeze=2)


@pytest.fixture
def made():
    identity = IdentityNetwork(IdentityNetworkConfig(embedding=6, trunk=TRUNK)).eval()
    features = FeatureNetwork(FeatureNetworkConfig(("jawOpen",), trunk=TRUNK)).eval()
    config = RecognitionConfig(identity.config, features.config, same_person=0.4)
    return Recognition(identity, features, config)


@pytest.fixture
def folder(made, tmp_path):
    save_recognition(made, tmp_path / "eval", half=False)
    return tmp_path / "eval"


def test_what_is_saved_comes_back(made, folder):
    found = load_recognition(folder)
    images = torch.rand(2, 3, 16, 16)
    assert torch.equal(found.identity(images), made.identity(images))
    assert torch.equal(found.features(images).expression, made.features(images).expression)
    assert found.config.same_person == 0.4
    assert found.config.features.expressions == ("jawOpen",)


def test_loading_does_not_move_the_seed(folder):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    load_recognition(folder)
    assert torch.equal(torch.rand(1), expected)


def change(folder, **values):
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | values), "utf-8")


def test_what_does_not_fit_is_named(folder, tmp_path):
    with pytest.raises(BundleError, match="cannot be read"):
        load_recognition(tmp_path)
    change(folder, sha256="0" * 64)
    with pytest.raises(BundleError, match="damaged or changed"):
        load_recognition(folder)
    change(folder, format_version=99)
    with pytest.raises(BundleError, match="update d2animator"):
        load_recognition(folder)
    change(folder, format_version=1, colour="blue")
    with pytest.raises(BundleError, match="colour"):
        load_recognition(folder)


def test_damaged_weights_are_refused(folder):
    weights = folder / WEIGHTS_FILE
    weights.write_bytes(weights.read_bytes()[:-20])
    with pytest.raises(BundleError, match="safetensors"):
        load_recognition(folder)
    weights.unlink()
    with pytest.raises(BundleError, match="missing"):
        load_recognition(folder)
