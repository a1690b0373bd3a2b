from __future__ import annotations

import numpy as np
import pytest
import torch

from d2animator import errors
from d2animator.errors import (
    BundleError,
    D2AnimatorError,
    InputError,
    ShapeError,
    check_shape,
    printable,
)


def test_every_error_is_ours_and_most_are_the_callers():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    ours = [kind for kind in kinds if issubclass(kind, Exception)]
    assert all(issubclass(kind, D2AnimatorError) for kind in ours)
    assert not issubclass(errors.BundleError, InputError)
    assert not issubclass(errors.TrainingError, InputError)
    assert issubclass(errors.UnknownModelError, InputError)


@pytest.mark.parametrize(
    ("error", "text", "data"),
    [
        (errors.MediaError("a.mp4", "is empty"), "a.mp4: is empty", {"reason": "is empty"}),
        (errors.OutputError("o", "is a folder"), "o: is a folder", {"reason": "is a folder"}),
        (errors.ConfigError("z_dim", "expected int"), "z_dim: expected int", {"key": "z_dim"}),
        (errors.DeviceError("cuda", "none here"), "device 'cuda': none here", {"device": "cuda"}),
        (errors.UnknownModelError("x", "no folder"), "model 'x': no folder", {"name": "x"}),
        (
            errors.UnsafeFileError("a.pkl", "os.system", "not needed"),
            "a.pkl: refused os.system: not needed",
            {"refused": "os.system"},
        ),
        (
            errors.NoFaceError("a.jpg", "our detector", 3),
            "a.jpg: no face found (our detector)",
            {"tried": "our detector", "frame_index": 3},
        ),
    ],
)
def test_messages_name_the_place_and_errors_carry_data(error, text, data):
    assert str(error) == text
    assert {name: getattr(error, name) for name in data} == data


def test_bundle_error_names_everything():
    error = BundleError("b", "no good", missing=["m"], unexpected=["u", "v"], mismatched=["s"])
    assert str(error) == "b: no good; missing: m; unexpected: u, v; wrong shape: s"
    assert (error.missing, error.unexpected, error.mismatched) == (("m",), ("u", "v"), ("s",))
    assert str(BundleError("b", missing=["m"])) == "b: missing: m"


@pytest.mark.parametrize("value", [torch.zeros(4, 98, 2), np.zeros((4, 98, 2))])
def test_check_shape_accepts_numbers_and_names(value):
    check_shape("landmarks", value, ("batch", 98, 2))


@pytest.mark.parametrize(
    ("shape", "expected"), [((4, 97, 2), ("B", 98, 2)), ((3, 4), ("N", "N")), ((3,), ("N", "N"))]
)
def test_check_shape_refuses(shape, expected):
    with pytest.raises(ShapeError, match=r"^x: expected shape") as caught:
        check_shape("x", np.zeros(shape), expected)
    assert caught.value.actual == shape
    assert caught.value.expected == expected


def test_text_from_files_is_made_printable() -> None:
    assert printable("a\x1b[2Jb\u202ec\ud800") == "a?[2Jb?c?"
    assert printable("one\r\n\ttwo") == "one two"
    short = printable("ab" * 10_000_000, 100)
    assert len(short) <= 100
    assert short.startswith("ab")
    assert " ... " in short
    printable("\ud800").encode("utf-8")
