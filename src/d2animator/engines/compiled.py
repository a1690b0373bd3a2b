"""A StyleGAN2 that OpenVINO draws, two to five times as fast on a CPU as PyTorch."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

import torch
from torch import Tensor

from d2animator.engines.engine import Engine, TorchEngine
from d2animator.engines.precision import LEAST_PSNR, Memory, draws_the_same
from d2animator.engines.running import Running, fingerprint, has_bfloat16
from d2animator.engines.synthesis import synthesis_graph
from d2animator.models.generators import Generator, glance_side
from d2animator.models.stylegan2 import SynthesisNetwork

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Compiled:
    """A generator compiled in one precision; see `d2animator.engines.engine.Engine`."""

    whole: Running
    coarse: Running

    def draw(self, w_plus: Tensor) -> Tensor:
        return _run(self.whole, w_plus)

    def glance(self, w_plus: Tensor) -> Tensor:
        return _run(self.coarse, w_plus)


class OpenVinoEngine:
    """Draws a generator with OpenVINO; compiled when it first draws.

    Where OpenVINO cannot take the generator, PyTorch draws, and a message says so.
    See `d2animator.engines.engine.Engine`.
    """

    def __init__(
        self,
        generator: Generator,
        threads: int,
        dtype: torch.dtype | None = None,
        memory: Memory | None = None,
    ) -> None:
        """Take a generator, on a CPU.

        Args:
            generator: A StyleGAN2. Later changes of its weights change nothing.
            threads: Most threads to draw with.
            dtype: fp32, bfloat16, or None for bfloat16 where the processor has it and draws the
                same with it, see `d2animator.engines.precision`.
            memory: Where it is kept whether it does.
        """
        self._generator, self._threads, self._memory = generator, threads, memory
        self._dtype, self._compiling = dtype, threading.Lock()
        self._engine: Engine | None = None

    def draw(self, w_plus: Tensor) -> Tensor:
        """Draw codes, see `Engine.draw`."""
        return self._ready().draw(w_plus)

    def glance(self, w_plus: Tensor) -> Tensor:
        """Draw codes coarsely, see `Engine.glance`."""
        return self._ready().glance(w_plus)

    def _ready(self) -> Engine:
        with self._compiling:
            if self._engine is None:
                self._engine = self._compiled_or_plain()
            return self._engine

    def _compiled_or_plain(self) -> Engine:
        try:
            return self._compile()
        # Whatever OpenVINO has against it, PyTorch can do the same.
        except (RuntimeError, TypeError, ValueError) as error:
            reason = str(error).strip().splitlines() or [type(error).__name__]
            _log.warning("OpenVINO cannot draw this generator, PyTorch does (%s)", reason[-1])
            return TorchEngine(self._generator, self._dtype or torch.float32)

    def _compile(self) -> Engine:
        if self._dtype is not None:
            return self._compiled(bfloat16=self._dtype == torch.bfloat16)
        if has_bfloat16():
            quick, exact = self._compiled(bfloat16=True), TorchEngine(self._generator)
            if draws_the_same(self._generator, exact, quick, fingerprint(), self._memory):
                return quick
            _log.info("drawing in fp32: bfloat16 falls short of %.0f dB", LEAST_PSNR)
        return self._compiled(bfloat16=False)

    def _compiled(self, *, bfloat16: bool) -> _Compiled:
        generator = self._generator
        synthesis = generator.synthesis
        if not isinstance(synthesis, SynthesisNetwork):
            raise TypeError("it is no StyleGAN2")

        def compiled(side: int) -> Running:
            return Running(synthesis_graph(synthesis, side), self._threads, bfloat16=bfloat16)

        sides = generator.img_resolution, glance_side(generator)
        whole = compiled(sides[0])
        _log.info("OpenVINO draws in %s", "bfloat16" if bfloat16 else "fp32")
        return _Compiled(whole, whole if sides[0] == sides[1] else compiled(sides[1]))


def _run(running: Running, w_plus: Tensor) -> Tensor:
    (images,) = running(w_plus.float().numpy(force=True))
    return torch.from_numpy(images)
