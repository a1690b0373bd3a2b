"""Frozen dataclasses to and from JSON and TOML, strictly: what is not understood is refused."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import json
import math
import numbers
import os
import tomllib
import types
import typing
from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

from d2animator.errors import ConfigError

T = TypeVar("T")

_MOST_BYTES = 8 << 20
# Of whole numbers; larger ones are no sizes, and neither a float nor quickly written.
_MOST_BITS = 200


def from_dict(cls: type[T], mapping: Mapping[str, Any]) -> T:
    """Build a dataclass from plain values.

    Understands nested dataclasses, ``tuple``, ``list``, ``dict``/``Mapping`` with text keys,
    ``Optional`` and other unions, ``Literal``, ``bool``, ``int``, ``float`` (an ``int`` will do),
    ``Fraction``, ``str`` and ``Path``.

    Args:
        cls: The dataclass.
        mapping: Its fields, as read from JSON or TOML.

    Returns:
        An instance of ``cls``.

    Raises:
        ConfigError: A key is unknown or missing, or a value has the wrong type; ``key`` is its
            path, such as ``generator.z_dim``.
    """
    return _dataclass(cls, mapping, "")


def to_dict(instance: object) -> dict[str, Any]:
    """Turn a dataclass into plain values that JSON can hold; `from_dict` reads them back.

    Raises:
        TypeError: A field holds something that JSON has no word for.
    """
    plain = _plain(instance)
    if not isinstance(plain, dict):
        raise TypeError(f"expected a dataclass, got {type(instance).__name__}")
    return plain


def as_kind(kind: Any, value: object, name: str) -> Any:
    """Give a value as a type of those that `from_dict` understands.

    Args:
        kind: The type.
        value: What came.
        name: What it is called, for the message.

    Raises:
        ConfigError: It is none of that type.
    """
    return _value(kind, value, name)


def described(value: object) -> str:
    """Name a value's type and show the beginning of it, for a message."""
    return f"{type(value).__name__} {_shown(value)}"


def hints_of(cls: Any) -> dict[str, Any]:
    """Types of a class's fields, by name."""
    return _kept_hints(cls)


