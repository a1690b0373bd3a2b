"""Animate a face with a pretrained StyleGAN, trained without a single video."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from d2animator.animator import D2Animator
    from d2animator.bundles.bundle import load_generator
    from d2animator.errors import D2AnimatorError

__version__ = "0.1.0"
__all__ = ["D2Animator", "D2AnimatorError", "__version__", "load_generator"]

# Loaded on first use, so that importing the package (and the command line's help) needs no torch.
_HOMES = {
    "D2Animator": "d2animator.animator",
    "D2AnimatorError": "d2animator.errors",
    "load_generator": "d2animator.bundles.bundle",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
