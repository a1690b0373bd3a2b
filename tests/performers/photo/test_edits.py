import numpy as np
import pytest

from d2animator.errors import ConfigError
from d2animator.head.turns import angles_from_rotation
from d2animator.performers.photo.edits import FRIENDLY, disentangled, frontal, named_target
from d2animator.performers.photo.target import at_rest, interpolated
from tests.head.heads import known_head, seen_points
from tests.performers.photo.acting import subject, weights


def test_nothing_named_leaves_the_photo():
    photo = subject()
    assert named_target(photo, {}).is_rest(photo.fit)
    assert at_rest(photo.fit).is_rest(photo.fit)


def test_pose_is_set_in_degrees():
    photo = subject(yaw=10, roll=5)
    yaw, pitch, roll = angles_from_rotation(named_target(photo, {"yaw": -5}).rotation)
    assert abs(yaw + 5) < 1
    assert abs(pitch - photo.fit.pitch_deg) < 1
    assert abs(roll - photo.fit.roll_deg) < 1
    further = named_target(photo, {"yaw": 5}, relative=True)
    assert abs(angles_from_rotation(further.rotation)[0] - photo.fit.yaw_deg - 5) < 1


def test_the_front_is_the_front_as_far_as_the_photo_bears_it():
    near = frontal(subject(yaw=12, pitch=-8, roll=10))
    assert np.abs(angles_from_rotation(near.rotation)).max() < 1.5
    assert not near.bounded
    far = frontal(subject(yaw=50))
    assert far.bounded
    assert angles_from_rotation(far.rotation)[0] > 10


@pytest.mark.parametrize("name", ["smile", "mouth_open", "mouthPucker", "browInnerUp", "teeth"])
def test_expressions_are_set_by_name(name):
    photo = subject()
    half, whole = (named_target(photo, {name: value}) for value in (0.5, 1.0))
    first, second = (np.linalg.norm(t.expression - photo.fit.expression) for t in (half, whole))
    assert 0 < first < second
    assert (whole.rotation == photo.fit.rotation).all()


def test_every_friendly_name_works():
    photo = subject()
    for name in FRIENDLY:
        assert not named_target(photo, {name: 0.7}).is_rest(photo.fit)


def test_a_blink_of_one_shuts_whatever_eyes():
    for photo in (subject(), subject(eyeBlink_L=0.4)):
        points = photo.moved(named_target(photo, {"blink": 1.0}).expression)
        for eye in (0, 1):
            assert abs(photo.lid_gap_cm(points, eye)) < 0.02
        points = photo.moved(named_target(photo, {"wink_left": 1.0}).expression)
        assert photo.lid_gap_cm(points, 1) == pytest.approx(
            photo.lid_gap_cm(photo.points, 1), rel=0.02
        )


def test_eyes_look_where_they_are_told():
    photo = subject()
    ahead = named_target(photo, {"gaze_yaw": 0, "gaze_pitch": 0}).gaze[0]
    aside = named_target(photo, {"gaze_yaw": 20, "gaze_pitch": 0}).gaze[0]
    named = named_target(photo, {"eyeLookOutLeft": 2 / 3, "eyeLookInRight": 2 / 3}).gaze[0]
    turn = np.degrees(np.arccos((np.trace(aside @ ahead.T) - 1) / 2))
    assert turn == pytest.approx(20, abs=0.5)
    np.testing.assert_allclose(named @ aside.T, np.eye(3), atol=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"grin": 1.0}, "smile"),
        ({"yaw": 90}, "-60 to 60"),
        ({"smile": 3.0}, "-1 to 1.5"),
        ({"gaze_yaw": 50}, "-35 to 35"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        named_target(subject(), settings)


def test_pose_and_expression_come_from_different_faces():
    photo = subject()
    pose = seen_points(known_head(yaw=18, person=2, jawOpen=0.6))
    face = seen_points(known_head(yaw=-18, person=3, mouthSmile_L=0.9, mouthSmile_R=0.9))
    target = disentangled(photo, pose, face)
    assert 12 < angles_from_rotation(target.rotation)[0] < 20
    smiles = weights(target, "mouthSmile_L", "mouthSmile_R")
    assert smiles.min() > 0.4
    assert weights(target, "jawOpen")[0] < 0.25
    own = disentangled(photo)
    assert own.is_rest(photo.fit)


def test_interpolation_starts_ends_and_goes_on_evenly():
    photo = subject()
    rest, end = at_rest(photo.fit), named_target(photo, {"yaw": 24, "smile": 0.8})
    assert interpolated(rest, end, 0) is rest
    assert interpolated(rest, end, 1) is end
    half = interpolated(rest, end, 0.5)
    yaws = [angles_from_rotation(t.rotation)[0] for t in (rest, half, end)]
    assert yaws[1] == pytest.approx((yaws[0] + yaws[2]) / 2, abs=0.3)
    np.testing.assert_allclose(half.expression, (rest.expression + end.expression) / 2)
