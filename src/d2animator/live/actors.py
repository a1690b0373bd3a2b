"""Who is moved live: a source with what it knows of the driver, one observation at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import performing, prepared, retargeter_of
from d2animator.faces.detector import Picture
from d2animator.faces.motion import Observation, find_reference
from d2animator.head.follow import FollowOptions
from d2animator.invert.sources import Source, Sources
from d2animator.live.mouths import Mouths
from d2animator.live.options import LiveOptions
from d2animator.performers.drawn import Drawn
from d2animator.performers.photo.motion import DriverMotion
from d2animator.performers.photo.photo import Photo, Photographed
from d2animator.performers.photo.reference import Reference, choose_reference
from d2animator.performers.photo.target import HeadTarget, at_rest, interpolated
from d2animator.performers.portrait import Portrait

Wanted = TypeVar("Wanted")

# Half as many key frames tell who somebody is as in a clip: more would be a pause that is seen.
_FOLLOW = FollowOptions(key_frames=6)


class Actor(Protocol[Wanted]):
    """A source that is moved live.

    The methods but `draw` are called for one frame after the other, `meet` before the first
    `wanted`; `draw` remembers nothing, and may be called beside them.
    """

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        ...

    @property
    def rest(self) -> Wanted:
        """What is wanted for the source to be as it is."""
        ...

    def meet(self, seen: Sequence[Observation]) -> None:
        """Learn who drives and what they look like at rest.

        Args:
            seen: Frames that show one person, in order.
        """
        ...

    def wanted(self, observation: Observation, *, neutral: bool = False) -> Wanted:
        """Tell what the source shall do.

        Args:
            observation: The next frame, which shows the face of who was met.
            neutral: Whether it shows how the driver is at rest: motion is measured from it.
        """
        ...

    def between(self, start: Wanted, end: Wanted, share: float) -> Wanted:
        """Go a share of the way, 0 to 1, from one wish to another."""
        ...

    def draw(self, wanted: Wanted) -> Picture:
        """Draw the source: RGB (H, W, 3), uint8, not marked yet."""
        ...

    def change(self, options: AnimateOptions) -> None:
        """Go on with other gains; who was met is still known."""
        ...


class DrawnActor:
    """A portrait that the generator draws.

    Attributes:
        size: Width and height of the pictures.
        rest: Normalised landmarks (P, 2) of the source.
    """

    def __init__(self, sources: Sources, portrait: Portrait, options: AnimateOptions) -> None:
        """Get ready to draw.

        Args:
            sources: Gives the networks.
            portrait: Whom to draw.
            options: How to animate.
        """
        self._sources, self._portrait = sources, portrait
        self._seen: deque[Observation] = deque()
        self.rest = portrait.landmarks
        # None for absolute motion, which is measured from nothing.
        self._reference = None if options.motion == "absolute" else self.rest
        self.change(options)
        self.size = self._drawn.size

    def _measure(self, drawn: Drawn) -> None:
        self._drawn = drawn
        self._wishes = drawn.wanted(iter(self._seen.popleft, None))

    def meet(self, seen: Sequence[Observation]) -> None:
        """Measure from the one that is nearest to the source; see `find_reference`."""
        near = self.rest.double().cpu().numpy()
        reference, _ = find_reference(iter(seen), None, near)
        if reference is not None:
            self._measure_from(reference)

    def _measure_from(self, observation: Observation) -> None:
        if self._reference is None or observation.landmarks is None:
            return
        self._reference = torch.from_numpy(observation.landmarks).to(self.rest)
        transfer = replace(self._drawn.transfer, reference=self._reference)
        self._measure(replace(self._drawn, transfer=transfer))

    def wanted(self, observation: Observation, *, neutral: bool = False) -> Tensor:
        """Tell the landmarks (P, 2), normalised, that the source shall have."""
        if neutral:
            self._measure_from(observation)
        self._seen.append(observation)
        return next(self._wishes)[1]

    def between(self, start: Tensor, end: Tensor, share: float) -> Tensor:
        """Mix landmarks (P, 2)."""
        return torch.lerp(start, end, share)

    def draw(self, wanted: Tensor) -> Picture:
        """Draw the source with landmarks (P, 2): RGB (H, W, 3), uint8."""
        drawn = self._drawn
        return next(iter(drawn.show(drawn.draw([wanted]), [wanted])))

    def change(self, options: AnimateOptions) -> None:
        """Go on with other gains."""
        self._measure(performing(self._sources, self._portrait, options, self._reference))


class PhotoActor:
    """A photo that moves itself.

    Attributes:
        size: Width and height of the pictures.
        rest: The photo's head as it is.
    """

    def __init__(self, photo: Photo, options: AnimateOptions, live: LiveOptions) -> None:
        """Get ready to draw.

        Args:
            photo: The photo.
            options: How to animate.
            live: ``mouth_s`` and ``ease_s`` matter here.
        """
        self._photo, self._live = photo, live
        self.change(options)
        self._shown = Photographed(photo, self._retargeter, crop=options.paste_back is False)
        self._motion: DriverMotion | None = None
        self._reference: Reference | None = None
        self._mouths: Mouths | None = None
        self.rest = at_rest(photo.subject.fit)
        self.size = self._shown.size

    def meet(self, seen: Sequence[Observation]) -> None:
        """Find the driver's head, and among the frames those that motion is measured from."""
        subject = self._photo.subject
        self._motion = DriverMotion(seen, _FOLLOW, subject.head)
        states = [state for one in seen if (state := self._motion.step(one)) is not None]
        self._reference = choose_reference(states, subject)
        self._mouths = Mouths(subject, self._reference, self._live)

    def wanted(self, observation: Observation, *, neutral: bool = False) -> HeadTarget:
        """Tell what the photo's head shall do."""
        if self._motion is None:
            self.meet([observation])
        state = None if self._motion is None else self._motion.step(observation)
        if state is None or self._reference is None:
            return self.rest
        if neutral:
            # Whoever says so means the mouth, too.
            self._reference, self._mouths = Reference.of(state), None
        reference = self._reference
        if self._mouths is not None:
            mouth = self._mouths.reference(state, float(observation.time))
            reference = replace(reference, mouth=mouth)
        return self._retargeter.target(state, reference)

    def between(self, start: HeadTarget, end: HeadTarget, share: float) -> HeadTarget:
        """Go from one target towards another."""
        return interpolated(start, end, share)

    def draw(self, wanted: HeadTarget) -> Picture:
        """Draw the photo with its head as wanted: RGB (H, W, 3), uint8."""
        picture = self._shown.show(self._shown.draw([wanted]), [wanted])[0]
        return np.ascontiguousarray(picture[..., :3])

    def change(self, options: AnimateOptions) -> None:
        """Go on with other gains."""
        relative = options.motion == "relative"
        self._retargeter = retargeter_of(self._photo, options, relative=relative)


def actor_of(
    sources: Sources, source: Source, options: AnimateOptions, live: LiveOptions
) -> Actor[Any]:
    """Prepare a source, unless that is done already, to be moved live.

    Raises:
        MediaError: The file is no picture.
        NoFaceError: It shows no face.
    """
    ready = prepared(sources, source, options)
    if isinstance(ready, Photo):
        return PhotoActor(ready, options, live)
    return DrawnActor(sources, ready, options)
