"""Which mouth of the driver's a photo's mouth moves from, while nobody knows what is to come.

Of a clip the first seconds are read ahead for it. Live, the mouth is chosen anew from those seen
lately, and what is measured from goes there softly.
"""

from __future__ import annotations

import math
from collections import deque

from d2animator.live.options import LiveOptions
from d2animator.performers.photo.motion import DriverState, mixed_mouths
from d2animator.performers.photo.reference import Reference, mouth_distance
from d2animator.performers.photo.subject import Subject


class Mouths:
    """The mouths that a driver has shown lately, as seen from one photo's."""

    def __init__(self, subject: Subject, reference: Reference, options: LiveOptions) -> None:
        """Start from a first choice, which stays one of those to choose from.

        Args:
            subject: The photo's person.
            reference: What motion is measured from at first.
            options: ``mouth_s`` and ``ease_s`` matter here.
        """
        self._distance = mouth_distance(subject, reference.pose)
        self._first = (self._distance(reference.mouth), reference.mouth)
        self._options = options
        # Time, distance and state. The first is the nearest; another waits until those before it,
        # all nearer, are forgotten.
        self._lately: deque[tuple[float, float, DriverState]] = deque()
        self._now = reference.mouth
        self._time: float | None = None

    def reference(self, state: DriverState, time: float) -> DriverState:
        """Tell the state to measure the mouth from.

        Args:
            state: What the driver does now.
            time: Seconds, later than those before.
        """
        options, lately = self._options, self._lately
        distance = self._distance(state)
        while lately and lately[-1][1] >= distance:
            lately.pop()
        lately.append((time, distance, state))
        while lately[0][0] < time - options.mouth_s:
            lately.popleft()
        best = self._first[1] if self._first[0] <= lately[0][1] else lately[0][2]
        passed = 0.0 if self._time is None else time - self._time
        self._time = time
        share = 1 - math.exp(-passed / options.ease_s) if options.ease_s else 1.0
        self._now = mixed_mouths(self._now, best, share)
        return self._now
