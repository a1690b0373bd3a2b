import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from d2animator.errors import NoFaceError
from d2animator.faces.actions import REGIONS
from d2animator.faces.layouts import PARTS
from d2animator.head.turns import vector_from_rotation
from d2animator.performers.photo.meeting import foreseen
from d2animator.performers.photo.options import RetargetOptions
from d2animator.performers.photo.retarget import Retargeter, agreed_closing, firm_closing
from tests.head.heads import known_head
from tests.performers.photo.acting import clip, driver_frame, lost_frame, subject, weights

FROM_THE_FIRST = RetargetOptions(reference=0)


def targets(frames, options=FROM_THE_FIRST, photo=None):
    return [*Retargeter(photo or subject(), options).targets(frames)]


def turn_deg(target, fit):
    return np.degrees(vector_from_rotation(target.rotation @ fit.rotation.T))


def changed(target, fit, *names):
    own = dataclasses.replace(target, expression=fit.expression)
    return weights(target, *names) - weights(own, *names)


def test_the_reference_frame_leaves_the_photo_exactly_as_it_is():
    photo = subject(mouthSmile_L=0.5, jawOpen=0.1)
    frames = clip({"yaw": -15, "jawOpen": 0.2}, {"yaw": 5}, {"eyeBlink_L": 1.0})
    for index in range(3):
        target = targets(frames, RetargetOptions(reference=index), photo)[index]
        assert target.is_rest(photo.fit)
    assert not targets(frames, FROM_THE_FIRST, photo)[1].is_rest(photo.fit)


@pytest.mark.parametrize("own", [0, 4])
def test_a_photo_from_the_drivers_clip_starts_from_its_own_frame(own):
    moment = {"yaw": 18, "jawOpen": 0.4, "eyeBlink_L": 0.4, "eyeBlink_R": 0.4}
    frames = clip(
        *[{"person": 5, "yaw": 2 * index, "place": (256 + 20.0 * index, 300)} for index in range(8)]
    )
    place = {"person": 5, "place": (300.0, 280.0)}
    frames[own] = clip({**moment, **place})[0]
    frames[own] = dataclasses.replace(frames[own], index=own, time=Fraction(own, 25))
    photo = subject(**moment, place=(300.0, 280.0))
    found = targets(frames, RetargetOptions(), photo)
    assert found[own].is_rest(photo.fit)
    assert not found[(own + 2) % 8].is_rest(photo.fit)
    # Somebody else's clip has no such frame.
    aside = subject(**moment, place=(340.0, 280.0))
    assert not targets(frames, RetargetOptions(), aside)[own].is_rest(aside.fit)


@pytest.mark.parametrize("angles", [{"yaw": 15}, {"pitch": -10}, {"roll": 12}])
def test_the_head_turns_as_the_driver_does(angles):
    photo = subject()
    target = targets(clip({}, angles), photo=photo)[1]
    turned = turn_deg(target, photo.fit)
    (name, wanted), axis = next(iter(angles.items())), {"pitch": 0, "yaw": 1, "roll": 2}
    assert abs(turned[axis[name]] - wanted) < 0.2 * abs(wanted)
    assert np.abs(np.delete(turned, axis[name])).max() < 3
    assert not target.bounded


def test_far_turns_are_limited_and_named():
    photo = subject()
    far = targets(clip({}, {"yaw": 55}), photo=photo)[1]
    assert far.bounded
    assert 25 < np.linalg.norm(turn_deg(far, photo.fit)) < 46
    turned_photo = subject(yaw=35)
    less = targets(clip({}, {"yaw": 55}), photo=turned_photo)[1]
    assert np.linalg.norm(turn_deg(less, turned_photo.fit)) < 35


