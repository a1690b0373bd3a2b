from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import signal, special

from d2animator.models import ops3
from tests.models import references


@pytest.mark.parametrize(
    ("taps", "cutoff", "half_width", "rate"),
    [(12, 2.0, 6.0, 32), (24, 2.0, 6.0, 64), (12, 30.5, 2.7, 256), (12, 4.0, 0.5, 32)],
)
def test_filters_are_kaisers(taps, cutoff, half_width, rate):
    ours = ops3.low_pass_filter(taps, cutoff, half_width, rate)
    expected = signal.firwin(taps, cutoff, width=2 * half_width, fs=rate)
    np.testing.assert_allclose(ours.numpy(), expected, atol=1e-6)


def test_radial_filter():
    taps, cutoff, half_width, rate = 12, 5.0, 4.0, 64
    ours = ops3.low_pass_filter(taps, cutoff, half_width, rate, radial=True)
    x = (np.arange(taps) - (taps - 1) / 2) / rate
    r = np.hypot(*np.meshgrid(x, x))
    attenuation = signal.kaiser_atten(taps, 2 * half_width / (rate / 2))
    window = np.kaiser(taps, signal.kaiser_beta(attenuation))
    expected = special.j1(2 * math.pi * cutoff * r) / r * np.outer(window, window)
    np.testing.assert_allclose(ours.numpy(), expected / expected.sum(), atol=1e-6)
    torch.testing.assert_close(ours, ours.T)


@pytest.mark.parametrize("size", [7, 10])
@pytest.mark.parametrize(("up", "down"), [(2, 2), (4, 2), (2, 4), (4, 4)])
@pytest.mark.parametrize("padding", [(9, 8), (-3, 5), (0, 0), (30, 31)])
@pytest.mark.parametrize("radial", [False, True])
def test_fast_path_equals_the_reference(size, up, down, padding, radial):
    x, bias = torch.randn(2, 3, size, size), torch.randn(3)
    up_filter = torch.randn(6 * up)
    down_filter = torch.randn(6 * down, 6 * down) if radial else torch.randn(6 * down)
    padding = (padding[0] + 6 * up, padding[1] + 6 * down)
    ours = ops3.filtered_leaky_relu(
        x, bias, up_filter, down_filter, up=up, down=down, padding=padding, clamp=20.0
    )
    kernel = torch.outer(up_filter, up_filter) * up**2
    y = references.upfirdn2d(x + bias[:, None, None], kernel, up, 1, padding)
    y = torch.nn.functional.leaky_relu(y, 0.2) * math.sqrt(2)
    y = y.clamp(-20, 20)
    kernel = down_filter if radial else torch.outer(down_filter, down_filter)
    # Correlation there, convolution here: the same only for symmetric filters, as all of ours.
    expected = references.upfirdn2d(y, kernel.flip(0, 1), 1, down, (0, 0))
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("size", [1, 3])
def test_balanced_convolution_is_the_papers(size):
    x, weight, styles = torch.randn(2, 4, 9, 9), torch.randn(5, 4, size, size), torch.randn(2, 4)
    ours = ops3.balanced_modulated_conv2d(x, weight, styles, torch.tensor(0.5), size // 2)
    expected = references.modulated_conv2d(x, weight, styles) * 0.5
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)


def test_scales_of_weights_and_styles_do_not_matter():
    x, weight, styles = torch.randn(1, 4, 5, 5), torch.randn(5, 4, 3, 3), torch.randn(1, 4)
    one = torch.ones(())
    plain = ops3.balanced_modulated_conv2d(x, weight, styles, one, 2)
    scaled = ops3.balanced_modulated_conv2d(x, weight * 1e3, styles * 1e-2, one, 2)
    torch.testing.assert_close(plain, scaled, rtol=1e-4, atol=1e-4)
    assert plain.shape == (1, 5, 7, 7)


def test_gradients():
    x = torch.randn(1, 2, 5, 5, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(2, dtype=torch.float64, requires_grad=True)
    taps = ops3.low_pass_filter(12, 2.0, 6.0, 32).double()

    def function(x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return ops3.filtered_leaky_relu(x, bias, taps, taps, up=2, down=2, padding=(11, 11))

    assert torch.autograd.gradcheck(function, (x, bias))
