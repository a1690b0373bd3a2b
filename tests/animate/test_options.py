"""Options: values of the wrong kind are told by name."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from d2animator.animate.options import AnimateOptions
from d2animator.errors import ConfigError
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import MarkOptions

WRONG: list[dict[str, Any]] = [
    {"crf": "18"},
    {"crf": 18.5},
    {"crf": True},
    {"crf": None},
    {"batch_size": [8]},
    {"regions": "mouth"},
    {"regions": (1,)},
    {"gains": {"mouth": "loud"}},
    {"gains": ["mouth"]},
    {"face": 0},
    {"size": "large"},
    {"size": 512.5},
    {"seconds": "5"},
    {"start": "1.5"},
    {"start": float("nan")},
    {"frame_rate": "25"},
    {"frame_rate": float("inf")},
    {"frames": 2.5},
    {"paste_back": "yes"},
    {"renderer": None},
    {"audio_track": "first"},
    {"reference_frame": 1.5},
    {"reference_frame": -1},
    {"motion": ["relative"]},
    {"codec": 264},
]


@pytest.mark.parametrize("given", WRONG, ids=str)
def test_a_wrong_type_is_named(given: dict[str, Any]) -> None:
    (name,) = given
    with pytest.raises(ConfigError) as caught:
        AnimateOptions(**given)
    assert caught.value.key.split(".")[0].split("[")[0] == name
    with pytest.raises(ConfigError):
        AnimateOptions().changed(given)


def test_what_means_the_same_is_taken() -> None:
    options = AnimateOptions(
        crf=np.int64(20),  # type: ignore[arg-type]
        regions=["mouth"],  # type: ignore[arg-type]
        gains={"mouth": 2},
        frame_rate=29.97002997,  # type: ignore[arg-type]
        start=1.5,  # type: ignore[arg-type]
        end=2,  # type: ignore[arg-type]
        reference_frame=np.int32(3),  # type: ignore[arg-type]
    )
    assert type(options.crf) is int
    assert options.regions == ("mouth",)
    assert options.frame_rate == Fraction(30000, 1001)
    assert (options.start, options.end) == (Fraction(3, 2), Fraction(2))
    assert options.reference_frame == 3


@pytest.mark.parametrize("wrong", [{"steps": "many"}, {"level": "deep"}, {"seconds": "5"}], ids=str)
def test_those_of_inversions_too(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        InversionOptions(**wrong)


@pytest.mark.parametrize("wrong", [{"payload": "7"}, {"watermark": 1}, {"label": 3}], ids=str)
def test_those_of_marks_too(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        MarkOptions(**wrong)
