"""Which frames a driver's motion is measured from: one for pose and eyes, one for the mouth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.head.pose import HeadFit
from d2animator.head.turns import vector_from_rotation
from d2animator.performers.photo.motion import DriverState
from d2animator.performers.photo.subject import Subject

# Lips nearer than this, in outer eye distances, count as shut: landmarks tell no better.
_SHUT_LIPS = 0.06


@dataclass(frozen=True, eq=False)
class Reference:
    """What the driver's motion is measured from.

    Attributes:
        pose: The state for pose, eyes, brows and gaze.
        mouth: The state for the mouth.
    """

    pose: DriverState
    mouth: DriverState


def choose_reference(
    states: Sequence[DriverState], subject: Subject, usual_openness: float
) -> Reference:
    """Choose both from the first states of a clip.

    Motion added to the photo should lead to about the driver's own pose and expression. So for pose
    and eyes the state nearest to the photo counts, with open eyes, and not one that the driver is
    seldom in; for the mouth the one whose lips are as far apart as the photo's, and else calm.

    Args:
        states: Of one person, at least one.
        subject: The photo's person.
        usual_openness: Gap of the driver's open lids over the eye's width.
    """
    names = subject.head.expression_names
    lower = np.array([name.startswith(("mouth", "jaw")) for name in names])
    usual = _middle_rotation(states)

    def pose_distance(state: DriverState) -> float:
        fit = state.fit
        shut = max(0.0, 1 - float(state.openness.mean()) / max(usual_openness, 1e-6))
        likeness = np.abs(fit.expression - subject.fit.expression).mean()
        turns = _apart_deg(fit, subject.fit) / 25 + _turn_deg(fit.rotation @ usual.T) / 50
        return float(turns + 2 * likeness + 3 * shut + 0.5 * _lips_apart(state, subject))

    pose = min(states, key=pose_distance)

    def mouth_distance(state: DriverState) -> float:
        weights = state.fit.expression[lower]
        likeness = np.abs(weights - subject.fit.expression[lower]).mean()
        calm = 0.5 * np.abs(weights).mean() + 3.6 * state.lip_gap
        turned = _apart_deg(state.fit, pose.fit) / 120
        return float(13.5 * _lips_apart(state, subject) + 1.2 * likeness + calm + turned)

    return Reference(pose, min(states, key=mouth_distance))


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
