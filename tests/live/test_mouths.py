from itertools import pairwise

from d2animator.live.mouths import Mouths
from d2animator.live.options import LiveOptions
from d2animator.performers.photo.motion import DriverMotion
from d2animator.performers.photo.reference import Reference
from tests.performers.photo.acting import clip, subject

OPEN, CLOSED = {"jawOpen": 0.6}, {"jawOpen": 0.0}


def states(*moments):
    frames = clip(*moments)
    motion = DriverMotion(frames)
    return [motion.step(frame) for frame in frames]


def test_the_mouth_is_measured_from_the_one_most_like_the_photo_s():
    seen = states(*[OPEN] * 5, *[CLOSED] * 30)
    mouths = Mouths(subject(), Reference.of(seen[0]), LiveOptions(ease_s=0.2))
    gaps = [mouths.reference(state, index / 25).lip_gap for index, state in enumerate(seen)]
    assert abs(gaps[4] - seen[0].lip_gap) < 0.1 * seen[0].lip_gap
    assert abs(gaps[-1] - seen[-1].lip_gap) < 0.1 * seen[0].lip_gap
    steps = [one - other for one, other in pairwise(gaps)]
    assert max(steps) < 0.3 * (gaps[0] - gaps[-1])


def test_what_was_seen_long_ago_is_forgotten_but_for_the_first():
    seen = states(*[OPEN] * 5, *[CLOSED] * 5, *[OPEN] * 60)
    options = LiveOptions(mouth_s=1, ease_s=0)
    mouths = Mouths(subject(), Reference.of(seen[0]), options)
    gaps = [mouths.reference(state, index / 25).lip_gap for index, state in enumerate(seen)]
    assert gaps[20] < 0.5 * gaps[0]
    assert gaps[-1] > 0.8 * gaps[0]
