from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from d2animator.bundles.bundle import Bundle, load_bundle, load_generator, save_bundle
from d2animator.bundles.description import BundleConfig
from d2animator.config import from_dict, to_dict
from d2animator.errors import BundleError, ConfigError, ShapeError
from d2animator.models.generators import Generator
from d2animator.models.stylegan3 import AliasFreeConfig, AliasFreeSynthesis, SynthesisInput

DATA = Path(__file__).parents[1] / "data"
TINY = AliasFreeConfig(
    z_dim=8,
    w_dim=12,
    img_resolution=16,
    channel_base=64,
    channel_max=8,
    num_layers=4,
    margin_size=4,
    first_stopband=4.0,
)


@pytest.fixture(scope="module")
def tiny() -> Generator:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        return Generator(TINY).eval().requires_grad_(False)


@pytest.fixture(scope="module", params=["stylegan3_t_64", "stylegan3_r_64"])
def golden(request: pytest.FixtureRequest) -> tuple[Generator, dict[str, Tensor]]:
    """A generator with an official implementation's weights, and what that one made of them."""
    with safe_open(DATA / f"{request.param}.safetensors", framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        config = from_dict(AliasFreeConfig, json.loads(file.metadata()["config"]))
    generator = Generator(config).eval().requires_grad_(False)
    prefix = "generator."
    state = {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}
    designed = {n: t.clone() for n, t in generator.state_dict().items() if n.endswith("_filter")}
    generator.load_state_dict(state, strict=True)
    # The filters that we design are those that were stored.
    for name, value in designed.items():
        _close(value, state[name], 1e-7)
    return generator, tensors


def _close(ours: Tensor, theirs: Tensor, atol: float = 1e-4) -> None:
    torch.testing.assert_close(ours, theirs, rtol=0, atol=atol)


def test_codes_equal_the_official_ones(golden):
    generator, expected = golden
    _close(generator.mapping(expected["z"]), expected["ws"])
    _close(generator.mapping(expected["z"], truncation_psi=0.7), expected["ws_truncated"])


@pytest.mark.parametrize(
    ("codes", "images"),
    [("ws", "images"), ("ws_truncated", "images_truncated"), ("w_plus", "images_w_plus")],
)
def test_images_equal_the_official_ones(golden, codes, images):
    generator, expected = golden
    _close(generator.synthesis(expected[codes]), expected[images])


def test_interface(tiny):
    assert (tiny.z_dim, tiny.w_dim, tiny.num_ws, tiny.c_dim) == (8, 12, 6, 0)
    assert (tiny.img_resolution, tiny.img_channels) == (16, 3)
    ws = tiny.mapping(torch.randn(2, 8))
    assert ws.shape == (2, 6, 12)
    images = tiny.synthesis(ws)
    assert images.shape == (2, 3, 16, 16)
    assert torch.equal(tiny.synthesis(ws, noise_mode="random"), images)
    with pytest.raises(ConfigError, match="noise_mode"):
        tiny.synthesis(ws, noise_mode="loud")
    with pytest.raises(ShapeError, match=r"ws: expected shape \(batch, 6, 12\)"):
        tiny.synthesis(ws[:, :5])


def test_batch_size_does_not_matter(tiny):
    z = torch.randn(3, 8)
    together = tiny(z)
    _close(together, torch.cat([tiny(one[None]) for one in z]), 1e-5)


def test_autocast_changes_nothing(tiny):
    ws = tiny.mapping(torch.randn(1, 8))
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(tiny.synthesis(ws), tiny.synthesis(ws))
        assert tiny.synthesis(ws).dtype == torch.float32


def _input(generator: Generator) -> SynthesisInput:
    assert isinstance(generator.synthesis, AliasFreeSynthesis)
    return generator.synthesis.input


def test_each_layer_of_the_code_matters():
    generator = Generator(TINY).requires_grad_(False)
    _input(generator).affine.weight.normal_()  # at zero before training
    ws = generator.mapping(torch.randn(1, 8))
    base = generator.synthesis(ws)
    for layer in range(generator.num_ws):
        changed = ws.clone()
        changed[:, layer] += 1
        assert not torch.equal(generator.synthesis(changed), base), layer


def test_training_reaches_every_parameter():
    generator = Generator(TINY)
    with torch.no_grad():
        _input(generator).affine.weight.normal_()
    generator(torch.randn(2, 8)).square().mean().backward()
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_a_shift_of_the_input_shifts_the_features():
    """Equivariance (section 2): the transform moves the signal, not the grid."""
    layer = _input(Generator(TINY).requires_grad_(False))
    w = torch.randn(1, 12)
    still = layer(w)
    step = 1 / layer.step.rate  # one sample, in images
    layer.transform[0, 2] = step
    _close(layer(w)[..., :-1], still[..., 1:], 1e-4)


def test_a_bundle_holds_either_architecture(tiny, tmp_path):
    save_bundle(
        Bundle(BundleConfig(TINY, name="alias-free", coarse_layers=4), tiny), tmp_path / "b"
    )
    loaded = load_bundle(tmp_path / "b")
    assert loaded.config.generator == TINY
    z = torch.randn(1, 8)
    assert torch.equal(load_generator(tmp_path / "b")(z), tiny(z))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"conv_kernel": 5}, "generator.conv_kernel: expected 1 or 3, got 5"),
        ({"convkernel": 3}, r"generator.convkernel: unknown key; did you mean 'conv_kernel'"),
        ({"w_dim": "12"}, "generator.w_dim: expected int"),
        (
            {"architecture": "stylegan9"},
            "generator.architecture: expected one of 'stylegan2', 'stylegan3', got 'stylegan9'",
        ),
    ],
)
def test_errors_in_a_bundle_are_those_of_its_architecture(tiny, tmp_path, change, text):
    save_bundle(Bundle(BundleConfig(TINY, coarse_layers=4), tiny), tmp_path / "b")
    path = tmp_path / "b" / "config.json"
    plain = json.loads(path.read_text())
    plain["generator"] |= change
    path.write_text(json.dumps(plain))
    with pytest.raises(BundleError, match=text) as caught:
        load_generator(tmp_path / "b")
    if "architecture" not in change:
        assert set(caught.value.unexpected) <= {"generator.convkernel"}


