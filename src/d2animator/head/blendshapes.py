"""Names of what faces do: ARKit's 52, as most programs know them, and those of the head model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import ConfigError

# The head model's own order; it has both sides of what ARKit names once, and no tongue.
_BOTH_SIDES = (
    *("browDown", "browInnerUp", "browOuterUp", "cheekPuff", "cheekSquint", "eyeBlink"),
    *("eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide"),
    *("mouthDimple", "mouthFrown", "mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch"),
    *("mouthUpperUp", "noseSneer"),
)
_ONE = (
    *("jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthFunnel", "mouthLeft"),
    *("mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper"),
    *("mouthShrugLower", "mouthShrugUpper"),
)
_MERGED = ("browInnerUp", "cheekPuff")
_ABSENT = ("tongueOut",)

MODEL_NAMES: tuple[str, ...] = tuple(
    sorted([*_ONE, *(f"{name}_{side}" for name in _BOTH_SIDES for side in "LR")])
)
"""Expressions of the head model, in its order."""

BLENDSHAPES: tuple[str, ...] = tuple(
    sorted(
        [
            *(*_ONE, *_MERGED, *_ABSENT),
            *(f"{n}{s}" for n in _BOTH_SIDES if n not in _MERGED for s in ("Left", "Right")),
        ]
    )
)
"""The 52 usual names, in alphabetical order."""

LOOK_DEG = 30.0
"""Turn of an eye that counts as an ``eyeLook...`` of one."""


def model_names(name: str) -> tuple[str, ...]:
    """Expressions of the head model that a usual name stands for; none for ``tongueOut``.

    Raises:
        ConfigError: No such name.
    """
    if name not in BLENDSHAPES:
        near = [own for own in BLENDSHAPES if own.lower().startswith(name.lower()[:4])]
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise ConfigError(name, f"expected one of the 52 blendshape names{hint}")
    if name in _MERGED:
        return f"{name}_L", f"{name}_R"
    if name in _ABSENT:
        return ()
    for ending, side in (("Left", "_L"), ("Right", "_R")):
        if name.removesuffix(ending) in _BOTH_SIDES and name.endswith(ending):
            return (name.removesuffix(ending) + side,)
    return (name,)


def named_weights(expression: NDArray[Any], gaze_deg: NDArray[Any]) -> dict[str, float]:
    """Weights by the 52 usual names.

    Args:
        expression: (E,) of the head model.
        gaze_deg: Degrees to the person's left and up of the left and the right eye, (2, 2).
    """
    own = dict(zip(MODEL_NAMES, map(float, expression), strict=True))
    weights = {}
    for name in BLENDSHAPES:
        parts = [own[part] for part in model_names(name)]
        weights[name] = sum(parts) / len(parts) if parts else 0.0
    return weights | _looks(gaze_deg)


def model_weights(weights: Mapping[str, float]) -> dict[str, float]:
    """Undo `named_weights` for some names: weights by the head model's own.

    Raises:
        ConfigError: No such name.
    """
    return {part: value for name, value in weights.items() for part in model_names(name)}


def _looks(gaze_deg: NDArray[Any]) -> dict[str, float]:
    looks = {}
    for side, outwards, (left, up) in zip(("Left", "Right"), (1, -1), gaze_deg, strict=True):
        for name, degrees in (("Out", outwards * left), ("In", -outwards * left)):
            looks[f"eyeLook{name}{side}"] = float(np.clip(degrees / LOOK_DEG, 0, 1))
        for name, degrees in (("Up", up), ("Down", -up)):
            looks[f"eyeLook{name}{side}"] = float(np.clip(degrees / LOOK_DEG, 0, 1))
    return looks
