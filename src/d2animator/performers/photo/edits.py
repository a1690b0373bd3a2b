"""Edits of a photo by names: pose in degrees, expressions by usual or friendly names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import ConfigError
from d2animator.faces.actions import REGIONS
from d2animator.head.blendshapes import BLENDSHAPES, LOOK_DEG, model_names
from d2animator.head.fit import fit_picture
from d2animator.head.model import Head
from d2animator.head.turns import rotation_from_angles
from d2animator.performers.photo.limits import limited_turn, turned_eyes
from d2animator.performers.photo.motion import DriverState, state_of
from d2animator.performers.photo.options import RetargetOptions
from d2animator.performers.photo.reference import Reference
from d2animator.performers.photo.retarget import Retargeter
from d2animator.performers.photo.subject import SIDES, Subject
from d2animator.performers.photo.target import HeadTarget, at_rest

Array = NDArray[np.float64]

POSE_DEG = {"yaw": 60.0, "pitch": 45.0, "roll": 90.0}
"""Largest angle of each, in degrees."""

GAZE_DEG = {"gaze_yaw": 35.0, "gaze_pitch": 25.0}
"""Largest turn of the eyes, in degrees: to the person's left, and up."""

FRIENDLY: dict[str, dict[str, float]] = {
    "smile": {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0, "cheekSquintLeft": 0.5}
    | {"cheekSquintRight": 0.5},
    "frown": {"mouthFrownLeft": 1.0, "mouthFrownRight": 1.0},
    "mouth_open": {"jawOpen": 1.0},
    "pout": {"mouthPucker": 1.0},
    "teeth": {"mouthUpperUpLeft": 1.0, "mouthUpperUpRight": 1.0}
    | {"mouthLowerDownLeft": 0.6, "mouthLowerDownRight": 0.6},
    "brow_up": {"browInnerUp": 1.0, "browOuterUpLeft": 1.0, "browOuterUpRight": 1.0},
    "brow_down": {"browDownLeft": 1.0, "browDownRight": 1.0},
    "blink": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "wink_left": {"eyeBlinkLeft": 1.0},
    "wink_right": {"eyeBlinkRight": 1.0},
    "eyes_wide": {"eyeWideLeft": 1.0, "eyeWideRight": 1.0},
    "squint": {"eyeSquintLeft": 1.0, "eyeSquintRight": 1.0},
    "sneer": {"noseSneerLeft": 1.0, "noseSneerRight": 1.0},
}
"""Short names, each for some of the 52 at these weights."""

VALUES = (-1.0, 1.5)
"""Least and largest weight that a name may be given."""

# Weights end within these bounds of what still looks like a face.
_WEIGHTS = (-0.25, 1.15)


NAMES = frozenset((*POSE_DEG, *GAZE_DEG, *FRIENDLY, *BLENDSHAPES))
"""All names that an edit of a photo knows."""


def named_target(
    subject: Subject,
    settings: Mapping[str, float],
    *,
    relative: bool = False,
    options: RetargetOptions | None = None,
) -> HeadTarget:
    """Edit a photo by names; what is not named stays as it is.

    Args:
        subject: The photo's person.
        settings: ``yaw``, ``pitch``, ``roll``, ``gaze_yaw`` and ``gaze_pitch`` in degrees; weights
            of the 52 blendshapes or of `FRIENDLY` names, 0 for rest and 1 for the whole
            expression. ``eyeBlink...`` of 1 shuts an eye, whatever the photo's is like.
        relative: Whether the values are added to what the photo shows, instead of taking its place.
        options: Limits of turns.

    Raises:
        ConfigError: An unknown name, or a value out of range.
    """
    options = options or RetargetOptions()
    weights, angles = _sorted(settings)
    target = at_rest(subject.fit)
    pose = {name: value for name, value in angles.items() if name in POSE_DEG}
    if pose:
        target = _posed(target, subject, pose, relative, options)
    looks = {name: value for name, value in angles.items() if name in GAZE_DEG}
    looks |= _looks(weights)
    if looks:
        target = _looking(target, subject, looks, relative)
    face = {name: value for name, value in weights.items() if not name.startswith("eyeLook")}
    if face:
        target = replace(target, expression=_expression(subject, face, relative))
    return target


def frontal(subject: Subject, options: RetargetOptions | None = None) -> HeadTarget:
    """Turn the face to the viewer, as far as the photo bears it."""
    return named_target(subject, dict.fromkeys(POSE_DEG, 0.0), options=options)


