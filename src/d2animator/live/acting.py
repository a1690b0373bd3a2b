"""Who drives and who is moved: learning the driver, holding, resting, and the ways between."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import numpy as np

from d2animator.animate.options import AnimateOptions
from d2animator.faces.motion import Observation
from d2animator.head.follow import spread_frames
from d2animator.live.actors import Actor
from d2animator.live.glide import Glide
from d2animator.live.options import LiveOptions

# So many of the first frames tell who somebody is: at any camera's rate it takes the same time.
_LEARNED_FROM = 24


class State(StrEnum):
    """What the last frame of a session led to."""

    WAITING = "waiting"
    """Nobody was seen yet; the source is at rest."""
    LEARNING = "learning"
    """The driver moves the source, and what they look like at rest is being learned."""
    TRACKING = "tracking"
    """The driver moves the source."""
    HELD = "held"
    """No face is seen; the source holds the last motion."""
    RESTING = "resting"
    """No face has been seen for long; the source is at rest, or on the way there."""
    PAUSED = "paused"
    """Frames are not looked at; the last picture stays."""


class Acting:
    """Lets an actor do what one driver after the other does.

    Attributes:
        actor: Who is moved.
        state: What the last observation led to.
    """

    def __init__(self, actor: Actor[Any], options: LiveOptions) -> None:
        """Start with nobody seen.

        Args:
            actor: Who is moved first.
            options: How long things take.
        """
        self._options = options
        self._time = 0.0
        self._asked = False
        self._cast(actor)
        self.forget()

    def _cast(self, actor: Actor[Any]) -> None:
        self.actor = actor
        self._glide: Glide[Any] = Glide(actor.between, self._options.ease_s)
        self._last = actor.rest

    def forget(self) -> None:
        """Forget the driver."""
        self._person: int | None = None
        self._seen: list[Observation] = []
        self._learned = False
        self._neutral: Observation | None = None
        self._lost_since: float | None = None
        self.state = State.WAITING
        self.ease()

    def ease(self) -> None:
        """Let the next wish come softly."""
        self._glide.begin(self._time)

    def neutral(self) -> None:
        """Take the next face for the driver's at rest."""
        self._asked = True

    def give_way(self, actor: Actor[Any]) -> None:
        """Let another actor go on."""
        self._cast(actor)
        self._introduce()

    def change(self, options: AnimateOptions) -> None:
        """Let the actor go on with other gains."""
        self.actor.change(options)
        self.ease()

    def mirror(self, mirrored: Callable[[Observation], Observation]) -> None:
        """Let the driver go on as a mirror shows it.

        Args:
            mirrored: Mirrors what was seen of it so far.
        """
        self._seen = [mirrored(seen) for seen in self._seen]
        self._neutral = None if self._neutral is None else mirrored(self._neutral)
        self._introduce()
        self.ease()

    def _introduce(self) -> None:
        """Tell the actor what is known of the driver."""
        if self._seen:
            self.actor.meet(self._spread())
        if self._neutral is not None:
            self.actor.wanted(self._neutral, neutral=True)

    def _spread(self) -> list[Observation]:
        chosen = spread_frames(np.ones(len(self._seen), bool), _LEARNED_FROM)
        return [self._seen[index] for index in chosen]

    def __call__(self, observation: Observation) -> Any:
        """Tell what the actor shall do.

        Args:
            observation: The next frame.

        Returns:
            What `Actor.draw` takes; the same object as before where nothing changes.
        """
        self._time = float(observation.time)
        seen = observation.found and observation.landmarks is not None
        wanted = self._following(observation) if seen else self._alone()
        return self._glide(wanted, self._time)

    def _following(self, observation: Observation) -> Any:
        if observation.person != self._person:
            self.forget()
            self._person = observation.person
        lost, self._lost_since = self._lost_since, None
        if lost is not None and self._time - lost > self._options.ease_s:
            self.ease()
        if not self._learned:
            self._learn(observation)
        if self._asked:
            self._neutral = observation
            self.ease()
        self._last = self.actor.wanted(observation, neutral=self._asked)
        self._asked = False
        self.state = State.TRACKING if self._learned else State.LEARNING
        return self._last

    def _learn(self, observation: Observation) -> None:
        """Meet the driver with the first frame, and better when a second has passed."""
        self._seen.append(observation)
        passed = self._time - float(self._seen[0].time)
        self._learned = self._asked or passed >= self._options.learning_s
        if self._learned or len(self._seen) == 1:
            self.actor.meet(self._spread())
            self.ease()

    def _alone(self) -> Any:
        if self._person is None:
            return self.actor.rest
        if self._lost_since is None:
            self._lost_since = self._time
        if self._time - self._lost_since < self._options.hold_s:
            self.state = State.HELD
            return self._last
        if self.state is not State.RESTING:
            self.ease()
        self.state = State.RESTING
        return self.actor.rest
