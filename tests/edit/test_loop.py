from __future__ import annotations

import numpy as np
import pytest

from d2animator.animate.options import AnimateOptions
from d2animator.animator import D2Animator
from d2animator.edit.loop import loop_edit, there_and_back
from d2animator.errors import ConfigError
from d2animator.media.video import VideoReader
from tests.seeing import picture, seeing


@pytest.fixture(scope="module")
def animator(tiny_bundle):
    return D2Animator(seeing(tiny_bundle))


def test_the_way_goes_there_stays_and_comes_back():
    way = there_and_back(100)
    assert way[0] == 0
    assert (way[30:60] == 1).all()
    assert (np.diff(way[:30]) > 0).all()
    assert (np.diff(way[61:]) < 0).all()
    # Repeated, no step is larger than those on the way.
    assert abs(way[-1] - way[0]) <= np.abs(np.diff(way)).max()


def test_a_photo_goes_to_an_edit_and_back(animator, tmp_path):
    photo = animator.prepare(picture(size=96), renderer="photo")
    told = []
    target = tmp_path / "edit.mp4"
    amounts = {"yaw": 15.0}
    done = loop_edit(
        animator.sources, photo, amounts, target, 0.8, progress=lambda *t: told.append(t)
    )
    assert (done.frames, done.output) == (20, target)
    assert done.fps == 25
    assert told[-1] == (20, 20)
    frames = [frame.image.astype(int) for frame in VideoReader(target)]
    assert len(frames) == 20
    change = [np.abs(frame - frames[0]).mean() for frame in frames]
    assert max(change) == pytest.approx(np.mean(change[6:12]), rel=0.2)
    assert change[10] > 3 * change[1]


def test_its_end_is_what_the_edit_gives(animator):
    photo = animator.prepare(picture(size=96), renderer="photo")
    kept = loop_edit(animator.sources, photo, {"pitch": 6.0}, None, 0.4).images
    edited = animator.edit(photo, {"pitch": 6.0}).images
    assert kept is not None
    assert edited is not None
    assert np.array_equal(kept[len(kept) // 2], edited[0])


def test_it_turns_all_the_way_where_that_is_asked_for(animator):
    photo = animator.prepare(picture(size=96), renderer="photo")
    wanted = AnimateOptions(limit_motion=False)
    near, far = (
        loop_edit(animator.sources, photo, {"yaw": 55.0}, None, 0.2, options)
        for options in (None, wanted)
    )
    assert near.limited_frames
    assert far.limited_frames == ()


@pytest.mark.parametrize("seconds", [0, -1, 61, float("nan")])
def test_its_length_has_bounds(animator, seconds):
    with pytest.raises(ConfigError, match="seconds"):
        loop_edit(animator.sources, picture(size=96), {"yaw": 1}, None, seconds)


def test_a_portrait_of_the_generator_is_refused(animator):
    portrait = animator.stranger(1)
    with pytest.raises(ConfigError, match="prepared for the generator"):
        loop_edit(animator.sources, portrait, {"yaw": 1}, None)
