"""Which engine draws, and in which precision."""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from d2animator.engines.engine import Engine, TorchEngine
from d2animator.engines.precision import Memory
from d2animator.errors import ConfigError
from d2animator.models.devices import pick_dtype
from d2animator.models.generators import AnyGeneratorConfig, Generator
from d2animator.models.landmarks import LandmarkNetwork
from d2animator.models.stylegan2 import SynthesisNetwork
from d2animator.models.threads import given_threads, processors

_log = logging.getLogger(__name__)

ENGINES = ("auto", "torch", "openvino")
"""Names that `pick_engines` takes."""

_SMALLEST = 128
"""Least side of pictures for which "auto" compiles: smaller ones are drawn before that is done."""


@dataclass(frozen=True, eq=False)
class Engines:
    """Makes the engines of generators.

    Attributes:
        name: "torch" or "openvino".
        dtype: Precision to draw in; None for the quickest that draws the same.
        memory: Where it is kept which precisions draw the same; None for nowhere.
    """

    name: str = "torch"
    dtype: torch.dtype | None = None
    memory: Memory | None = None

    def generator(self, generator: Generator) -> Engine:
        """Make what draws a generator, where that is."""
        if self.name == "torch":
            return self._plain(generator)
        if not isinstance(generator.synthesis, SynthesisNetwork):
            _log.info("OpenVINO draws StyleGAN2 alone; PyTorch draws this generator")
            return self._plain(generator)
        from d2animator.engines.compiled import OpenVinoEngine

        return OpenVinoEngine(generator, _threads(), self.dtype, self.memory)

    def landmarks(self, network: nn.Module | None) -> Any:
        """Make what reads landmarks with a network of `models.landmarks`; another one stays."""
        if self.name == "torch" or not isinstance(network, LandmarkNetwork):
            return network
        from d2animator.engines.reading import CompiledLandmarks

        return CompiledLandmarks(network, _threads())

    def _plain(self, generator: Generator) -> TorchEngine:
        return TorchEngine(generator, self.dtype or torch.float32)


def pick_engines(
    name: str,
    device: torch.device,
    dtype: str | torch.dtype | None = None,
    generator: AnyGeneratorConfig | None = None,
    memory: Memory | None = None,
) -> Engines:
    """Choose what draws.

    Args:
        name: "torch", "openvino" (on a CPU), or "auto": OpenVINO on a CPU where it is installed,
            else PyTorch.
        device: Where the networks are.
        dtype: See `d2animator.models.devices.pick_dtype`; None for the quickest that draws the
            same.
        generator: Shape of the generator; None where it is not known yet.
        memory: Where it is kept which precisions draw the same; None for nowhere.

    Raises:
        ConfigError: No such engine, or not on this device, or it is not installed; or no such
            precision.
    """
    if name not in ENGINES:
        raise ConfigError("engine", f"expected one of {', '.join(ENGINES)}, got {name!r}")
    architecture = "stylegan2" if generator is None else generator.architecture
    precision = None if dtype is None else pick_dtype(dtype, device, architecture)
    on_cpu, installed = device.type == "cpu", has_openvino()
    if name == "openvino" and not on_cpu:
        reason = f"openvino draws on the CPU, not on {device.type}; use auto, or --device cpu"
        raise ConfigError("engine", reason)
    if name == "openvino" and not installed:
        raise ConfigError(
            "engine", "openvino is not installed; use auto, or pip install 'd2animator[fast]'"
        )
    small = generator is not None and generator.img_resolution < _SMALLEST
    if name == "auto":
        name = "openvino" if on_cpu and installed and not small else "torch"
    return Engines(name, precision, memory)


def _threads() -> int:
    return min(given_threads(), processors())


def has_openvino() -> bool:
    """Whether OpenVINO is installed; it is not loaded for that."""
    return importlib.util.find_spec("openvino") is not None


def engines_here() -> tuple[str, ...]:
    """What draws on this machine's CPU and in which precision, what "auto" takes first."""
    plain = ("torch, fp32",)
    if not has_openvino():
        return plain
    from d2animator.engines.running import has_bfloat16, version

    precision = "bfloat16 where that draws the same, else fp32" if has_bfloat16() else "fp32"
    return (f"openvino {version()}, {precision}", *plain)
