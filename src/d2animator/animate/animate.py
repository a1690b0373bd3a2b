"""A source moves as a driver does."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import torch

from d2animator.animate.driver import DriverSource
from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import (
    followed,
    found_face,
    moves_as_photo,
    moves_relatively,
    prepared,
    prepared_face,
    retarget_options,
)
from d2animator.animate.result import AnimationResult
from d2animator.animate.run import Run, open_run
from d2animator.animate.stages import Stages
from d2animator.animate.video_source import animate_video, open_footage
from d2animator.faces.layouts import POINTS
from d2animator.faces.motion import Observation
from d2animator.faces.rest import Restfulness
from d2animator.head.model import load_head
from d2animator.invert.sources import Source, Sources
from d2animator.models.threads import threads_each
from d2animator.performers.photo.meeting import Meeting, foreseen
from d2animator.performers.photo.photo import Photo
from d2animator.performers.portrait import Portrait
from d2animator.progress import Progress, begin_phase

_log = logging.getLogger(__name__)


def animate(
    sources: Sources,
    source: Source,
    driver: DriverSource,
    output: str | Path | None,
    options: AnimateOptions,
    progress: Progress | None = None,
) -> AnimationResult:
    """See `d2animator.animator.D2Animator.animate`."""
    run = open_run(driver, output, options, sources, progress, source)
    video = open_footage(source)
    if video is not None:
        return animate_video(sources, video, run)
    with Stages() as stages:
        ready, observations, met = _prepared(sources, source, run, stages)
        if moves_relatively(run.driver, options):
            _tell_unrest(ready)
        performer, observations, report = followed(sources, ready, run, observations, met)
        return run.perform(performer, observations, report)


def _prepared(
    sources: Sources, source: Source, run: Run, stages: Stages
) -> tuple[Portrait | Photo, Iterator[Observation] | None, Meeting | None]:
    """Prepare a source; where that may become a photo, the driver is followed meanwhile.

    Returns:
        The source, what the driver does where it is followed already, and who is seen there.
    """
    options, progress = run.options, run.delivery.progress
    if isinstance(source, Portrait | Photo):
        return source, None, None
    if options.renderer == "generator":
        return prepared(sources, source, options, progress), None, None
    with threads_each(1):  # or both would wait for each other
        stream = run.driver.observations(sources.tracker(), options)
        moving = retarget_options(options, relative=moves_relatively(run.driver, options))
        head = load_head()  # here, or both would read it
        # No further than is needed for the first picture, which more would delay.
        begun = stages.ahead((foreseen(one, moving, head) for one in [stages.watched(stream)]), 1)
        image, points = found_face(sources, source, options, progress)
        how = partial(prepared_face, sources, image, points, options, progress=progress)
        if moves_as_photo(sources, image, points, options):
            photo = how(as_photo=True)
            begin_phase(progress, "following the driver")
            read, met = next(begun)
            return photo, chain(read, stream), met
    portrait = how(as_photo=False)
    begin_phase(progress, "following the driver")
    read, _ = next(begun)
    return portrait, chain(read, stream), None


def _tell_unrest(source: Portrait | Photo) -> None:
    """Say what of a source is not at rest, where a driver's change is added to it."""
    if isinstance(source, Photo):
        points = torch.from_numpy(source.subject.landmarks)
    else:
        points = source.landmarks.cpu()
    told = Restfulness.of(points).told_of if len(points) == POINTS else ()
    if told:
        advice = "the driver's motion is added to that; try --motion absolute, or another photo"
        _log.warning("the source is not at rest (%s): %s", " and ".join(told), advice)