@functools.cache
def _kept_hints(cls: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def unknown_keys(cls: type, mapping: object, prefix: str = "") -> list[str]:
    """Paths of all keys of ``mapping`` that ``cls`` and its nested dataclasses do not have."""
    if not isinstance(mapping, Mapping) or not dataclasses.is_dataclass(cls):
        return []
    hints = hints_of(cls)
    known = {field.name for field in dataclasses.fields(cls)}
    found = [prefix + key for key in mapping if key not in known]
    for key in mapping.keys() & known:
        for kind in alternatives(hints[key]):
            is_one = isinstance(kind, type) and dataclasses.is_dataclass(kind)
            if is_one and _tag_fits(kind, mapping[key]):
                found += unknown_keys(kind, mapping[key], f"{prefix}{key}.")
    return sorted(found)


def load_json(path: str | Path) -> dict[str, Any]:
    """Read a JSON file that holds one object.

    Raises:
        ConfigError: No such file, or no JSON object in it.
    """
    try:
        content = parse_json(_read(path))
    except ValueError as error:
        raise ConfigError(str(path), f"not valid JSON ({error})") from error
    if not isinstance(content, dict):
        raise ConfigError(str(path), f"expected a JSON object, got {type(content).__name__}")
    return content


def load_toml(path: str | Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: No such file, or no TOML in it.
    """
    try:
        return tomllib.loads(_read(path))
    # Nested too deeply, for the second one.
    except (ValueError, RecursionError) as error:
        raise ConfigError(str(path), f"not valid TOML ({error})") from error


def parse_json(text: str | bytes) -> Any:
    """Parse JSON from somewhere else.

    Raises:
        ValueError: It is none, is nested too deeply, or has numbers that are not finite, which
            JSON does not know and Python does.
    """
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def to_json(content: object) -> str:
    """Give a dataclass or plain values as JSON, as `load_json` reads it.

    Args:
        content: A dataclass, or what `json` takes. Not-a-number has no place in JSON.

    Raises:
        ValueError: A number is not finite.
    """
    return json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _read(path: str | Path) -> str:
    try:
        if Path(path).stat().st_size > _MOST_BYTES:
            raise ConfigError(str(path), f"larger than {_MOST_BYTES} bytes, so no configuration")
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), "not UTF-8 text") from error


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"no plain form for {type(value).__name__}")


def _dataclass(cls: type[T], mapping: object, path: str) -> T:
    if not dataclasses.is_dataclass(cls):
        raise TypeError(f"{cls.__name__} is not a dataclass")
    if not isinstance(mapping, Mapping):
        raise ConfigError(
            path or cls.__name__, f"expected keys and values, got {described(mapping)}"
        )
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}
    _check_keys(cls, mapping, fields, f"{path}." if path else "")
    hints = hints_of(cls)
    prefix = f"{path}." if path else ""
    values = {key: _value(hints[key], entry, prefix + key) for key, entry in mapping.items()}
    try:
        return typing.cast(T, cls(**values))
    except ConfigError as error:
        # The dataclass checks its own values, but does not know where in a file it stands.
        reason = str(error).removeprefix(f"{error.key}: ")
        raise ConfigError(prefix + error.key, reason) from error


def _check_keys(
    cls: type, mapping: Mapping[str, Any], fields: Mapping[str, dataclasses.Field[Any]], prefix: str
) -> None:
    unknown = [str(key) for key in mapping if key not in fields]
    if unknown:
        close = difflib.get_close_matches(unknown[0], fields, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        also = f" (also unknown: {', '.join(unknown[1:])})" if unknown[1:] else ""
        reason = f"unknown key{also}{hint}; allowed: {', '.join(fields)}"
        raise ConfigError(prefix + unknown[0], reason)
    for name, field in fields.items():
        optional = (
            field.default is not dataclasses.MISSING
            or field.default_factory is not dataclasses.MISSING
        )
        if name not in mapping and not optional:
            raise ConfigError(prefix + name, f"missing in {cls.__name__}")


def _value(kind: Any, value: object, path: str) -> Any:
    """``value`` as ``kind``, or ConfigError."""
    options = alternatives(kind)
    if len(options) > 1:
        return _union(options, value, path)
    origin = typing.get_origin(kind)
    if kind is Any:
        return value
    if origin is Literal:
        return _literal(typing.get_args(kind), value, path)
    if origin in (tuple, list):
        return _sequence(kind, value, path)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(kind, value, path)
    if origin is Callable:
        return _function(value, path)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind, value, path)
    return _scalar(kind, value, path)


def alternatives(kind: Any) -> tuple[Any, ...]:
    """The types of a union, or the one type itself."""
    union = typing.get_origin(kind) in (Union, types.UnionType)
    return typing.get_args(kind) if union else (kind,)


def _union(options: Sequence[Any], value: object, path: str) -> Any:
    if value is None and types.NoneType in options:
        return None
    options = [option for option in options if option is not types.NoneType]
    fitting = [option for option in options if _tag_fits(option, value)]
    if not fitting:
        raise _unknown_tag(options, value, path)
    errors = []
    for option in fitting:
        try:
            return _value(option, value, path)
        except ConfigError as error:
            errors.append(error)
    if all(_is_plain(option) for option in fitting):
        known = " or ".join(option.__name__ for option in fitting)
        raise ConfigError(path, f"expected {known}, got {described(value)}")
    raise errors[0]


def _is_plain(kind: Any) -> bool:
    """Whether values are of a type or not, and nothing more can be said."""
    return isinstance(kind, type) and not dataclasses.is_dataclass(kind)


def _tags(kind: Any) -> dict[str, tuple[Any, ...]]:
    """``Literal`` fields of a dataclass, which tell it from others; nothing for other types."""
    if not dataclasses.is_dataclass(kind):
        return {}
    hints = hints_of(kind).items()
    return {name: typing.get_args(t) for name, t in hints if typing.get_origin(t) is Literal}


def _tag_fits(kind: Any, value: object) -> bool:
    if not isinstance(value, Mapping):
        return True
    return all(value[name] in words for name, words in _tags(kind).items() if name in value)


def _unknown_tag(options: Sequence[Any], value: object, path: str) -> ConfigError:
    """What to say when no option has the word that ``value`` has as its tag."""
    names = list(value) if isinstance(value, Mapping) else []
    name = next(name for name in names if any(name in _tags(option) for option in options))
    words = [repr(word) for option in options for word in _tags(option).get(name, ())]
    got = value[name] if isinstance(value, Mapping) else value
    return ConfigError(f"{path}.{name}", f"expected one of {', '.join(words)}, got {got!r}")


def _literal(allowed: Sequence[object], value: object, path: str) -> object:
    # An array would compare each of its entries.
    if not any(isinstance(value, type(one)) and value == one for one in allowed):
        known = ", ".join(map(repr, allowed))
        raise ConfigError(path, f"expected one of {known}, got {_shown(value)}")
    return value


def _function(value: object, path: str) -> object:
    if not callable(value):
        raise ConfigError(path, f"expected a function, got {described(value)}")
    return value


def _sequence(kind: Any, value: object, path: str) -> Any:
    if not isinstance(value, list | tuple):
        raise ConfigError(path, f"expected a list, got {described(value)}")
    origin, kinds = typing.get_origin(kind), list(typing.get_args(kind))
    if origin is list or kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise ConfigError(path, f"expected {len(kinds)} entries, got {len(value)}")
    entries = [
        _value(entry_kind, entry, f"{path}[{index}]")
        for index, (entry_kind, entry) in enumerate(zip(kinds, value, strict=True))
    ]
    return entries if origin is list else tuple(entries)


def _mapping(kind: Any, value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(path, f"expected keys and values, got {described(value)}")
    entry_kind = typing.get_args(kind)[1]
    return {str(key): _value(entry_kind, entry, f"{path}.{key}") for key, entry in value.items()}


def _scalar(kind: type, value: object, path: str) -> object:
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise ConfigError(path, f"expected {kind.__name__}, got a number beyond all bounds")
    if kind is Fraction and isinstance(value, numbers.Real) and not isinstance(value, bool):
        return _fraction(value, path)
    if isinstance(value, numbers.Integral) and not isinstance(value, int):
        value = int(value)
    if kind is float and isinstance(value, numbers.Real) and not isinstance(value, int | float):
        value = float(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is Path and isinstance(value, str | os.PathLike):
        return _path(value, path)
    # Python counts True as 1; a configuration must not.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ConfigError(path, f"expected {kind.__name__}, got {described(value)}")
    return value


def _path(value: str | os.PathLike[Any], path: str) -> Path:
    plain = os.fspath(value)
    if not isinstance(plain, str):
        raise ConfigError(path, f"expected Path, got {described(value)}")
    return Path(plain)


def _fraction(value: numbers.Real, path: str) -> Fraction:
    """A number exactly, or the simple fraction that a float stands for, such as 30000/1001."""
    if isinstance(value, Fraction):
        return value
    number = float(value)
    if not math.isfinite(number):
        raise ConfigError(path, f"expected a finite number, got {number}")
    near = Fraction(number).limit_denominator(1001)
    return near if abs(float(near) - number) < 1e-6 * abs(number) else Fraction(number)


def _shown(value: object) -> str:
    # Cut first: a text may be of any length, and an integer too long to be written.
    shown = value[:60] if isinstance(value, str) else value
    large = isinstance(value, int) and value.bit_length() > _MOST_BITS
    return "of many digits" if large else " ".join(repr(shown).split())[:60]
