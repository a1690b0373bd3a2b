"""What a photo's head shall do in one frame: between a driver's motion and the picture of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from d2animator.head.pose import HeadFit
from d2animator.head.turns import rotation_from_vector, vector_from_rotation

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HeadTarget:
    """What a photo's head shall do; who it is stays as the photo's `HeadFit` has it.

    Attributes:
        rotation: Of the head, (3, 3), as `HeadFit.rotation`.
        scale: Pixels a centimetre.
        translation: Place of the pivot in the neck, pixels (2,).
        expression: Weights (E,) of the expression shapes.
        gaze: Turns of the left and the right eye from where they look in the photo, in the head's
            frame, (2, 3, 3).
        extra: What the 96 points on skin move besides, cm in the head's frame (96, 3); None for
            nothing.
        body: How far shoulders and clothes go along, pixels (2,); None where they stay.
        bounded: Whether the wanted motion was larger than a photo bears, and was made smaller.
    """

    rotation: Array
    scale: float
    translation: Array
    expression: Array
    gaze: Array
    extra: Array | None = None
    body: Array | None = None
    bounded: bool = False

    def is_rest(self, fit: HeadFit) -> bool:
        """Tell whether this is the photo as it is: every number equals the fit's own."""
        return (
            self.scale == fit.scale
            and np.array_equal(self.rotation, fit.rotation)
            and np.array_equal(self.translation, fit.translation)
            and np.array_equal(self.expression, fit.expression)
            and np.array_equal(self.gaze, np.stack([np.eye(3)] * 2))
            and (self.extra is None or not self.extra.any())
            and (self.body is None or not self.body.any())
        )


def at_rest(fit: HeadFit) -> HeadTarget:
    """The photo as it is."""
    return HeadTarget(
        rotation=fit.rotation,
        scale=fit.scale,
        translation=fit.translation,
        expression=fit.expression,
        gaze=np.stack([np.eye(3)] * 2),
    )


def interpolated(start: HeadTarget, end: HeadTarget, share: float) -> HeadTarget:
    """Go from one target to another on the shortest way.

    Args:
        start: Where ``share`` 0 lies.
        end: Where ``share`` 1 lies.
        share: How far to go; beyond 0 to 1 it goes on in the same direction.
    """
    if share == 0:
        return start
    if share == 1:
        return end

    def mixed(before: Array, after: Array) -> Array:
        return np.asarray(before + share * (after - before))

    def turned(before: Array, after: Array) -> Array:
        way = vector_from_rotation(after @ before.T)
        return np.asarray(rotation_from_vector(share * way) @ before)

    def mixed_if_any(before: Array | None, after: Array | None) -> Array | None:
        if before is None:
            return None if after is None else mixed(np.zeros_like(after), after)
        return mixed(before, np.zeros_like(before) if after is None else after)

    return HeadTarget(
        rotation=turned(start.rotation, end.rotation),
        scale=start.scale * (end.scale / start.scale) ** share,
        translation=mixed(start.translation, end.translation),
        expression=mixed(start.expression, end.expression),
        gaze=np.stack([turned(*eyes) for eyes in zip(start.gaze, end.gaze, strict=True)]),
        extra=mixed_if_any(start.extra, end.extra),
        body=mixed_if_any(start.body, end.body),
        bounded=start.bounded or end.bounded,
    )
