"""Several faces of one picture, each animated by its own driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from d2animator.animate.driver import DriverSource
from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import (
    drawn_following,
    inverted,
    moves_as_photo,
    photographed,
)
from d2animator.animate.result import AnimationResult
from d2animator.animate.run import Run, open_run
from d2animator.errors import ConfigError, NoFaceError
from d2animator.faces.choice import looked_at, parse_choice, searched
from d2animator.faces.compose import Scene
from d2animator.faces.detector import Picture
from d2animator.faces.motion import Points
from d2animator.invert.sources import Sources
from d2animator.media.outputs import check_not_input
from d2animator.media.pictures import PictureLike
from d2animator.performers.drawn import DrawnOnto
from d2animator.performers.photo.photo import Photo
from d2animator.performers.portrait import Portrait
from d2animator.performers.together import Member, Together, pick_each
from d2animator.progress import Progress


def animate_pairs(
    sources: Sources,
    source: PictureLike,
    pairs: Mapping[str, DriverSource],
    output: str | Path | None,
    options: AnimateOptions,
    progress: Progress | None = None,
) -> AnimationResult:
    """See `d2animator.animator.D2Animator.animate_pairs`."""
    choices = [parse_choice("pairs", face) for face in pairs]
    if not choices:
        raise ConfigError("pairs", "expected a driver for at least one face, got none")
    if options.paste_back is False:
        reason = "the faces of pairs move in one picture; leave out False (--crop)"
        raise ConfigError("paste_back", reason)
    alone = replace(options, compare=False)
    runs = [open_run(driver, None, alone, sources, progress) for driver in pairs.values()]
    lead = leading(runs)
    read = [source, *(run.driver.clip.name for run in runs)]
    check_not_input(output, read)
    runs[lead] = open_run(runs[lead].driver, output, options, sources, progress, source)
    name, image, faces = sources.faces(source, opacity=True)
    if not faces:
        raise NoFaceError(name, searched(image, sources.detector, choices[0], 0))
    chosen = pick_each(choices, faces, name)
    points = [face.landmarks.astype(float) for face in chosen]
    # One renderer for all: both would have to agree on the picture's size.
    as_photo = any(moves_as_photo(sources, image, own, options) for own in points)
    if as_photo:
        photos = [sources.photo(image, own, options.size) for own in points]
        members = [_moved(sources, *pair) for pair in zip(photos, runs, strict=True)]
        picture, report = photos[0].scene.image, None
    else:
        portraits = [_portrait(sources, image, own, options) for own in points]
        members = [_drawn(sources, *pair) for pair in zip(portraits, runs, strict=True)]
        picture, report = scene_of(portraits[0]).image, portraits[0].report
    tried = partial(looked_at, face=options.face, detector=sources.detector)
    together = Together(picture, members, lead, tried)
    return runs[lead].perform(together, members[lead].observations, report)


def leading(runs: Sequence[Run]) -> int:
    """Index of the driver that gives frames, times and sound: the first that is no picture."""
    return next((k for k, run in enumerate(runs) if not run.driver.is_still), 0)


def _moved(sources: Sources, photo: Photo, run: Run) -> Member:
    """A face of a photo that itself moves."""
    observations = run.driver.observations(sources.tracker(), run.options)
    # A body that goes along would move the people beside it.
    alone = replace(photo, subject=replace(photo.subject, has_body=False))
    layer = photographed(alone, run.driver, run.options)
    return Member(layer, run.driver.clip, observations)


def _portrait(
    sources: Sources, image: Picture, points: Points, options: AnimateOptions
) -> Portrait:
    """A face of a picture for the generator to draw, in the result's size."""
    portrait = inverted(sources, image, points, options)
    if portrait.scene is None:
        reason = f"a face of {len(points)} points cannot be laid into a picture"
        raise ConfigError("pairs", reason)
    scene = portrait.scene.resized(options.size) if options.size else portrait.scene
    return replace(portrait, scene=scene)


def scene_of(portrait: Portrait) -> Scene:
    """The picture that a portrait comes from.

    Raises:
        ConfigError: It comes from a code.
    """
    if portrait.scene is None:
        raise ConfigError("pairs", "this portrait comes from a code, not from a picture")
    return portrait.scene


def _drawn(sources: Sources, portrait: Portrait, run: Run) -> Member:
    """A face that the generator draws into its picture."""
    performer, observations = drawn_following(sources, portrait, run)
    layer = DrawnOnto(performer, scene_of(portrait), sources.tracker().landmarks_batch)
    return Member(layer, run.driver.clip, observations)
