"""Fits the head to a clip: one identity, and pose and expression frame by frame.

Whoever the clip shows stays one person, so the identity comes from some key frames together and is
kept. Each further frame starts from the one before and takes two steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.arguments import check_fields
from d2animator.errors import InputError, check_shape
from d2animator.faces.layouts import POINTS
from d2animator.head.fit import (
    FitOptions,
    PointModel,
    checked_points,
    first_guess,
    gauss_newton_step,
    point_model,
)
from d2animator.head.measures import gaze_deg
from d2animator.head.model import Head
from d2animator.head.pose import HeadFit

Array = NDArray[np.float64]

# Rounds for the pose before an identity joins in, and for key frames between two identities.
_POSE_ROUNDS, _KEY_ROUNDS, _IDENTITY_ROUNDS = 6, 2, 3


@dataclass(frozen=True)
class FollowOptions:
    """How a head is fitted to a clip."""

    # How each frame is fitted.
    fit: FitOptions = field(default_factory=FitOptions)
    # Steps for a frame that starts from the one before.
    rounds: int = 2
    # Frames that the identity comes from.
    key_frames: int = 12

    def __post_init__(self) -> None:
        check_fields(self)


class HeadFollower:
    """Fits the head to one frame after the other."""

    def __init__(
        self,
        identity: Array | None = None,
        options: FollowOptions | None = None,
        head: Head | None = None,
    ) -> None:
        """Start before the first frame.

        Args:
            identity: Who it is (I,), as of `common_identity`; None to take it from the first frame.
            options: How.
            head: Another model than the package's own.
        """
        self._identity = identity
        self._options = options or FollowOptions()
        self._model = point_model(head)
        self._last: HeadFit | None = None

    def reset(self, identity: Array | None = None) -> None:
        """Forget the frame before, as after a cut; ``identity`` is the new person, if it is one."""
        self._last = None
        self._identity = self._identity if identity is None else identity

    def step(self, landmarks: NDArray[Any]) -> HeadFit:
        """Fit the next frame.

        Args:
            landmarks: (98, 2), in the same unit as those before.

        Raises:
            ShapeError: Not 98 points.
            InputError: Points that are not finite, or all on one place or line.
        """
        options, model = self._options, self._model
        points = checked_points(landmarks)
        last = self._last
        if last is None:
            fit = self._begun(points)
        else:
            fit = last
            for _ in range(options.rounds):
                fit = gauss_newton_step(
                    fit, points, options.fit, model, free_identity=False, before=last.expression
                )
        self._last = fit = replace(fit, gaze_deg=gaze_deg(fit, points, model.head))
        return fit

    def _begun(self, points: Array) -> HeadFit:
        """Fit a frame without one before it."""
        if self._identity is None:
            fit = _fitted(points, self._options.fit, self._model, None)
            self._identity = fit.identity
            return fit
        return _fitted(points, self._options.fit, self._model, self._identity)


def common_identity(
    key_landmarks: Sequence[NDArray[Any]] | NDArray[Any],
    options: FollowOptions | None = None,
    head: Head | None = None,
) -> Array:
    """Find who is seen in several frames.

    Args:
        key_landmarks: Points (K, 98, 2) of one person, the more different the better.
        options: How.
        head: Another model than the package's own.

    Returns:
        Identity (I,).

    Raises:
        InputError: No frame at all.
    """
    if not len(key_landmarks):
        raise InputError("key_landmarks: expected at least one frame with a face, got none")
    options = options or FollowOptions()
    model = point_model(head)
    frames = [checked_points(landmarks) for landmarks in key_landmarks]
    fits = [_fitted(points, options.fit, model, None) for points in frames]
    identity = np.median([fit.identity for fit in fits], axis=0)
    for _ in range(_IDENTITY_ROUNDS if len(fits) > 1 else 0):
        alone = []
        for index, points in enumerate(frames):
            fit = replace(fits[index], identity=identity)
            for _ in range(_KEY_ROUNDS):
                fit = gauss_newton_step(fit, points, options.fit, model, free_identity=False)
            fits[index] = fit
            alone.append(gauss_newton_step(fit, points, options.fit, model).identity)
        identity = np.mean(alone, axis=0)
    return np.asarray(identity)


def spread_frames(found: NDArray[Any], count: int) -> NDArray[np.intp]:
    """Up to ``count`` positions, evenly spread over those where ``found`` (T,) is true."""
    faces = np.flatnonzero(found)
    if not len(faces):
        return faces
    return np.unique(faces[np.linspace(0, len(faces) - 1, min(count, len(faces))).astype(int)])


def fit_clip(
    landmarks: NDArray[Any],
    found: NDArray[Any] | None = None,
    options: FollowOptions | None = None,
    head: Head | None = None,
) -> list[HeadFit | None]:
    """Fit the head to a whole clip.

    Args:
        landmarks: (T, 98, 2), in pixels or any other unit.
        found: Which frames show the face, (T,); None for all.
        options: How.
        head: Another model than the package's own.

    Returns:
        A fit a frame, all with one identity; None where there is no face.

    Raises:
        ShapeError: Not 98 points a frame.
        InputError: No frame shows a face, or points are not finite.
    """
    options = options or FollowOptions()
    points = np.asarray(landmarks, np.float64)
    check_shape("landmarks", points, ("T", POINTS, 2))
    shown = np.ones(len(points), bool) if found is None else np.asarray(found, bool)
    check_shape("found", shown, (len(points),))
    keys = spread_frames(shown, options.key_frames)
    follower = HeadFollower(common_identity(points[keys], options, head), options, head)
    return [
        follower.step(frame) if visible else None
        for frame, visible in zip(points, shown, strict=True)
    ]


def _fitted(
    points: Array, options: FitOptions, model: PointModel, identity: Array | None
) -> HeadFit:
    """Fit one frame from the mean head's pose; ``identity`` is found too if it is None."""
    fit = first_guess(points, options, model)
    if identity is not None:
        fit = replace(fit, identity=identity)
    for _ in range(options.rounds if identity is None else _POSE_ROUNDS):
        fit = gauss_newton_step(fit, points, options, model, free_identity=identity is None)
    return fit
