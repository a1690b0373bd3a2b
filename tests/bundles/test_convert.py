"""Generators written in other people's layouts, and read back."""

from __future__ import annotations

import dataclasses
import json
import os
from argparse import Namespace
from pathlib import Path

import pytest
import torch
from torch import nn

from d2animator.bundles.bundle import load_bundle, load_generator
from d2animator.bundles.convert import ConvertOptions, convert
from d2animator.bundles.store import sha256
from d2animator.errors import BundleError, UnknownModelError, UnsafeFileError
from d2animator.foreign.network import read_network
from d2animator.models.generators import Generator
from d2animator.models.stylegan2 import GeneratorConfig
from d2animator.models.stylegan3 import AliasFreeConfig
from tests.conftest import TINY
from tests.foreign.foreign_files import (
    EasyDict,
    nvidia_network,
    persistent,
    rosinality_weights,
    tensorflow_network,
    write_pickle,
    write_torch,
)

# Shapes that no default would guess.
SHAPE = dataclasses.replace(
    TINY, conv_clamp=0.7, mapping_lr_multiplier=0.02, channels={"8": 12, "32": 6}
)
ALIAS_FREE = AliasFreeConfig(
    z_dim=16,
    w_dim=24,
    img_resolution=16,
    channel_base=96,
    channel_max=12,
    num_layers=5,
    margin_size=4,
    conv_kernel=1,
    use_radial_filters=True,
    conv_clamp=100.0,
    first_stopband=4.0,
)


@torch.no_grad()
def _shaken(generator: Generator) -> Generator:
    """No parameter stays at its start: zeros and ones would hide a mix-up."""
    for parameter in generator.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.1)
    generator.mapping.w_avg.normal_()
    return generator.eval().requires_grad_(False)


@pytest.fixture
def generator() -> Generator:
    return _shaken(Generator(SHAPE))


@pytest.fixture
def plain() -> Generator:
    """Without what rosinality's and TensorFlow's layouts cannot say."""
    return _shaken(Generator(dataclasses.replace(SHAPE, conv_clamp=None)))


def _same(ours: Generator, theirs: Generator, atol: float = 1e-6) -> None:
    state = theirs.state_dict()
    assert set(ours.state_dict()) == set(state)
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, state[name], rtol=0, atol=atol, msg=name)
    z = torch.randn(2, theirs.z_dim)
    torch.testing.assert_close(ours(z), theirs(z), rtol=0, atol=1e-4)


def _same_pictures(ours: Generator, theirs: Generator) -> None:
    """Of networks whose weights may be scaled differently."""
    z = torch.randn(2, theirs.z_dim)
    for psi in (1.0, 0.7):
        expected = theirs.mapping(z, truncation_psi=psi)
        torch.testing.assert_close(
            ours.mapping(z, truncation_psi=psi), expected, rtol=1e-5, atol=1e-4
        )
    torch.testing.assert_close(ours(z), theirs(z), rtol=0, atol=1e-4)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_nvidia_stylegan2(generator, tmp_path, protocol):
    content = {
        "G": None,
        "D": persistent(nn.Linear(2, 2), "Discriminator"),
        "G_ema": nvidia_network(generator),
        "training_set_kwargs": EasyDict(class_name="training.dataset.ImageFolderDataset"),
        "augment_pipe": None,
    }
    path = write_pickle(tmp_path / "net.pkl", content, protocol)
    loaded = load_generator(path)
    _same(loaded, generator)
    assert loaded.config.conv_clamp == 0.7
    assert loaded.config.mapping_lr_multiplier == 0.02
    assert not loaded.training


def test_a_network_by_itself(generator, tmp_path):
    path = write_pickle(tmp_path / "net.pkl", nvidia_network(generator))
    _same(load_generator(path), generator)


