"""How the unknowns of a fit move vertices in the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.head.model import Head
from d2animator.head.pose import CAMERA_CM, PIVOT_CM, HeadFit

Array = NDArray[np.float64]

# Expressions that points cannot tell, or that are told otherwise (the pupils tell the gaze).
_UNTOLD = ("eyeLook", "cheekPuff", "mouthShrug", "jawForward")


def fitted_expressions(head: Head) -> NDArray[np.intp]:
    """Positions of the expressions that points can tell, (F,)."""
    names = head.expression_names
    return np.array([i for i, name in enumerate(names) if not name.startswith(_UNTOLD)])


def motion_of(vertices: NDArray[Any], modes: NDArray[np.float32]) -> Array:
    """What modes (K, 3N) do to some vertices (V,): (V, 3, K)."""
    chosen = modes.reshape(len(modes), -1, 3)[:, vertices]
    return np.ascontiguousarray(chosen.transpose(1, 2, 0), np.float64)


def linearised(
    fit: HeadFit, shape: Array, identity: Array | None, expression: Array
) -> tuple[Array, Array]:
    """Where vertices are seen, and how each unknown moves them there.

    Args:
        fit: The head.
        shape: Its vertices (N, 3).
        identity: What each identity mode does to them, (N, 3, I); None while it stays.
        expression: What each fitted expression does to them, (N, 3, F).

    Returns:
        Places (N, 2) relative to the pivot's, and columns (N, 2, U) for rotation, scale, place,
        identity and expression; both in cm, x right and y down.
    """
    turned = (shape - PIVOT_CM) @ fit.rotation.T
    distance = CAMERA_CM - turned[:, 2]
    nearness = CAMERA_CM / distance
    seen = nearness[:, None] * turned[:, :2] * (1.0, -1.0)
    # By a vertex's motion in space: (N, 2, 3).
    by_motion = np.zeros((len(shape), 2, 3))
    by_motion[:, 0, 0], by_motion[:, 1, 1] = nearness, -nearness
    by_motion[:, :, 2] = seen / distance[:, None]
    # A turn by the small vector v moves a point x by the cross product v x x; a column an axis.
    x, y, z = turned.T
    zero = np.zeros_like(x)
    turning = np.stack([zero, z, -y, -z, zero, x, y, -x, zero], 1).reshape(-1, 3, 3)
    place = np.broadcast_to(np.eye(2), (len(shape), 2, 2))
    by_own_motion = by_motion @ fit.rotation
    parts = [by_motion @ turning, seen[:, :, None], place]
    if identity is not None:
        parts.append(by_own_motion @ identity)
    parts.append(by_own_motion @ expression)
    return seen, np.concatenate(parts, axis=2)
