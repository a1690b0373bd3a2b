"""Fits the head to the points of one face: where it is, who it is, and what it does.

Gauss-Newton on rotation, scale, place, identity and expression at once. The residuals are the
points' distances in cm, taken to be normal with ``sigma_cm``; identities are standard normal,
expressions normal about rest and kept within bounds. See `d2animator.head.pose` for the camera.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.arguments import check_fields
from d2animator.errors import InputError, check_shape
from d2animator.faces.layouts import PARTS, POINTS
from d2animator.head.edge import edge_rows
from d2animator.head.linear import fitted_expressions, linearised, motion_of
from d2animator.head.measures import SKIN_POINTS, gaze_deg
from d2animator.head.model import Head, load_head
from d2animator.head.pose import CAMERA_CM, PIVOT_CM, HeadFit
from d2animator.head.turns import nearest_rotation, rotation_from_vector

__all__ = ["FitOptions", "HeadFit", "PointModel", "fit_picture", "point_model"]

Array = NDArray[np.float64]

# Points that tell the first guess of the pose: nose and eye corners move least.
_STEADY = (*range(51, 60), 60, 64, 68, 72)
_POSE = 6  # unknowns of rotation, scale and place
# An unknown beyond its bound is set to it; that may push others beyond theirs, rarely this often.
_BOUND_ROUNDS = 6


@dataclass(frozen=True)
class FitOptions:
    """How a head is fitted; the defaults suit photographs."""

    # Gauss-Newton steps; each costs about half a millisecond.
    rounds: int = 14
    # How many of the model's identity modes are fitted, the first ones.
    identity_modes: int = 40
    # How far points lie off the head, in cm.
    sigma_cm: float = 0.15
    # Deviation of an expression's weight from rest.
    expression_sigma: float = 0.35
    # Largest weight of an expression; the least is 0.
    most_expression: float = 1.1
    # Deviation of an expression's weight from the frame before, for clips.
    change_sigma: float = 0.21
    # How much a point of the visible contour counts, if there is one.
    edge_weight: float = 0.3
    # Points further off than about this count less and less, in cm (hands, microphones).
    outlier_cm: float = 1.0

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, eq=False)
class PointModel:
    """The head's vertices at 96 points alone, for fitting.

    Attributes:
        head: The whole model.
        mean: (96, 3).
        identity: (96, 3, I).
        expression: (96, 3, F) of the expressions that are fitted.
        fitted: Their positions among the head's, (F,).
        weights: (96,) how much a point counts.
    """

    head: Head
    mean: Array
    identity: Array
    expression: Array
    fitted: NDArray[np.intp]
    weights: Array

    def shape(self, fit: HeadFit) -> Array:
        """Vertices (96, 3) of a fit."""
        count = len(fit.identity)
        shape = self.mean + self.identity[:, :, :count] @ fit.identity
        return np.asarray(shape + self.expression @ fit.expression[self.fitted])


def point_model(head: Head | None = None) -> PointModel:
    """Prepare a head for fitting; done once for each head."""
    return _point_model(load_head() if head is None else head)


@functools.lru_cache(maxsize=2)
def _point_model(head: Head) -> PointModel:
    points = head.wflw96
    fitted = fitted_expressions(head)
    weights = np.ones(SKIN_POINTS)
    for part, weight in (("contour", 0.45), ("brows", 0.7), ("nose", 0.8)):
        weights[list(PARTS[part])] = weight
    weights[12:21] = 0.7  # the chin, which the jaw moves
    weights[[*PARTS["eyes"], *PARTS["mouth"]]] = 1.3
    return PointModel(
        head=head,
        mean=head.vertices[points].astype(np.float64),
        identity=motion_of(points, head.identity_modes),
        expression=motion_of(points, head.expression_shapes[fitted]),
        fitted=fitted,
        weights=weights,
    )


def fit_picture(
    landmarks: NDArray[Any],
    outline: NDArray[Any] | None = None,
    options: FitOptions | None = None,
    head: Head | None = None,
) -> HeadFit:
    """Fit the head to one face.

    Args:
        landmarks: (98, 2) of layout ``wflw98``, x right and y down, in pixels or any other unit.
        outline: Where the face's edge is seen, (33, 2) from the person's right over the chin to the
            left, as the landmark records of this package have it; None if nobody knows.
        options: How.
        head: Another model than the package's own.

    Returns:
        The fit, its scale in the landmarks' unit a centimetre.

    Raises:
        ShapeError: Not 98 points, or not 33 of the outline.
        InputError: Points that are not finite, or all on one place or line.
    """
    options = options or FitOptions()
    model = point_model(head)
    points = checked_points(landmarks)
    edge = None
    if outline is not None:
        edge = np.asarray(outline, np.float64)
        check_shape("outline", edge, (len(PARTS["contour"]), 2))
        edge = edge if np.isfinite(edge).all() else None
    fit = first_guess(points, options, model)
    for index in range(options.rounds):
        # The head must lie about right before one can say which of its vertices are the edge.
        follows = edge if index >= options.rounds // 2 else None
        fit = gauss_newton_step(fit, points, options, model, edge=follows)
    return replace(fit, gaze_deg=gaze_deg(fit, points, model.head))


def checked_points(landmarks: NDArray[Any]) -> Array:
    """Points (98, 2) as doubles.

    Raises:
        ShapeError: Not 98 points.
        InputError: Points that are not finite, or all on one place or line.
    """
    points = np.asarray(landmarks, np.float64)
    check_shape("landmarks", points, (POINTS, 2))
    hint = "pass the 98 points of a face as the detector found them"
    if not np.isfinite(points).all():
        raise InputError(f"landmarks: expected finite numbers, got NaN or infinity; {hint}")
    spread = np.linalg.svd(points - points.mean(0), compute_uv=False)
    if spread[0] < 1e-6 * (1 + np.abs(points).max()) or spread[1] < 0.02 * spread[0]:
        came = "all on one place or line"
        raise InputError(f"landmarks: expected points spread over a face, got them {came}; {hint}")
    return points


def first_guess(points: Array, options: FitOptions, model: PointModel) -> HeadFit:
    """Pose of the mean head by an affine camera, identity and expression at 0."""
    steady = list(_STEADY)
    face = model.mean[steady] - PIVOT_CM
    flat = points[steady] * (1.0, -1.0)
    solver = np.linalg.pinv(np.concatenate([face, np.ones((len(face), 1))], 1))
    camera = solver @ flat  # (4, 2)
    across = camera[:3].T
    scale = float(np.linalg.svd(across, compute_uv=False).mean())
    across = across / max(scale, 1e-12)
    rotation = nearest_rotation(np.stack([*across, np.cross(across[0], across[1])]))
    turned = face @ rotation.T
    nearness = CAMERA_CM / (CAMERA_CM - turned[:, 2])
    scale /= float(nearness.mean())
    offset = flat - scale * nearness[:, None] * turned[:, :2]
    return HeadFit(
        rotation=rotation,
        scale=scale,
        translation=offset.mean(0) * (1.0, -1.0),
        identity=np.zeros(min(options.identity_modes, model.identity.shape[2])),
        expression=np.zeros(len(model.head.expression_names)),
    )


def gauss_newton_step(
    fit: HeadFit,
    points: Array,
    options: FitOptions,
    model: PointModel,
    *,
    free_identity: bool = True,
    before: Array | None = None,
    edge: Array | None = None,
) -> HeadFit:
    """Improve a fit.

    Args:
        fit: Where to start.
        points: (98, 2).
        options: How.
        model: The head at the points.
        free_identity: Whether the identity is fitted; else it stays.
        before: Expression (E,) of the frame before, near to which this one's is.
        edge: Visible contour (33, 2) that the face's edge follows.

    Returns:
        The better fit; ``gaze_deg`` is left as it was.
    """
    own = model.identity[:, :, : len(fit.identity)] if free_identity else None
    seen, columns = linearised(fit, model.shape(fit), own, model.expression)
    residuals = (points[:SKIN_POINTS] - fit.translation) / fit.scale - seen
    distance = np.linalg.norm(residuals, axis=1)
    trust = 1 / (1 + (distance / options.outlier_cm) ** 2)
    weights = np.repeat(model.weights * np.sqrt(trust), 2) / options.sigma_cm
    system = columns.reshape(len(weights), -1) * weights[:, None]
    missing = residuals.reshape(-1) * weights
    if edge is not None:
        rows, gaps = edge_rows(fit, edge, model.head, free_identity)
        system = np.concatenate([system, rows * (options.edge_weight / options.sigma_cm)])
        missing = np.concatenate([missing, gaps * (options.edge_weight / options.sigma_cm)])
    identities = len(fit.identity) if free_identity else 0
    first = _POSE + identities  # of the expressions
    shape = np.concatenate([fit.identity[:identities], fit.expression[model.fitted]])
    strength = np.full(len(shape), 1.0)
    strength[identities:] = options.expression_sigma**-2
    pull = -strength * shape
    if before is not None:
        steady = 0.5 * options.change_sigma**-2
        strength[identities:] += steady
        pull[identities:] += steady * (before[model.fitted] - shape[identities:])
    hessian = system.T @ system
    hessian[np.diag_indices(len(hessian))] += np.concatenate([np.full(_POSE, 1e-6), strength])
    slope = system.T @ missing
    slope[_POSE:] += pull
    least = np.full(len(slope), -np.inf)
    most = np.full(len(slope), np.inf)
    least[first:] = -shape[identities:]
    most[first:] = options.most_expression - shape[identities:]
    change = bounded_solution(hessian, slope, least, most)
    return _moved(fit, change, identities, model)


def bounded_solution(hessian: Array, slope: Array, least: Array, most: Array) -> Array:
    """Solve hessian @ change = slope with bounds; unknowns that pass theirs are held there.

    Args:
        hessian: (U, U), positive definite.
        slope: (U,).
        least: (U,), at most 0.
        most: (U,), at least 0.

    Returns:
        (U,) within the bounds.
    """
    held = np.zeros(len(slope), bool)
    change = np.zeros(len(slope))
    for _ in range(_BOUND_ROUNDS):
        free = ~held
        rest = slope[free] - hessian[np.ix_(free, held)] @ change[held]
        change[free] = np.linalg.solve(hessian[np.ix_(free, free)], rest)
        beyond = free & ((change < least - 1e-9) | (change > most + 1e-9))
        if not beyond.any():
            break
        change = np.clip(change, least, most)
        held |= beyond
    return np.clip(change, least, most)


def _moved(fit: HeadFit, change: Array, identities: int, model: PointModel) -> HeadFit:
    """Apply a step; turn and size are bounded, or a bad start could throw the head away."""
    turn = change[:3]
    angle = float(np.linalg.norm(turn))
    turn = turn * min(1.0, 0.5 / max(angle, 1e-9))
    identity = fit.identity
    if identities:
        identity = np.clip(identity + change[_POSE : _POSE + identities], -4, 4)
    expression = fit.expression.copy()
    expression[model.fitted] += change[_POSE + identities :]
    return replace(
        fit,
        rotation=nearest_rotation(rotation_from_vector(turn) @ fit.rotation),
        scale=fit.scale * float(np.exp(np.clip(change[3], -0.3, 0.3))),
        translation=fit.translation + change[4:6] * fit.scale,
        identity=identity,
        expression=expression,
    )
