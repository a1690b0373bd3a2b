"""What draws codes: one small protocol, and PyTorch, which is always there."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from d2animator.models.generators import Generator, glance


class Engine(Protocol):
    """Draws the codes of one generator; several threads may ask at once."""

    def draw(self, w_plus: Tensor) -> Tensor:
        """Draw codes.

        Args:
            w_plus: Codes (B, L, D), fp32.

        Returns:
            Pictures (B, 3, R, R), about [-1, 1], fp32, where the codes are.
        """

    def glance(self, w_plus: Tensor) -> Tensor:
        """Draw codes (B, L, D) only as finely as finding landmarks needs: (B, 3, H, H)."""


@dataclass(frozen=True, eq=False)
class TorchEngine:
    """Draws with PyTorch, wherever the generator is.

    Attributes:
        generator: What draws.
        dtype: Precision of its convolutions; codes, styles and the sum of colours stay in fp32.
    """

    generator: Generator
    dtype: torch.dtype = torch.float32

    def draw(self, w_plus: Tensor) -> Tensor:
        """Draw codes, see `Engine.draw`."""
        with torch.inference_mode(), self._precision(w_plus):
            images: Tensor = self.generator.synthesis(w_plus)
        return images.float()

    def glance(self, w_plus: Tensor) -> Tensor:
        """Draw codes coarsely, see `Engine.glance`."""
        with torch.inference_mode(), self._precision(w_plus):
            return glance(self.generator, w_plus).float()

    def _precision(self, w_plus: Tensor) -> AbstractContextManager[object]:
        if self.dtype == torch.float32:
            return nullcontext()
        return torch.autocast(w_plus.device.type, self.dtype)
