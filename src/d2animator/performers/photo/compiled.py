"""Inner loops: written in Python, carried as LLVM's code, run as this processor's.

``python -m tools.kernels`` translates the functions that `compiled` marks, and those that `inlined`
marks for them, to the file ``kernels.ll``, which fits every processor; `machine` makes of it what
this one runs. So nothing has to be translated from Python where photos move.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from d2animator.errors import InputError
from d2animator.performers.photo import machine

Function = TypeVar("Function", bound=Callable[..., Any])

_ARGUMENT = re.compile(r"(\w+)(?:\[([:1, ]+)\])?")
_LETTERS = {"float32": "f4x", "float64": "d", "int32": "i4x", "int64": "q", "uint64": "Q"}


def compiled(signature: str) -> Callable[[Function], Function]:
    """Decorator for an inner loop.

    Args:
        signature: Types of its arguments in numba's words, such as ``"float32[:, ::1], int32"``;
            it gives nothing back.
    """

    def decorate(function: Function) -> Function:
        return cast(Function, Kernel(function, signature))

    return decorate


def inlined(signature: str) -> Callable[[Function], Function]:
    """Decorator for what inner loops call; it becomes a part of them.

    Args:
        signature: Types of its result and its arguments, such as ``"float32(float32)"``.
    """

    def decorate(function: Function) -> Function:
        function.signature = signature  # type: ignore[attr-defined]
        return function

    return decorate


class Kernel:
    """An inner loop. Other threads go on meanwhile; what it is given is not copied.

    Attributes:
        function: As it was written.
        name: Of its module and its own.
        kinds: Of its arguments: type, number of dimensions (0: a number), whether in C's order.
    """

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        """See `compiled`."""
        self.function = function
        self.name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        self.signature = signature
        self.__doc__ = function.__doc__
        self.kinds = [_kind(*found.groups()) for found in _ARGUMENT.finditer(signature)]
        self._slots = struct.Struct("=" + "".join(_letters(kind) for kind in self.kinds))

    def __call__(self, *arguments: Any) -> None:
        """Run it.

        Raises:
            InputError: Arguments of other types than it was compiled for.
        """
        if len(arguments) != len(self.kinds):
            self._refuse(f"{len(arguments)} arguments")
        slots: list[Any] = []
        for given, (kind, dimensions, ordered) in zip(arguments, self.kinds, strict=True):
            if not dimensions:
                slots.append(given)
                continue
            if given.dtype != kind or given.ndim != dimensions:
                self._refuse(f"{given.dtype} {given.shape}")
            if ordered and not given.flags.c_contiguous:
                self._refuse(f"{given.shape} with steps of {given.strides} bytes")
            place = given.__array_interface__["data"][0]
            slots += (place, given.size, given.itemsize, *given.shape, *given.strides)
        machine.entry(self.name)(self._slots.pack(*slots))

    def _refuse(self, got: str) -> None:
        raise InputError(f"{self.name}: expected {self.signature}, got {got}")


Kind = tuple[Any, int, bool]
"""Type, number of dimensions (0: a number), whether in C's order."""


def _kind(name: str, axes: str | None) -> Kind:
    kind = np.dtype("bool" if name == "boolean" else name)
    return kind, 0 if axes is None else axes.count(",") + 1, axes is not None and "1" in axes


def _letters(kind: Kind) -> str:
    """How `struct` lays an argument out, eight bytes a slot; see ``tools/kernels.py``."""
    own, dimensions, _ = kind
    return "Qqq" + "q" * 2 * dimensions if dimensions else _LETTERS[own.name]
