"""The part of ComfyUI that the nodes see, for tests: its interface, and nothing behind it."""

from __future__ import annotations

import abc
import enum
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Field:
    """An input or output of a V3 schema."""

    kind: str
    id: str | None = None
    display_name: str | None = None
    optional: bool = False
    tooltip: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)


def _kind(name: str, allowed: tuple[str, ...] = ()) -> Any:
    """A type of `comfy_api.latest.io`; it takes no setting that ComfyUI's does not."""

    def make_input(id: str, optional: bool = False, tooltip: str = "", **settings: Any) -> Field:
        assert set(settings) <= set(allowed), f"{name} takes no {set(settings) - set(allowed)}"
        return Field(name, id, None, optional, tooltip, settings)

    def make_output(display_name: str = "", tooltip: str = "") -> Field:
        return Field(name, None, display_name, False, tooltip)

    return types.SimpleNamespace(Input=make_input, Output=make_output, io_type=name)


class NumberDisplay(enum.StrEnum):
    number = "number"
    slider = "slider"


@dataclass
class Schema:
    node_id: str
    display_name: str
    category: str
    description: str
    inputs: list[Field]
    outputs: list[Field]
    is_output_node: bool = False


class NodeOutput:
    def __init__(self, *values: Any) -> None:
        self.result = values


class ComfyNode:
    """Only class methods may be used, as in ComfyUI."""

    def __init__(self) -> None:
        raise AssertionError("a V3 node is never instantiated")


class ComfyExtension(abc.ABC):
    @abc.abstractmethod
    async def get_node_list(self) -> list[type]: ...


class InterruptProcessingException(Exception):  # noqa: N818 -- ComfyUI's name
    """ComfyUI's way to stop."""


@dataclass
class Host:
    """What a test sees of the stand-in.

    Attributes:
        progress: All that was told to progress bars: value and total.
        interrupt_after: Number of calls of the progress bar after which the user interrupts.
    """

    folder: Path
    progress: list[tuple[int, int]] = field(default_factory=list)
    interrupt_after: int | None = None

    def throw(self) -> None:
        if self.interrupt_after is not None and len(self.progress) >= self.interrupt_after:
            raise InterruptProcessingException


def _modules(host: Host) -> dict[str, types.ModuleType]:
    class ProgressBar:
        def __init__(self, total: int) -> None:
            self.total = total

        def update_absolute(self, value: int, total: int | None = None) -> None:
            host.progress.append((value, total or self.total))

    number = ("default", "min", "max", "step", "display_mode")
    io = types.SimpleNamespace(
        Image=_kind("IMAGE"),
        Mask=_kind("MASK"),
        Video=_kind("VIDEO"),
        Float=_kind("FLOAT", number),
        Int=_kind("INT", number),
        String=_kind("STRING", ("default", "multiline")),
        Combo=_kind("COMBO", ("options", "default")),
        Custom=_kind,
        NumberDisplay=NumberDisplay,
        Schema=Schema,
        NodeOutput=NodeOutput,
        ComfyNode=ComfyNode,
    )
    contents: dict[str, dict[str, Any]] = {
        "comfy_api": {"__path__": []},
        "comfy_api.latest": {"ComfyExtension": ComfyExtension, "io": io},
        "comfy": {"__path__": []},
        "comfy.utils": {"ProgressBar": ProgressBar},
        "comfy.model_management": {"throw_exception_if_processing_interrupted": host.throw},
        "folder_paths": {
            "get_input_directory": lambda: str(host.folder / "input"),
            "get_output_directory": lambda: str(host.folder / "output"),
        },
    }
    made = {}
    for name, content in contents.items():
        made[name] = types.ModuleType(name)
        made[name].__dict__.update(content)
        made[name].__spec__ = types.SimpleNamespace(name=name)  # type: ignore[assignment]
    return made


@contextmanager
def comfyui(folder: Path, *, v3: bool = True) -> Iterator[Host]:
    """Put the stand-in where ComfyUI would be.

    Args:
        folder: Holds ComfyUI's folders ``input`` and ``output``.
        v3: Whether it has the newer interface.
    """
    for name in ("input", "output"):
        (folder / name).mkdir(exist_ok=True)
    host = Host(folder)
    modules = _modules(host)
    if not v3:
        modules = {name: module for name, module in modules.items() if "api" not in name}
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield host
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
