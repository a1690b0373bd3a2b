"""What a node is, said once; `v3` and `v1` make of it what ComfyUI's interfaces ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ANIMATOR = "D2ANIMATOR"
"""The type of a loaded `d2animator.D2Animator`."""

MOTION = "D2ANIMATOR_MOTION"
"""The type of a motion template."""


@dataclass(frozen=True)
class Input:
    """What goes into a node."""

    # Name of the argument that takes it.
    name: str
    # ComfyUI's type: IMAGE, VIDEO, FLOAT, INT, STRING, COMBO, or one of ours.
    kind: str
    # What a person reads who points at it.
    tooltip: str
    # Whether the node runs without it.
    optional: bool = False
    # Of a widget: default, min, max, step, options, multiline; slider draws a number as one.
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """What comes out of a node."""

    name: str
    kind: str
    tooltip: str


@dataclass(frozen=True)
class Node:
    """One node."""

    # Its identity in saved workflows; never to be changed.
    id: str
    # What a person reads.
    title: str
    description: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    # Takes the inputs by name and gives one value for each output.
    run: Callable[..., tuple[Any, ...]]
    # Whether it is worth running for its own sake, as what writes a file is.
    writes: bool = False
    # Takes the inputs by name; what it gives differs when the node has to run again although its
    # inputs are the same. None where only the inputs matter.
    state: Callable[..., str] | None = None


CATEGORY = "d2animator"
"""Where the nodes are in the menu."""


def slider(name: str, low: float, high: float, tooltip: str, *, default: float = 0.0) -> Input:
    """Describe a number that is chosen with a slider, in whole degrees or twentieths."""
    step = 1.0 if high > 10 else 0.05
    settings = {"default": default, "min": low, "max": high, "step": step, "slider": True}
    return Input(name, "FLOAT", tooltip, settings=settings)


def choice(name: str, options: tuple[str, ...], tooltip: str) -> Input:
    """Describe a choice; the first option is the default."""
    settings = {"options": list(options), "default": options[0]}
    return Input(name, "COMBO", tooltip, settings=settings)


def text(name: str, default: str, tooltip: str, *, multiline: bool = False) -> Input:
    """Describe a text field."""
    return Input(name, "STRING", tooltip, settings={"default": default, "multiline": multiline})
