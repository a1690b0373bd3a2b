"""Animate a face with a pretrained StyleGAN, trained without a single video."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from d2animator.animate.options import AnimateOptions
    from d2animator.animate.result import AnimationResult
    from d2animator.animator import D2Animator
    from d2animator.bundles.bundle import Bundle, load_bundle, load_generator
    from d2animator.errors import D2AnimatorError
    from d2animator.faces.detectors.choice import make_detector
    from d2animator.latent.directions import Directions
    from d2animator.marks.verify import verify
    from d2animator.performers.portrait import Portrait

__version__ = "0.1.0"
__all__ = [
    "AnimateOptions",
    "AnimationResult",
    "Bundle",
    "D2Animator",
    "D2AnimatorError",
    "Directions",
    "Portrait",
    "__version__",
    "load_bundle",
    "load_generator",
    "make_detector",
    "verify",
]

# Loaded on first use, so that importing the package (and the command line's help) needs no torch.
_HOMES = {
    "AnimateOptions": "d2animator.animate.options",
    "AnimationResult": "d2animator.animate.result",
    "Bundle": "d2animator.bundles.bundle",
    "D2Animator": "d2animator.animator",
    "D2AnimatorError": "d2animator.errors",
    "Directions": "d2animator.latent.directions",
    "Portrait": "d2animator.performers.portrait",
    "load_bundle": "d2animator.bundles.bundle",
    "load_generator": "d2animator.bundles.bundle",
    "make_detector": "d2animator.faces.detectors.choice",
    "verify": "d2animator.marks.verify",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