def test_without_limits_the_head_goes_as_far_as_the_drivers():
    photo = subject()
    frames = clip({}, {"yaw": 55}, {"place": (376.0, 400.0)})
    turned, shifted = targets(frames, FROM_THE_FIRST.unlimited(), photo)[1:]
    assert np.linalg.norm(turn_deg(turned, photo.fit)) == pytest.approx(55, rel=0.15)
    assert not turned.bounded
    near = targets(clip({}, {"place": (266.0, 400.0)}), photo=photo)[1]
    ways = [one.translation[0] - photo.fit.translation[0] for one in (near, shifted)]
    assert ways[1] == pytest.approx(12 * ways[0], rel=0.1)  # 6 cm and half a one
    assert not shifted.bounded


def test_the_body_goes_along_with_far_shifts():
    alone, photo = subject(), dataclasses.replace(subject(), has_body=True)
    frames = clip({}, {"place": (376.0, 400.0)})  # 6 cm
    still = targets(frames, photo=alone)[1]
    along = targets(frames, photo=photo)[1]
    assert still.body is None
    assert still.bounded
    assert not along.bounded
    way = (along.translation - photo.fit.translation) / photo.fit.scale
    own = (still.translation - photo.fit.translation) / photo.fit.scale
    assert 5 < way[0] < 6
    np.testing.assert_allclose(along.body / photo.fit.scale, way - own, atol=1e-6)


def test_the_head_follows_shifts_within_a_limit_and_comes_nearer():
    photo = subject()
    frames = clip({}, {"place": (296.0, 400.0)}, {"scale": 23.0})
    _, shifted, nearer = targets(frames, photo=photo)
    way = (shifted.translation - photo.fit.translation) / photo.fit.scale
    assert 1.3 < way[0] < 1.9  # 2 cm of the driver's, limited
    assert abs(way[1]) < 0.2
    assert 1.05 < nearer.scale / photo.fit.scale < 1.16
    for target in targets(clip({}, {"place": (296.0, 400.0)}, placed=False), photo=photo):
        assert (target.translation == photo.fit.translation).all()
        assert target.scale == photo.fit.scale


@pytest.mark.parametrize("name", ["jawOpen", "mouthPucker", "browInnerUp_L"])
def test_the_face_does_what_the_driver_does(name):
    photo = subject()
    half, whole = targets(clip({}, {name: 0.4}, {name: 0.8}), photo=photo)[1:]
    first, second = (float(changed(target, photo.fit, name)[0]) for target in (half, whole))
    assert first > 0.1
    assert second > first + 0.1


def test_lips_part_as_far_as_the_drivers():
    photo = subject()
    target = targets(clip({}, {"jawOpen": 0.5}), photo=photo)[1]
    gap = photo.lip_gap_cm(photo.moved(target.expression, target.extra))
    driver = subject(person=6, yaw=0, jawOpen=0.5)
    before = subject(person=6, yaw=0)
    wanted = (driver.seen_lip_gap - before.seen_lip_gap) * photo.eye_cm
    wanted += photo.lip_gap_cm(photo.points)
    assert abs(gap / wanted - RetargetOptions().lip_gain) < 0.15


def test_what_the_drivers_fit_leaves_moves_lips_alone():
    rest, moved = clip({}, {})
    # As no weights explain it: brows, nose, contour and lips shift by a tenth of the face.
    landmarks = moved.landmarks.copy()
    landmarks[[0, 16, 33, 45, 54, 79, 85]] += 0.05
    target = targets([rest, dataclasses.replace(moved, landmarks=landmarks)])[1]
    lips = np.zeros(len(target.extra), bool)
    lips[list(PARTS["mouth"])] = True
    assert np.linalg.norm(target.extra[lips], axis=1).max() > 0.05
    assert not target.extra[~lips].any()


def test_a_wink_shuts_one_eye_of_wide_and_narrow_eyed_people():
    for photo in (subject(), subject(eyeBlink_L=0.35, eyeBlink_R=0.35)):
        target = targets(clip({}, {"eyeBlink_L": 1.0}), photo=photo)[1]
        points = photo.moved(target.expression)
        shares = [
            photo.lid_gap_cm(points, eye) / photo.lid_gap_cm(photo.points, eye) for eye in (0, 1)
        ]
        assert shares[0] < 0.15
        assert shares[1] > 0.85