def test_source_text_within_is_never_run(generator, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write_pickle(tmp_path / "net.pkl", {"G_ema": nvidia_network(generator)})
    assert b"open('canary', 'w')" in path.read_bytes()
    convert(path, tmp_path / "out")
    assert sorted(os.listdir()) == ["net.pkl", "out"]


@pytest.mark.parametrize("conv_kernel", [1, 3])
def test_nvidia_stylegan3(tmp_path, conv_kernel):
    config = dataclasses.replace(ALIAS_FREE, conv_kernel=conv_kernel)
    generator = _shaken(Generator(config))
    names = ("w_dim", "architecture", "z_dim", "c_dim", "num_mapping_layers")
    arguments = {
        field.name: getattr(config, field.name)
        for field in dataclasses.fields(config)
        if field.name not in (*names, "mapping_lr_multiplier")
    }
    content = {"G_ema": nvidia_network(generator, **arguments)}
    convert(write_pickle(tmp_path / "net.pkl", content), tmp_path / "out")
    loaded = load_generator(tmp_path / "out")
    assert loaded.config == config
    _same(loaded, generator)
    assert load_bundle(tmp_path / "out").config.coarse_layers == 7


@pytest.mark.parametrize("archive", [True, False])
def test_rosinality(plain, tmp_path, archive):
    content = {
        "g_ema": rosinality_weights(plain),
        "latent_avg": plain.mapping.w_avg,
        "args": Namespace(size=32),
        "g_optim": {"state": {0: {"step": 1}}},
    }
    found = read_network(write_torch(tmp_path / "net.pt", content, archive=archive))
    assert found.layout == "rosinality"
    assert found.assumed == {"mapping_lr_multiplier": "0.01"}
    _same_pictures(found.generator, plain)


def test_psp_and_e4e(plain, tmp_path):
    weights = {f"decoder.{name}": value for name, value in rosinality_weights(plain).items()}
    content = {
        "state_dict": {"encoder.input_layer.0.weight": torch.zeros(2), **weights},
        "latent_avg": plain.mapping.w_avg.repeat(plain.num_ws, 1),
        "opts": {"output_size": 32},
    }
    found = read_network(write_torch(tmp_path / "psp.pt", content))
    assert found.layout == "pSp or e4e"
    _same_pictures(found.generator, plain)


def test_the_embedded_generators_shape_in_foreign_layouts(tmp_path):
    shape = load_bundle().config.generator
    assert isinstance(shape, GeneratorConfig)
    generator = _shaken(Generator(shape))
    assert isinstance(generator, Generator)
    networks = {"G_ema": nvidia_network(generator)}
    _same(load_generator(write_pickle(tmp_path / "net.pkl", networks)), generator)
    weights = {"g_ema": rosinality_weights(generator), "latent_avg": generator.mapping.w_avg}
    convert(write_torch(tmp_path / "net.pt", weights), tmp_path / "out")
    _same_pictures(load_generator(tmp_path / "out"), generator)


def test_a_missing_mean_is_estimated_and_said(plain, tmp_path):
    path = write_torch(tmp_path / "net.pt", {"g_ema": rosinality_weights(plain)})
    torch.manual_seed(3)
    before = torch.get_rng_state()
    config = convert(path, tmp_path / "out")
    assert torch.equal(torch.get_rng_state(), before)
    assert config.provenance["assumed_w_avg"].startswith("mean of 10000 samples")
    mapping = load_generator(tmp_path / "out").mapping
    w = mapping.single(torch.randn(10_000, 16))
    error = (mapping.w_avg - w.mean(dim=0)).norm() / (w - w.mean(dim=0)).norm(dim=1).mean()
    assert float(error) < 0.05


@pytest.mark.parametrize("protocol", [2, 4])
def test_tensorflow(plain, tmp_path, protocol):
    networks = tuple(
        tensorflow_network(plain, mapping_lrmul=0.02, resample_kernel=[1, 3, 3, 1])
        for _ in range(3)
    )
    found = read_network(write_pickle(tmp_path / "net.pkl", networks, protocol))
    assert found.layout == "NVIDIA, StyleGAN2 in TensorFlow"
    _same(found.generator, plain)


def test_a_whole_bundle_is_not_to_be_had_from_a_foreign_file(generator, tmp_path):
    path = write_pickle(tmp_path / "net.pkl", {"G_ema": nvidia_network(generator)})
    with pytest.raises(UnknownModelError, match=r"no bundle; `d2animator convert` makes"):
        load_bundle(path)


def test_what_the_bundle_says_about_itself(generator, tmp_path):
    path = write_pickle(tmp_path / "net.pkl", {"G_ema": nvidia_network(generator)})
    options = ConvertOptions(name="faces", license="MIT", origin="https://example.org/net.pkl")
    written = convert(path, tmp_path / "out", options)
    plain = json.loads((tmp_path / "out" / "config.json").read_text())
    assert plain["provenance"]["origin"] == "https://example.org/net.pkl"
    assert plain["provenance"]["origin_sha256"] == sha256(path)
    assert (plain["license"], plain["name"]) == ("MIT", "faces")
    assert plain["files"] == written.files
    by_itself = convert(path, tmp_path / "out")
    assert (by_itself.license, by_itself.name) == ("NOASSERTION", "net")
    assert by_itself.provenance["origin"] == "net.pkl"


def _refused(path: Path, text: str) -> None:
    with pytest.raises(BundleError, match=text) as caught:
        read_network(path)
    assert caught.value.path == path


def test_networks_that_are_no_generator(plain, tmp_path):
    critic = {"D": persistent(nn.Linear(2, 2), "Discriminator")}
    _refused(write_pickle(tmp_path / "d.pkl", critic), "no generator: it holds Discriminator")
    alone = persistent(nn.Linear(2, 2), "VGG16")
    _refused(write_pickle(tmp_path / "v.pkl", alone), "no generator: it holds VGG16")
    weights = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(4, 2)).state_dict()
    text = "no generator in a layout that is known; it holds 0.weight, 0.bias, 1.weight"
    _refused(write_torch(tmp_path / "classifier.pt", weights), text)
    only = tensorflow_network(plain)
    only.__dict__ |= {"name": "D", "components": EasyDict()}
    _refused(write_pickle(tmp_path / "tf.pkl", (only,)), "no StyleGAN2 generator: it holds D")
    _refused(write_pickle(tmp_path / "n.pkl", 5), "it holds a int")


