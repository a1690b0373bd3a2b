"""The nodes in ComfyUI's V3 schema."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import ComfyExtension, io

from .described import CATEGORY, Input, Node, Output
from .nodes import NODES

_TYPES = {
    "IMAGE": io.Image,
    "MASK": io.Mask,
    "VIDEO": io.Video,
    "FLOAT": io.Float,
    "INT": io.Int,
    "STRING": io.String,
    "COMBO": io.Combo,
}


def _type(kind: str) -> Any:
    return _TYPES.get(kind) or io.Custom(kind)


def _input(field: Input) -> Any:
    settings = dict(field.settings)
    if settings.pop("slider", False):
        settings["display_mode"] = io.NumberDisplay.slider
    about = {"optional": field.optional, "tooltip": field.tooltip}
    return _type(field.kind).Input(field.name, **about, **settings)


def _output(field: Output) -> Any:
    return _type(field.kind).Output(display_name=field.name, tooltip=field.tooltip)


def schema_of(node: Node) -> Any:
    """Give a node's `io.Schema`."""
    return io.Schema(
        node_id=node.id,
        display_name=node.title,
        category=CATEGORY,
        description=node.description,
        inputs=[_input(field) for field in node.inputs],
        outputs=[_output(field) for field in node.outputs],
        is_output_node=node.writes,
    )


def node_class(node: Node) -> type:
    """Make a node's class; as ComfyUI wishes, it has class methods and no state."""
    body: dict[str, Any] = {
        "__doc__": node.description,
        "define_schema": classmethod(lambda cls: schema_of(node)),
        "execute": classmethod(lambda cls, **values: io.NodeOutput(*node.run(**values))),
    }
    if node.state is not None:
        state = node.state
        body["fingerprint_inputs"] = classmethod(lambda cls, **values: state(**values))
    return type(node.id, (io.ComfyNode,), body)


class Extension(ComfyExtension):  # type: ignore[misc]
    """What ComfyUI loads."""

    async def get_node_list(self) -> list[type]:
        """Give all nodes."""
        return [node_class(node) for node in NODES]


async def comfy_entrypoint() -> Extension:
    """Be asked by ComfyUI for the extension."""
    return Extension()
