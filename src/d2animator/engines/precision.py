"""Whether a generator draws the same in bfloat16 as in fp32, measured and remembered."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

from d2animator.engines.engine import Engine
from d2animator.models.generators import TRUNCATION, Generator
from d2animator.models.hashing import Hash

_log = logging.getLogger(__name__)

LEAST_PSNR = 45.0
"""From here on two pictures are the same to the eye, dB."""

# Faces that are drawn both ways, once for each generator.
_FACES = 4


class Memory(Protocol):
    """Keeps a few figures from one process to the next."""

    def get(self, key: str) -> tuple[dict[str, Tensor], dict[str, object]] | None:
        """Look something up; None where there is nothing."""

    def put(self, key: str, tensors: Mapping[str, Tensor], figures: Mapping[str, object]) -> None:
        """Keep something."""


def psnr(one: Tensor, other: Tensor) -> float:
    """Likeness of pictures in [-1, 1], beyond which they are clipped, in dB."""
    error = (one.clamp(-1, 1) - other.clamp(-1, 1)).square().mean()
    return float(10 * torch.log10(4 / error.clamp_min(1e-12)))


def draws_the_same(
    generator: Generator, exact: Engine, quick: Engine, place: str, memory: Memory | None = None
) -> bool:
    """Tell whether an engine may take another's place.

    Args:
        generator: Whose codes to draw: a few random faces.
        exact: What is right.
        quick: What is asked about.
        place: What the answer depends on besides the weights: processor, versions.
        memory: Where answers are kept; None for nowhere.

    Returns:
        Whether the worst of the faces has a PSNR of `LEAST_PSNR`.
    """
    key = Hash().add("precision", place, generator).digest()
    known = None if memory is None else memory.get(key)
    if known is not None and isinstance(least := known[1].get("psnr"), float):
        return least >= LEAST_PSNR
    codes = _codes(generator)
    least = min(psnr(*pair) for pair in zip(exact.draw(codes), quick.draw(codes), strict=True))
    _log.info("in reduced precision, frames differ from fp32 by %.1f dB", least)
    if memory is not None:
        memory.put(key, {}, {"psnr": least})
    return least >= LEAST_PSNR


def _codes(generator: Generator) -> Tensor:
    """Codes (B, L, D) of random faces."""
    random = torch.Generator().manual_seed(0)
    z = torch.randn(_FACES, generator.z_dim, generator=random)
    label = torch.zeros(_FACES, generator.c_dim) if generator.c_dim else None
    with torch.inference_mode():
        codes: Tensor = generator.mapping(z, label, truncation_psi=TRUNCATION)
    return codes
