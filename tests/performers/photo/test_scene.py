"""The whole picture: rest, what may change, odd photos."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from d2animator.errors import ShapeError
from d2animator.head.fit import fit_picture
from d2animator.head.turns import rotation_from_vector
from d2animator.performers.photo.closing import close_lids
from d2animator.performers.photo.drawing import DrawOptions
from d2animator.performers.photo.eyes import dragged
from d2animator.performers.photo.scene import PhotoScene
from d2animator.performers.photo.shapes import Box
from d2animator.performers.photo.target import at_rest, interpolated
from tests.performers.photo.moves import moved


def _far(fit):
    return moved(fit, (-12.0, 32.0, 8.0), (-2.0, 1.5), 1.2, (5.0, 15.0), jawOpen=0.8, eyeBlink=0.9)


def test_at_rest_the_photo_comes_back_byte_by_byte(scene, photo, fit):
    assert np.array_equal(scene.draw(at_rest(fit)), photo)


def test_motion_fades_in_without_a_jump(scene, photo, fit):
    goal = moved(fit, (0.0, 4.0, 0.0), jawOpen=0.2, eyeBlink=0.3)
    before = photo
    changes = []
    for share in np.linspace(0, 1, 21)[1:]:
        now = scene.draw(interpolated(at_rest(fit), goal, float(share)))
        changes.append(np.abs(now.astype(float) - before).mean())
        before = now
    # A layer that popped in would show as one step far above the others.
    assert max(changes) < 3 * np.median(changes)


def test_only_the_person_changes(scene, photo, fit):
    drawn = scene.draw(_far(fit))
    changed = (drawn != photo).any(-1)
    assert scene.cut
    assert changed.mean() > 0.05
    # The shoulders' lower half and the picture's far corners are not the moving person's.
    assert not changed[400:].any()
    assert not changed[:40, :40].any()
    assert not changed[:, 440:].any()


def test_nothing_outside_of_the_window_changes(photo, points):
    small = cv2.resize(photo, (128, 128), interpolation=cv2.INTER_AREA)
    canvas = np.tile(small, (6, 6, 1))
    shifted = (points * 0.25) + (256, 256)
    fit = fit_picture(shifted)
    scene = PhotoScene.prepare(canvas, shifted, None, fit)
    drawn = scene.draw(_far(fit))
    outside = np.ones(canvas.shape[:2], bool)
    outside[scene.window.rows_columns] = False
    assert outside.mean() > 0.5
    assert np.array_equal(drawn[outside], canvas[outside])
    assert not np.array_equal(drawn, canvas)


def test_the_same_target_gives_the_same_bytes(scene, photo, points, fit):
    target = _far(fit)
    first = scene.draw(target)
    assert np.array_equal(first, scene.draw(target))
    assert np.array_equal(first, PhotoScene.prepare(photo, points, None, fit).draw(target))


def test_the_given_picture_is_drawn_on_and_left_as_it_is(scene, photo, fit):
    base = np.ascontiguousarray(photo[:, ::-1])
    kept = base.copy()
    drawn = scene.draw(_far(fit), onto=base)
    alone = scene.draw(_far(fit))
    changed = (alone != photo).any(-1)
    assert np.array_equal(base, kept)
    assert np.array_equal(drawn[changed], alone[changed])
    assert np.array_equal(drawn[~changed], kept[~changed])


def test_eyes_alone_move_only_the_eyes(scene, photo, fit, points):
    drawn = scene.draw(moved(fit, gaze_deg=(0.0, 15.0)))
    rows, columns = np.nonzero((drawn != photo).any(-1))
    low, high = points[60:76].min(0) - 8, points[60:76].max(0) + 8
    assert len(rows) > 50
    assert (columns >= low[0]).all()
    assert (columns <= high[0]).all()
    assert (rows >= low[1]).all()
    assert (rows <= high[1]).all()


def test_shut_eyes_hide_the_pupils(scene, photo, fit, points):
    drawn = scene.draw(moved(fit, eyeBlink=1.1)).astype(float).mean(-1)
    before = photo.astype(float).mean(-1)
    for pupil in (96, 97):
        x, y = points[pupil].astype(int)
        spot = np.s_[y - 2 : y + 3, x - 2 : x + 3]
        assert drawn[spot].mean() > 1.6 * before[spot].mean()


@pytest.mark.parametrize("closing", [0.1, 0.2])
def test_a_lid_that_comes_down_a_little_keeps_its_lashes(scene, photo, fit, points, closing):
    low, high = points[60:76].min(0) - 4, points[60:76].max(0) + 4
    eyes = np.s_[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])]

    def darkest(picture):
        level = np.sort(picture[eyes].astype(float).mean(-1).reshape(-1))
        return level[: len(level) // 20].mean()

    drawn = scene.draw(moved(fit, eyeBlink=closing))
    assert darkest(drawn) < 1.35 * darkest(photo)


def test_where_shut_lids_meet_nothing_of_the_eye_is_left(scene, photo, fit):
    posed = scene._surface.pose(moved(fit, eyeBlink=1.1))
    box = Box(0, 0, *photo.shape[1::-1])
    shown = scene._face.show(posed, box, 0.5)
    colour = scene._face.colour(scene._texture, shown)
    beside = scene._face.colour_beside(scene._crop, shown)
    close_lids(colour[..., :3], beside, shown, scene._eyes, posed)
    rows, columns = shown.split.pixels
    places = np.stack([columns, rows], -1) + shown.box.origin
    for eye in scene._eyes:
        rim = posed.places[eye.rim]
        on_the_line = ((places > rim.min(0)) & (places < rim.max(0))).all(1)
        on_the_line &= shown.split.far[:, 2] > 0
        assert on_the_line.sum() > 5
        skin = eye.lid.skin[eye.lid.opacity > 0.9].mean()
        assert beside[on_the_line].mean(-1).min() > 0.75 * skin


def test_what_lies_beside_an_iris_goes_with_it(scene, fit, points):
    still = scene._face.places
    eye = rotation_from_vector(np.radians([0.0, 12.0, 0.0]))
    gone = still - dragged(still, scene._eyes, scene._surface, np.stack([eye, eye]))
    rims = points[60:76] - scene.window.origin
    away = np.linalg.norm(scene._surface.start.places[: len(still), None] - rims, axis=-1)
    near, far = away.min(1) < 0.5, away.min(1) > 15
    assert (gone[near, 0] > 0.3).all()  # to the person's left, the picture's right
    assert not gone[far].any()


def test_an_open_mouth_is_dark_inside(scene, fit, points):
    drawn = scene.draw(moved(fit, jawOpen=0.9)).astype(float).mean(-1)
    x = int(points[90, 0])
    column = drawn[int(points[90, 1]) : int(points[90, 1]) + 30, x - 2 : x + 3].mean(1)
    skin = drawn[int(points[54, 1]), int(points[54, 0])]
    assert column.min() < 0.6 * skin


def test_a_tongue_loses_itself_in_the_dark(scene, fit):
    target = moved(fit, jawOpen=0.9)
    drawn = scene.draw(target).astype(float).mean(-1)
    posed = scene._surface.pose(target)
    x, y = posed.places[scene._surface.points[[90, 94]]].T + np.array([scene.window.origin]).T
    upper, lower = (np.linspace(x[0], x[1], 9), np.linspace(y[0], y[1], 9))
    light = drawn[lower.round().astype(int), upper.round().astype(int)]
    assert light[3:6].mean() < 0.9 * light[7]


def test_opacity_goes_with_the_person(photo, points, fit, scene):
    opacity = np.full((*photo.shape[:2], 1), 255, np.uint8)
    opacity[:200, :150] = 0
    image = np.concatenate([photo, opacity], -1)
    own = PhotoScene.prepare(image, points, None, fit)
    assert np.array_equal(own.draw(at_rest(fit)), image)
    drawn = own.draw(moved(fit, (0.0, 10.0, 0.0)))
    assert drawn.shape == image.shape
    assert np.array_equal(drawn[:40, :40], image[:40, :40])
    assert (drawn[250:280, 200:230, 3] == 255).all()


def test_a_kept_background_may_be_given_up(photo, points, fit):
    rubber = PhotoScene.prepare(
        photo, points, None, fit, options=DrawOptions(keep_background=False)
    )
    assert not rubber.cut
    assert np.array_equal(rubber.draw(at_rest(fit)), photo)
    drawn = rubber.draw(_far(fit))
    assert (drawn != photo).any()


@pytest.mark.parametrize(
    "box",
    [
        (140, 60, 300, 240),  # the face alone
        (225, 40, 512, 400),  # half of it, cut by the left border
        (100, 110, 400, 330),  # no crown
    ],
)
def test_photos_that_cut_the_head(photo, points, fit, box):
    left, top, right, bottom = box
    image = np.ascontiguousarray(photo[top:bottom, left:right])
    corner = np.array([left, top])
    own = replace(fit, translation=fit.translation - corner)
    scene = PhotoScene.prepare(image, points - corner, None, own)
    assert np.array_equal(scene.draw(at_rest(own)), image)
    drawn = scene.draw(_far(own))
    assert drawn.shape == image.shape
    assert (drawn != image).any()


@pytest.mark.parametrize("size", [48, 150])
def test_small_faces(photo, points, size):
    scale = size / 512
    image = cv2.resize(photo, (size, size), interpolation=cv2.INTER_AREA)
    fit = fit_picture(points * scale)
    scene = PhotoScene.prepare(image, points * scale, None, fit)
    assert np.array_equal(scene.draw(at_rest(fit)), image)
    assert (scene.draw(_far(fit)) != image).any()


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_photo_of_one_colour_stays_it_outside_of_the_mouth(points, fit, value):
    image = np.full((512, 512, 3), value, np.uint8)
    scene = PhotoScene.prepare(image, points, None, fit)
    drawn = scene.draw(moved(fit, (0.0, 5.0, 0.0)))
    assert np.abs(drawn.astype(int) - value)[:60].max() == 0


def test_noise_and_grey_photos(photo, points, fit):
    noise = np.random.default_rng(0).integers(0, 256, photo.shape, np.uint8)
    grey = np.repeat(photo.mean(-1, keepdims=True).astype(np.uint8), 3, -1)
    for image in (noise, grey):
        scene = PhotoScene.prepare(image, points, None, fit)
        assert np.array_equal(scene.draw(at_rest(fit)), image)
        drawn = scene.draw(_far(fit))
        if image is grey:
            spread = drawn.max(-1).astype(int) - drawn.min(-1)
            assert spread.max() <= 3


def test_a_target_that_is_no_number_leaves_the_photo(scene, photo, fit):
    target = replace(at_rest(fit), translation=np.array([np.nan, 0.0]))
    assert np.array_equal(scene.draw(target), photo)


def test_absurd_targets_do_not_crash(scene, photo, fit):
    for target in (
        moved(fit, (0.0, 175.0, 0.0)),
        moved(fit, (80.0, 0.0, 120.0)),
        moved(fit, shift_cm=(500.0, -500.0)),
        moved(fit, scale=20.0),
        moved(fit, jawOpen=30.0, eyeBlink=-9.0),
    ):
        assert scene.draw(target).shape == photo.shape


def test_a_puppet_moves_too(puppet):
    image, points = puppet
    fit = fit_picture(points)
    scene = PhotoScene.prepare(image, points, None, fit)
    assert np.array_equal(scene.draw(at_rest(fit)), image)
    assert (scene.draw(_far(fit)) != image).any(-1).mean() > 0.05


def test_shapes_are_checked(photo, points, fit):
    with pytest.raises(ShapeError):
        PhotoScene.prepare(photo[..., :2], points, None, fit)
    with pytest.raises(ShapeError):
        PhotoScene.prepare(photo, points[:68], None, fit)
