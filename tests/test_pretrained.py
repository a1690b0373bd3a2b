from __future__ import annotations

import numpy as np
import pytest
import torch

from d2animator import D2Animator
from d2animator.bundles.bundle import save_bundle
from d2animator.engines.engine import TorchEngine
from d2animator.errors import ConfigError
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.models.devices import pick_dtype
from d2animator.models.stylegan3 import AliasFreeConfig
from d2animator.performers.portrait import Portrait
from tests.seeing import seeing
from tests.steadiness import Check

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tiny_bundle, tmp_path_factory):
    path = tmp_path_factory.mktemp("pretrained") / "seeing"
    save_bundle(seeing(tiny_bundle), path)
    return path


def test_animate_in_bfloat16_is_close_to_float32(folder, seed: int, check: Check):
    picture = np.random.default_rng(seed).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    drawn = {}
    for dtype in (None, "bfloat16", torch.bfloat16):
        quick = InversionOptions(steps=1)
        animator = D2Animator.from_pretrained(
            folder, dtype=dtype, device="cpu", inversion=quick, marks=UNMARKED
        )
        portrait = animator.prepare(picture)
        assert portrait.w_plus.dtype == torch.float32
        done = animator.animate(portrait, [picture] * 2)
        assert done.images is not None
        drawn[dtype] = np.stack(done.images).astype(float)
    assert (drawn["bfloat16"] == drawn[torch.bfloat16]).all()
    difference = np.abs(drawn["bfloat16"] - drawn[None])
    assert difference.any()
    check("difference", difference.mean(), below=2)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_close_to_single(tiny_generator, dtype, seed: int, check: Check):
    generator = tiny_generator
    w_plus = generator.mapping(torch.randn(1, generator.z_dim))
    points = torch.zeros(98, 2)
    exact = Portrait(generator, w_plus, points).reconstruction()
    half = Portrait(
        generator, w_plus, points, engine=TorchEngine(generator, dtype)
    ).reconstruction()
    assert half.dtype == torch.float32
    assert not torch.equal(half, exact)
    check("off", (half - exact).abs().max() / exact.abs().max(), below=0.05)


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_on_a_gpu(folder, dtype):
    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    animator = D2Animator.from_pretrained(folder, dtype=dtype, device="cuda", marks=UNMARKED)
    picture = np.zeros((64, 64, 3), dtype=np.uint8)
    assert animator.animate(picture, [picture]).images is not None


@pytest.mark.parametrize(
    ("name", "device", "text"),
    [
        ("float16", "cpu", "float16 is not supported on cpu; use float32 or bfloat16"),
        ("bfloat16", "mps", "bfloat16 is not supported on mps; use float32"),
        ("int8", "cuda", "expected one of float32, bfloat16, float16, got int8"),
        (torch.float64, "cpu", "expected one of"),
    ],
)
def test_what_cannot_be_had_is_said(name, device, text):
    with pytest.raises(ConfigError, match=text):
        pick_dtype(name, torch.device(device))


def test_stylegan3_draws_in_single_precision_alone():
    architecture = AliasFreeConfig(z_dim=16, w_dim=32, img_resolution=32).architecture
    assert pick_dtype("float32", CPU, architecture) == torch.float32
    with pytest.raises(ConfigError, match="draws in float32 alone, got bfloat16"):
        pick_dtype("bfloat16", CPU, architecture)


def test_names_of_precisions():
    assert pick_dtype(None, CPU) == pick_dtype("float32", CPU) == torch.float32
    assert pick_dtype(torch.bfloat16, CPU) == pick_dtype("bfloat16", CPU) == torch.bfloat16
    assert pick_dtype("float16", torch.device("cuda")) == torch.float16


def test_saved_and_loaded(folder, tmp_path):
    animator = D2Animator.from_pretrained(folder, device="cpu", marks=UNMARKED)
    animator.save_pretrained(tmp_path / "b", pictures=2)
    again = D2Animator.from_pretrained(tmp_path, subfolder="b", device="cpu", marks=UNMARKED)
    assert again.bundle.config.files == animator.bundle.config.files
    assert (tmp_path / "b" / "README.md").is_file()
    animator.save_pretrained(tmp_path / "c", with_generator=False, generator_source="../b")
    D2Animator.from_pretrained(tmp_path / "c", device="cpu", marks=UNMARKED)
