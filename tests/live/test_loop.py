from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from d2animator.animator import D2Animator
from d2animator.errors import MediaError, PictureError
from d2animator.live.loop import Loop
from d2animator.media.camera import open_camera
from tests.seeing import film


class Killed:
    """A camera that is unplugged while it is used."""

    name = "camera 7"

    def __init__(self, frames: list[Any]) -> None:
        self._frames = frames

    def __iter__(self) -> Iterator[Any]:
        for frame in self._frames:
            yield frame
            time.sleep(0.02)
        raise MediaError(self.name, "gives no more pictures")


class Stuck(Killed):
    """A camera that says nothing more, and does not end either."""

    def __iter__(self) -> Iterator[Any]:
        yield self._frames[0]
        threading.Event().wait(30)


def test_a_loop_shows_what_it_can_and_counts_the_rest(session, photo, frames):
    with Loop(session, open_camera(frames)) as loop:
        pictures = list(loop)
    figures = loop.tally.figures()
    assert len(pictures) == figures.shown >= 1
    assert figures.shown + figures.dropped == len(frames)
    assert pictures[-1].shape == photo.scene.image.shape
    assert figures.median_ms > 0


def test_a_slow_viewer_sees_the_newest(session, frames):
    """Frames that come while nobody looks are dropped."""
    with Loop(session, Killed([*frames] * 4)) as loop:
        shown = iter(loop)
        next(shown)
        time.sleep(1)
        next(shown)
        assert loop.tally.figures().dropped > 5


def test_a_camera_that_vanishes_ends_the_loop_with_its_sentence(session, frames):
    with (
        pytest.raises(MediaError, match="camera 7: gives no more"),
        Loop(session, Killed(frames[:5])) as loop,
    ):
        list(loop)
    assert loop.tally.figures().shown >= 1


def test_a_camera_that_says_nothing_is_not_waited_for_forever(session, frames):
    with (
        pytest.raises(MediaError, match=r"camera 7: gave no picture for 0\.3 s"),
        Loop(session, Stuck(frames), patience_s=0.3) as loop,
    ):
        list(loop)


def test_what_goes_wrong_in_a_thread_is_raised_where_pictures_are_taken(session):
    with (
        pytest.raises(PictureError, match="frame: expected"),
        Loop(session, open_camera([np.zeros((8, 8, 5), np.uint8)])) as loop,
    ):
        list(loop)


def test_no_thread_outlives_its_loop(session, frames):
    before = threading.active_count()
    with Loop(session, Killed([*frames] * 20)) as loop:
        next(iter(loop))
    assert threading.active_count() == before


def test_a_file_plays_as_a_camera(animator: D2Animator, photo, tmp_path):
    """Nobody is in this one, which leaves the photo as it is."""
    pictures = list(animator.live(photo, film(tmp_path / "film.mp4", "xxx")))
    assert 1 <= len(pictures) <= 3
    assert np.array_equal(pictures[-1], photo.scene.image)