def disentangled(
    subject: Subject,
    pose: NDArray[Any] | None = None,
    expression: NDArray[Any] | None = None,
    options: RetargetOptions | None = None,
) -> HeadTarget:
    """Take the pose from one face and the expression from another.

    Args:
        subject: The photo's person.
        pose: Landmarks (98, 2) of the face whose pose is taken; None for the photo's own.
        expression: Landmarks (98, 2) of the face whose expression is taken, gaze included; None for
            the photo's own.
        options: Limits; whether motion is relative does not matter.

    Raises:
        ShapeError: Not 98 points.
        InputError: Points that are not finite, or all on one place or line.
    """
    options = replace(options or RetargetOptions(), relative=False)
    target = at_rest(subject.fit)
    for landmarks, regions in ((pose, ("pose",)), (expression, REGIONS[1:])):
        if landmarks is None:
            continue
        state = still_state(landmarks, subject.head)
        gains = {name: options.gain(name) if name in regions else 0.0 for name in REGIONS}
        part = Retargeter(subject, replace(options, gains=gains))
        moved = part.target(state, Reference.of(state))
        bounded = target.bounded or moved.bounded
        if regions == ("pose",):
            target = replace(target, rotation=moved.rotation, bounded=bounded)
        else:
            target = replace(target, expression=moved.expression, gaze=moved.gaze, bounded=bounded)
    return target


def still_state(landmarks: NDArray[Any], head: Head | None = None) -> DriverState:
    """What the face of a picture does, from its landmarks (98, 2)."""
    fit = fit_picture(landmarks, head=head)
    return state_of(fit, np.asarray(landmarks, np.float64), placed=False, head=head)


def _sorted(settings: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Weights by the 52 names, and angles in degrees."""
    weights: dict[str, float] = {}
    angles: dict[str, float] = {}
    for name, value in settings.items():
        largest = (POSE_DEG | GAZE_DEG).get(name)
        if largest is not None:
            if not -largest <= value <= largest:
                raise ConfigError(
                    name, f"expected {-largest:g} to {largest:g} degrees, got {value:g}"
                )
            angles[name] = float(value)
            continue
        if name not in FRIENDLY and name not in BLENDSHAPES:
            known = ", ".join([*POSE_DEG, *GAZE_DEG, *FRIENDLY])
            raise ConfigError(name, f"expected {known} or one of the 52 blendshapes")
        if not VALUES[0] <= value <= VALUES[1]:
            raise ConfigError(name, f"expected {VALUES[0]:g} to {VALUES[1]:g}, got {value:g}")
        for part, share in FRIENDLY.get(name, {name: 1.0}).items():
            weights[part] = weights.get(part, 0.0) + share * float(value)
    return weights, angles


def _posed(
    target: HeadTarget,
    subject: Subject,
    pose: Mapping[str, float],
    relative: bool,
    options: RetargetOptions,
) -> HeadTarget:
    own = subject.fit
    angles = {"yaw": own.yaw_deg, "pitch": own.pitch_deg, "roll": own.roll_deg}
    for name, value in pose.items():
        angles[name] = value + (angles[name] if relative else 0.0)
    wanted = rotation_from_angles(**angles)
    rotation, bounded = limited_turn(own.rotation, wanted @ own.rotation.T, options)
    return replace(target, rotation=rotation, bounded=bounded)


def _looking(
    target: HeadTarget, subject: Subject, looks: Mapping[str, float], relative: bool
) -> HeadTarget:
    own = subject.fit.gaze_deg.mean(0)
    wanted = own.copy()
    for axis, name in enumerate(GAZE_DEG):
        if name in looks:
            wanted[axis] = looks[name] + (own[axis] if relative else 0.0)
    return replace(target, gaze=turned_eyes(own, wanted))


def _looks(weights: Mapping[str, float]) -> dict[str, float]:
    """Degrees to the person's left and up, of the eyes' own names; both eyes look one way."""
    looks: dict[str, list[float]] = {}
    for name, weight in weights.items():
        for part, angle, sign in (
            ("LookUp", "gaze_pitch", 1),
            ("LookDown", "gaze_pitch", -1),
            ("LookOutLeft", "gaze_yaw", 1),
            ("LookInRight", "gaze_yaw", 1),
            ("LookInLeft", "gaze_yaw", -1),
            ("LookOutRight", "gaze_yaw", -1),
        ):
            if name.startswith(f"eye{part}"):
                looks.setdefault(angle, []).append(sign * weight * LOOK_DEG)
    return {angle: float(np.mean(values)) for angle, values in looks.items()}


def _expression(subject: Subject, weights: Mapping[str, float], relative: bool) -> Array:
    """Expression (E,) with the named weights; lids close by the photo's own opening."""
    index = subject.head.expression_index
    expression = subject.fit.expression.copy()
    for name, value in weights.items():
        for part in model_names(name):
            start = expression[index[part]] if relative else 0.0
            expression[index[part]] = np.clip(start + value, *_WEIGHTS)
    for eye, side in enumerate(SIDES):
        name = f"eyeBlink{'Left' if side == 'L' else 'Right'}"
        if name not in weights:
            continue
        shape = index[f"eyeBlink_{side}"]
        expression[shape] = subject.fit.expression[shape] if relative else 0.0
        gap = subject.lid_gap_cm(subject.moved(expression), eye)
        by_weight = -subject.lid_gap_cm(subject.shapes[shape], eye)
        expression[shape] += min(max(weights[name], -0.3), 1.05) * gap / by_weight
    return expression
