from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2animator.errors import ConfigError
from d2animator.faces.choice import LARGEST, FaceChoice, parse_choice
from d2animator.faces.detect import Face

POINTS = np.zeros((98, 2), np.float32)
LEFT = Face(True, POINTS, (10.0, 20.0, 30.0, 40.0), 1.0)
MIDDLE = Face(True, POINTS, (100.0, 20.0, 60.0, 60.0), 1.0)
RIGHT = Face(True, POINTS, (200.0, 0.0, 30.0, 30.0), 1.0)
FACES = [MIDDLE, RIGHT, LEFT]


@pytest.mark.parametrize(
    ("text", "face"),
    [
        ("largest", MIDDLE),
        ("0", LEFT),
        ("2", RIGHT),
        ("3", None),
        ("195,0,40,40", RIGHT),
        (" 12, 22.5, 30, 40 ", LEFT),
        ("400,400,10,10", None),
    ],
)
def test_a_choice_picks(text: str, face: Face | None) -> None:
    assert parse_choice("face", text).pick(FACES) is face


def test_of_no_faces_there_is_none() -> None:
    assert LARGEST.pick([]) is None


@pytest.mark.parametrize("text", ["", "left", "-1", "1,2,3", "1,2,3,0", "1,2,3,x", "1.5"])
def test_what_is_no_choice_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="face: expected largest, an index from the left"):
        parse_choice("face", text)


@given(st.integers(0, 50))
def test_the_text_of_a_choice_reads_as_itself(index: int) -> None:
    for choice in (FaceChoice(index=index), LARGEST, FaceChoice(box=(index, 2.5, 3.0, 4.0))):
        assert parse_choice("face", str(choice)) == choice
