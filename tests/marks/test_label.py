from __future__ import annotations

import numpy as np
import pytest

from d2animator.errors import ConfigError, ShapeError
from d2animator.marks.label import Label, check_label


@pytest.mark.parametrize("size", [(96, 160), (256, 256), (720, 1280), (2160, 3840)])
def test_the_words_stand_in_the_lower_left_corner(size):
    grey = np.full((*size, 3), 120, np.uint8)
    drawn = Label("AI-generated").draw(grey)
    rows, columns = np.nonzero((drawn != grey).any(-1))
    assert rows.min() > 0.8 * size[0] or size[0] < 100
    assert columns.max() < 0.9 * size[1]
    letters = drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert letters.max() > 220  # light letters
    assert letters.min() < 80  # on a dark ground
    assert (grey == 120).all()


def test_long_words_are_drawn_smaller():
    words = "Dieses Video wurde mit künstlicher Intelligenz erzeugt"
    wide = Label(words).draw(np.zeros((512, 400, 3), np.uint8))
    assert 200 < np.nonzero(wide.any((0, 2)))[0].max() < 390


def test_a_picture_too_small_for_the_words_is_refused():
    with pytest.raises(ConfigError, match="does not fit into 100 x 64 pixels"):
        Label("generated with an artificial intelligence").draw(np.zeros((64, 100, 3), np.uint8))


def test_a_transparent_picture_gets_an_opaque_label():
    drawn = Label("AI").draw(np.zeros((128, 128, 4), np.uint8))
    assert drawn.shape == (128, 128, 4)
    assert drawn[..., 3].max() == 255
    assert (drawn[:64, ..., 3] == 0).all()


def test_the_label_is_the_same_in_every_frame():
    label = Label("AI-generated")
    one = label.draw(np.zeros((128, 200, 3), np.uint8))
    other = label.draw(np.full((300, 200, 3), 9, np.uint8))
    assert other.shape == (300, 200, 3)
    np.testing.assert_array_equal(one, label.draw(np.zeros((128, 200, 3), np.uint8)))


@pytest.mark.parametrize("words", ["", "   ", "x" * 61, "two\nlines", "合成"])
def test_words_that_cannot_be_drawn_are_refused(words):
    with pytest.raises(ConfigError, match="label"):
        check_label(words)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ShapeError):
        Label("AI").draw(np.zeros((5, 5), np.uint8))
