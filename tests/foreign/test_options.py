"""Foreign generators that would come out silently wrong are refused by the option's name."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from d2animator.bundles.convert import ConvertOptions, convert
from d2animator.errors import BundleError
from d2animator.foreign.network import read_network
from d2animator.models.generators import Generator
from d2animator.models.stylegan3 import AliasFreeConfig
from tests.conftest import TINY
from tests.foreign.foreign_files import (
    EasyDict,
    Persistent,
    nvidia_network,
    rosinality_weights,
    tensorflow_network,
    write_pickle,
    write_torch,
)

SMALL = dataclasses.replace(TINY, img_resolution=16)


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(0)
    made = Generator(SMALL).eval().requires_grad_(False)
    made.mapping.w_avg.normal_()
    return made


def part(network: Persistent, *names: str) -> dict[str, Any]:
    """The state of a module within a network."""
    for name in names:
        network = network.meta["state"]["_modules"][name]
    state: dict[str, Any] = network.meta["state"]
    return state


def refused(path: Path, text: str) -> None:
    with pytest.raises(BundleError, match=text) as caught:
        read_network(path)
    assert len(str(caught.value)) < 500 + len(str(path))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"mapping_kwargs": EasyDict(activation="relu")}, "activation is relu: only lrelu"),
        ({"mapping_kwargs": EasyDict(layer_features=7)}, "layer_features is 7: only 32"),
        ({"synthesis_kwargs": EasyDict(resample_filter=[1, 2, 1])}, "resample_filter is"),
        ({"synthesis_kwargs": EasyDict(architecture="orig")}, "architecture is orig"),
        ({"synthesis_kwargs": EasyDict(kernel_size=5)}, "kernel_size is 5: only 3"),
        ({"lrelu_upsampling": 4}, "lrelu_upsampling is 4: only 2"),
        ({"square": False}, "the option square, which is not understood"),
        ({"rendering_kwargs": EasyDict(depth=48)}, "the option rendering_kwargs"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(generator, tmp_path, options, text):
    network = nvidia_network(generator)
    part(network)["_init_kwargs"] = EasyDict(options)
    refused(write_pickle(tmp_path / "n.pkl", {"G_ema": network}), text)


def test_the_usual_options_are_taken(generator, tmp_path):
    network = nvidia_network(generator)
    part(network)["_init_kwargs"] = EasyDict(
        z_dim=16,
        mapping_kwargs=EasyDict(num_layers=4, lr_multiplier=0.01, layer_features=32),
        synthesis_kwargs=EasyDict(channel_base=512, num_fp16_res=4, conv_clamp=None),
        fused_modconv_default="inference_only",
        resample_filter=[1, 3, 3, 1],
    )
    found = read_network(write_pickle(tmp_path / "n.pkl", {"G_ema": network}))
    z = torch.randn(2, 16)
    torch.testing.assert_close(found.generator(z), generator(z))


@pytest.mark.parametrize(
    ("where", "name", "value", "text"),
    [
        (("mapping", "fc1"), "activation", "relu", "mapping.fc1.activation is relu"),
        (("mapping", "fc1"), "bias_gain", 0.5, "mapping.fc1.bias_gain is 0.5: only 0.01"),
        (("synthesis", "b8", "conv0"), "activation", "swish", "b8.conv0.activation is swish"),
        (("synthesis", "b16"), "architecture", "resnet", "b16.architecture is resnet"),
    ],
)
def test_what_the_layers_say_counts_too(generator, tmp_path, where, name, value, text):
    network = nvidia_network(generator)
    part(network, *where)[name] = value
    refused(write_pickle(tmp_path / "n.pkl", {"G_ema": network}), text)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"mapping_nonlinearity": "relu"}, "mapping_nonlinearity is relu"),
        ({"normalize_latents": False}, "normalize_latents is False: only True"),
        ({"mapping_fmaps": 7}, "mapping_fmaps is 7: only 32"),
        ({"blur_filter": [1, 2, 1]}, "the option blur_filter"),
    ],
)
def test_tensorflows_options(generator, tmp_path, options, text):
    network = tensorflow_network(generator, **options)
    refused(write_pickle(tmp_path / "t.pkl", (network,)), text)


def scaled(generator: Generator, factor: float) -> dict[str, Any]:
    """The same network in rosinality's layout, its mapping trained at another rate."""
    weights = dict(rosinality_weights(generator))
    for name in weights:
        if name.startswith("style."):
            weights[name] = weights[name] * (0.01 / factor)
    return {"g_ema": weights, "latent_avg": generator.mapping.w_avg}


@pytest.mark.parametrize("factor", [0.001, 0.01, 0.1, 1.0])
def test_usual_multipliers_are_told_from_the_weights(generator, tmp_path, factor):
    found = read_network(write_torch(tmp_path / "r.pt", scaled(generator, factor)))
    assert found.assumed == {"mapping_lr_multiplier": f"{factor:g}"}
    z = torch.randn(4, 16)
    torch.testing.assert_close(
        found.generator.mapping(z), generator.mapping(z), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("factor", [0.02, 0.03, 0.3])
def test_an_unusual_multiplier_is_asked_for(generator, tmp_path, factor):
    path = write_torch(tmp_path / "r.pt", scaled(generator, factor))
    refused(path, r"spread of \d.* fits none that is usual .*--lr-multiplier")
    convert(path, tmp_path / "out", ConvertOptions(lr_multiplier=factor))
    found = read_network(path, factor)
    z = torch.randn(4, 16)
    torch.testing.assert_close(
        found.generator.mapping(z), generator.mapping(z), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("layout", ["rosinality", "NVIDIA"])
@pytest.mark.parametrize("wrapper", ["", "module."])
def test_weights_alone_in_either_layout(generator, tmp_path, layout, wrapper):
    """A wrapper of several GPUs leaves its prefix; StyleGAN-NADA saves NVIDIA's names."""
    weights = rosinality_weights(generator) if layout == "rosinality" else generator.state_dict()
    content: dict[str, Any] = {"g_ema": {wrapper + name: t for name, t in weights.items()}}
    if layout == "rosinality":
        content["latent_avg"] = generator.mapping.w_avg
    found = read_network(write_torch(tmp_path / "n.pt", content))
    z = torch.randn(2, 16)
    torch.testing.assert_close(found.generator(z), generator(z), rtol=0, atol=1e-4)


def test_a_whole_network_saved_by_pytorch(generator, tmp_path):
    """As PTI does: the module itself, in PyTorch's container."""
    from tests.foreign.foreign_files import stand_ins

    with stand_ins():
        path = write_torch(tmp_path / "model_PTI.pt", nvidia_network(generator))
    z = torch.randn(2, 16)
    torch.testing.assert_close(read_network(path).generator(z), generator(z))


def test_stylegan3s_weights_alone_do_not_do(tmp_path):
    config = AliasFreeConfig(
        z_dim=8, w_dim=8, img_resolution=16, channel_base=64, channel_max=8, num_layers=4,
        first_stopband=4.0,
    )  # fmt: skip
    path = write_torch(tmp_path / "n.pt", {"g_ema": Generator(config).state_dict()})
    refused(path, "a StyleGAN3 without its options; give the .pkl")


@pytest.mark.parametrize("channels", [1, 4])
def test_other_colours_are_refused(tmp_path, channels):
    grey = Generator(dataclasses.replace(SMALL, img_channels=channels))
    path = write_pickle(tmp_path / "g.pkl", {"G_ema": nvidia_network(grey)})
    refused(path, f"pictures of {channels} channel.*give a generator of colour pictures")
