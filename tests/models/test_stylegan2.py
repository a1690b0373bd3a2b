from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from d2animator.bundles.bundle import load_bundle
from d2animator.config import from_dict, to_dict
from d2animator.errors import ConfigError, ShapeError
from d2animator.models import ops
from d2animator.models.generators import Generator, glance
from d2animator.models.stylegan2 import GeneratorConfig
from tests.conftest import TINY

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module", params=["stylegan2_64", "stylegan2_128"])
def golden(request: pytest.FixtureRequest) -> tuple[Generator, dict[str, Tensor]]:
    """A generator with an official implementation's weights, and what that one made of them."""
    with safe_open(DATA / f"{request.param}.safetensors", framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        config = from_dict(GeneratorConfig, json.loads(file.metadata()["config"]))
    generator = Generator(config).eval().requires_grad_(False)
    prefix = "generator."
    state = {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}
    generator.load_state_dict(state, strict=True)
    return generator, tensors


def _close(ours: Tensor, theirs: Tensor, atol: float = 1e-4) -> None:
    torch.testing.assert_close(ours, theirs, rtol=0, atol=atol)


def test_codes_equal_the_official_ones(golden):
    generator, expected = golden
    _close(generator.mapping(expected["z"]), expected["ws"])
    _close(generator.mapping(expected["z"], truncation_psi=0.7), expected["ws_truncated"])


def test_images_equal_the_official_ones(golden):
    generator, expected = golden
    _close(generator(expected["z"]), expected["images"])
    _close(generator(expected["z"], truncation_psi=0.7), expected["images_truncated"])
    _close(generator.synthesis(expected["w_plus"]), expected["images_w_plus"])


def test_images_under_bf16_autocast_are_near(golden):
    generator, expected = golden
    with torch.autocast("cpu", torch.bfloat16):
        images = generator.synthesis(expected["w_plus"])
    assert images.dtype == torch.float32
    error = (images - expected["images_w_plus"]).square().mean().sqrt()
    assert float(error) < 0.02 * float(expected["images_w_plus"].std())


def test_interface(tiny_generator):
    assert (tiny_generator.z_dim, tiny_generator.w_dim, tiny_generator.num_ws) == (16, 32, 8)
    assert (tiny_generator.img_resolution, tiny_generator.img_channels) == (32, 3)
    ws = tiny_generator.mapping(torch.randn(2, 16))
    assert ws.shape == (2, 8, 32)
    assert tiny_generator.synthesis(ws).shape == (2, 3, 32, 32)


def test_batch_size_does_not_matter(tiny_generator):
    z = torch.randn(3, 16)
    together = tiny_generator(z)
    alone = torch.cat([tiny_generator(one[None]) for one in z])
    _close(together, alone, 1e-5)


def test_each_layer_of_the_code_matters(tiny_generator):
    ws = tiny_generator.mapping(torch.randn(1, 16))
    base = tiny_generator.synthesis(ws)
    for layer in range(tiny_generator.num_ws):
        changed = ws.clone()
        changed[:, layer] += 1
        assert not torch.equal(tiny_generator.synthesis(changed), base)


def test_noise_modes():
    generator = Generator(TINY).requires_grad_(False)
    ws = generator.mapping(torch.randn(1, 16))
    silent = generator.synthesis(ws, noise_mode="none")
    _close(generator.synthesis(ws), silent, 1e-5)  # strengths start at zero
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            parameter.fill_(0.5)
    constant = generator.synthesis(ws)
    assert torch.equal(constant, generator.synthesis(ws, noise_mode="const"))
    assert not torch.equal(constant, silent)
    first, second = (generator.synthesis(ws, noise_mode="random") for _ in range(2))
    assert not torch.equal(first, second)
    with pytest.raises(ConfigError, match="noise_mode: expected one of const, random, none"):
        generator.synthesis(ws, noise_mode="loud")


def test_without_noise_there_are_no_noise_tensors():
    generator = Generator(dataclasses.replace(TINY, noise=False))
    assert not [name for name in generator.state_dict() if "noise" in name]
    ws = generator.mapping(torch.randn(1, 16))
    assert torch.equal(
        generator.synthesis(ws, noise_mode="random"), generator.synthesis(ws, noise_mode="none")
    )


def test_clamp_limits_activations():
    generator = Generator(dataclasses.replace(TINY, conv_clamp=0.1)).requires_grad_(False)
    images = generator(torch.randn(2, 16))
    # Four resolutions add at most 0.1 each; the low-pass of the sum does not overshoot.
    assert float(images.abs().max()) <= 0.4 + 1e-6


def test_truncation():
    generator = Generator(TINY)
    generator.mapping.w_avg.copy_(torch.randn(32))
    z = torch.randn(2, 16)
    ws = generator.mapping(z)
    mean = generator.mapping.w_avg.expand(2, 8, 32)
    _close(generator.mapping(z, truncation_psi=0), mean)
    _close(generator.mapping(z, truncation_psi=0.5), (ws + mean) / 2)
    partly = generator.mapping(z, truncation_psi=0.5, truncation_cutoff=3)
    _close(partly[:, :3], ((ws + mean) / 2)[:, :3])
    assert torch.equal(partly[:, 3:], ws[:, 3:])


def test_running_average_of_w():
    mapping = Generator(TINY).mapping
    w = torch.randn(4, 32)
    mapping.update_average(w, beta=0.75)
    _close(mapping.w_avg, 0.25 * w.mean(0), 1e-6)
    mapping.update_average(w, beta=0.0)
    _close(mapping.w_avg, w.mean(0), 1e-6)


def test_class_labels():
    generator = Generator(dataclasses.replace(TINY, c_dim=3)).requires_grad_(False)
    z, c = torch.randn(1, 16), torch.eye(3)
    images = [generator(z, c[index : index + 1]) for index in range(3)]
    assert not torch.equal(images[0], images[1])
    assert "mapping.embed.weight" in generator.state_dict()
    for wrong in (None, torch.zeros(1, 2), torch.zeros(2, 3)):
        with pytest.raises(ShapeError, match=r"^c: "):
            generator.mapping(z, wrong)


@pytest.mark.parametrize("autocast", [False, True])
def test_training_reaches_every_parameter(autocast):
    generator = Generator(TINY)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        images = generator(torch.randn(2, 16), noise_mode="random")
    images.square().mean().backward()
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_double_precision_is_kept():
    generator = Generator(TINY).double().requires_grad_(False)
    assert generator(torch.randn(1, 16, dtype=torch.float64)).dtype == torch.float64


def test_wrong_shapes_are_named(tiny_generator):
    with pytest.raises(ShapeError, match=r"z: expected shape \(batch, 16\), got \(2, 17\)"):
        tiny_generator.mapping(torch.randn(2, 17))
    with pytest.raises(ShapeError, match=r"ws: expected shape \(batch, 8, 32\), got \(2, 32\)"):
        tiny_generator.synthesis(torch.randn(2, 32))


def test_channels_of_configuration():
    config = GeneratorConfig(img_resolution=256, channel_base=16384)
    assert [config.channels_at(r) for r in (4, 32, 64, 256)] == [512, 512, 256, 64]
    assert config.num_ws == 14
    named = dataclasses.replace(config, channels={"256": 7})
    assert (named.channels_at(256), named.channels_at(128)) == (7, 128)
    assert from_dict(GeneratorConfig, to_dict(named)) == named


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"architecture": "stylegan9"}, "architecture: expected 'stylegan2'"),
        ({"img_resolution": 48}, "img_resolution: expected a power of two"),
        ({"img_resolution": 2}, "img_resolution"),
        ({"w_dim": 0}, "w_dim: expected 1 to 4096, got 0"),
        ({"c_dim": -1}, "c_dim: expected 0 to"),
        ({"channels": {"64": 8}}, "channels: no such resolution: 64"),
        ({"channels": {"32": 0}}, "channels: every layer needs"),
        ({"channel_base": 16}, "channels: every layer needs"),
        ({"z_dim": 10**6}, "z_dim: expected 1 to 4096"),
        ({"num_mapping_layers": 10**9}, "num_mapping_layers"),
        ({"channels": {"32": 2**20}}, "1048576 channels of 32x32 are too many"),
        ({"img_resolution": 2**40}, "img_resolution: expected 1 to 8192"),
        ({"mapping_lr_multiplier": float("nan")}, "mapping_lr_multiplier: expected above 0"),
        ({"conv_clamp": -1.0}, "conv_clamp"),
    ],
)
def test_configuration_is_checked(change, text):
    with pytest.raises(ConfigError, match=text):
        dataclasses.replace(TINY, **change)


