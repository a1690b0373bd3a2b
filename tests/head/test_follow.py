import numpy as np
import pytest

from d2animator.errors import InputError
from d2animator.head.follow import HeadFollower, common_identity, fit_clip, spread_frames
from tests.head.heads import known_head, seen_points


def clip(count=12):
    """A head that turns to its left and opens its mouth, then shuts it."""
    steps = np.linspace(0, 1, count)
    return [
        known_head(yaw=20 * step, person=1, jawOpen=0.6 * np.sin(np.pi * step)) for step in steps
    ]


def test_a_clip_is_followed_with_one_identity():
    truth = clip()
    points = np.stack([seen_points(fit) for fit in truth])
    fits = fit_clip(points)
    jaw = 26
    for own, fit in zip(truth, fits, strict=True):
        assert fit.identity is fits[0].identity
        assert abs(fit.yaw_deg - own.yaw_deg) < 3
    moved = np.array([fit.expression[jaw] for fit in fits])
    wanted = np.array([fit.expression[jaw] for fit in truth])
    assert np.corrcoef(moved, wanted)[0, 1] > 0.97


def test_frames_without_a_face_have_no_fit():
    points = np.stack([seen_points(fit) for fit in clip(6)])
    found = np.array([False, True, True, False, True, True])
    points[~found] = 0
    fits = fit_clip(points, found)
    assert [fit is None for fit in fits] == [not shown for shown in found]
    with pytest.raises(InputError, match="at least one frame"):
        fit_clip(points, np.zeros(6, bool))


def test_following_needs_no_look_ahead():
    points = [seen_points(fit) for fit in clip(6)]
    identity = common_identity(points[:3])
    whole, part = HeadFollower(identity), HeadFollower(identity)
    all_fits = [whole.step(frame) for frame in points]
    for frame, fit in zip(points[:4], all_fits, strict=False):
        np.testing.assert_array_equal(part.step(frame).expression, fit.expression)
    part.reset()
    np.testing.assert_array_equal(part.step(points[0]).rotation, all_fits[0].rotation)


def test_key_frames_are_spread():
    assert spread_frames(np.ones(10, bool), 3).tolist() == [0, 4, 9]
    assert spread_frames(np.array([0, 1, 0, 1], bool), 12).tolist() == [1, 3]
    assert spread_frames(np.zeros(4, bool), 3).tolist() == []
