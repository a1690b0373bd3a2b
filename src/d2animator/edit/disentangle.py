"""The pose of one driver and the expression of another (paper, section 4.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path

import torch
from torch import Tensor

from d2animator.animate.driver import Driver, DriverSource, open_driver, relative_to
from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import drawn, prepared
from d2animator.animate.result import AnimationResult
from d2animator.animate.run import open_run
from d2animator.edit.photo import disentangled_photo
from d2animator.errors import ConfigError
from d2animator.faces.actions import REGIONS, Region, combine_motion, region_gains
from d2animator.faces.motion import Observation
from d2animator.invert.sources import Source, Sources
from d2animator.media.outputs import check_not_input
from d2animator.performers.photo.photo import Photo
from d2animator.performers.transfer import Transfer
from d2animator.progress import Progress


def disentangle(
    sources: Sources,
    source: Source,
    pose: DriverSource | None,
    expression: DriverSource | None,
    output: str | Path | None,
    options: AnimateOptions,
    progress: Progress | None = None,
) -> AnimationResult:
    """See `d2animator.animator.D2Animator.disentangle`."""
    given = {"expression": expression, "pose": pose}
    drivers = {
        name: open_driver(driver, options) for name, driver in given.items() if driver is not None
    }
    if not drivers:
        raise ConfigError("pose, expression", "expected at least one of them, got neither")
    moving = (name for name, driver in drivers.items() if not driver.is_still)
    leading = next(moving, next(iter(drivers)))
    check_not_input(output, [driver.clip.name for driver in drivers.values()])
    run = open_run(drivers[leading], output, options, sources, progress, source)
    portrait = prepared(sources, source, options)
    if isinstance(portrait, Photo):
        return disentangled_photo(sources, portrait, drivers, leading, run)
    own = portrait.landmarks
    streams = {}
    for name, driver in drivers.items():
        stream = driver.observations(sources.tracker(), options)
        relative = name == "expression"
        streams[name] = changes(driver, stream, own, options, relative=relative)
    gains = region_gains(options.regions, options.gains)
    observations = combined(own, streams, leading, gains)
    performer = drawn(sources, portrait, options, Transfer(own))
    return run.perform(performer, observations, portrait.report)


@dataclass(frozen=True, eq=False)
class Change:
    """What a driver changes in a frame.

    Attributes:
        observation: The frame.
        origin: Normalised landmarks (P, 2) that its motion goes from.
        target: Normalised landmarks (P, 2) that it goes to.
    """

    observation: Observation
    origin: Tensor
    target: Tensor


def changes(
    driver: Driver,
    stream: Iterator[Observation],
    own: Tensor,
    options: AnimateOptions,
    *,
    relative: bool,
) -> Iterator[Change]:
    """Tell for every frame of a driver where its motion goes from and to.

    Args:
        driver: The driver.
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
        reference, stream = relative_to(driver, stream, own, options)
    origin = own if reference is None else reference
    for observation in stream:
        landmarks = observation.landmarks
        target = origin if landmarks is None else torch.from_numpy(landmarks).to(own)
        yield Change(observation, origin, target)


def combined(
    start: Tensor,
    streams: Mapping[str, Iterator[Change]],
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
    for change in streams[leading]:
        now = {leading: change} | {name: next(stream) for name, stream in other.items()}
        motions: dict[Region, tuple[Tensor, Tensor]] = {}
        for name, moved in now.items():
            pair = (moved.origin.unsqueeze(0), moved.target.unsqueeze(0))
            own = {region for region in REGIONS if (region == "pose") == (name == "pose")}
            motions |= dict.fromkeys(own, pair)
        wanted = combine_motion(start.unsqueeze(0), motions, gains)[0]
        yield replace(change.observation, landmarks=wanted.double().cpu().numpy())


def _lasting(stream: Iterator[Change]) -> Iterator[Change]:
    """Repeat the last frame for ever."""
    last = None
    for last in stream:
        yield last
    yield from repeat(last) if last is not None else chain()