def test_firm_closing_is_whole_and_monotonous():
    closings = np.linspace(-0.5, 1.2, 200)
    shares = np.array([firm_closing(closing, 0.3) for closing in closings])
    assert (np.diff(shares) >= 0).all()
    assert firm_closing(0.0, 0.3) == 0
    assert firm_closing(0.95, 0.3) == 1
    assert -0.2 < firm_closing(-0.2, 0.3) < -0.15
    assert firm_closing(0.15, 0.3) < 0.13


def test_eyes_turn_with_the_drivers_and_not_too_far():
    photo = subject()
    little, far = targets(clip({}, {"gaze": (10, 0)}, {"gaze": (60, 0)}), photo=photo)[1:]
    vectors = [np.degrees(vector_from_rotation(target.gaze[0])) for target in (little, far)]
    assert 5 < vectors[0][1] < 13
    assert vectors[0][1] < vectors[1][1] < 17.5
    np.testing.assert_array_equal(little.gaze[0], little.gaze[1])


@pytest.mark.parametrize(
    ("region", "moment"),
    [
        ("pose", {"yaw": 15}),
        ("mouth", {"jawOpen": 0.6}),
        ("brows", {"browInnerUp_L": 0.3, "browOuterUp_L": 0.3}),
        ("eyes", {"eyeBlink_R": 0.4}),
        ("gaze", {"gaze": (15, 0)}),
    ],
)
def test_a_region_rests_at_gain_0(region, moment):
    photo = subject()
    frames = clip({}, moment)
    everything = dict.fromkeys(REGIONS, 0.0)
    still = targets(frames, RetargetOptions(reference=0, gains=everything), photo)[1]
    assert still.is_rest(photo.fit)
    once = RetargetOptions(reference=0, gains=everything | {region: 1.0})
    alone = targets(frames, once, photo)[1]
    assert not alone.is_rest(photo.fit)
    twice = targets(frames, dataclasses.replace(once, gains=everything | {region: 2.0}), photo)[1]

    def far(target):
        return (
            np.linalg.norm(turn_deg(target, photo.fit)) / 15
            + np.linalg.norm(target.expression - photo.fit.expression)
            + np.linalg.norm(target.gaze[0] - np.eye(3))
        )

    assert far(twice) > 1.15 * far(alone)


def test_absolute_motion_takes_the_drivers_pose_and_mouth():
    photo = subject(yaw=-10, mouthSmile_L=0.6, mouthSmile_R=0.6)
    target = targets(clip({"yaw": 12}), RetargetOptions(relative=False), photo)[0]
    yaw = np.degrees(np.arctan2(target.rotation[0, 2], target.rotation[2, 2]))
    assert 7 < yaw < 14
    assert weights(target, "mouthSmile_L")[0] < 0.3


def test_references_are_chosen_for_pose_eyes_and_mouth():
    photo = subject()
    frames = clip(
        *[{"yaw": 20, "browOuterUp_L": 0.9, "browOuterUp_R": 0.9}] * 4,
        *[{"yaw": 4, "jawOpen": 0.5}] * 4,
        *[{"yaw": 20}] * 4,
    )
    moved = targets(frames, RetargetOptions(), photo)
    turns = [np.linalg.norm(turn_deg(target, photo.fit)) for target in moved]
    assert max(turns[4:8]) < 2 < 10 < min(turns[:4])
    raised = [changed(target, photo.fit, "browOuterUp_L")[0] for target in moved]
    assert max(raised[4:]) < 0.2 < 0.3 < min(raised[:4])
    gaps = [photo.lip_gap_cm(photo.moved(target.expression, target.extra)) for target in moved]
    assert max(gaps[:4] + gaps[8:]) + 0.8 < min(gaps[4:8])


