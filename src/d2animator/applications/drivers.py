"""Drivers of pose and expression, followed frame by frame and put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, repeat

import torch
from torch import Tensor

from d2animator.driving import made_relative
from d2animator.errors import NoFaceError
from d2animator.faces.actions import REGIONS, Region, combine_motion
from d2animator.faces.motion import Observation
from d2animator.media.clip import Clip
from d2animator.portrait import AnimateOptions


@dataclass(frozen=True, eq=False)
class Driven:
    """A frame of a driver.

    Attributes:
        observation: The frame.
        origin: Normalised landmarks (P, 2) that its motion goes from.
        target: Normalised landmarks (P, 2) that it goes to.
    """

    observation: Observation
    origin: Tensor
    target: Tensor


def follow(
    clip: Clip,
    stream: Iterator[Observation],
    own: Tensor,
    options: AnimateOptions,
    *,
    relative: bool,
) -> Iterator[Driven]:
    """Tell for every frame of a driver where its motion goes from and to.

    Args:
        clip: The driver.
        stream: What is seen of it; where there is no face, the last one's landmarks.
        own: Normalised landmarks (P, 2) of the source, where absolute motion goes from.
        options: Whether motion is relative, and to which frame.
        relative: Whether it may be relative at all; a picture's never is.

    Yields:
        Every frame.

    Raises:
        NoFaceError: No frame shows a face, or the wanted reference frame does not.
    """
    reference = None
    if relative:
        reference, stream = made_relative(stream, own, options, clip)
    origin = own if reference is None else reference
    for one in stream:
        if one.landmarks is None and clip.frame_rate is None:
            raise NoFaceError(clip.name, "searched the whole picture")
        target = origin if one.landmarks is None else torch.from_numpy(one.landmarks).to(own)
        yield Driven(one, origin, target)


def combined(
    start: Tensor,
    streams: Mapping[str, Iterator[Driven]],
    leading: str,
    gains: Mapping[Region, float],
) -> Iterator[Observation]:
    """Put the drivers of pose and expression together.

    Args:
        start: Normalised landmarks (P, 2) of the source.
        streams: ``"pose"``, ``"expression"`` or both.
        leading: The one that gives number and times of the frames; the other one repeats its last
            frame when it ends before.
        gains: How far each region follows.

    Yields:
        The leading driver's observations with the landmarks that the source is to end with.
    """
    other = {name: _lasting(stream) for name, stream in streams.items() if name != leading}
    for found in streams[leading]:
        now = {leading: found} | {name: next(stream) for name, stream in other.items()}
        motions: dict[Region, tuple[Tensor, Tensor]] = {}
        for name, one in now.items():
            pair = (one.origin.unsqueeze(0), one.target.unsqueeze(0))
            own = {region for region in REGIONS if (region == "pose") == (name == "pose")}
            motions |= dict.fromkeys(own, pair)
        wanted = combine_motion(start.unsqueeze(0), motions, gains)[0]
        yield replace(found.observation, landmarks=wanted.double().cpu().numpy())


def _lasting(stream: Iterator[Driven]) -> Iterator[Driven]:
    """Repeat the last frame for ever."""
    last = None
    for last in stream:
        yield last
    yield from repeat(last) if last is not None else chain()
