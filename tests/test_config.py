from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2animator.config import from_dict, load_json, load_toml, to_dict, unknown_keys
from d2animator.errors import ConfigError
from d2animator.media.files import write_json


@dataclass(frozen=True)
class Inner:
    size: int
    rate: float = 0.5

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ConfigError("size", "expected at least 0")


@dataclass(frozen=True)
class Outer:
    inner: Inner
    name: str = "x"
    flag: bool = False
    mode: Literal["a", "b"] = "a"
    maybe: Inner | None = None
    limit: float | None = None
    pair: tuple[int, str] = (1, "one")
    channels: tuple[int, ...] = ()
    tags: list[str] = field(default_factory=list)
    table: Mapping[str, int] = field(default_factory=dict)
    path: Path = Path()
    anything: Any = None


inners = st.builds(Inner, st.integers(0, 100), st.floats(allow_nan=False, allow_infinity=False))
outers = st.builds(
    Outer,
    inners,
    name=st.text(),
    flag=st.booleans(),
    mode=st.sampled_from(["a", "b"]),
    maybe=st.none() | inners,
    limit=st.none() | st.floats(-5, 5),
    pair=st.tuples(st.integers(), st.text()),
    channels=st.lists(st.integers()).map(tuple),
    tags=st.lists(st.text()),
    table=st.dictionaries(st.text(), st.integers()),
    path=st.sampled_from([Path("a/b"), Path("c")]),
)


@given(outers)
def test_round_trip_through_json(outer: Outer):
    assert from_dict(Outer, json.loads(json.dumps(to_dict(outer)))) == outer


def test_defaults_fill_what_is_not_there():
    assert from_dict(Outer, {"inner": {"size": 3}}) == Outer(Inner(3))


def test_int_serves_as_float():
    rate = from_dict(Inner, {"size": 1, "rate": 2}).rate
    assert isinstance(rate, float)


@pytest.mark.parametrize(
    ("change", "key", "text"),
    [
        ({"nmae": "y"}, "nmae", "did you mean 'name'"),
        ({"qqqq": 1, "rrrr": 1}, "qqqq", r"also unknown: rrrr.*allowed: inner, name"),
        ({"inner": {"size": 1, "sise": 2}}, "inner.sise", "did you mean 'size'"),
        ({"inner": {}}, "inner.size", "missing in Inner"),
        ({"inner": {"size": -1}}, "inner.size", "expected at least 0"),
        ({"inner": 3}, "inner", "expected keys and values, got int 3"),
        ({"maybe": {"size": "3"}}, "maybe.size", "expected int, got str '3'"),
        ({"name": 3}, "name", "expected str, got int 3"),
        ({"flag": 1}, "flag", "expected bool"),
        ({"limit": True}, "limit", "expected float, got bool True"),
        ({"mode": "c"}, "mode", "expected one of 'a', 'b', got 'c'"),
        ({"pair": [1]}, "pair", "expected 2 entries, got 1"),
        ({"channels": [1, "2"]}, r"channels\[1\]", "expected int"),
        ({"channels": 1}, "channels", "expected a list"),
        ({"table": {"a": "b"}}, "table.a", "expected int"),
        ({"table": []}, "table", "expected keys and values"),
    ],
)
def test_refusals_name_the_key(change: dict[str, object], key: str, text: str):
    with pytest.raises(ConfigError, match=rf"^{key}: .*{text}"):
        from_dict(Outer, {"inner": {"size": 1}} | change)


def test_all_unknown_keys_are_found():
    found = unknown_keys(Outer, {"a": 1, "inner": {"b": 1}, "maybe": {"c": 1, "size": 1}})
    assert found == ["a", "inner.b", "maybe.c"]


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(TypeError, match="no plain form for object"):
        to_dict(Outer(Inner(1), anything=object()))
    with pytest.raises(TypeError, match="expected a dataclass"):
        to_dict(3)
    with pytest.raises(TypeError, match="int is not a dataclass"):
        from_dict(int, {})


def test_files(tmp_path: Path):
    target = tmp_path / "c.json"
    write_json(target, Outer(Inner(1), name="ü"))
    assert from_dict(Outer, load_json(target)) == Outer(Inner(1), name="ü")
    (tmp_path / "c.toml").write_text('name = "y"\n[inner]\nsize = 4\n')
    assert from_dict(Outer, load_toml(tmp_path / "c.toml")) == Outer(Inner(4), name="y")


def test_a_failed_save_leaves_the_old_file(tmp_path: Path):
    target = tmp_path / "c.json"
    write_json(target, {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(target, {"a": float("nan")})
    assert load_json(target) == {"a": 1}
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"{", "not valid JSON"), (b"[1]", "expected a JSON object"), (b"\xff", "not UTF-8")],
)
def test_bad_json(tmp_path: Path, content: bytes, text: str):
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=text):
        load_json(path)


def test_bad_toml_and_missing_files(tmp_path: Path):
    (tmp_path / "c.toml").write_text("a = ")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_toml(tmp_path / "c.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_json(tmp_path / "none.json")


def test_module_needs_no_torch():
    code = "import sys, d2animator.config; raise SystemExit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@dataclass(frozen=True)
class Circle:
    kind: Literal["circle"] = "circle"
    radius: int = 1


@dataclass(frozen=True)
class Box:
    kind: Literal["box"] = "box"
    width: int = 1


@dataclass(frozen=True)
class Drawing:
    shape: Circle | Box


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ({"kind": "circle", "radius": 2}, Circle(radius=2)),
        ({"kind": "box", "width": 2}, Box(width=2)),
        ({"width": 2}, Box(width=2)),
        ({}, Circle()),
    ],
)
def test_dataclasses_of_a_union_are_told_apart_by_a_literal(plain, expected):
    assert from_dict(Drawing, {"shape": plain}) == Drawing(expected)


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        ({"kind": "box", "radius": 2}, "shape.radius: unknown key"),
        ({"kind": "star"}, "shape.kind: expected one of 'circle', 'box', got 'star'"),
        (5, "shape: expected keys and values"),
    ],
)
def test_errors_are_those_of_the_dataclass_that_is_meant(plain, text):
    with pytest.raises(ConfigError, match=text):
        from_dict(Drawing, {"shape": plain})
    kinds = {"shape": {"kind": "box", "radius": 2, "width": 1}}
    assert unknown_keys(Drawing, kinds) == ["shape.radius"]
