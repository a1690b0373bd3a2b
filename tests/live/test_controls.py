from __future__ import annotations

import concurrent.futures

import numpy as np
import pytest

from d2animator.live.acting import State
from d2animator.live.controls import Controls
from tests.live.conftest import EXAMPLES, noise


@pytest.fixture
def controls(session, photo):
    return Controls(session, [photo, EXAMPLES / "astronaut.jpg", noise(0)])


def wait_for(controls: Controls) -> None:
    assert controls.changing is not None
    concurrent.futures.wait([controls.changing], 60)


def test_space_pauses_and_goes_on(session, controls):
    controls.press(" ")
    assert session.state is State.PAUSED
    controls.press("space")
    assert session.state is not State.PAUSED


def test_arrows_choose_a_region_and_how_strongly_it_follows(session, controls):
    controls.press("down")
    assert set(session.gains.values()) == {0.9}
    controls.press("right")
    assert controls.said == "pose 0.9"
    for _ in range(20):
        controls.press("up")
    assert session.gains == {"pose": 2.0, "eyes": 0.9, "brows": 0.9, "mouth": 0.9, "gaze": 0.9}
    controls.press("left")
    controls.press("left")
    controls.press("up")
    assert controls.said == "gaze 1"


def test_numbers_choose_a_source(session, controls, frames):
    controls.press("2")
    wait_for(controls)
    assert controls.said == "source 2"
    assert session.feed(frames[0]).shape == (512, 512, 3)


def test_a_source_without_a_face_is_said_and_the_old_one_stays(session, controls, photo, frames):
    controls.press("3")
    wait_for(controls)
    assert "no face" in controls.said
    assert session.feed(frames[0]).shape == photo.scene.image.shape


def test_n_m_and_q(session, controls, photo, frames):
    controls.press("m")
    assert controls.said == "as in a mirror"
    controls.press("n")
    assert np.array_equal(session.feed(frames[20]), photo.scene.image)
    controls.press("q")
    assert controls.ended


@pytest.mark.parametrize("key", ["x", "0", "4", "", "nn", "²"])
def test_other_keys_do_nothing(session, controls, key):
    controls.press(key)
    assert (controls.said, controls.ended, session.state) == ("", False, State.WAITING)