def test_a_coarse_picture_is_the_sum_of_the_colours_so_far(tiny_generator):
    w_plus = tiny_generator.mapping(torch.randn(2, tiny_generator.z_dim))
    whole = tiny_generator.synthesis(w_plus)
    assert torch.equal(tiny_generator.synthesis(w_plus, resolution=32), whole)
    coarse = tiny_generator.synthesis(w_plus, resolution=16)
    assert coarse.shape == (2, 3, 16, 16)
    # The last block only adds its own colours to it.
    seen = []
    hook = tiny_generator.synthesis.b32.torgb.register_forward_hook(
        lambda _module, _inputs, colours: seen.append(colours)
    )
    tiny_generator.synthesis(w_plus)
    hook.remove()
    assert torch.allclose(ops.upsample2d(coarse) + seen[0], whole, atol=1e-5)
    with pytest.raises(ConfigError, match="resolution: expected one of 4, 8, 16, 32, got 64"):
        tiny_generator.synthesis(w_plus, resolution=64)


def test_a_glance_is_half_as_fine_where_that_is_enough(tiny_generator):
    w_plus = tiny_generator.mapping(torch.randn(1, tiny_generator.z_dim))
    assert glance(tiny_generator, w_plus).shape[-1] == 32
    puppets = load_bundle(None).generator
    w_plus = puppets.mapping(torch.randn(1, puppets.z_dim))
    assert glance(puppets, w_plus).shape[-1] == 128