def test_class_conditional_generators(plain, tmp_path):
    conditional = Generator(dataclasses.replace(SHAPE, c_dim=10))
    path = write_pickle(tmp_path / "c.pkl", {"G_ema": nvidia_network(conditional)})
    _refused(path, r"class-conditional generator \(labels of length 10\).*trained with c_dim = 0")
    path = write_pickle(tmp_path / "tf.pkl", (tensorflow_network(plain, label_size=7),))
    _refused(path, "class-conditional generator .labels of length 7")


def test_other_architectures_are_named(generator, plain, tmp_path):
    network = nvidia_network(generator)
    block = network.meta["state"]["_modules"]["synthesis"].meta["state"]["_modules"]["b4"]
    block.meta["state"]["architecture"] = "resnet"
    _refused(write_pickle(tmp_path / "r.pkl", {"G_ema": network}), "b4.architecture is resnet")
    network = nvidia_network(_shaken(Generator(SHAPE)))
    network.meta["state"]["_modules"]["synthesis"].meta["state"]["_modules"]["b8"].meta["state"][
        "_buffers"
    ]["resample_filter"] = torch.ones(4, 4)
    path = write_pickle(tmp_path / "f.pkl", {"G_ema": network})
    _refused(path, "b8.resample_filter: only the low-pass filter")
    blurred = tensorflow_network(plain, resample_kernel=[1, 2, 1])
    _refused(write_pickle(tmp_path / "k.pkl", (blurred,)), r"resample_kernel is \[1, 2, 1\]: only")
    old = tensorflow_network(plain, architecture="resnet")
    _refused(write_pickle(tmp_path / "tf.pkl", (old,)), "architecture is resnet")
    weights = rosinality_weights(plain)
    weights["convs.0.conv.blur.kernel"] = torch.ones(4, 4)
    _refused(write_torch(tmp_path / "f.pt", weights), "convs.0.conv.blur.kernel: only the low-pass")


