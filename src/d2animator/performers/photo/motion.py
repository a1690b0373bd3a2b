"""What a driver does, frame by frame: the head's fit, lids, lips and gaze.

One person at a time; who is new after a cut gets a motion of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import InputError
from d2animator.faces.motion import FacePlace, Observation, OneEuroFilter
from d2animator.head.follow import FollowOptions, HeadFollower, common_identity, spread_frames
from d2animator.head.measures import (
    eye_distance,
    frontal_points,
    lid_openness,
    lip_gap_cm,
    unexplained_cm,
)
from d2animator.head.model import Head
from d2animator.head.pose import HeadFit

Array = NDArray[np.float64]

# A person's lids are open as this percentile of the first frames'.
_OPEN_PERCENTILE = 80
# Below this share of it lids hide the pupil, and what is taken for the gaze is none.
_HIDES_PUPIL = 0.45


@dataclass(frozen=True, eq=False)
class DriverState:
    """What the driver does in one frame.

    Attributes:
        fit: The head, in the driver's pixels, or in widths of the landmarks' crop.
        placed: Whether it is in pixels, so that its place and size mean something.
        openness: Gap of the left and right lids over the eye's width, as seen from before the face,
            (2,).
        gaze_deg: Where both eyes look, degrees to the person's left and up, (2,).
        lip_gap: Between the middles of the lips, in outer eye distances, seen from there, too.
        unexplained: What the fit leaves of the points, cm in the head's frame (96, 3).
    """

    fit: HeadFit
    placed: bool
    openness: Array
    gaze_deg: Array
    lip_gap: float
    unexplained: Array


def shown_landmarks(observation: Observation) -> Array | None:
    """The landmarks (98, 2), normalised, if the frame shows a face."""
    return observation.landmarks if observation.found else None


def mixed_mouths(before: DriverState, after: DriverState, share: float) -> DriverState:
    """Go a share of the way, 0 to 1, from one state's face to another's, whose pose it keeps."""

    def mixed(one: Array, other: Array) -> Array:
        return np.asarray(one + share * (other - one))

    expression = mixed(before.fit.expression, after.fit.expression)
    return replace(
        after,
        fit=replace(after.fit, expression=expression),
        lip_gap=before.lip_gap + share * (after.lip_gap - before.lip_gap),
        unexplained=mixed(before.unexplained, after.unexplained),
    )


def state_of(fit: HeadFit, points: Array, *, placed: bool, head: Head | None = None) -> DriverState:
    """Tell what a face does.

    Args:
        fit: Its head.
        points: Landmarks (98, 2) in the fit's unit.
        placed: Whether that is pixels.
        head: The model of the fit.
    """
    frontal = frontal_points(fit, points, head)
    return DriverState(
        fit=fit,
        placed=placed,
        openness=lid_openness(frontal),
        gaze_deg=np.asarray(fit.gaze_deg.mean(0)),  # both eyes look one way
        lip_gap=lip_gap_cm(frontal, eye_distance(frontal)),
        unexplained=unexplained_cm(fit, points, head),
    )


class DriverMotion:
    """Follows one person of the driver's clip."""

    def __init__(
        self,
        first_frames: Sequence[Observation],
        options: FollowOptions | None = None,
        head: Head | None = None,
    ) -> None:
        """Learn who it is.

        Args:
            first_frames: Frames that show this person; the more differ, the better.
            options: How the head is fitted.
            head: Another model than the package's own.

        Raises:
            InputError: None of the frames shows a face.
        """
        options = options or FollowOptions()
        shown = (shown_landmarks(frame) for frame in first_frames)
        points = [landmarks for landmarks in shown if landmarks is not None]
        if not points:
            raise InputError("first_frames: expected one that shows a face, got none")
        keys = spread_frames(np.ones(len(points), bool), options.key_frames)
        identity = common_identity([points[key] for key in keys], options, head)
        self._follower = HeadFollower(identity, options, head)
        self._head = head
        self._open = float(
            np.percentile([lid_openness(own).mean() for own in points], _OPEN_PERCENTILE)
        )
        self._place = OneEuroFilter()
        self._unit: float | None = None  # width of the first place since the last break
        self._gaze: Array | None = None
        self._placed: bool | None = None
        self._last: DriverState | None = None

    def step(self, frame: Observation) -> DriverState | None:
        """Tell what the next frame's face does.

        Args:
            frame: The frame; one without a face repeats what was before.

        Returns:
            The state; None as long as there was no face at all.
        """
        points = shown_landmarks(frame)
        if points is None:
            self._forget()
            return self._last
        placed = frame.place is not None
        if frame.cut or placed != self._placed:
            self._forget()
        self._placed = placed
        place = self._smoothed(frame.place, float(frame.time))
        if place is not None:
            points = place.pixels(points)
        fit = self._follower.step(points)
        state = state_of(fit, points, placed=placed, head=self._head)
        if self._gaze is None or state.openness.mean() > _HIDES_PUPIL * self._open:
            self._gaze = state.gaze_deg
        self._last = replace(state, gaze_deg=self._gaze)
        return self._last

    def _smoothed(self, place: FacePlace | None, time: float) -> FacePlace | None:
        """Calm a place, as the landmarks within it are calmed already; in crop widths."""
        if place is None:
            return None
        if self._unit is None:
            self._unit = place.width
        values = np.array([[*place.centre], [place.width, 0.0]]) / self._unit
        calm = self._place(values, time) * self._unit
        return replace(place, centre=calm[0], width=float(calm[1, 0]))

    def _forget(self) -> None:
        self._follower.reset()
        self._place.reset()
        self._unit = None
