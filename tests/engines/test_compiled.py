from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from d2animator.engines.engine import TorchEngine
from d2animator.engines.precision import LEAST_PSNR, draws_the_same, psnr
from d2animator.models.generators import Generator, glance
from d2animator.models.stylegan2 import GeneratorConfig
from d2animator.models.stylegan3 import AliasFreeConfig

pytest.importorskip("openvino")

from d2animator.engines.compiled import OpenVinoEngine
from d2animator.engines.running import has_bfloat16

SMALL = GeneratorConfig(
    z_dim=16, w_dim=32, img_resolution=256, num_mapping_layers=2, channel_base=2048, channel_max=16
)
EXACT = 3e-5


def made(config: Any) -> Generator:
    """A generator with random weights, biases and noise."""
    generator = Generator(config).eval().requires_grad_(False)
    for name, value in generator.named_parameters():
        if name.endswith("noise_strength") or (name.endswith("bias") and "affine" not in name):
            value.normal_().mul_(0.1)
    return generator


def codes(generator: Generator, count: int) -> Tensor:
    own = torch.randn(count, generator.num_ws, generator.w_dim)
    return generator.mapping.w_avg + 0.5 * own


class Kept:
    """Remembers like the cache, in memory."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, object]] = {}

    def get(self, key: str) -> tuple[dict[str, Tensor], dict[str, object]] | None:
        return ({}, self.entries[key]) if key in self.entries else None

    def put(self, key: str, tensors: Mapping[str, Tensor], figures: Mapping[str, object]) -> None:
        self.entries[key] = dict(figures)


@pytest.mark.parametrize("clamp", [None, 0.5])
@pytest.mark.parametrize("noise", [True, False])
def test_it_draws_what_pytorch_draws(noise: bool, clamp: float | None) -> None:
    generator = made(replace(SMALL, noise=noise, conv_clamp=clamp))
    engine = OpenVinoEngine(generator, 2, torch.float32)
    w_plus = codes(generator, 5)
    with torch.inference_mode():
        whole, coarse = generator.synthesis(w_plus), glance(generator, w_plus)
    assert whole.shape[-1] == 2 * coarse.shape[-1]
    assert (engine.draw(w_plus) - whole).abs().max() < EXACT * whole.abs().max()
    assert (engine.glance(w_plus) - coarse).abs().max() < EXACT * coarse.abs().max()


def test_frames_are_the_same_one_by_one_and_however_many_threads(tiny_generator) -> None:
    w_plus = codes(tiny_generator, 5)
    drawn = [OpenVinoEngine(tiny_generator, n, torch.float32).draw(w_plus) for n in (1, 3)]
    one = OpenVinoEngine(tiny_generator, 1, torch.float32)
    single = torch.cat([one.draw(code) for code in w_plus.split(1)])
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[0], single)


def test_what_was_drawn_stays_when_more_is_drawn(tiny_generator) -> None:
    engine = OpenVinoEngine(tiny_generator, 2, torch.float32)
    first = engine.draw(codes(tiny_generator, 3))
    kept = first.clone()
    engine.draw(codes(tiny_generator, 4))
    assert torch.equal(first, kept)


def test_several_threads_may_draw_at_once(tiny_generator) -> None:
    engine = OpenVinoEngine(tiny_generator, 2, torch.float32)
    batches = [codes(tiny_generator, 1 + index % 4) for index in range(24)]
    with ThreadPoolExecutor(6) as pool:
        drawn = list(pool.map(engine.draw, batches))
    for w_plus, images in zip(batches, drawn, strict=True):
        assert torch.equal(images, engine.draw(w_plus))


def test_what_it_cannot_take_pytorch_draws(caplog) -> None:
    generator = made(AliasFreeConfig(z_dim=16, w_dim=32, img_resolution=32, channel_base=512))
    w_plus = codes(generator, 1)
    with torch.inference_mode():
        expected = generator.synthesis(w_plus)
    with caplog.at_level(logging.WARNING, "d2animator"):
        engine = OpenVinoEngine(generator, 1)
        assert torch.equal(engine.draw(w_plus), expected)
    assert "OpenVINO cannot draw this generator, PyTorch does" in caplog.text


def test_a_graph_that_does_not_compile_is_no_error(tiny_generator, caplog) -> None:
    broken = copy.deepcopy(tiny_generator)
    broken.synthesis.b8.conv1.bias.data = torch.zeros(3)  # fits nothing
    with caplog.at_level(logging.WARNING, "d2animator"), pytest.raises(RuntimeError):
        OpenVinoEngine(broken, 1).draw(codes(broken, 1))  # nor can PyTorch draw it
    assert "OpenVINO cannot draw" in caplog.text


def test_bfloat16_is_measured_once_for_each_generator(tiny_generator) -> None:
    if not has_bfloat16():
        pytest.skip("no bfloat16 here")
    kept = Kept()
    w_plus = codes(tiny_generator, 2)
    chosen = OpenVinoEngine(tiny_generator, 1, memory=kept).draw(w_plus)
    ((key, figures),) = kept.entries.items()
    exact = OpenVinoEngine(tiny_generator, 1, torch.float32).draw(w_plus)
    assert isinstance(figures["psnr"], float)
    assert torch.equal(chosen, exact) == (figures["psnr"] < LEAST_PSNR)
    for told, same in ((LEAST_PSNR - 1, True), (LEAST_PSNR + 1, False)):
        kept.entries[key] = {"psnr": told}
        again = OpenVinoEngine(tiny_generator, 1, memory=kept).draw(w_plus)
        assert torch.equal(again, exact) == same


def test_a_precision_that_draws_something_else_is_refused(tiny_generator) -> None:
    exact = TorchEngine(tiny_generator)
    other = TorchEngine(made(tiny_generator.config))
    assert draws_the_same(tiny_generator, exact, exact, "here")
    assert not draws_the_same(tiny_generator, exact, other, "here")


def test_psnr_is_that_of_pictures() -> None:
    black, white = -torch.ones(3, 4, 4), torch.ones(3, 4, 4)
    assert psnr(black, white) == 0
    assert psnr(white, 3 * white) > 100  # what is clipped is the same
    assert psnr(black, 0.8 * black) == pytest.approx(20)
