"""Which frames a driver's motion is measured from: for the pose, for the eyes, for the mouth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.head.pose import HeadFit
from d2animator.head.turns import vector_from_rotation
from d2animator.performers.photo.motion import DriverState
from d2animator.performers.photo.subject import Subject

Array = NDArray[np.float64]

# Lips nearer than this, in outer eye distances, count as shut: landmarks tell no better.
_SHUT_LIPS = 0.06
# Lids open by less than this share of what is wide for the driver are in a blink.
_BLINK_SHARE = 0.6
# What tells how far brows are up. Speakers have them up much of the time, and so has the photo, if
# what is measured from is not their usual height: raised all along they make another person.
_BROW_LIFT = {"browInnerUp": 0.25, "browOuterUp": 0.25, "browDown": -0.5}
# A frame shows the photo's very moment if it differs by less than this: turn, degrees; place, cm;
# lids and lips, in eye widths and outer eye distances.
_SAME_TURN_DEG, _SAME_PLACE_CM, _SAME_LIDS, _SAME_LIPS = 3.0, 1.0, 0.02, 0.02
# Lids and lips tell neighbouring frames apart.
_TELLING = np.array([0.2, 0.2, 1.0, 1.0])
# What a mouth's shape at rest is told by: how much it smiles, how narrow it is; from when on.
_LEAST_SHAPE = 0.25
_WIDTHS = {
    "mouthSmile": (0.5, 0.0),
    "mouthDimple": (0.25, 0.0),
    "mouthFrown": (-0.25, 0.0),
    "mouthPucker": (0.0, 1.0),
    "mouthFunnel": (0.0, 1.0),
    "mouthStretch": (0.0, -0.25),
}


@dataclass(frozen=True, eq=False)
class Reference:
    """What the driver's motion is measured from.

    Attributes:
        pose: The state for rotation, place and size.
        eyes: The state for lids, brows and gaze.
        mouth: The state for the mouth.
    """

    pose: DriverState
    eyes: DriverState
    mouth: DriverState

    @classmethod
    def of(cls, state: DriverState) -> Reference:
        """Measure everything from one state."""
        return cls(state, state, state)


def choose_reference(states: Sequence[DriverState], subject: Subject) -> Reference:
    """Choose from the first states of a clip.

    Motion added to the photo should lead to about the driver's own pose and expression. So for the
    pose the state nearest to the photo's counts, though not one that the driver is seldom in. For
    the eyes it is one with lids and brows as usual. For the mouth it is the one whose lips are as
    far apart as the photo's, and shaped alike: measured from there, a smile in the photo can fade.
    Where the photo is one of the frames itself, that is all of them.

    Args:
        states: Of one person, at least one.
        subject: The photo's person.
    """
    same = _same_moment(states, subject)
    if same is not None:
        return Reference.of(same)
    names = subject.head.expression_names
    lifts = np.array([_BROW_LIFT.get(name.split("_")[0], 0.0) for name in names])
    usual_turn = _middle_rotation(states)
    usual_lift = np.median([state.fit.expression @ lifts for state in states])
    openness = np.array([state.openness.mean() for state in states])
    opened = openness[openness > _BLINK_SHARE * np.percentile(openness, 80)]
    usual_openness = max(float(np.median(opened)), 1e-6) if len(opened) else 1.0

    def pose_distance(state: DriverState) -> float:
        seldom = _turn_deg(state.fit.rotation @ usual_turn.T)
        return _apart_deg(state.fit, subject.fit) + 0.5 * seldom

    pose = min(states, key=pose_distance)

    def eyes_distance(state: DriverState) -> float:
        lids = abs(float(state.openness.mean()) / usual_openness - 1)
        lift = abs(float(state.fit.expression @ lifts - usual_lift))
        return 3 * lids + 4 * lift + _apart_deg(state.fit, pose.fit) / 60

    mouth = min(states, key=mouth_distance(subject, pose))
    return Reference(pose, min(states, key=eyes_distance), mouth)


def _same_moment(states: Sequence[DriverState], subject: Subject) -> DriverState | None:
    """The state that is the photo's own, where that was taken from the driver's clip."""

    def differences(state: DriverState) -> Array:
        own, fit = subject.fit, state.fit
        place = fit.translation / fit.scale - own.translation / own.scale
        return np.array(
            [
                _apart_deg(fit, own) / _SAME_TURN_DEG,
                np.linalg.norm(place) / _SAME_PLACE_CM,  # of pictures of any size
                np.abs(state.openness - subject.openness).max() / _SAME_LIDS,
                abs(state.lip_gap - subject.seen_lip_gap) / _SAME_LIPS,
            ]
        )

    placed = [state for state in states if state.placed]
    best = min(placed, key=lambda state: differences(state) @ _TELLING, default=None)
    return best if best is not None and differences(best).max() < 1 else None


def mouth_distance(subject: Subject, pose: DriverState) -> Callable[[DriverState], float]:
    """Make what tells how badly the photo's mouth would move from a state's.

    Args:
        subject: The photo's person.
        pose: The state that the driver's pose is measured from.
    """
    names = subject.head.expression_names
    lower = np.array([name.startswith(("mouth", "jaw")) for name in names])
    widths = np.array([_WIDTHS.get(name.split("_")[0], (0.0, 0.0)) for name in names])
    photo_shape = subject.fit.expression @ widths
    photo_shape *= np.abs(photo_shape) > _LEAST_SHAPE  # less is said of calm mouths, too

    def distance(state: DriverState) -> float:
        expression = state.fit.expression
        shapes = np.abs(expression @ widths - photo_shape).sum()
        calm = 0.3 * np.linalg.norm(expression[lower]) + 3.6 * state.lip_gap
        turned = _apart_deg(state.fit, pose.fit) / 120
        return float(13.5 * _lips_apart(state, subject) + 1.5 * shapes + calm + turned)

    return distance


def _lips_apart(state: DriverState, subject: Subject) -> float:
    """Difference of both lips' gaps in outer eye distances, where they are open."""
    own, seen = max(0.0, state.lip_gap - _SHUT_LIPS), max(0.0, subject.seen_lip_gap - _SHUT_LIPS)
    return abs(own - seen)


def _middle_rotation(states: Sequence[DriverState]) -> NDArray[np.float64]:
    """The rotation, among the states', with the smallest median distance along each axis."""
    start = states[0].fit.rotation
    vectors = np.stack([vector_from_rotation(state.fit.rotation @ start.T) for state in states])
    nearest = np.linalg.norm(vectors - np.median(vectors, axis=0), axis=1).argmin()
    return states[int(nearest)].fit.rotation


def _apart_deg(fit: HeadFit, other: HeadFit) -> float:
    return _turn_deg(fit.rotation @ other.rotation.T)


def _turn_deg(rotation: NDArray[Any]) -> float:
    return float(np.degrees(np.linalg.norm(vector_from_rotation(rotation))))
