from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from d2animator.models import ops
from tests.models import references

sizes = st.integers(1, 5)


def _inputs(
    batch: int, inputs: int, outputs: int, height: int, width: int, kernel: int, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    shapes = ((batch, inputs, height, width), (outputs, inputs, kernel, kernel), (batch, inputs))
    x, weight, styles = (
        torch.randn(shape, generator=draw, dtype=torch.float64, requires_grad=True)
        for shape in shapes
    )
    return x, weight, styles


def _convolved(x: Tensor, weight: Tensor, styles: Tensor, up: int) -> Tensor:
    y, scale = ops.modulated_conv2d(x, weight, styles, up)
    return y * scale.to(y.dtype)[:, :, None, None]


@settings(deadline=None, max_examples=60)
@given(
    sizes, sizes, sizes, sizes, sizes, st.sampled_from([(1, 1), (3, 1), (3, 2)]),
    st.integers(0, 99),
)  # fmt: skip
def test_fast_modulated_convolution_equals_the_reference(
    batch, inputs, outputs, height, width, kernel_up, seed
):
    kernel, up = kernel_up
    leaves = _inputs(batch, inputs, outputs, height, width, kernel, seed)
    fast = _convolved(*leaves, up=up)
    slow = references.modulated_conv2d(*leaves, up=up)
    assert fast.shape == (batch, outputs, height * up, width * up)
    torch.testing.assert_close(fast, slow)
    toward = torch.randn_like(slow)
    gradients = (torch.autograd.grad(y, leaves, toward) for y in (fast, slow))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("up", [1, 2])
@pytest.mark.parametrize("noise_shape", [None, (1,), (2, 1)])
@pytest.mark.parametrize("clamp", [None, 0.5])
def test_styled_convolution_is_the_sum_of_its_parts(up, noise_shape, clamp):
    x, weight, styles = _inputs(2, 3, 4, 5, 5, 3, 0)
    bias = torch.randn(4, dtype=torch.float64)
    noise = None
    if noise_shape:
        noise = torch.randn(*noise_shape, 5 * up, 5 * up, dtype=torch.float64)
    y = ops.styled_conv2d(x, weight, styles, bias, noise, up=up, clamp=clamp)
    plain = references.modulated_conv2d(x, weight, styles, up=up) + bias[:, None, None]
    plain = plain if noise is None else plain + noise
    plain = torch.nn.functional.leaky_relu(plain, 0.2) * math.sqrt(2)
    torch.testing.assert_close(y, plain if clamp is None else plain.clamp(-clamp, clamp))


def test_styled_convolution_gradients():
    x, weight, styles = _inputs(2, 2, 3, 3, 3, 3, 0)
    bias = torch.randn(3, dtype=torch.float64, requires_grad=True)
    noise = torch.randn(6, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda *leaves: ops.styled_conv2d(*leaves, up=2), (x, weight, styles, bias, noise)
    )


def test_to_rgb_is_a_modulated_convolution_with_bias():
    x, weight, styles = _inputs(2, 5, 3, 4, 6, 1, 0)
    bias = torch.randn(3, dtype=torch.float64)
    expected = references.modulated_conv2d(x, weight, styles, demodulate=False)
    expected = expected + bias[:, None, None]
    torch.testing.assert_close(ops.to_rgb(x, weight, styles, bias), expected)
    clamped = ops.to_rgb(x, weight, styles, bias, clamp=0.5)
    torch.testing.assert_close(clamped, expected.clamp(-0.5, 0.5))


def test_memory_format_does_not_matter():
    x, weight, styles = _inputs(2, 3, 4, 5, 6, 3, 0)
    last = x.detach().contiguous(memory_format=torch.channels_last)
    for up in (1, 2):
        y = _convolved(last, weight, styles, up)
        torch.testing.assert_close(y, _convolved(x, weight, styles, up))


@pytest.mark.parametrize("noise_shape", [None, (), (2, 1)])
@pytest.mark.parametrize("up", [1, 2])
def test_channels_last_stays_so(noise_shape, up):
    # Else every following convolution would have to reorder its input.
    x = torch.randn(2, 8, 4, 4).contiguous(memory_format=torch.channels_last)
    noise = None if noise_shape is None else torch.randn(*noise_shape, 4 * up, 4 * up)
    weight, styles = torch.randn(8, 8, 3, 3), torch.randn(2, 8)
    y = ops.styled_conv2d(x, weight, styles, torch.zeros(8), noise, up=up)
    assert y.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("up", [1, 2])
def test_half_precision_stays_close_even_for_extreme_styles(dtype, up):
    x, weight, styles = (leaf.float().detach() for leaf in _inputs(2, 64, 8, 6, 6, 3, 0))
    # bf16 has fp32's range; fp16 would overflow here without the normalisation.
    styles = styles * 3000
    exact = _convolved(x, weight, styles, up)
    y = _convolved(x.to(dtype), weight, styles, up)
    assert y.dtype == dtype
    assert float((y.float() - exact).abs().max()) < 0.08 * float(exact.abs().max())


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 4, 5)])
def test_upsampling_equals_the_reference(shape):
    x = torch.randn(shape, dtype=torch.float64)
    kernel = ops.resample_filter() * 4
    # Two zeros before and one after each axis are what centres the taps on the pixels.
    full = references.upfirdn2d(x, kernel, up=2, padding=(2, 2))
    torch.testing.assert_close(ops.upsample2d(x), full[:, :, :-1, :-1])


def test_upfirdn_reference_by_hand():
    x = torch.tensor([[[[1.0, 2.0]]]])
    kernel = torch.tensor([[1.0, 10.0]])
    y = references.upfirdn2d(x, kernel, up=2, padding=(1, 1))
    assert y.squeeze().tolist() == [
        [0, 0, 0, 0, 0],
        [1, 10, 2, 20, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
    ]


def test_filter_and_demodulation_keep_variance():
    assert float(ops.resample_filter().sum()) == pytest.approx(1)
    weight, styles = torch.randn(6, 5, 3, 3), torch.randn(2, 5)
    scaled = weight[None] * styles[:, None, :, None, None]
    norms = (
        (scaled * ops.demodulation(weight, styles)[:, :, None, None, None]).flatten(2).norm(dim=2)
    )
    torch.testing.assert_close(norms, torch.ones(2, 6))


def test_second_moment():
    x = ops.normalise_second_moment(torch.randn(3, 7) * 5)
    torch.testing.assert_close(x.square().mean(1), torch.ones(3))


def test_other_factors_are_refused():
    x, weight, styles = _inputs(1, 1, 1, 2, 2, 3, 0)
    with pytest.raises(ValueError, match="up: expected 1 or 2, got 3"):
        ops.modulated_conv2d(x, weight, styles, up=3)
