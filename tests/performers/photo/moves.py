"""Targets to draw: a head that turns, moves, changes its expression."""

from __future__ import annotations

import numpy as np

from d2animator.head.model import load_head
from d2animator.head.pose import HeadFit
from d2animator.head.turns import rotation_from_vector
from d2animator.performers.photo.target import HeadTarget


def moved(
    fit: HeadFit,
    turn_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
    shift_cm: tuple[float, float] = (0.0, 0.0),
    scale: float = 1.0,
    gaze_deg: tuple[float, float] = (0.0, 0.0),
    **expression: float,
) -> HeadTarget:
    """A target away from a photo's own fit.

    Args:
        fit: The photo's head.
        turn_deg: Rotation vector: nod, turn, tilt.
        shift_cm: To the right and down.
        scale: Factor of the head's size.
        gaze_deg: Turn of both eyes, up and sideways.
        expression: What to add, by names without ``_L`` and ``_R``, for both sides.
    """
    weights = fit.expression.copy()
    index = load_head().expression_index
    for name, value in expression.items():
        for own in (name,) if name in index else (f"{name}_L", f"{name}_R"):
            weights[index[own]] += value
    eye = rotation_from_vector(np.radians([gaze_deg[0], gaze_deg[1], 0.0]))
    return HeadTarget(
        rotation=rotation_from_vector(np.radians(np.array(turn_deg))) @ fit.rotation,
        scale=fit.scale * scale,
        translation=fit.translation + np.array(shift_cm) * fit.scale,
        expression=weights,
        gaze=np.stack([eye, eye]),
    )
