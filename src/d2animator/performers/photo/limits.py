"""How far a photo's head and eyes may turn before they no longer look like the photo's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from d2animator.head.turns import rotation_from_vector, soft_limit, vector_from_rotation
from d2animator.performers.photo.options import RetargetOptions
from d2animator.performers.photo.shapes import smoothstep

Array = NDArray[np.float64]

# A body rests until its head has gone about so much further than the neck stretches: it shall not
# tremble with every word.
_BODY_BEGINS_CM = 0.6
# A limited turn is named where it lost more than this.
_LOST_DEG = 3.0
# Nobody may turn by less than this, however turned the photo is.
_LEAST_TURN_DEG = 18.0


def limited_turn(own: Array, turn: Array, options: RetargetOptions) -> tuple[Array, bool]:
    """Turn a photo's head, less and less the further it goes.

    What a photo does not show is drawn worse than what it does, and a photo turned far itself shows
    less.

    Args:
        own: The head's rotation in the photo, (3, 3).
        turn: The wanted turn from there, (3, 3).
        options: Limits.

    Returns:
        The head's rotation (3, 3), and whether much of the turn was lost.
    """
    vector = vector_from_rotation(turn)
    angle = float(np.degrees(np.linalg.norm(vector)))
    if angle == 0:
        return own, False
    aside = float(np.degrees(np.hypot(*vector_from_rotation(own)[:2])))
    limit = max(options.most_turn_deg - 0.5 * aside, _LEAST_TURN_DEG)
    kept = float(soft_limit(np.array(angle), limit))
    return np.asarray(rotation_from_vector(vector * (kept / angle)) @ own), angle - kept > _LOST_DEG


def shared_shift(
    length: float, options: RetargetOptions, *, with_body: bool
) -> tuple[float, float]:
    """Share a head's shift between its neck and its body.

    A neck stretches a little; where the head goes further, the body goes along.

    Args:
        length: How far the driver's head goes, in cm of the photo's.
        options: Limits.
        with_body: Whether the photo's body can go along.

    Returns:
        How far the head goes alone, and how much further both go together.
    """
    alone = float(soft_limit(np.array(length), options.most_shift_cm))
    if not with_body:
        # Without a limit the head goes on alone.
        return (length if np.isinf(options.most_body_cm) else alone), 0.0
    left = length - alone
    left *= float(smoothstep(np.float32(left / _BODY_BEGINS_CM)))
    return alone, float(soft_limit(np.array(left), options.most_body_cm))


def turned_eyes(own_deg: Array, wanted_deg: Array) -> Array:
    """Turns (2, 3, 3) of both eyes from looking ``own_deg`` (2,) to looking ``wanted_deg`` (2,).

    Args:
        own_deg: Degrees to the person's left and up.
        wanted_deg: The same.
    """
    if np.array_equal(own_deg, wanted_deg):
        return np.stack([np.eye(3)] * 2)
    turn = _looking(wanted_deg) @ _looking(own_deg).T
    return np.stack([turn, turn])


def _looking(angles_deg: Array) -> Array:
    """Rotation (3, 3) of an eye that looks so far to the person's left and up."""
    left, up = np.radians(angles_deg)
    around_y = rotation_from_vector(np.array([0.0, left, 0.0]))
    return np.asarray(around_y @ rotation_from_vector(np.array([-up, 0.0, 0.0])))
