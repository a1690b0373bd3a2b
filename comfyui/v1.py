"""The nodes for a ComfyUI from before its V3 schema."""

from __future__ import annotations

from typing import Any

from .described import CATEGORY, Input, Node
from .nodes import NODES


def _input(field: Input) -> tuple[Any, dict[str, Any]]:
    settings = {"tooltip": field.tooltip, **field.settings}
    if settings.pop("slider", False):
        settings["display"] = "slider"
    # A choice has its options in the place of a type.
    kind = settings.pop("options", field.kind)
    return kind, settings


def input_types(node: Node) -> dict[str, dict[str, Any]]:
    """Give a node's inputs, by whether they are required."""
    found: dict[str, dict[str, Any]] = {"required": {}, "optional": {}}
    for field in node.inputs:
        found["optional" if field.optional else "required"][field.name] = _input(field)
    return found


def node_class(node: Node) -> type:
    """Make a node's class; it has no state."""
    body: dict[str, Any] = {
        "__doc__": node.description,
        "INPUT_TYPES": classmethod(lambda cls: input_types(node)),
        "RETURN_TYPES": tuple(field.kind for field in node.outputs),
        "RETURN_NAMES": tuple(field.name for field in node.outputs),
        "OUTPUT_TOOLTIPS": tuple(field.tooltip for field in node.outputs),
        "OUTPUT_NODE": node.writes,
        "FUNCTION": "execute",
        "CATEGORY": CATEGORY,
        "DESCRIPTION": node.description,
        "execute": lambda self, **values: node.run(**values),
    }
    if node.state is not None:
        state = node.state
        body["IS_CHANGED"] = classmethod(lambda cls, **values: state(**values))
    return type(node.id, (), body)


NODE_CLASS_MAPPINGS = {node.id: node_class(node) for node in NODES}
NODE_DISPLAY_NAME_MAPPINGS = {node.id: node.title for node in NODES}
