"""Shoulders that go along with a head that moves further than its neck stretches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from d2animator.performers.photo.body import Body
from d2animator.performers.photo.limits import shared_shift
from d2animator.performers.photo.options import RetargetOptions
from d2animator.performers.photo.target import at_rest, interpolated

ALL_OWN = (True, True, True, True)


def figure(borders=ALL_OWN):
    """A bright block before a dark wall, (100, 120), and the body of it; a cm has 4 pixels."""
    opacity = np.zeros((100, 120), np.float32)
    opacity[60:, 40:80] = 1
    wall = np.full((100, 120, 3), 40, np.float32)
    behind = wall + opacity[..., None] * 160
    return behind, Body(behind, lambda: wall, opacity, 4.0, borders)


def whole(body, shift):
    from d2animator.performers.photo.shapes import Box

    return body.shifted(np.array(shift, np.float32), Box(0, 0, 120, 100))


def test_at_rest_it_is_what_was_behind_the_head():
    behind, body = figure()
    np.testing.assert_allclose(whole(body, (0, 0)), behind, atol=1e-3)
    assert body.changed(np.zeros(2, np.float32)).width == 0


@pytest.mark.parametrize("shift", [(12, 0), (-7, 5), (3, -16)])
def test_a_body_goes_along_and_uncovers_the_wall(shift):
    _, body = figure()
    moved = whole(body, shift)
    box = body.changed(np.array(shift, np.float32))
    # Its bottom is the photo's border, beyond which it goes on.
    expected = np.full((100, 120, 3), 40, np.float32)
    expected[60 + shift[1] :, 40 + shift[0] : 80 + shift[0]] = 200
    np.testing.assert_allclose(moved, expected, atol=1e-3)
    outside = np.ones((100, 120), bool)
    outside[box.rows_columns] = False
    np.testing.assert_allclose(moved[outside], figure()[0][outside], atol=1e-3)


def test_parts_of_pixels_are_shared():
    _, body = figure()
    moved = whole(body, (0.5, 0))
    np.testing.assert_allclose(moved[80, 39:42, 0], [40, 120, 200], atol=1e-3)


def test_beyond_a_window_that_is_not_the_photos_the_body_stays():
    behind, body = figure((True, True, True, False))
    moved = whole(body, (12, 0))
    assert np.abs(moved[-1] - behind[-1]).max() < 5
    assert np.abs(moved[60, 52:92] - 200).max() < 5
    assert np.abs(np.diff(moved[..., 0], axis=0)[62:]).max() < 200  # no step


def test_necks_stretch_first_and_bodies_do_the_rest():
    options = RetargetOptions()
    alone, along = shared_shift(1.0, options, with_body=True)
    assert alone > 0.9
    assert along < 0.1
    alone, along = shared_shift(6.0, options, with_body=True)
    assert 2 < alone < 2.7
    assert 5.3 < alone + along < 6
    assert shared_shift(6.0, options, with_body=False) == (alone, 0.0)
    far = shared_shift(60.0, options, with_body=True)
    assert sum(far) < options.most_shift_cm + options.most_body_cm + 1e-6
    for with_body in (True, False):
        unlimited = shared_shift(60.0, options.unlimited(), with_body=with_body)
        assert sum(unlimited) == pytest.approx(60)
        assert (unlimited[1] > 0) == with_body


def test_the_suit_goes_along_and_the_flag_stays(scene, photo):
    assert scene.has_body
    shift = np.array([24.0, -6.0])  # 4 cm and one
    start = at_rest(scene.fit)
    target = replace(start, translation=scene.fit.translation + shift, body=shift)
    moved = scene.draw(target).astype(int)
    ring = slice(185, 210), slice(120, 160)  # the suit's
    there = tuple(
        slice(part.start + way, part.stop + way)
        for part, way in zip(ring, shift[::-1].astype(int), strict=True)
    )
    assert np.abs(moved[there] - photo[ring]).mean() < 8
    assert np.abs(moved[ring] - photo[ring]).mean() > 25
    assert np.array_equal(moved[270:], photo[270:])  # beyond the window
    assert np.array_equal(moved[:150, :60], photo[:150, :60])  # the flag
    assert np.array_equal(scene.draw(start), photo)


def test_bodies_are_mixed_between_targets(scene):
    start = at_rest(scene.fit)
    end = replace(start, body=np.array([8.0, 2.0]))
    half, most = interpolated(start, end, 0.5).body, interpolated(end, start, 0.25).body
    assert half is not None
    assert most is not None
    assert np.array_equal(half, [4.0, 1.0])
    assert most[0] == 6
    assert not end.is_rest(scene.fit)
    assert replace(start, body=np.zeros(2)).is_rest(scene.fit)
