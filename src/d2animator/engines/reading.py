"""The bundled landmark network as OpenVINO reads it, about twice as fast on a CPU as PyTorch.

Always in fp32: in bfloat16 its points are off by up to a hundredth of the crop.
"""

from __future__ import annotations

import logging
import threading

import numpy as np
import openvino as ov
import torch
from openvino import Node
from openvino import opset13 as op
from torch import Tensor, nn

from d2animator.engines.constants import constant, integers
from d2animator.engines.running import Running
from d2animator.models.landmarks import (
    LOG_SCALE_RANGE,
    LandmarkNetwork,
    LandmarkNetworkConfig,
    LandmarkPrediction,
)
from d2animator.models.outline import OutlineNetwork

_log = logging.getLogger(__name__)

# Crops that are read together where there are as many: a third less work for each.
_TOGETHER = 8


class CompiledLandmarks(nn.Module):
    """A landmark network, compiled when it first reads; see `LandmarkNetwork`.

    Where it does not compile, PyTorch reads, and a message says so. Several threads may ask at
    once.
    """

    def __init__(self, network: LandmarkNetwork, threads: int) -> None:
        """Take a network, on a CPU; later changes of its weights change nothing.

        Args:
            network: The network, in evaluation mode.
            threads: Most threads to read with.
        """
        super().__init__()
        self.network = network
        self._threads, self._compiling = threads, threading.Lock()
        self._running: dict[int, Running | None] = {}

    @property
    def config(self) -> LandmarkNetworkConfig:
        """Shape of the network."""
        return self.network.config

    @property
    def outline(self) -> OutlineNetwork | None:
        """Tells the visible contour, see `LandmarkNetwork`."""
        return self.network.outline

    def forward(self, images: Tensor) -> LandmarkPrediction:
        """Find the points of crops (B, 3, S, S), see `LandmarkNetwork.forward`."""
        many = len(images) - len(images) % _TOGETHER
        read = []
        for size, part in ((_TOGETHER, images[:many]), (1, images[many:])):
            if len(part):
                running = self._compiled(size)
                if running is None:
                    found: LandmarkPrediction = self.network(images)
                    return found
                read.append(running(part.float().numpy(force=True)))
        whole = (torch.from_numpy(np.concatenate(own)) for own in zip(*read, strict=True))
        return LandmarkPrediction(*whole)

    def _compiled(self, size: int) -> Running | None:
        """What reads so many crops together; None where it does not compile."""
        with self._compiling:
            if size not in self._running:
                try:
                    graph = landmark_graph(self.network, size)
                    self._running[size] = Running(graph, self._threads)
                except (RuntimeError, TypeError, ValueError) as error:
                    _log.warning("OpenVINO cannot read landmarks, PyTorch does (%s)", error)
                    self._running[size] = None
            return self._running[size]


def landmark_graph(network: LandmarkNetwork, batch: int) -> ov.Model:
    """Make the graph that reads so many crops at once.

    Args:
        network: Its weights become constants, those of its normalisations part of the others.
        batch: Number of crops.

    Returns:
        From crops (batch, 3, S, S) to points, scales and logits as in `LandmarkPrediction`.
    """
    config = network.config
    side = config.input_size
    images = op.parameter([batch, 3, side, side], np.float32, "images")
    x = op.space_to_depth(images, "depth_first", config.patch)
    maps = []
    for stage in list(network.stages)[1:]:  # the first of them makes channels of squares
        x = _stage(x, stage)
        maps.append(x)
    squeezed = op.reshape(_block(x, network.squeeze), integers(batch, -1), False)
    answer = _linear(op.relu(_linear(squeezed, network.hidden)), network.answer)
    points = config.points
    means = _means(_heat(maps, network), batch, points)
    split = op.variadic_split(answer, integers(1), integers(2 * points, points, 1))
    shifts = op.reshape(split.output(0), integers(batch, points, 2), False)
    return ov.Model(
        [
            op.add(op.add(means, shifts), constant(-0.5)),
            op.clamp(split.output(1), *LOG_SCALE_RANGE),
            op.reshape(split.output(2), op.constant(np.array([batch])), False),
        ],
        [images],
        "landmarks",
    )


def _stage(x: Node, stage: nn.Module) -> Node:
    """One stage: a convolution, and residual blocks."""
    first, *residuals = stage.children()
    x = _block(x, first)
    for residual in residuals:
        inner = _block(x, residual.get_submodule("first"))
        x = op.relu(op.add(x, _block(inner, residual.get_submodule("second"))))
    return x


def _heat(maps: list[Node], network: LandmarkNetwork) -> Node:
    """Logits (B, P, h, w) of the points' places, see `LandmarkNetwork`."""
    sides = list(network.laterals)
    x = _block(maps[-1], sides[-1])
    for index in range(len(maps) - 2, -1, -1):
        height, width = maps[index].get_output_shape(0)[2:]
        x = op.interpolate(
            x,
            integers(height, width),
            "nearest",
            "sizes",
            axes=integers(2, 3),
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
        x = _block(op.add(x, _block(maps[index], sides[index])), network.smooths[index])
    return _convolution(x, network.heat.weight, network.heat.bias, network.heat)


def _means(logits: Node, batch: int, points: int) -> Node:
    """Means (B, P, 2) of heat maps, see `d2animator.models.landmarks.heat_means`."""
    height, width = logits.get_output_shape(0)[2:]
    heat = op.softmax(op.reshape(logits, integers(batch, points, -1), False), 2)
    y, x = np.mgrid[:height, :width] + 0.5
    places = np.stack([x.ravel() / width, y.ravel() / height], 1)
    return op.matmul(heat, constant(places), False, False)


def _block(x: Node, block: nn.Module) -> Node:
    """A convolution, its normalisation as part of it, and what may follow: a ReLU."""
    convolution, norm, *rest = block.children()
    if not isinstance(convolution, nn.Conv2d) or not isinstance(norm, nn.BatchNorm2d):
        raise TypeError("a block is a convolution and a normalisation")
    if norm.running_mean is None or norm.running_var is None:
        raise TypeError("a normalisation without statistics")
    gain = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    weight = convolution.weight * gain[:, None, None, None]
    y = _convolution(x, weight, norm.bias - norm.running_mean * gain, convolution)
    return op.relu(y) if rest else y


def _convolution(x: Node, weight: Tensor, bias: Tensor | None, like: nn.Conv2d) -> Node:
    strides, pads = list(like.stride), [int(pad) for pad in like.padding]
    y = op.convolution(x, constant(weight), strides, pads, pads, [1, 1])
    return y if bias is None else op.add(y, constant(bias[None, :, None, None]))


def _linear(x: Node, layer: nn.Linear) -> Node:
    return op.add(op.matmul(x, constant(layer.weight), False, True), constant(layer.bias[None]))
