from __future__ import annotations

import copy
import logging

import pytest
import torch

from d2animator.bundles.bundle import load_bundle
from d2animator.models.landmarks import LandmarkNetwork

pytest.importorskip("openvino")

from d2animator.engines.choice import Engines
from d2animator.engines.reading import CompiledLandmarks


@pytest.fixture(scope="module")
def network() -> LandmarkNetwork:
    found = load_bundle().landmark_network
    assert found is not None
    return found


@pytest.mark.parametrize("count", [1, 11])
def test_it_reads_what_pytorch_reads(network: LandmarkNetwork, count: int) -> None:
    size = network.config.input_size
    generator = load_bundle().generator
    compiled = CompiledLandmarks(network, 2)
    with torch.inference_mode():
        faces = generator(torch.randn(count, generator.z_dim))
        images = torch.nn.functional.interpolate(faces, (size, size), mode="area")
        expected, found = network(images), compiled(images)
    assert expected.log_scales.unique().numel() > 1
    for name in expected._fields:
        ours, theirs = getattr(found, name), getattr(expected, name)
        assert ours.shape == theirs.shape
        assert (ours - theirs).abs().max() < 1e-4


def test_it_stands_for_the_network(network: LandmarkNetwork) -> None:
    compiled = Engines("openvino").landmarks(network)
    assert isinstance(compiled, CompiledLandmarks)
    assert compiled.config is network.config
    assert compiled.outline is network.outline
    assert Engines("torch").landmarks(network) is network
    assert Engines("openvino").landmarks(None) is None


def test_what_does_not_compile_pytorch_reads(tiny_bundle, caplog) -> None:
    network = copy.deepcopy(tiny_bundle.landmark_network)
    network.stages[1][0][1].running_mean = None  # then PyTorch takes the mean of what it sees
    network.stages[1][0][1].running_var = None
    images = torch.rand(2, 3, 96, 96)
    with torch.inference_mode(), caplog.at_level(logging.WARNING, "d2animator"):
        found, expected = CompiledLandmarks(network, 1)(images), network(images)
    assert torch.equal(found.landmarks, expected.landmarks)
    assert "OpenVINO cannot read landmarks, PyTorch does" in caplog.text
