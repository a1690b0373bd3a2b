"""A driver's motion over time: smoothing, frames without a face, the frame it is relative to.

Pure numbers; who finds the landmarks and what is made of them is not known here. Landmarks are
normalised (`d2animator.faces.align.normalise_landmarks`): in crop widths, (P, 2).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from d2animator.arguments import check_fields
from d2animator.faces.layouts import layout_of

Points = NDArray[np.float64]

REFERENCE_WINDOW = 32
"""Frames with a face among which the reference frame is looked for."""


@dataclass(frozen=True, eq=False)
class FacePlace:
    """Where a face's normalised landmarks lie in its picture.

    Attributes:
        centre: Of their unit square, pixels (2,).
        width: Of it, pixels.
    """

    centre: Points
    width: float

    @classmethod
    def between(cls, normalised: Points, pixels: Points) -> FacePlace:
        """Find the place from landmarks (98, 2) in both units."""
        middle, seen = normalised.mean(0), pixels.mean(0)
        width = float(np.linalg.norm(pixels - seen) / np.linalg.norm(normalised - middle))
        return cls(seen - (middle - 0.5) * width, width)

    def pixels(self, normalised: Points) -> Points:
        """Put normalised landmarks (98, 2) into the picture."""
        return np.asarray((normalised - 0.5) * self.width + self.centre)


@dataclass(frozen=True, eq=False)
class Observation:
    """What a frame of the driver tells.

    Attributes:
        index: Position of the frame, from 0.
        time: Seconds from the first frame.
        landmarks: Normalised landmarks (P, 2); of the last face where this frame shows none, None
            as long as there was none at all.
        found: Whether this frame shows a face; if so, there are landmarks.
        person: Whose face: 0 for the one chosen, 1 and up for those taken after a cut.
        cut: Whether the frame begins a new take, with nothing before it to smooth with.
        place: Where the face is in its picture; None where nobody knows, as from motion templates.
        limited: Whether the motion was larger than can be drawn well, and was made smaller.
        unchanged: Whether the source is a video that shows no face then, and stays as it is.
        damaged: Whether the frame could not be decoded, and the one before it was looked at.
    """

    index: int
    time: Fraction
    landmarks: Points | None
    found: bool
    person: int = 0
    cut: bool = False
    place: FacePlace | None = None
    limited: bool = False
    unchanged: bool = False
    damaged: bool = False


@dataclass(frozen=True)
class SmoothingOptions:
    """How strongly the One-Euro filter smooths; distances are in crop widths."""

    # Cut-off for a face at rest, in Hz: lower is calmer, and lags more.
    min_cutoff_hz: float = 5.0
    # By how many Hz the cut-off rises for a point that moves one crop width a second.
    beta: float = 60.0
    # Cut-off for the speed itself, in Hz.
    speed_cutoff_hz: float = 5.0

    def __post_init__(self) -> None:
        check_fields(self)


class OneEuroFilter:
    """Smooths points at rest and follows them when they move fast.

    A first-order low-pass whose cut-off grows with the speed: f = f_min + beta |dx/dt| (Casiez,
    Roussel and Vogel, "1 euro filter", CHI 2012, equations 3 to 6); the speed is one of each
    point, so that x and y share a cut-off.
    """

    def __init__(self, options: SmoothingOptions | None = None) -> None:
        self._options = options or SmoothingOptions()
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next points come back as they are."""
        self._points: Points | None = None
        self._speed: Points | None = None
        self._time = 0.0

    def __call__(self, points: Points, time: float) -> Points:
        """Smooth the next points.

        Args:
            points: (P, 2).
            time: Seconds, later than the last one's.

        Returns:
            Smoothed points (P, 2).
        """
        step = time - self._time
        self._time = time
        if self._points is None or self._speed is None or step <= 0:
            self._points, self._speed = points, np.zeros_like(points)
            return points
        options = self._options
        share = _share(np.asarray(options.speed_cutoff_hz), step)
        self._speed = self._speed + share * ((points - self._points) / step - self._speed)
        pace = np.linalg.norm(self._speed, axis=-1, keepdims=True)
        share = _share(options.min_cutoff_hz + options.beta * pace, step)
        self._points = self._points + share * (points - self._points)
        return self._points


def _share(cutoff_hz: Points, step: float) -> Points:
    """Weight of the new value in a first-order low-pass, for a step in seconds."""
    ratio = 2 * math.pi * cutoff_hz * step
    return np.asarray(ratio / (ratio + 1))


def smoothed(
    observations: Iterable[Observation], options: SmoothingOptions | None = None
) -> Iterator[Observation]:
    """Smooth a stream; after a cut, after frames without a face, and for another person, afresh.

    Args:
        observations: The stream, in order.
        options: How strongly.

    Yields:
        The same observations with smoothed landmarks.
    """
    follow, person = OneEuroFilter(options), 0
    for observation in observations:
        if observation.cut or observation.person != person:
            follow.reset()
        person = observation.person
        if not observation.found or observation.landmarks is None:
            follow.reset()
            yield observation
        else:
            points = follow(observation.landmarks, float(observation.time))
            yield replace(observation, landmarks=points)


