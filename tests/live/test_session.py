from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest

from d2animator.animator import D2Animator
from d2animator.errors import ConfigError, InputError, NoFaceError, PictureError
from d2animator.live.acting import State
from d2animator.live.session import Session
from d2animator.media.images import read_image, write_image
from tests.live.conftest import EXAMPLES, noise

RATE = 12.5


def play(session: Session, frames: list[Any], start: int = 0) -> list[Any]:
    """Pictures of frames at the clip's rate, beginning with frame ``start``."""
    return [session.feed(frame, index / RATE) for index, frame in enumerate(frames, start)]


def state_of(session: Session) -> State:
    return session.state


def apart(one: Any, other: Any) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def test_the_photo_moves_as_the_driver_does(session, photo, frames):
    pictures = play(session, frames)
    assert {picture.shape for picture in pictures} == {photo.scene.image.shape}
    assert session.size == photo.scene.image.shape[1::-1]
    assert state_of(session) is State.TRACKING
    assert apart(pictures[0], photo.scene.image) == 0
    moved = [apart(picture, photo.scene.image) for picture in pictures]
    assert max(moved) > 0.5
    steps = [apart(one, other) for one, other in pairwise(pictures)]
    assert max(steps) < 0.5 * max(moved)


def test_live_ends_where_the_clip_does(animator, photo, frames, session):
    """A second later the live source does about what the same clip makes it do."""
    live = play(session, frames)[-1]
    clip = animator.animate(photo, frames, frame_rate=Fraction(RATE)).images[-1]
    assert apart(live, clip) < 0.5 * apart(clip, photo.scene.image)


def test_a_lost_face_is_held_and_then_rests(session, photo, frames):
    last = play(session, frames[:20])[-1]
    pictures = play(session, [noise(index) for index in range(30)], 20)
    assert np.array_equal(pictures[0], pictures[10])
    assert apart(pictures[10], last) < apart(last, photo.scene.image)
    assert state_of(session) is State.RESTING
    assert np.array_equal(pictures[-1], photo.scene.image)
    play(session, frames[20:], 50)
    assert state_of(session) is State.TRACKING


def test_a_generator_draws_live_too(animator, frames):
    stranger = animator.stranger(2)
    rest = animator.session(stranger).feed(noise(0))
    with animator.session(stranger, corrections=0) as session:
        pictures = play(session, frames[:6])
        assert session.size == (256, 256)
        assert apart(pictures[0], rest) <= 1
        assert apart(pictures[-1], rest) > 0.3


def test_absolute_motion_is_measured_from_nothing(animator, frames):
    with animator.session(animator.stranger(2), motion="absolute", corrections=0) as session:
        rest = session.feed(noise(0), 0)
        pictures = [play(session, frames[:1], start)[-1] for start in (1, 20, 40)]
        assert apart(pictures[-1], rest) > 1


def test_the_neutral_face_leaves_the_photo_as_it_is(session, photo, frames):
    play(session, frames[:15])
    turned = frames[20]
    before = apart(play(session, [turned] * 8, 15)[-1], photo.scene.image)
    session.neutral()
    after = apart(play(session, [turned] * 8, 23)[-1], photo.scene.image)
    assert after < 0.3 * before


def test_neutral_may_be_called_before_anybody_is_seen(session, photo, frames):
    session.neutral()
    play(session, [noise(0)])
    assert state_of(session) is State.WAITING
    play(session, frames[:1], 1)
    assert state_of(session) is State.TRACKING


def test_another_source_is_prepared_while_the_first_one_moves(session, frames, tmp_path):
    play(session, frames[:15])
    wide = write_image(tmp_path / "wide.png", read_image(EXAMPLES / "astronaut.jpg")[:400])
    changed = session.change(wide)
    session.feed(frames[15], 15 / RATE)
    changed.result(60)
    picture = session.feed(frames[16], 16 / RATE)
    assert session.size == picture.shape[1::-1] == (512, 400)
    assert state_of(session) is State.TRACKING
    assert apart(picture, read_image(wide)) > 0.3


def test_a_source_of_no_use_leaves_the_old_one(session, photo, frames):
    refused = session.change(noise(0))
    with pytest.raises(NoFaceError):
        refused.result(60)
    assert session.feed(frames[0]).shape == photo.scene.image.shape


