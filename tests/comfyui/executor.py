"""Loads the nodes as ComfyUI does, and runs workflows over them, with types and ranges checked."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.comfyui.core_nodes import CORE

FOLDER = Path(__file__).resolve().parents[2] / "comfyui"
# ComfyUI names a module after its folder, whose name the user chooses.
MODULE = "custom_nodes_d2animator-nodes"
WIDGETS = {"FLOAT": float, "INT": int, "STRING": str, "COMBO": str}


@contextmanager
def loaded(folder: Path = FOLDER) -> Iterator[Any]:
    """Load the folder without putting it on the path."""
    spec = importlib.util.spec_from_file_location(MODULE, folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        for name in [name for name in sys.modules if name.startswith(MODULE)]:
            del sys.modules[name]


def classes_of(module: Any) -> dict[str, Any]:
    """The node classes by id, found in ComfyUI's order."""
    if getattr(module, "NODE_CLASS_MAPPINGS", None) is not None:
        return dict(module.NODE_CLASS_MAPPINGS)
    extension = asyncio.run(module.comfy_entrypoint())
    classes: list[Any] = asyncio.run(extension.get_node_list())
    return {cls.define_schema().node_id: cls for cls in classes}


@dataclass(frozen=True)
class Slot:
    """An input of a node, whichever interface it was described in."""

    name: str
    kind: str
    optional: bool
    settings: Mapping[str, Any]


def slots(cls: Any) -> list[Slot]:
    """A class's inputs."""
    if hasattr(cls, "define_schema"):
        fields = cls.define_schema().inputs
        return [Slot(field.id, field.kind, field.optional, field.settings) for field in fields]
    found = []
    for group, entries in cls.INPUT_TYPES().items():
        for name, (kind, *rest) in entries.items():
            settings = dict(rest[0]) if rest else {}
            if isinstance(kind, list):
                kind, settings["options"] = "COMBO", kind
            found.append(Slot(name, kind, group == "optional", settings))
    return found


def output_kinds(cls: Any) -> list[str]:
    """A class's outputs."""
    if hasattr(cls, "define_schema"):
        return [field.kind for field in cls.define_schema().outputs]
    return list(cls.RETURN_TYPES)


def prompt_of(workflow: Path, classes: Mapping[str, type]) -> dict[int, dict[str, Any]]:
    """What ComfyUI's page would send to its server for a saved workflow."""
    saved = json.loads(workflow.read_text(encoding="utf-8"))
    links = {number: (start, slot) for number, start, slot, *_ in saved["links"]}
    prompt = {}
    for node in saved["nodes"]:
        cls = classes[node["type"]]
        widgets = [slot.name for slot in slots(cls) if slot.kind in WIDGETS]
        # The page puts a button of its own behind the choice of a file.
        values = [value for value in node["widgets_values"] if value != "image"]
        assert len(values) == len(widgets), node["type"]
        inputs: dict[str, Any] = dict(zip(widgets, values, strict=True))
        for socket in node["inputs"]:
            if socket["link"] is not None:
                inputs[socket["name"]] = links[socket["link"]]
        prompt[node["id"]] = {"class_type": node["type"], "inputs": inputs}
    return prompt


def run(prompt: Mapping[int, Mapping[str, Any]], classes: Mapping[str, type]) -> dict[int, Any]:
    """Run a prompt, each node once; give what each gave."""
    done: dict[int, Any] = {}

    def visit(number: int) -> None:
        if number in done:
            return
        node = prompt[number]
        cls = classes[node["class_type"]]
        known = {slot.name: slot for slot in slots(cls)}
        assert set(node["inputs"]) <= set(known), node
        missing = [slot.name for slot in known.values() if not slot.optional]
        assert set(missing) <= set(node["inputs"]), node
        values = {}
        for name, value in node["inputs"].items():
            if not isinstance(value, tuple):
                _check(known[name], value)
                values[name] = value
                continue
            start, slot = value
            visit(start)
            given = output_kinds(classes[prompt[start]["class_type"]])[slot]
            assert given == known[name].kind, f"{given} into {name} of {node['class_type']}"
            values[name] = done[start][slot]
        done[number] = call(cls, **values)

    for number in prompt:
        visit(number)
    return done


def _check(slot: Slot, value: Any) -> None:
    if slot.kind == "COMBO":
        assert value in slot.settings["options"] or not slot.settings["options"]
        return
    WIDGETS[slot.kind](value)
    assert slot.settings.get("min", value) <= value <= slot.settings.get("max", value)


def call(cls: Any, **values: Any) -> tuple[Any, ...]:
    """Run one node as ComfyUI does."""
    if hasattr(cls, "define_schema"):
        clone: Any = type("Clone", (cls,), {})
        result = clone.execute(**values).result
    else:
        result = getattr(cls(), cls.FUNCTION)(**values)
    assert isinstance(result, tuple)
    assert len(result) == len(output_kinds(cls))
    return result


__all__ = ["CORE", "call", "classes_of", "loaded", "output_kinds", "prompt_of", "run", "slots"]