def held(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Give frames without a face the landmarks of the last frame with one.

    Args:
        observations: The stream, in order.

    Yields:
        As many observations; ``found`` stays what it was.
    """
    last: Points | None = None
    for observation in observations:
        last = observation.landmarks if observation.found else last
        yield replace(observation, landmarks=last)


def resampled(
    observations: Iterator[Observation], times: Iterable[Fraction]
) -> Iterator[Observation]:
    """Tell what a stream does at the times of another one.

    Between two frames that show one person in one take, landmarks are mixed in proportion to the
    time; elsewhere the earlier frame counts. The last frame lasts.

    Args:
        observations: The stream, in order; read no further than needed.
        times: Seconds from the first frame, growing.

    Yields:
        An observation for each of the times; none if the stream is empty.
    """
    before, after = next(observations, None), next(observations, None)
    if before is None:
        return
    for index, time in enumerate(times):
        while after is not None and after.time <= time:
            before, after = after, next(observations, None)
        points = before.landmarks if after is None else _between(before, after, time)
        yield replace(before, index=index, time=time, landmarks=points)


def _between(before: Observation, after: Observation, time: Fraction) -> Points | None:
    one, other = before.landmarks, after.landmarks
    together = after.found and before.person == after.person and not after.cut
    if one is None or other is None or not together:
        return one
    return one + float((time - before.time) / (after.time - before.time)) * (other - one)


def find_reference(
    observations: Iterator[Observation], wanted: int | None, near: Points
) -> tuple[Observation | None, list[Observation]]:
    """Choose the frame that the driver's motion is measured from.

    By default it is the frame, among the first 32 with the first person's face, whose landmarks
    are nearest to the source's, with the mouth as far open: motion added to the source then leads
    to about the driver's own pose, and a driver that begins with a turned head or an open mouth
    does no harm.

    Args:
        observations: The stream; it is read as far as needed.
        wanted: Index of the frame to take, None to choose.
        near: The source's normalised landmarks (P, 2).

    Returns:
        The reference, None if the wanted frame (or any) shows no face; and what was read of the
        stream.
    """
    read: list[Observation] = []
    faces: list[Observation] = []
    for observation in observations:
        read.append(observation)
        if wanted is not None:
            if observation.index == wanted:
                return (observation if observation.found else None), read
        elif observation.found and (not faces or observation.person == faces[0].person):
            faces.append(observation)
            if len(faces) == REFERENCE_WINDOW:
                break
    return _nearest(faces, near), read


def as_one_person(
    observations: Iterator[Observation], reference: Observation, near: Points
) -> Iterator[Observation]:
    """Give all who appear in a clip the proportions of one, so that only their motion counts.

    Each further person gets a reference frame of the same kind (see `find_reference`), and is
    moved by its difference from the first reference.

    Args:
        observations: The stream; it is read up to 32 faces ahead where somebody new appears.
        reference: The frame that motion is measured from; its person stays as they are.
        near: The source's normalised landmarks (P, 2).

    Yields:
        The same observations.
    """
    own = reference.landmarks
    shifts: dict[int, Points] = {}
    ahead: deque[Observation] = deque()
    while (observation := ahead.popleft() if ahead else next(observations, None)) is not None:
        person, points = observation.person, observation.landmarks
        if points is None or own is None or person == reference.person:
            yield observation
            continue
        if person not in shifts:
            faces = [one for one in (observation, *ahead) if one.found and one.person == person]
            while len(faces) < REFERENCE_WINDOW and (one := next(observations, None)) is not None:
                ahead.append(one)
                if one.found and one.person == person:
                    faces.append(one)
            rest = _nearest(faces, near) or observation
            shifts[person] = own - (points if rest.landmarks is None else rest.landmarks)
        yield replace(observation, landmarks=points + shifts[person])


def _nearest(faces: list[Observation], near: Points) -> Observation | None:
    """Choose the face whose pose and expression are nearest to those of ``near`` (P, 2).

    Two people's proportions differ, and a long chin is met best by an open mouth. But a mouth
    that is open in the reference has further to close than the source's can: its lips would go
    through each other. So the lips' gap counts by itself, as much as all points together.
    """
    gap = _lips_gap(near)

    def distance(face: Observation) -> float:
        if face.landmarks is None:
            return math.inf
        apart = ((face.landmarks - near) ** 2).sum(-1).mean()
        return float(apart + (_lips_gap(face.landmarks) - gap) ** 2)

    return min(faces, key=distance, default=None)


def _lips_gap(points: Points) -> float:
    """Mean distance of the lips' inner edges in landmarks (P, 2)."""
    upper, lower = np.array(layout_of(len(points)).lip_pairs).T
    return float(np.linalg.norm(points[upper] - points[lower], axis=-1).mean())