def test_gains_and_regions_change_at_once_and_softly(session, photo, frames):
    play(session, frames[:20])
    session.set(regions=["mouth"])
    session.set(gains={"mouth": 0.0})
    pictures = play(session, [frames[20]] * 8, 20)
    assert apart(pictures[0], photo.scene.image) > 0.3
    assert apart(pictures[-1], photo.scene.image) < 0.1


def test_a_mirror_turns_the_other_way(animator, photo, frames):
    """What the mirror shows of the mirrored driver is what the driver does."""
    ends = []
    for mirror in (False, True):
        with animator.session(photo, smooth="none") as session:
            session.set(mirror=mirror)
            seen = [frame[:, ::-1] if mirror else frame for frame in frames]
            ends.append(play(session, seen)[-1])
    assert apart(ends[0], ends[1]) < 0.25 * apart(ends[0], photo.scene.image)


def test_mirroring_midway_ends_as_from_the_start(animator, photo, frames):
    ends = []
    for moments in ((True, True), (False, True)):
        with animator.session(photo) as session:
            session.set(mirror=moments[0])
            play(session, frames[:15])
            session.set(mirror=moments[1])
            ends.append(play(session, frames[15:], 15)[-1])
    assert apart(ends[0], ends[1]) < 0.25 * apart(ends[0], photo.scene.image)


def test_a_pause_keeps_the_picture(session, frames):
    last = play(session, frames[:15])[-1]
    session.set(paused=True)
    assert np.array_equal(session.feed(frames[20], 3), last)
    assert state_of(session) is State.PAUSED
    session.set(paused=False)
    assert not np.array_equal(play(session, [frames[20]] * 8, 60)[-1], last)


def test_a_camera_may_change_its_size(session, frames):
    play(session, frames[:5])
    session.feed(np.ascontiguousarray(frames[5][8:-8]), 1)
    assert state_of(session) is State.LEARNING


@pytest.mark.parametrize("shape", [(2, 2), (37, 51), (1080, 1920), (2000, 30)])
def test_cameras_of_odd_sizes_are_looked_at(session, photo, shape):
    picture = session.feed(np.full((*shape, 3), 128, np.uint8))
    assert np.array_equal(picture, photo.scene.image)
    assert state_of(session) is State.WAITING


def test_five_frames_a_second_and_a_large_picture_move_as_well(session, photo, frames):
    large = [cv2.resize(frame, (1000, 1000)) for frame in frames[::2]]
    pictures = [session.feed(frame, index / 5) for index, frame in enumerate(large)]
    assert state_of(session) is State.TRACKING
    assert max(apart(picture, photo.scene.image) for picture in pictures) > 0.5


def test_a_face_is_chosen_in_the_camera_s_pixels(animator, photo, frames):
    large = cv2.resize(frames[0], (1600, 1600))
    wide = np.concatenate([np.zeros_like(large), large], 1)
    for box, state in (("2000,400,700,800", State.LEARNING), ("100,400,700,800", State.WAITING)):
        with animator.session(photo, face=box) as session:
            session.feed(wide)
            assert state_of(session) is state


def test_pictures_are_marked(photo, frames, tmp_path):
    from d2animator import verify

    marking = D2Animator.from_pretrained(device="cpu")
    picture = marking.session(marking.prepare(EXAMPLES / "astronaut.jpg")).feed(frames[0])
    assert verify(write_image(tmp_path / "live.png", picture)).watermarked


def test_what_cannot_be_used_is_named(animator, session, photo, frames):
    with pytest.raises(PictureError, match="frame"):
        session.feed(frames[0][..., :2])
    with pytest.raises(PictureError, match="floats go from 0 to 1"):
        session.feed(frames[0].astype(float))
    with pytest.raises(InputError, match="time: expected a number of seconds"):
        session.feed(frames[0], float("nan"))
    session.feed(frames[0], 5)
    with pytest.raises(InputError, match="last frame"):
        session.feed(frames[0], 5)
    with pytest.raises(ConfigError, match="regions"):
        session.set(regions=["ears"])
    with pytest.raises(ConfigError, match="reference_frame"):
        animator.session(photo, reference_frame=3)
    session.close()
    with pytest.raises(InputError, match="closed"):
        session.feed(frames[0], 6)
