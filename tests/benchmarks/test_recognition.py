"""The figures of the evaluation networks and of the generator, on tiny networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks import generator, recognition
from benchmarks.gallery import GAP
from benchmarks.puppetbench import DATA
from benchmarks.tracker import NO_FACE, Measurement
from d2animator.bundles.recognition import Recognition, RecognitionConfig
from d2animator.evaluate.puppetbench import load_bench
from d2animator.models.recognition import (
    FeatureNetwork,
    FeatureNetworkConfig,
    IdentityNetwork,
    IdentityNetworkConfig,
    TrunkConfig,
)
from tests.seeing import seeing
from tools.puppets.parameters import expression_names
from tools.puppets.people import People

TRUNK = TrunkConfig(input_size=16, channels=(4,), blocks=(0,), squeeze=2)


@pytest.fixture(scope="module")
def tiny() -> Recognition:
    identity = IdentityNetwork(IdentityNetworkConfig(embedding=6, trunk=TRUNK)).eval()
    shape = FeatureNetworkConfig(expression_names(), features=4, trunk=TRUNK)
    features = FeatureNetwork(shape).eval()
    return Recognition(identity, features, RecognitionConfig(identity.config, shape))


def test_the_bench_shows_every_person_in_several_states(tiny):
    bench = load_bench(DATA)
    people = recognition.of_bench(bench)
    assert len(people.images) == len(bench.manifest["pictures"]) - len(bench.sequences)
    few = People(*(column[:: len(column) // 40] for column in people))
    few = People(few.images, few.z, torch.arange(len(few.persons)) // 2)
    data = recognition.measure(tiny, few)
    assert data["pictures"] == len(few.images)
    assert 0 <= data["identity_auc"] <= 1
    text = recognition.markdown(data)
    assert all(title in text for title in recognition.NAMES.values())


def test_the_distance_of_gaussians_is_the_known_one():
    rng = np.random.default_rng(0)
    one = rng.normal(size=(20_000, 3))
    other = rng.normal(size=(20_000, 3)) * 2 + (1, 0, 0)
    # |mean|^2 + sum of (1 - 2)^2 over three axes
    assert generator.frechet(one, other) == pytest.approx(4, abs=0.2)
    assert generator.frechet(one, one) == pytest.approx(0, abs=1e-6)


def test_blur_lowers_the_gradient_energy():
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    blurred = torch.nn.functional.avg_pool2d(images, 3, 1, 1)
    assert generator.gradient_energy(blurred) < 0.3 * generator.gradient_energy(images)


class EverySecond:
    """A judge in the outside tracker's place that misses every second face."""

    def __init__(self) -> None:
        self.calls = 0

    def measure(self, picture: object) -> Measurement:
        self.calls += 1
        points = np.random.default_rng(0).uniform(0, 32, (478, 2)).astype(np.float32)
        return NO_FACE if self.calls % 2 else Measurement(0.0, 0.0, 0.0, 0.0, 0.0, points)


def test_samples_are_compared_with_renders(tiny, tiny_bundle):
    renders = torch.randint(0, 256, (24, 3, 40, 40), dtype=torch.uint8)
    renders = generator.fitted(renders, tiny_bundle.generator.img_resolution)
    quality, drawn = generator.measure(
        seeing(tiny_bundle), tiny, renders, samples=12, judge=EverySecond()
    )
    assert drawn.shape == (12, 3, 32, 32)
    assert quality.found == 0.5
    assert quality.distance_percent is not None
    assert quality.frechet_ratio == pytest.approx(quality.frechet / quality.frechet_halves)
    assert "50.0%" in generator.markdown(quality)
    sheet = generator.side_by_side(drawn, renders, side=2)
    assert sheet.shape[0] == 2 * 32 + GAP
    alone, _ = generator.measure(tiny_bundle, tiny, renders, samples=12)
    assert alone.found is None
    assert alone.sharpness == quality.sharpness


def test_renders_smaller_than_the_samples_are_refused():
    with pytest.raises(SystemExit, match="draws 64"):
        generator.fitted(torch.zeros(1, 3, 32, 32, dtype=torch.uint8), 64)


def test_what_is_drawn_for_a_code_is_compared_with_its_render(tiny_bundle):
    z = torch.randn(3, tiny_bundle.generator.z_dim)
    with torch.no_grad():
        drawn = tiny_bundle.generator.synthesis(tiny_bundle.generator.mapping(z))
    renders = ((drawn.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    people = People(renders, z, torch.arange(3))
    near = generator.likeness(tiny_bundle, people)
    assert near is not None
    others = generator.likeness(tiny_bundle, people._replace(z=torch.randn_like(z)))
    assert others is not None
    assert others < near
    assert generator.likeness(tiny_bundle, people._replace(z=z[:, :-1])) is None
