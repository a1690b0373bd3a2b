"""What a pickle may name, and the inert records that stand for what it names and calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_NUMPY_ARRAYS = frozenset({"_reconstruct", "scalar"})
# PyTorch's types of numbers, by the names of their storages.
STORAGES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}
_PLAIN = frozenset({"set", "frozenset", "dict", "list", "bytes", "slice", "int", "float", "bool"})
# What a network's file may name, by module. All of it is data here; none is looked up.
ALLOWED: Mapping[str, frozenset[str]] = {
    "collections": frozenset({"OrderedDict", "defaultdict"}),
    "builtins": _PLAIN,
    "__builtin__": _PLAIN,
    "_codecs": frozenset({"encode"}),
    "argparse": frozenset({"Namespace"}),
    "dnnlib": frozenset({"EasyDict"}),
    "dnnlib.util": frozenset({"EasyDict"}),
    "dnnlib.tflib.network": frozenset({"Network"}),
    "torch_utils.persistence": frozenset({"_reconstruct_persistent_obj"}),
    "torch": frozenset({*STORAGES, *STORAGES.values(), "Size", "device"}),
    "torch.storage": frozenset({"_load_from_bytes", "UntypedStorage", "TypedStorage"}),
    "torch._utils": frozenset(
        {
            "_rebuild_tensor",
            "_rebuild_tensor_v2",
            "_rebuild_parameter",
            "_rebuild_parameter_with_state",
        }
    ),
    "torch.nn.parameter": frozenset({"Parameter"}),
    "torch.nn.modules.container": frozenset({"ModuleDict", "ModuleList", "Sequential"}),
    "numpy": frozenset({"ndarray", "dtype"}),
    "numpy.core.multiarray": _NUMPY_ARRAYS,
    "numpy._core.multiarray": _NUMPY_ARRAYS,
}
LOAD_FROM_BYTES = "torch.storage._load_from_bytes"


@dataclass(frozen=True)
class Global:
    """Something that a pickle names."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(eq=False, slots=True)
class Record:
    """A call that a pickle asks for, and what it wants to do to the result."""

    # Dotted name of what is called; NumPy's old and new homes are one.
    name: str
    # Arguments of the call.
    args: tuple[Any, ...] = ()
    # Argument of ``__setstate__``.
    state: Any = None
    # Keys that are set.
    items: dict[Any, Any] = field(default_factory=dict)
    # Entries that are appended or added.
    entries: list[Any] = field(default_factory=list)


def as_table(value: object) -> dict[Any, Any] | None:
    """Keys and values of a dictionary or one of its kin; None for anything else."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, Record):
        return None
    if value.name == "argparse.Namespace":
        return value.state if isinstance(value.state, dict) else {}
    if value.name in ("collections.OrderedDict", "dnnlib.EasyDict", "dnnlib.util.EasyDict"):
        return value.items
    return None