def test_missing_surplus_and_wrong_tensors_are_named(plain, tmp_path):
    weights = rosinality_weights(plain)
    del weights["convs.1.activate.bias"]
    _refused(write_torch(tmp_path / "a.pt", weights), "missing: synthesis.b8.conv1.bias$")
    weights = rosinality_weights(plain) | {"convs.0.shortcut.weight": torch.zeros(1)}
    _refused(write_torch(tmp_path / "b.pt", weights), "unexpected: convs.0.shortcut.weight")
    weights = rosinality_weights(plain)
    weights["convs.0.activate.bias"] = torch.zeros(5)
    _refused(write_torch(tmp_path / "c.pt", weights), r"b8.conv0.bias \(expected \(12,\), got")
    weights = rosinality_weights(plain)
    weights["style.1.bias"][3] = torch.nan
    _refused(write_torch(tmp_path / "d.pt", weights), "not finite .*: mapping.fc0.bias")


@pytest.mark.parametrize(
    "arguments",
    [
        {"num_layers": 10**9},
        {"num_layers": "five"},
        {"channel_base": 2**60, "channel_max": 2**60},
        {"filter_size": 10**12},
        {"filter_size": 10**40},
        {"img_resolution": 2**50},
        {"first_cutoff": float("nan")},
        {"margin_size": -5},
        {"output_scale": float("nan")},
        {"conv_clamp": float("inf")},
    ],
)
def test_descriptions_out_of_all_proportion(tmp_path, arguments):
    """A few words in a file must not cost memory or time."""
    generator = Generator(ALIAS_FREE)
    shape = {"num_layers": 5, "margin_size": 4, "channel_base": 96, "channel_max": 12}
    shape |= {"img_resolution": 16, "conv_kernel": 1}
    content = {"G_ema": nvidia_network(generator, **(shape | arguments))}
    with pytest.raises((BundleError, UnsafeFileError)):
        read_network(write_pickle(tmp_path / "net.pkl", content))


@pytest.mark.parametrize("clamp", ["a", 0, -1.0, float("nan"), float("inf")])
def test_a_clamp_that_is_no_limit(tmp_path, clamp):
    network = nvidia_network(Generator(SHAPE))
    block = network.meta["state"]["_modules"]["synthesis"].meta["state"]["_modules"]["b4"]
    block.meta["state"]["_modules"]["conv1"].meta["state"]["conv_clamp"] = clamp
    _refused(write_pickle(tmp_path / "n.pkl", network), "conv_clamp: expected a positive number")


@pytest.mark.parametrize(
    "name", ["convs.0.conv.blur.kernel", "conv1.conv.weight", "latent_avg", "convs.0.conv.weight"]
)
def test_tensors_without_axes(plain, tmp_path, name):
    weights = rosinality_weights(plain) | {name: torch.zeros(())}
    mean = weights.pop("latent_avg", plain.mapping.w_avg)
    path = write_torch(tmp_path / "net.pt", {"g_ema": weights, "latent_avg": mean})
    if name == "latent_avg":
        assert "w_avg" in read_network(path).assumed
    else:
        _refused(path, r"net\.pt: ")


def test_widths_without_numbers(plain, tmp_path):
    """Empty tensors may claim any width; two of them would make a kernel of terabytes."""
    weights = rosinality_weights(plain)
    weights["convs.0.conv.weight"] = torch.empty(1, 2**20, 0, 3, 3)
    weights["convs.1.conv.weight"] = torch.empty(1, 2**20, 0, 3, 3)
    _refused(write_torch(tmp_path / "w.pt", weights), "1048576 channels of 8x8 are too many")


def test_truncated_files_are_one_sentence(generator, tmp_path):
    whole = write_pickle(tmp_path / "net.pkl", {"G_ema": nvidia_network(generator)}).read_bytes()
    for part in (0, 1, len(whole) // 3, len(whole) - 1):
        path = tmp_path / "cut.pkl"
        path.write_bytes(whole[:part])
        with pytest.raises(BundleError, match=r"cut\.pkl: .*(empty|cut off)") as caught:
            convert(path, tmp_path / "out")
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
