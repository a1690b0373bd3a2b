"""StyleGAN2's synthesis as a graph of OpenVINO's operations, with codes as its input.

The arithmetic is that of `d2animator.models.ops`, whose symbols stand here, too. As the codes come
at run time, one compiled graph draws every source. Noise stays one constant a layer: folded into
the bias it would be as large as the features.
"""

from __future__ import annotations

import math

import numpy as np
import openvino as ov
from openvino import Node
from openvino import opset13 as op

from d2animator.engines.constants import constant, integers
from d2animator.models.mapping import FullyConnectedLayer
from d2animator.models.ops import EPSILON, FILTER_TAPS, SLOPE
from d2animator.models.stylegan2 import (
    SynthesisBlock,
    SynthesisLayer,
    SynthesisNetwork,
    ToRGBLayer,
)

_GAIN = math.sqrt(2.0)


def synthesis_graph(synthesis: SynthesisNetwork, side: int) -> ov.Model:
    """Make the graph that draws one code.

    Args:
        synthesis: Its weights become constants.
        side: Draw up to the block of this side, see `SynthesisNetwork.forward`.

    Returns:
        From codes (1, L, D) to pictures (1, C, side, side), fp32.
    """
    codes = op.parameter([1, synthesis.num_ws, synthesis.w_dim], np.float32, "w_plus")
    x = image = None
    first = 0
    for resolution in synthesis.resolutions:
        block = synthesis.get_submodule(f"b{resolution}")
        if not isinstance(block, SynthesisBlock):
            raise TypeError(f"b{resolution} is no block of a StyleGAN2")
        own = [_code(codes, first + index) for index in range(block.num_convs + 1)]
        x = constant(block.const[None]) if x is None else _layer(x, block.conv0, own[0])
        x = _layer(x, block.conv1, own[-2])
        colours = _colours(x, block.torgb, own[-1])
        image = colours if image is None else op.add(_doubled(image, colours), colours)
        # The RGB layer shares its code with the first convolution of the next block.
        first += block.num_convs
        if resolution == side:
            break
    return ov.Model([image], [codes], "synthesis")


def _code(codes: Node, layer: int) -> Node:
    """Code (1, D) of a layer."""
    return op.gather(codes, integers(layer), integers(1))


def _styles(affine: FullyConnectedLayer, code: Node, gain: float = 1.0) -> Node:
    """Styles s (1, I)."""
    weight = affine.weight * (affine.weight_gain * gain)
    bias = affine.bias * (affine.bias_gain * gain)
    return op.add(op.matmul(code, constant(weight), False, True), constant(bias[None]))


def _as_map(factors: Node) -> Node:
    """(1, C) to (1, C, 1, 1)."""
    return op.unsqueeze(factors, integers(2, 3))


def _layer(x: Node, layer: SynthesisLayer, code: Node) -> Node:
    """``√2 lrelu(d y + n + b)`` of one layer, as in `ops.styled_conv2d`."""
    styles = _styles(layer.affine, code)
    weight = layer.weight.detach()
    # √2 d = rsqrt((s² (Σ W²)ᵀ + ε) / 2)
    power = constant(weight.square().sum(dim=(2, 3)) / 2)
    total = op.matmul(op.multiply(styles, styles), power, False, True)
    scale = op.power(op.add(total, constant(EPSILON / 2)), constant(-0.5))
    y = _convolution(op.multiply(x, _as_map(styles)), layer)
    y = op.multiply(y, _as_map(scale))
    if layer.has_noise:
        y = op.add(y, constant((layer.noise_const * layer.noise_strength * _GAIN)[None, None]))
    y = op.add(y, constant((layer.bias * _GAIN)[None, :, None, None]))
    y = op.prelu(y, constant([SLOPE]))
    return y if layer.clamp is None else op.clamp(y, -layer.clamp, layer.clamp)


def _convolution(styled: Node, layer: SynthesisLayer) -> Node:
    """``conv(x s, W)``, low-passed where it doubles the size."""
    weight = layer.weight.detach()
    if layer.up == 1:
        return op.convolution(styled, constant(weight), [1, 1], [1, 1], [1, 1], [1, 1])
    spread = constant(weight.transpose(0, 1))
    y = op.convolution_backprop_data(styled, spread, [2, 2], None, [0, 0], [0, 0], [1, 1])
    return op.group_convolution(y, _low_pass(len(weight)), [1, 1], [1, 1], [1, 1], [1, 1])


def _colours(x: Node, layer: ToRGBLayer, code: Node) -> Node:
    """Colours (1, C, H, W) of features, as in `ops.to_rgb`."""
    styles = _styles(layer.affine, code, layer.weight_gain)
    styled = op.multiply(x, _as_map(styles))
    y = op.convolution(styled, constant(layer.weight), [1, 1], [0, 0], [0, 0], [1, 1])
    y = op.add(y, constant(layer.bias[None, :, None, None]))
    return y if layer.clamp is None else op.clamp(y, -layer.clamp, layer.clamp)


def _doubled(image: Node, like: Node) -> Node:
    """Zeros inserted and low-passed, as in `ops.upsample2d`; as many colours as ``like``."""
    kernels = _low_pass(like.get_output_shape(0)[1])
    return op.group_convolution_backprop_data(image, kernels, [2, 2], None, [1, 1], [1, 1], [1, 1])


def _low_pass(channels: int) -> Node:
    """[1, 3, 3, 1] ⊗ [1, 3, 3, 1] / 16 for each channel: (C, 1, 1, 4, 4)."""
    kernel = np.outer(FILTER_TAPS, FILTER_TAPS) / (2 * sum(FILTER_TAPS))
    return constant(np.tile(kernel, (channels, 1, 1, 1, 1)))
