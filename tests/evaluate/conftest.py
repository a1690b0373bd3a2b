"""A bundle that sees, judges with random weights, and a bench that the generator drew."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.bundles.recognition import Recognition, RecognitionConfig, save_recognition
from d2animator.evaluate.benches import Bench, drawn_bench
from d2animator.evaluate.judges import Judges, load_judges
from d2animator.models.recognition import (
    FeatureNetwork,
    FeatureNetworkConfig,
    IdentityNetwork,
    IdentityNetworkConfig,
    TrunkConfig,
)
from tests.seeing import seeing

STATE = 4


@pytest.fixture(scope="session")
def bundle(tiny_bundle: Bundle) -> Bundle:
    return seeing(tiny_bundle)


@pytest.fixture(scope="session")
def bundle_path(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evaluate") / "seeing"
    save_bundle(bundle, path)
    return path


@pytest.fixture(scope="session")
def judges_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trunk = TrunkConfig(input_size=16, channels=(8, 8), blocks=(0, 0), squeeze=4)
    shapes = (IdentityNetworkConfig(8, trunk), FeatureNetworkConfig(("smile",), 4, 3, 6, trunk))
    path = tmp_path_factory.mktemp("evaluate") / "judges"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        networks = (IdentityNetwork(shapes[0]), FeatureNetwork(shapes[1]))
        save_recognition(Recognition(*networks, RecognitionConfig(*shapes)), path)
    return path


@pytest.fixture(scope="session")
def judges(judges_path: Path) -> Judges:
    return load_judges(judges_path)


@pytest.fixture(scope="session")
def bench(bundle: Bundle) -> Bench:
    return drawn_bench(bundle.generator, STATE, pairs=5, sources=3, frames=4)
