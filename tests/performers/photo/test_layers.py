"""The parts of a photo: cut-out, background, lids, curves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from d2animator.performers.photo.background import head_share, take_apart
from d2animator.performers.photo.cutout import cut_out, guided
from d2animator.performers.photo.eyes import lid_gap, make_eyes
from d2animator.performers.photo.raster import draw_attributes
from d2animator.performers.photo.shapes import Box, box_around, rim_line
from d2animator.performers.photo.surface import follow_weight

BORDERS = (True, True, True, True)
"""The window is the whole photo."""


@pytest.fixture(scope="module")
def depth(surface, photo):
    start = surface.start
    ones = np.ones((len(start.places), 1), np.float32)
    return draw_attributes(surface.solid, start.places, start.depth, ones, photo.shape[:2])[1]


@pytest.fixture(scope="module")
def cutout(photo, surface, depth):
    return cut_out(photo, surface, depth)


def test_the_mesh_lies_on_the_landmarks(surface, points):
    apart = np.linalg.norm(surface.start.places[surface.points] - points[:96], axis=1)
    eyes = np.linalg.norm(points[60] - points[72])
    assert apart.mean() < 0.01 * eyes


def test_lifting_undoes_the_projection(surface):
    start = surface.start
    places = surface.lifted(start.places[:500], start.depth[:500])
    np.testing.assert_allclose(places, surface.rest[:500], atol=1e-3)


def test_the_person_is_cut_out_of_the_background(cutout, points):
    assert cutout.trust > 0.95
    face = points.min(0).astype(int), points.max(0).astype(int)
    assert cutout.head[face[0][1] : face[1][1] - 5, 200:250].min() > 0.9
    assert cutout.head[30:60, 200:240].mean() > 0.95  # the hair above
    assert cutout.head[:200, :60].max() == 0  # flag and wall
    assert cutout.head[:, 400:].max() == 0  # the shuttle's model
    assert cutout.clothes[300:400, 120:200].mean() > 0.9  # the suit
    assert cutout.clothes[:140].max() == 0


def test_the_parts_of_a_photo_make_the_photo(photo, surface, cutout):
    backdrop = take_apart(photo, surface, cutout, BORDERS)
    whole = head_share(photo, backdrop) + (1 - backdrop.opacity)[..., None] * backdrop.behind
    assert np.array_equal(np.rint(whole), photo.astype(float))
    assert np.array_equal(backdrop.behind[:, 400:], photo[:, 400:].astype(np.float32))
    assert np.array_equal(backdrop.behind[300:], photo[300:].astype(np.float32))


def test_nothing_of_the_head_is_left_behind(photo, surface, cutout):
    behind = take_apart(photo, surface, cutout, BORDERS).behind
    wall, hair = photo[20:80, 300:340].mean(), photo[40:70, 180:260].mean()
    assert wall - hair > 40
    assert abs(behind[40:70, 180:260].mean() - wall) < 20


def test_the_grain_behind_a_head_is_the_backgrounds_and_repeats_nowhere(photo, surface, cutout):
    noise = np.random.default_rng(1).normal(128, 12, photo.shape)
    grainy = noise.round().clip(0, 255).astype(np.uint8)
    behind = take_apart(grainy, surface, cutout, BORDERS).behind[..., 0]
    hidden = behind[40:140, 170:270]  # of hair and face
    assert 6 < hidden.std() < 18
    spectrum = np.abs(np.fft.fft2(hidden - hidden.mean())) ** 2
    alike = np.fft.ifft2(spectrum).real / spectrum.mean()
    assert np.abs(alike[5:-5]).max() < 0.5  # with itself shifted by rows


def test_what_lies_beside_a_jaw_near_clothes_stays_when_the_head_moves(photo, surface, cutout):
    head = (cutout.head > 0.02).astype(np.uint8)
    beside = cv2.dilate(head, np.ones((5, 5))) > head
    beside &= cv2.dilate((cutout.clothes > 0.5).astype(np.uint8), np.ones((9, 9))) > 0
    collar = photo.copy()
    collar[beside] = (0, 200, 0)  # of which no fill can know
    backdrop = take_apart(collar, surface, cutout, BORDERS)
    moves = np.abs(head_share(collar, backdrop)[beside][:, 1])
    assert beside.sum() > 100
    assert moves.mean() < 40


def test_a_cut_that_is_not_trusted_gives_a_sheet_of_rubber(photo, surface):
    backdrop = take_apart(photo, surface, None, BORDERS)
    assert not backdrop.cut
    assert np.array_equal(backdrop.behind, photo.astype(np.float32))
    middle = surface.start.places[surface.points[54]].astype(int)
    assert backdrop.opacity[middle[1], middle[0]] == 1


def test_heads_follow_and_shoulders_stay():
    places = np.array([[0, 3, 8], [0, -20, 0], [14, -16, 0], [40, 0, 0]], float)
    np.testing.assert_allclose(follow_weight(places, cut=True), [1, 0, 0, 0], atol=1e-6)


def test_lids_are_skin(photo, surface):
    eyes = make_eyes(photo, surface)
    assert len(eyes) == 2
    for eye in eyes:
        height, width = eye.lid.opacity.shape
        middle = eye.lid.skin[height // 2, width // 2].mean()
        around = np.median(eye.photo.mean(-1))
        assert middle > 0.7 * around
        assert eye.lid.opacity[height // 2, width // 2] > 0.95
        assert eye.lid.opacity[0].max() == 0
        assert 0.2 < eye.gap_cm < 1.5


def test_lid_gaps_have_a_sign():
    rim = np.array([[0, 0], [1, -1], [2, -1], [3, -1], [4, 0], [3, 1], [2, 1], [1, 1]], float)
    assert lid_gap(rim) == pytest.approx(2)
    assert lid_gap(rim * (1, -1)) == pytest.approx(-2)
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    assert lid_gap(rim @ turn) == pytest.approx(2)


def test_rims_go_through_their_points_and_never_beyond():
    rng = np.random.default_rng(3)
    knots = rng.uniform(0, 10, (8, 2))
    line = rim_line(knots)
    np.testing.assert_allclose(line[::8], knots, atol=1e-12)
    pieces = line.reshape(8, 8, 2)
    following = np.roll(knots, -1, 0)
    low, high = np.minimum(knots, following), np.maximum(knots, following)
    assert (pieces >= low[:, None] - 1e-9).all()
    assert (pieces <= high[:, None] + 1e-9).all()


def test_boxes():
    box = box_around(np.array([[2.5, 3.5], [7.2, 8.0]]), 1)
    assert box == Box(1, 2, 9, 9)
    assert box_around(np.array([[np.nan, 0.0]]), 1).width == 0
    assert box.within(Box(0, 0, 5, 5)) == Box(1, 2, 5, 5)
    assert box.joined(Box(20, 20, 20, 30)) == box
    assert box.seen_from(Box(1, 1, 9, 9)) == Box(0, 1, 8, 8)


def test_guided_filter_keeps_the_guides_edges():
    guide = np.zeros((40, 40), np.float32)
    guide[:, 20:] = 1
    rough = np.clip((np.arange(40) - 14) / 12, 0, 1).astype(np.float32)[None].repeat(40, 0)
    soft = guided(guide, rough, 6, 1e-4)
    assert soft[20, 21] - soft[20, 18] > 2 * (rough[20, 21] - rough[20, 18])
