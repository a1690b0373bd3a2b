"""Whatever object comes to a public function: it works, or an error of ours says what is wrong."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import d2animator
from d2animator import animator as animator_module
from d2animator.animator import D2Animator
from d2animator.arguments import checked
from d2animator.bundles.bundle import Bundle
from d2animator.errors import ConfigError, D2AnimatorError
from d2animator.live.session import Session
from d2animator.marks.options import UNMARKED
from d2animator.performers.portrait import Portrait
from tests.seeing import picture, seeing


class Anything:
    """What no argument can be."""


WRONG: dict[str, Any] = {
    "object": Anything(),
    "number": 7.5,
    "truth": True,
    "complex": 1j,
    "bytes": b"abc",
    "keys": {"a": Anything()},
    "list": [Anything()],
    "array": np.zeros(3),
    "tensor": torch.zeros(3),
    "huge": 10**5000,
    "no name": "\0",
    "function": lambda: 0,
}
# What cannot be told from something right, or is.
PASSED_ON = {
    **dict.fromkeys(("progress", "identity", "easing"), ("function",)),
    **dict.fromkeys(("seconds", "frame_rate", "time"), ("number",)),
    **dict.fromkeys(
        ("message", "commit_message", "revision", "subfolder", "task", "layout"), ("no name",)
    ),
    **dict.fromkeys(("cache_dir", "local_files_only", "force_download"), ("no name", "truth")),
    **dict.fromkeys(("half", "with_generator", "private", "create_pr"), ("truth",)),
    "token": ("truth", "no name"),
    "generator_source": ("no name",),
    "mirror": ("truth",),
    "paused": ("truth",),
}


@pytest.fixture(scope="module")
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(seeing(tiny_bundle), marks=UNMARKED)


@pytest.fixture(scope="module")
def portrait(animator: D2Animator) -> Portrait:
    return animator.portrait(picture(), inversion="encoder")


def functions(animator: D2Animator, portrait: Portrait) -> dict[str, Callable[..., Any]]:
    """All public functions."""
    names = [name for name in vars(D2Animator) if not name.startswith("_")]
    found = {name: getattr(animator, name) for name in names if name != "device"}
    found["D2Animator"] = D2Animator
    for name in ("load_bundle", "load_generator", "make_detector", "verify"):
        found[name] = getattr(d2animator, name)
    session = Session(animator.sources, portrait)
    return found | {"feed": session.feed, "set": session.set}


def refusal(function: Callable[..., Any], arguments: dict[str, Any]) -> str:
    """What a function says against its arguments, nothing if it takes them."""
    try:
        made = function(**arguments)
        if inspect.isgenerator(made):
            next(made)
    except D2AnimatorError as error:
        return str(error)
    return ""


def test_every_argument_of_every_public_function(
    animator: D2Animator, portrait: Portrait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    right: dict[str, Any] = {
        **dict.fromkeys(("source", "portrait"), portrait),
        **dict.fromkeys(("driver", "target", "pose", "expression", "frame"), picture()),
        **{"pairs": {"0": picture()}, "amounts": {"yaw": 1.0}, "bundle": animator.bundle},
        **{"camera": [picture()], "device": "cpu", "name": "bundled", "repo_id": "a/b"},
        **{"path": tmp_path / "x", "path_or_name": "puppet"},
    }
    tried = 0
    for name, function in functions(animator, portrait).items():
        arguments = {
            one.name: right.get(one.name, one.default)
            for one in inspect.signature(function).parameters.values()
            if one.kind is not one.VAR_KEYWORD
        }
        for argument in arguments:
            for kind, wrong in WRONG.items():
                if kind in PASSED_ON.get(argument, ()):
                    continue
                said = refusal(function, arguments | {argument: wrong})
                assert 0 < len(said) < 700, (name, argument, kind)
                assert "\n" not in said
                tried += 1
    assert tried > 1000
    assert list(tmp_path.iterdir()) == []


def test_what_means_the_same_is_taken() -> None:
    @checked
    def told(path: Path, count: int = 1, share: float = 0.5, *rest: str, **more: int) -> object:
        """Say it."""
        return path, count, share, rest, more

    assert told("a", np.int64(3), 2) == (Path("a"), 3, 2.0, (), {})  # type: ignore[arg-type]
    assert told(Path("a"), 1, 1, "b", c=3) == (Path("a"), 1, 1.0, ("b",), {"c": 3})
    assert told.__doc__ == "Say it."
    with pytest.raises(ConfigError, match=r"^path: expected Path, got int 3$"):
        told(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"told\(\) missing 1 required positional argument"):
        told()  # type: ignore[call-arg]


def test_either_of_several_types_is_named(animator: D2Animator) -> None:
    with pytest.raises(ConfigError, match="output: expected str or Path, got int 3"):
        animator.landmarks(picture(), 3)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"amounts\.smile: expected float, got str 'much'"):
        animator.edit(picture(), {"smile": "much"})  # type: ignore[dict-item]


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1)], ids=str)
def test_the_smallest_pictures_show_no_face(animator: D2Animator, size: tuple[int, int]) -> None:
    small = np.zeros((*size, 3), np.uint8)
    for call in (animator.prepare, animator.anonymise, animator.motions):
        with pytest.raises(D2AnimatorError, match="no face found"):
            call(small)
    assert not animator.landmarks(small)[0].found


def test_no_pictures_at_all_are_told(animator: D2Animator, portrait: Portrait) -> None:
    for call in (animator.motions, animator.anonymise, animator.landmarks):
        with pytest.raises(D2AnimatorError, match="expected one picture at least, got none"):
            call(iter(()))
    with pytest.raises(D2AnimatorError, match="expected one picture at least, got none"):
        animator.animate(portrait, [])


def test_a_function_from_another_process_knows_its_types() -> None:
    """Ray sends functions by value, with those of their module's names that they call."""
    own = {name: value for name, value in vars(animator_module).items() if name != "Path"}
    whole = inspect.unwrap(D2Animator.from_pretrained.__func__)  # type: ignore[attr-defined]
    sent = types.FunctionType(whole.__code__, own, whole.__name__, whole.__defaults__)
    sent.__annotations__, sent.__module__ = whole.__annotations__, whole.__module__
    sent.__kwdefaults__ = whole.__kwdefaults__
    with pytest.raises(ConfigError, match="device: expected"):
        checked(sent)(D2Animator, None, device=7)
