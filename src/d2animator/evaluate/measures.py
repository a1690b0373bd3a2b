"""Errors of pose and expression, from what `d2animator.faces.actions` reads off landmarks.

Everything is geometry: nothing was trained, so the same reading holds for puppets, people and the
frames of any other program. Persons differ in proportions, and a reading of one face carries them
as an offset; compare readings of the same person, or how they change.
"""

from __future__ import annotations

from torch import Tensor

from d2animator.faces.actions import ACTIONS, POSE_ACTIONS, measure_actions
from d2animator.latent.table import floored_ranges

ANGLES = POSE_ACTIONS
"""Head angles in degrees: yaw > 0 turns to the person's left, pitch > 0 nods down, roll > 0 tilts
the crown to the person's right."""

EXPRESSIONS = tuple(name for name in ACTIONS if name not in POSE_ACTIONS)
"""Readings of the face's parts, in outer eye distances, as they would be seen from the front."""

_ANGLES = len(ANGLES)


def pose_error_deg(landmarks: Tensor, truth: Tensor) -> Tensor:
    """Give the mean difference of three head angles.

    Args:
        landmarks: Points (N, 98, 2), x to the right, y down, any unit.
        truth: Points (N, 98, 2).

    Returns:
        Errors (N,) in degrees.
    """
    one, other = (measure_actions(points)[:, :_ANGLES] for points in (landmarks, truth))
    wrapped: Tensor = (one - other + 180) % 360 - 180
    return wrapped.abs().mean(1)


def expression_error(landmarks: Tensor, truth: Tensor, spread: Tensor) -> Tensor:
    """Give the mean difference of the expression readings in units of their spread.

    Args:
        landmarks: Points (N, 98, 2), x to the right, y down, any unit.
        truth: Points (N, 98, 2).
        spread: What `expression_spread` says of true faces (E,).

    Returns:
        Errors (N,): 0 for the same expression, about 1 for that of some other face.
    """
    one, other = (measure_actions(points)[:, _ANGLES:] for points in (landmarks, truth))
    return ((one - other).abs() / spread).mean(1)


def expression_spread(landmarks: Tensor) -> Tensor:
    """Measure how much the expression readings of true faces vary.

    Args:
        landmarks: Points (N, 98, 2) of at least two faces.

    Returns:
        Standard deviation of each reading in `EXPRESSIONS` (E,), none below what a landmark
        network trembles by.
    """
    return floored_ranges(measure_actions(landmarks).std(0))[_ANGLES:] / 2
