from __future__ import annotations

import numpy as np
import pytest
import torch

from d2animator import D2Animator
from d2animator.engines import choice
from d2animator.engines.choice import Engines, engines_here, has_openvino, pick_engines
from d2animator.engines.engine import TorchEngine
from d2animator.errors import ConfigError
from d2animator.marks.options import UNMARKED
from d2animator.models.generators import Generator
from d2animator.models.stylegan3 import AliasFreeConfig
from tests.seeing import seeing

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
needs_openvino = pytest.mark.skipif(not has_openvino(), reason="openvino is not installed")


def test_auto_is_openvino_on_a_cpu_where_it_is_installed(monkeypatch) -> None:
    monkeypatch.setattr(choice, "has_openvino", lambda: True)
    assert pick_engines("auto", CPU).name == "openvino"
    assert pick_engines("auto", CUDA).name == "torch"
    monkeypatch.setattr(choice, "has_openvino", lambda: False)
    assert pick_engines("auto", CPU).name == "torch"
    with pytest.raises(ConfigError, match=r"engine: openvino is not installed.*d2animator\[fast\]"):
        pick_engines("openvino", CPU)


def test_what_cannot_be_had_is_said() -> None:
    with pytest.raises(ConfigError, match="expected one of auto, torch, openvino, got 'onnx'"):
        pick_engines("onnx", CPU)
    with pytest.raises(ConfigError, match="openvino draws on the CPU, not on cuda"):
        pick_engines("openvino", CUDA)
    with pytest.raises(ConfigError, match="float16 is not supported on cpu"):
        pick_engines("auto", CPU, "float16")
    with pytest.raises(ConfigError, match="engine"):
        D2Animator.from_pretrained(engine="onnx", device="cpu")


def test_pytorch_draws_in_the_precision_asked_for(tiny_generator) -> None:
    engine = Engines("torch", torch.bfloat16).generator(tiny_generator)
    assert isinstance(engine, TorchEngine)
    assert engine.dtype == torch.bfloat16
    plain = Engines().generator(tiny_generator)
    assert isinstance(plain, TorchEngine)
    assert plain.dtype == torch.float32


def test_small_generators_and_stylegan3_are_pytorchs(tiny_generator, monkeypatch) -> None:
    alias_free = Generator(AliasFreeConfig(z_dim=16, w_dim=32, img_resolution=32))
    assert isinstance(Engines("openvino").generator(alias_free), TorchEngine)
    monkeypatch.setattr(choice, "has_openvino", lambda: True)
    assert pick_engines("auto", CPU, None, tiny_generator.config).name == "torch"
    assert pick_engines("openvino", CPU, None, tiny_generator.config).name == "openvino"


def test_what_draws_here_is_told(monkeypatch) -> None:
    assert engines_here()[-1] == "torch, fp32"
    assert len(engines_here()) == 1 + has_openvino()
    monkeypatch.setattr(choice, "has_openvino", lambda: False)
    assert engines_here() == ("torch, fp32",)


@needs_openvino
def test_frames_of_both_engines_are_the_same(tiny_bundle) -> None:
    bundle = seeing(tiny_bundle)
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    frames = {}
    for name in ("torch", "openvino"):
        animator = D2Animator(bundle, dtype="float32", engine=name, marks=UNMARKED)
        stranger = animator.stranger(1)
        done = animator.animate(stranger, [picture, picture[::-1], picture], batch_size=2)
        assert done.images is not None
        frames[name] = np.stack(done.images).astype(int)
    assert np.abs(frames["torch"] - frames["openvino"]).max() <= 1
