"""Checks what people hand over in Python, as options and arguments, by the declared types."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar, Union

from d2animator.config import alternatives, as_kind, described, hints_of
from d2animator.errors import ConfigError

_F = TypeVar("_F", bound=Callable[..., Any])
_C = TypeVar("_C", bound=type)
_SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def check_fields(instance: object) -> None:
    """Check the types of a dataclass's fields, as people gave them; to be called first thing.

    What means the same becomes what the field says: a whole number for a ``float``, a list for a
    ``tuple``, a ``float`` for a ``Fraction``, a number of NumPy's for Python's.

    Args:
        instance: A frozen dataclass that is being made.

    Raises:
        ConfigError: A value has the wrong type, or is none of those that are allowed.
    """
    for name, kind in hints_of(type(instance)).items():
        value = getattr(instance, name)
        known = _given(kind, value, name)
        if known is not value:
            object.__setattr__(instance, name, known)


def checked(function: _F) -> _F:
    """Make a function check the types of its arguments before it begins.

    As for options (`check_fields`), what means the same becomes what was declared. Kinds that are
    told apart elsewhere, such as everything that may be a picture, are passed on as they are.

    Args:
        function: Declares the types of its arguments.

    Returns:
        The same, which raises ConfigError for an argument of a wrong type, named by its name.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        try:
            bound = signature.bind(*args, **named)
        except TypeError:
            return function(*args, **named)  # which says better what is missing
        for name, kind in _kinds(function).items():
            if name in bound.arguments:
                bound.arguments[name] = _given(kind, bound.arguments[name], name)
        return function(*bound.args, **bound.kwargs)

    return typing.cast(_F, call)


def all_checked(cls: _C) -> _C:
    """Make the constructor and all public methods of a class check their arguments."""
    for name, member in list(vars(cls).items()):
        if name.startswith("_") and name != "__init__":
            continue
        if isinstance(member, classmethod):
            setattr(cls, name, classmethod(checked(member.__func__)))
        elif isinstance(member, types.FunctionType):
            setattr(cls, name, checked(member))
    return cls


def _given(kind: Any, value: object, name: str) -> Any:
    """A value as a type; unlike in files, keys and values are no dataclass here."""
    kinds = alternatives(kind)
    classes = tuple(one for one in kinds if isinstance(one, type) and dataclasses.is_dataclass(one))
    if not classes:
        return as_kind(kind, value, name)
    if isinstance(value, tuple(one for one in kinds if isinstance(one, type))):
        return value
    known = " or ".join(one.__name__ for one in kinds if one is not types.NoneType)
    raise ConfigError(name, f"expected {known}, got {described(value)}")


@functools.cache
def _kinds(function: Callable[..., Any]) -> dict[str, Any]:
    """The types that can be checked, by argument."""
    # A function that came from another process has but those of its module's names that it calls.
    known = vars(importlib.import_module(function.__module__))
    hints = typing.get_type_hints(function, known)
    names = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind not in _SEVERAL and name in hints
    ]
    found = {name: _checkable(hints[name]) for name in names}
    return {name: kind for name, kind in found.items() if kind is not Any}


def _checkable(kind: Any) -> Any:
    """A type as far as it can be checked; Any for one that cannot."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        parts = tuple(_checkable(one) for one in inner)
        return Any if Any in parts else Union[parts]  # noqa: UP007 - of parts found here
    if origin is Literal or origin is Callable:
        return kind
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Mapping[str, _checkable(inner[1])]  # type: ignore[misc]
    if origin is Sequence:
        return tuple[_checkable(inner[0]), ...]  # type: ignore[misc]
    plain = isinstance(kind, type) and origin is None and kind is not object
    # A protocol cannot be told from other things unless it says that it can.
    told = not getattr(kind, "_is_protocol", False) or getattr(kind, "_is_runtime_protocol", False)
    return kind if plain and told else Any
