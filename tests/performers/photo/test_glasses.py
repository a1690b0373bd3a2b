"""Glasses: seen where they are, stiff while the face moves, and no hindrance to lids."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.puppetbench import DATA
from d2animator.bundles.bundle import embedded_bundle_path
from d2animator.evaluate.puppetbench import load_bench
from d2animator.head.fit import fit_picture
from d2animator.head.model import load_head
from d2animator.head.pose import HeadFit
from d2animator.performers.photo.eyes import make_eyes
from d2animator.performers.photo.glasses import Glasses, look_for_glasses, stiffness
from d2animator.performers.photo.scene import PhotoScene
from d2animator.performers.photo.surface import Surface
from tests.faces.scenes import embedded
from tests.performers.photo.moves import moved

Picture = NDArray[np.uint8]

FRAME = (30, 25, 25)
RIGHT_EYE, LEFT_EYE = slice(60, 68), slice(68, 76)


def rim(points: NDArray[np.float64], eye: slice, degrees: Any) -> NDArray[np.float64]:
    """Places on a round lens before an eye."""
    radius = 0.27 * np.linalg.norm(points[72] - points[60])
    angle = np.radians(degrees)
    around = np.stack([np.cos(angle), np.sin(angle)], -1)
    return np.asarray(points[eye].mean(0) + radius * (around + np.array([0, 0.12])))


def with_glasses(photo: Picture, points: NDArray[np.float64], *, dark: bool = False) -> Picture:
    """The photo with round glasses, or sunglasses."""
    drawn = np.array(photo)
    thick = max(1, round(0.025 * float(np.linalg.norm(points[72] - points[60]))))

    def line(places: NDArray[Any]) -> None:
        corners = np.round(16 * (places - 0.5)).astype(np.int32)
        cv2.polylines(drawn, [corners], False, FRAME, thick, cv2.LINE_AA, 4)
        if dark and len(places) > 2:
            cv2.fillPoly(drawn, [corners], FRAME, cv2.LINE_AA, 4)

    for eye in (RIGHT_EYE, LEFT_EYE):
        line(rim(points, eye, np.arange(0, 361, 5)))
    line(np.stack([rim(points, RIGHT_EYE, -30), rim(points, LEFT_EYE, 210)]))
    return drawn


@pytest.fixture(scope="module")
def worn(photo: Picture, points: NDArray[np.float64]) -> Picture:
    """The portrait, with glasses."""
    return with_glasses(photo, points)


@pytest.fixture(scope="module")
def glasses(worn: Picture, surface: Surface) -> Glasses:
    """The glasses on it."""
    found = look_for_glasses(worn, surface)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def stiffened(
    worn: Picture, points: NDArray[np.float64], fit: HeadFit, glasses: Glasses
) -> Surface:
    """The same head, held by the glasses."""
    surface = Surface(load_head(), fit, points, np.zeros(2))
    surface.stiffen(stiffness(surface, glasses))
    return surface


def shifts(surface: Surface, places: NDArray[Any], target: Any) -> NDArray[np.float64]:
    """How far the vertices nearest to places (n, 2) are moved by a target, cm."""
    start, posed = surface.start.places, surface.pose(target).places
    first, last = surface.head.parts["face"]
    away = np.linalg.norm(start[None, first:last] - places[:, None], axis=-1)
    nearest = first + away.argmin(1)
    return np.linalg.norm(posed[nearest] - start[nearest], axis=1) / surface.scale


def test_bare_faces_wear_none(photo: Picture, surface: Surface) -> None:
    assert look_for_glasses(photo, surface) is None


def test_frames_and_sunglasses_are_seen(
    photo: Picture, points: NDArray[np.float64], surface: Surface, glasses: Glasses
) -> None:
    assert glasses.bridge > 0.3
    assert min(glasses.rims) > 0.3
    assert 2.2 < glasses.below_cm < 3.2
    assert look_for_glasses(with_glasses(photo, points, dark=True), surface) is not None


def test_a_face_too_small_to_tell_wears_none(
    worn: Picture, points: NDArray[np.float64], surface: Surface
) -> None:
    share = 3.5 / surface.scale
    small = cv2.resize(worn, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    fit = fit_picture(points * share)
    tiny = Surface(load_head(), fit, points * share, np.zeros(2))
    assert look_for_glasses(np.asarray(small, np.uint8), tiny) is None


@pytest.mark.skipif(
    not (embedded_bundle_path() / "config.json").is_file(), reason="no embedded bundle"
)
def test_glasses_of_puppets_are_seen_and_nobody_elses() -> None:
    worn = {"source-002", "source-031", "source-035"}
    tracker = embedded().tracker()
    for picture in load_bench(DATA).sources[:36]:
        if picture.name not in worn and int(picture.name[-3:]) % 5:
            continue
        image = picture.image()
        points = tracker.detect(image)[0].landmarks.astype(np.float64)
        head = Surface(load_head(), fit_picture(points), points, np.zeros(2))
        assert (look_for_glasses(image, head) is not None) == (picture.name in worn), picture.name


def test_frames_do_not_bend_with_brows_and_cheeks(
    points: NDArray[np.float64], fit: HeadFit, surface: Surface, stiffened: Surface
) -> None:
    frame = np.concatenate(
        [rim(points, eye, np.arange(0, 360, 10)) for eye in (RIGHT_EYE, LEFT_EYE)]
    )
    for target in (
        moved(fit, browInnerUp=0.8, browOuterUp=0.8),
        moved(fit, mouthSmile=0.9, cheekSquint=0.9),
        moved(fit, browDown=0.8, noseSneer=0.5),
    ):
        assert shifts(surface, frame, target).max() > 0.2
        assert shifts(stiffened, frame, target).max() < 0.1


def test_the_mouth_and_the_lids_move_as_ever(
    points: NDArray[np.float64], fit: HeadFit, surface: Surface, stiffened: Surface
) -> None:
    target = moved(fit, eyeBlink=0.9, jawOpen=0.5)
    before, after = surface.pose(target).places, stiffened.pose(target).places
    for part in (RIGHT_EYE, LEFT_EYE, slice(76, 96), slice(0, 33)):
        ends = surface.points[part]
        assert np.abs(before[ends] - after[ends]).max() < 0.02 * surface.scale


def test_a_shut_lid_hides_no_frame(
    worn: Picture, points: NDArray[np.float64], surface: Surface, glasses: Glasses
) -> None:
    for eye, part in zip(make_eyes(worn, surface, glasses), (LEFT_EYE, RIGHT_EYE), strict=True):
        upper = rim(points, part, np.arange(200, 341, 5)) - eye.box.origin
        columns, rows = np.floor(upper).astype(int).T
        inside = (rows >= 0) & (columns >= 0) & (columns < eye.photo.shape[1])
        assert inside.sum() > 10
        assert eye.lid.opacity[rows[inside], columns[inside]].max() < 0.05
        middle = np.floor(points[part].mean(0) - eye.box.origin).astype(int)
        assert eye.lid.opacity[middle[1], middle[0]] > 0.95


def test_a_photo_with_glasses_at_rest_is_the_photo(
    worn: Picture, points: NDArray[np.float64], fit: HeadFit
) -> None:
    scene = PhotoScene.prepare(worn, points, None, fit)
    assert scene.glasses is not None
    assert np.array_equal(scene.draw(moved(fit)), worn)
    drawn = scene.draw(moved(fit, browInnerUp=0.8, browOuterUp=0.8))
    lower = np.concatenate(
        [rim(points, eye, np.arange(20, 161, 10)) for eye in (RIGHT_EYE, LEFT_EYE)]
    ).astype(int)
    before, after = (picture[lower[:, 1], lower[:, 0]].mean(-1) for picture in (worn, drawn))
    assert np.abs(after - before).max() < 20