def test_steps_of_the_official_configuration():
    """Sizes of T at 1024, as in the names of the official networks' layers."""
    steps = AliasFreeConfig().steps
    sizes = [36, 36, 52, 52, 84, 148, 148, 276, 276, 532, 1044, 1044, 1044, 1024, 1024]
    assert [step.size for step in steps] == sizes
    assert (steps[0].channels, steps[-1].channels) == (512, 3)


def test_configuration_comes_back():
    assert from_dict(AliasFreeConfig, to_dict(TINY)) == TINY


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"architecture": "stylegan2"}, "architecture: expected 'stylegan3'"),
        ({"img_resolution": 48}, "img_resolution: expected a power of two"),
        ({"w_dim": 0}, "w_dim: expected 1 to 4096"),
        ({"c_dim": -1}, "c_dim"),
        ({"margin_size": -1}, "margin_size"),
        ({"conv_kernel": 2}, "conv_kernel: expected 1 or 3"),
        ({"num_critical": 4}, r"num_critical: expected 0 to 3"),
        ({"first_cutoff": 5.0}, "first_cutoff: expected 0 < first_cutoff"),
        ({"last_stopband_rel": 1.0}, "last_stopband_rel: expected above 1"),
        ({"channel_base": 1}, "channel_base: every layer"),
        ({"margin_size": 15_000}, "margin_size: expected 0 to 64"),
        ({"num_layers": 10**9}, "num_layers: expected 1 to 64"),
        ({"output_scale": float("inf")}, "output_scale"),
    ],
)
def test_configuration_is_checked(change, text):
    with pytest.raises(ConfigError, match=text):
        dataclasses.replace(TINY, **change)
