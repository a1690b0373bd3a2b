"""Several faces of one picture, each moved by its own driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import tee
from typing import Any, Protocol

from d2animator.errors import ConfigError, NoFaceError
from d2animator.faces.choice import FaceChoice
from d2animator.faces.detector import Face, Picture
from d2animator.faces.motion import Observation, resampled
from d2animator.media.clip import Clip
from d2animator.performers.performer import Wanted


class Layer(Protocol[Wanted]):
    """A performer that can be laid into a picture in which others perform, too."""

    def wanted(self, observations: Iterator[Observation]) -> Iterator[tuple[Observation, Wanted]]:
        """Tell what the person shall do in every frame; see `Performer`."""
        ...

    def onto(self, pictures: Sequence[Picture], wanted: Sequence[Wanted]) -> Sequence[Picture]:
        """Lay the person into pictures (H, W, 3), uint8, each with what is wanted there."""
        ...


@dataclass(frozen=True, eq=False)
class Member:
    """One face and what moves it.

    Attributes:
        layer: The face.
        clip: Its driver, for messages.
        observations: What that driver does.
    """

    layer: Layer[Any]
    clip: Clip
    observations: Iterator[Observation]


class Together:
    """Faces that move in one picture; who comes later lies on top.

    See `d2animator.performers.performer.Performer`; the observations that it is given are those of
    the leading member's driver, which gives frames and times.
    """

    def __init__(
        self,
        image: Picture,
        members: Sequence[Member],
        lead: int,
        tried: Callable[[int], str],
    ) -> None:
        """Take the picture and the faces.

        Args:
            image: The picture (H, W, 3), uint8, that all of them belong to.
            members: At least one.
            lead: Index of the one whose driver gives frames and times.
            tried: Says how a face was looked for in so many frames, for a message.
        """
        self._image, self._members, self._lead, self._tried = image, members, lead, tried
        self.size = image.shape[1], image.shape[0]
        self.composite = self.in_batches = True

    def wanted(
        self, observations: Iterator[Observation]
    ) -> Iterator[tuple[Observation, tuple[Any, ...]]]:
        """Tell what each face shall do in every frame.

        Raises:
            NoFaceError: One of the drivers has shown no face by its end.
        """
        streams = [member.observations for member in self._members]
        streams[self._lead] = observations
        # The rows are taken apart again, one column for each face; `zip` keeps them in step.
        rows = tee(in_step(streams, self._lead), len(streams))
        wanted = [
            member.layer.wanted(_column(copy, k))
            for k, (copy, member) in enumerate(zip(rows, self._members, strict=True))
        ]
        shown, frames = [False] * len(streams), 0
        for asked in zip(*wanted, strict=True):
            frames += 1
            for k, (observation, _) in enumerate(asked):
                shown[k] |= observation.found
            limited = any(observation.limited for observation, _ in asked)
            leading = replace(asked[self._lead][0], limited=limited)
            yield leading, tuple(own for _, own in asked)
        for member, ever in zip(self._members, shown, strict=True):
            if not ever:
                raise NoFaceError(member.clip.name, self._tried(frames))

    def draw(self, wanted: Sequence[tuple[Any, ...]]) -> Sequence[Picture]:
        """Draw all faces into their picture: pictures (H, W, 3), uint8."""
        pictures: Sequence[Picture] = [self._image] * len(wanted)
        for k, member in enumerate(self._members):
            pictures = member.layer.onto(pictures, [asked[k] for asked in wanted])
        return pictures

    def show(
        self, pictures: Sequence[Picture], wanted: Sequence[tuple[Any, ...]]
    ) -> Sequence[Picture]:
        """Show pictures that are whole already."""
        del wanted
        return pictures


def pick_each(choices: Sequence[FaceChoice], faces: Sequence[Face], name: str) -> list[Face]:
    """Find the faces that are to move.

    Args:
        choices: Which ones.
        faces: All faces of the picture.
        name: The picture, for the message.

    Returns:
        One for each of the choices.

    Raises:
        NoFaceError: One is not there.
        ConfigError: Two are the same.
    """
    picked: list[Face] = []
    for choice in choices:
        face = choice.pick(faces)
        if face is None:
            raise NoFaceError(name, f"searched for face {choice}; it has {len(faces)}")
        for other, before in zip(choices, picked, strict=False):
            if before is face:
                reason = f"{other} and {choice} are the same face; name each face once"
                raise ConfigError("pairs", reason)
        picked.append(face)
    return picked


def leading(clips: Sequence[Clip]) -> int:
    """Index of the driver that gives frames, times and sound: the first that is no picture."""
    return next((k for k, clip in enumerate(clips) if clip.frame_rate is not None), 0)


def in_step(streams: Sequence[Iterator[Observation]], lead: int) -> Iterator[list[Observation]]:
    """Let drivers go along with the leading one.

    Args:
        streams: What the drivers do.
        lead: Index of the one that gives frames and times.

    Yields:
        For each of its frames what every driver does then; one that ends before holds still.
    """
    first, *clocks = tee(streams[lead], len(streams))
    led = (stream for k, stream in enumerate(streams) if k != lead)
    # The leading one is asked first, so that the clocks are never more than a frame behind it.
    along = [
        resampled(stream, (observation.time for observation in clock))
        for stream, clock in zip(led, clocks, strict=True)
    ]
    for observation, *others in zip(first, *along, strict=False):
        yield [*others[:lead], observation, *others[lead:]]


def _column(rows: Iterator[list[Observation]], index: int) -> Iterator[Observation]:
    return (row[index] for row in rows)