def test_eyes_blink_together_unless_one_winks():
    together = agreed_closing(np.array([1.0, 0.7]))
    np.testing.assert_allclose(together, 0.85, atol=0.01)
    np.testing.assert_array_equal(agreed_closing(np.array([1.0, 0.0])), [1.0, 0.0])


def test_a_turned_face_is_measured_as_seen_from_before_it():
    facing, turned = subject(), subject(yaw=25)
    np.testing.assert_allclose(turned.openness, facing.openness, rtol=0.05)
    assert turned.eye_cm == pytest.approx(facing.eye_cm, rel=0.05)


def test_no_more_is_read_ahead_than_the_window():
    read = []

    def frames():
        for frame in clip(*[{"yaw": step} for step in range(20)]):
            read.append(frame)
            yield frame

    stream = Retargeter(subject(), RetargetOptions(window=8)).targets(frames())
    next(stream)
    assert len(read) == 8
    assert len([*stream]) == 19


def test_streaming_gives_what_a_larger_window_gives_for_a_fixed_reference():
    frames = clip(*[{"yaw": 2.0 * step, "jawOpen": 0.05 * step} for step in range(8)])
    photo = subject()
    one = targets(frames, RetargetOptions(reference=0, window=8), photo)
    again = targets(frames, RetargetOptions(reference=0, window=8), photo)
    for first, second in zip(one, again, strict=True):
        np.testing.assert_array_equal(first.expression, second.expression)


def test_frames_without_a_face_hold_what_was_before():
    photo = subject()
    shown = clip({}, {"yaw": 15})
    frames = [lost_frame(0)]
    for frame in shown:
        frames.append(dataclasses.replace(frame, index=frame.index + 1))
    frames += [lost_frame(3)]
    moved = targets(frames, RetargetOptions(reference=1), photo)
    assert moved[0].is_rest(photo.fit)
    assert moved[1].is_rest(photo.fit)
    np.testing.assert_array_equal(moved[3].rotation, moved[2].rotation)
    nobody = targets([lost_frame(0), lost_frame(1)], photo=photo)
    assert all(target.is_rest(photo.fit) for target in nobody)


def test_a_wanted_reference_without_a_face_is_named():
    frames = [*clip({}), lost_frame(1)]
    with pytest.raises(NoFaceError, match="reference"):
        targets(frames, RetargetOptions(reference=1))


def test_who_appears_after_a_cut_moves_from_a_rest_of_their_own():
    photo = subject()
    frames = clip({}, {}, {"yaw": 15})
    other = {"person": 9, "yaw": 30}
    frames.append(driver_frame(known_head(**other), 3, person=1, cut=True))
    frames.append(driver_frame(known_head(**other | {"jawOpen": 0.6}), 4, person=1))
    moved = targets(frames, RetargetOptions(), photo)
    assert np.linalg.norm(turn_deg(moved[3], photo.fit)) < 8
    assert changed(moved[4], photo.fit, "jawOpen")[0] > 0.3


@pytest.mark.parametrize("first", ["a face", "none", "a wanted reference"])
def test_what_is_known_before_the_photo_changes_nothing(first):
    frames = clip(*[{"yaw": 4.0 * step, "jawOpen": 0.1 * (step % 3)} for step in range(12)])
    if first == "none":
        frames[0] = lost_frame(0)
    photo = subject(mouthSmile_L=0.3)
    options = RetargetOptions(reference=2 if first == "a wanted reference" else None, window=8)
    stream = iter(frames)
    read, met = foreseen(stream, options, photo.head)
    assert [frame.index for frame in read] == list(range(8))
    assert (met is not None) == (first == "a face")
    again = [*Retargeter(photo, options, met).targets([*read, *stream])]
    for one, other in zip(targets(frames, options, photo), again, strict=True):
        np.testing.assert_array_equal(one.expression, other.expression)
        np.testing.assert_array_equal(one.rotation, other.rotation)
