"""Several faces of one picture, each moved by its own driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, tee

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from d2animator.driving import looked_at
from d2animator.errors import ConfigError, NoFaceError
from d2animator.faces.choice import FaceChoice
from d2animator.faces.compose import Scene
from d2animator.faces.detector import Face, Picture
from d2animator.faces.motion import Observation, resampled
from d2animator.media.clip import Clip
from d2animator.motions import MotionSource
from d2animator.portrait import Portrait, draw


@dataclass(frozen=True, eq=False)
class Actor:
    """One face and what moves it.

    Attributes:
        portrait: The face.
        scene: Where it belongs in the picture.
        motion: Turns landmarks into motions.
        clip: The driver.
        stream: What the driver does.
        rest: Normalised landmarks (P, 2) to take where the driver has shown no face yet.
    """

    portrait: Portrait
    scene: Scene
    motion: MotionSource
    clip: Clip
    stream: Iterator[Observation]
    rest: Tensor


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
    found: list[Face] = []
    for choice in choices:
        face = choice.pick(faces)
        if face is None:
            raise NoFaceError(name, f"searched for face {choice}; it has {len(faces)}")
        for other, before in zip(choices, found, strict=False):
            if before is face:
                reason = f"{other} and {choice} are the same face; name each face once"
                raise ConfigError("pairs", reason)
        found.append(face)
    return found


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
    others = (stream for k, stream in enumerate(streams) if k != lead)
    # The leading one is asked first, so that the clocks are never more than a frame behind it.
    along = [
        resampled(stream, (one.time for one in clock))
        for stream, clock in zip(others, clocks, strict=True)
    ]
    for one, *rest in zip(first, *along, strict=False):
        yield [*rest[:lead], one, *rest[lead:]]


def perform_together(
    actors: Sequence[Actor],
    lead: int,
    image: Picture,
    read_landmarks: Callable[[Tensor], Tensor],
    batch_size: int,
    face: str,
) -> Iterator[tuple[Observation, NDArray[np.uint8]]]:
    """Draw all faces into their picture, in batches; who comes later lies on top.

    Args:
        actors: The faces, at least one.
        lead: Index of the one whose driver gives frames and times.
        image: The picture (H, W, 3), uint8.
        read_landmarks: Finds the landmarks (B, P, 2), in pixels, of drawn faces (B, 3, R, R).
        batch_size: Frames drawn at once.
        face: Which face of the drivers is followed, for the message.

    Yields:
        The leading driver's observations, each with its RGB picture (H, W, 3), uint8.

    Raises:
        NoFaceError: One of the drivers has shown no face.
    """
    rows = in_step([actor.stream for actor in actors], lead)
    seen, done = [False] * len(actors), 0
    while batch := list(islice(rows, batch_size)):
        pictures = [image] * len(batch)
        for k, actor in enumerate(actors):
            doing = [row[k] for row in batch]
            seen[k] |= any(one.found for one in doing)
            pictures = _laid_into(pictures, actor, doing, read_landmarks)
        for row, picture in zip(batch, pictures, strict=True):
            yield replace(row[lead], bounded=any(one.bounded for one in row)), picture
        done += len(batch)
    for actor, ever in zip(actors, seen, strict=True):
        if not ever:
            raise NoFaceError(actor.clip.name, looked_at(done, face))


def _laid_into(
    pictures: Sequence[Picture],
    actor: Actor,
    doing: Sequence[Observation],
    read_landmarks: Callable[[Tensor], Tensor],
) -> list[Picture]:
    """Lay one actor's face into pictures (H, W, 3), each with what the face does in it."""
    scene, drawn = actor.scene, draw(actor.portrait, actor.motion, doing, actor.rest)
    points = read_landmarks(drawn)
    laid = []
    for k, picture in enumerate(pictures):
        here = scene.moved(picture, scene.placing, scene.landmarks)
        laid.append(here.paste(drawn[k : k + 1], points[k : k + 1])[0])
    return laid
