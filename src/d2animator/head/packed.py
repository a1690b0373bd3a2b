"""The file format of the compact head model; it is written by ``python -m tools.pack_head``.

All numbers are whole multiples of a step. Identity modes are bytes: what that leaves out is the
same in every frame. Expression shapes are 16-bit where there is skin, so that it does not ripple as
it moves, and only vertices that a shape moves are stored. Gums and teeth, seldom seen, are coarser.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from d2animator.errors import MediaError

Floats = NDArray[np.float32]
Tensors = Mapping[str, NDArray[Any]]

_INDICES = ("wflw96", "ibug68")
# The last part that is not inside the mouth.
_LAST_OUTER = "socket"


def read_packed(path: str | Path) -> dict[str, Any]:
    """Read a compact head model.

    Args:
        path: The ``.safetensors`` file.

    Returns:
        The fields of `d2animator.head.model.Head`.

    Raises:
        MediaError: Missing, or no such file.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            labels = json.loads((file.metadata() or {})["head"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return unpack(tensors, labels)
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise MediaError(path, f"not a compact head model ({error})") from error


def pack(
    fields: Mapping[str, Any], identity_modes: int, inner_modes: int
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Take a head model apart into small arrays.

    Args:
        fields: Those of `d2animator.head.model.Head`; the parts inside the mouth come last.
        identity_modes: How many identity modes to keep.
        inner_modes: How many of them move what lies inside the mouth.

    Returns:
        Tensors and labels for `unpack`.
    """
    vertices = fields["vertices"]
    count, outer = len(vertices), int(fields["parts"][_LAST_OUTER][1])
    modes = fields["identity_modes"][:identity_modes].reshape(identity_modes, count, 3)
    shapes = fields["expression_shapes"].reshape(-1, count, 3)
    tensors = {
        "triangles": fields["triangles"].astype(np.uint16),
        "uv": np.rint(fields["uv"] * 65535).astype(np.uint16),
        "eyes": fields["eyes"],
        "eye_modes": fields["eye_modes"][:identity_modes],
    }
    tensors |= _rounded("vertices", vertices[None], np.int16)
    tensors |= _rounded("identity_outer", modes[:, :outer], np.int8)
    tensors |= _rounded("identity_inner", modes[:inner_modes, outer:], np.int8)
    tensors |= _sparse("expression_outer", shapes[:, :outer], np.int16)
    tensors |= _sparse("expression_inner", shapes[:, outer:], np.int8)
    tensors |= {name: fields[name].astype(np.uint16) for name in _INDICES}
    labels = {"expressions": list(fields["expression_names"]), "parts": fields["parts"]}
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, labels


def unpack(tensors: Tensors, labels: Mapping[str, Any]) -> dict[str, Any]:
    """Undo `pack`.

    Args:
        tensors: The arrays of the file.
        labels: Names of expressions and parts.

    Returns:
        The fields of `d2animator.head.model.Head`.
    """
    vertices = _scaled("vertices", tensors)[0]
    parts = {name: (int(start), int(stop)) for name, (start, stop) in labels["parts"].items()}
    outer = parts[_LAST_OUTER][1]
    identity = np.zeros((len(tensors["identity_outer"]), len(vertices), 3), np.float32)
    inner = _scaled("identity_inner", tensors)
    identity[:, :outer] = _scaled("identity_outer", tensors)
    identity[: len(inner), outer:] = inner
    shapes = [
        _dense("expression_outer", tensors, outer),
        _dense("expression_inner", tensors, len(vertices) - outer),
    ]
    fields: dict[str, Any] = {
        "vertices": vertices,
        "triangles": tensors["triangles"].astype(np.int32),
        "uv": tensors["uv"].astype(np.float32) / np.float32(65535),
        "identity_modes": identity.reshape(len(identity), -1),
        "expression_shapes": np.concatenate(shapes, 1).reshape(len(shapes[0]), -1),
        "expression_names": tuple(map(str, labels["expressions"])),
        "parts": parts,
        "eyes": tensors["eyes"],
        "eye_modes": tensors["eye_modes"],
    }
    return fields | {name: tensors[name].astype(np.int32) for name in _INDICES}


def _rounded(name: str, values: Floats, kind: type[np.signedinteger[Any]]) -> dict[str, Any]:
    """Values (K, N, 3) as whole numbers of one step for each of the K."""
    steps = np.maximum(np.abs(values).max((1, 2)), 1e-6) / np.float32(np.iinfo(kind).max)
    whole = np.rint(values / steps[:, None, None]).astype(kind)
    return {name: whole, f"{name}_steps": steps.astype(np.float32)}


def _scaled(name: str, tensors: Tensors) -> Floats:
    values = tensors[name].astype(np.float32)
    values *= tensors[f"{name}_steps"][:, None, None]
    return values


def _sparse(name: str, values: Floats, kind: type[np.signedinteger[Any]]) -> dict[str, Any]:
    """Values (K, N, 3) where they are not 0, and a bit for each of K N vertices."""
    packed = _rounded(name, values, kind)
    active = packed[name].any(-1)
    return packed | {name: packed[name][active], f"{name}_active": np.packbits(active, axis=1)}


def _dense(name: str, tensors: Tensors, count: int) -> Floats:
    """Undo `_sparse` for ``count`` vertices."""
    active = np.unpackbits(tensors[f"{name}_active"], axis=1, count=count).astype(bool)
    values = np.zeros((len(active), count, 3), np.float32)
    values[active] = tensors[name]
    values *= tensors[f"{name}_steps"][:, None, None]
    return values
