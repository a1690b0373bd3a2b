"""Tiny real models, shared by all tests: random weights, seeded, built once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import torch

from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.bundles.description import BundleConfig
from d2animator.faces.limit import LandmarkLimit
from d2animator.latent.directions import Directions
from d2animator.latent.statistics import measure_w
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.models.encoder import Encoder, EncoderConfig
from d2animator.models.generators import Generator
from d2animator.models.landmarks import (
    FaceFinder,
    FaceFinderConfig,
    LandmarkNetwork,
    LandmarkNetworkConfig,
)
from d2animator.models.stylegan2 import GeneratorConfig

pytest_plugins = ["tests.steadiness"]

# One thread: tiny networks gain nothing from two, and lose much where other programs run. No
# deadline, and the same examples every time: a busy machine must not turn a test red.
torch.set_num_threads(1)
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")

TINY = GeneratorConfig(
    z_dim=16, w_dim=32, img_resolution=32, num_mapping_layers=2, channel_base=256, channel_max=16
)
DIRECTIONS = 5


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees, or leaves anything in, the user's cache, or signs with the user's key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("D2ANIMATOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("D2ANIMATOR_CONFIG", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(autouse=True)
def _seeded(request: pytest.FixtureRequest) -> None:
    torch.manual_seed(request.getfixturevalue("seed") if "seed" in request.fixturenames else 0)


@pytest.fixture(scope="session")
def tiny_generator() -> Generator:
    """32x32, 8 layers, w of 32; random weights. Do not change it in place."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return Generator(TINY).eval().requires_grad_(False)


@pytest.fixture(scope="session")
def tiny_bundle(tiny_generator: Generator) -> Bundle:
    """All parts of a bundle, tiny, with random weights. Do not change it in place."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        vectors = torch.randn(DIRECTIONS, 8, TINY.w_dim)
        groups = ("pose", "pose", "expression", "expression", "expression")
        names = tuple(f"direction{index}" for index in range(DIRECTIONS))
        action = ActionNetwork(
            ActionNetworkConfig(
                w_dim=TINY.w_dim,
                directions=DIRECTIONS,
                heatmap_size=16,
                filters=2,
                features=16,
            )
        )
        action.bank.copy_(vectors)
        statistics = measure_w(tiny_generator, samples=200)
        shape = EncoderConfig(
            TINY.num_ws, TINY.w_dim, input_size=32, channels=(8, 8, 8), features=16
        )
        bundle = Bundle(
            BundleConfig(TINY, name="tiny", description="random weights", provenance={"seed": "2"}),
            tiny_generator,
            finder=FaceFinder(FaceFinderConfig(channels=(8, 8), blocks=(0, 1))),
            landmark_network=LandmarkNetwork(
                LandmarkNetworkConfig(channels=(8, 8, 8), squeeze=8, hidden=16)
            ),
            encoder=Encoder(shape, statistics.w_avg, statistics.w_std),
            directions=Directions(vectors, names, groups, ("random",) * DIRECTIONS),
            action_network=action,
            w_statistics=statistics,
            # wide enough for what random networks do
            landmark_limit=LandmarkLimit(torch.randn(3, 98, 2).numpy(), 1e6),
        )
        for network in (
            bundle.finder,
            bundle.landmark_network,
            bundle.encoder,
            bundle.action_network,
        ):
            assert network is not None
            network.eval().requires_grad_(False)
        return bundle


@pytest.fixture(scope="session")
def tiny_bundle_path(tiny_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``tiny_bundle`` on disk. Copy it before changing anything in it."""
    path = tmp_path_factory.mktemp("bundles") / "tiny"
    save_bundle(tiny_bundle, path)
    return path


@pytest.fixture(autouse=True)
def _same_logging() -> Iterator[None]:
    """A command sets up how messages are shown; the next test starts as if there had been none."""
    logger = logging.getLogger("d2animator")
    handlers, level = logger.handlers[:], logger.level
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)
