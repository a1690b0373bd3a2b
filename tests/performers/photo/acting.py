"""A photo's person and drivers whose motion is known."""

from fractions import Fraction

import numpy as np

from d2animator.faces.align import normalise_landmarks
from d2animator.faces.motion import FacePlace, Observation
from d2animator.head.fit import fit_picture
from d2animator.performers.photo.subject import Subject
from tests.head.heads import known_head, seen_points


def subject(**what):
    points = seen_points(known_head(**{"person": 5, "yaw": 4, **what}))
    return Subject.of(fit_picture(points), points)


def driver_frame(fit, index=0, gaze_deg=(0.0, 0.0), *, placed=True, person=0, cut=False):
    points = seen_points(fit, gaze_deg)
    normalised = normalise_landmarks(points)
    place = FacePlace.between(normalised, points) if placed else None
    time = Fraction(index, 25)
    return Observation(index, time, normalised, True, person, cut, place)


def lost_frame(index):
    return Observation(index, Fraction(index, 25), None, False)


def clip(*moments, placed=True):
    """Frames of person 6; each moment is the arguments of `known_head`, and perhaps a gaze."""
    frames = []
    for index, moment in enumerate(moments):
        what = {"person": 6, **moment}
        gaze = what.pop("gaze", (0.0, 0.0))
        frames.append(driver_frame(known_head(**what), index, gaze, placed=placed))
    return frames


def weights(target, *names):
    from d2animator.head.model import load_head

    index = load_head().expression_index
    return np.array([target.expression[index[name]] for name in names])
