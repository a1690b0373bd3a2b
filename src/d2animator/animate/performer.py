"""Who performs: a source made ready for one driver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from d2animator.animate.driver import Driver, relative_to
from d2animator.animate.options import AnimateOptions
from d2animator.animate.run import Run
from d2animator.faces.actions import region_gains
from d2animator.faces.detector import Picture
from d2animator.faces.layouts import POINTS
from d2animator.faces.limit import LandmarkLimit
from d2animator.faces.motion import Observation, Points
from d2animator.invert.quality import InversionReport
from d2animator.invert.sources import Source, Sources
from d2animator.media.pictures import PictureLike
from d2animator.performers.canvas import make_canvas
from d2animator.performers.drawn import Drawn
from d2animator.performers.motion import ActionMotion
from d2animator.performers.performer import Performer
from d2animator.performers.photo.meeting import Meeting
from d2animator.performers.photo.options import RetargetOptions
from d2animator.performers.photo.photo import Photo, Photographed
from d2animator.performers.photo.retarget import Retargeter
from d2animator.performers.portrait import Portrait
from d2animator.performers.transfer import Transfer
from d2animator.progress import Progress, begin_phase


def prepared(
    sources: Sources, source: Source, options: AnimateOptions, progress: Progress | None = None
) -> Portrait | Photo:
    """Prepare a source for the renderer that the options ask for, unless that is done already."""
    if isinstance(source, Portrait | Photo):
        return source
    image, points = found_face(sources, source, options, progress)
    return prepared_face(sources, image, points, options, progress=progress)


def found_face(
    sources: Sources, source: PictureLike, options: AnimateOptions, progress: Progress | None = None
) -> tuple[Picture, Points]:
    """Read a source, with its opacity, and find the landmarks (P, 2) of its face, in pixels."""
    begin_phase(progress, "looking for the face")
    if options.renderer != "generator":
        sources.expect_photo()
    return sources.face(source, options.source_face, opacity=True)


def prepared_face(
    sources: Sources,
    image: Picture,
    points: Points,
    options: AnimateOptions,
    *,
    as_photo: bool | None = None,
    progress: Progress | None = None,
) -> Portrait | Photo:
    """Prepare a face of a picture (H, W, 3) or (H, W, 4), with landmarks (P, 2) in its pixels.

    Args:
        sources: Prepares it.
        image: The picture.
        points: The landmarks.
        options: How.
        as_photo: What `moves_as_photo` said; None to ask it.
        progress: Told what is done.
    """
    if as_photo is None:
        as_photo = moves_as_photo(sources, image, points, options)
    if as_photo:
        return sources.photo(image, points, options.size, progress)
    begin_phase(progress, "inverting")
    return inverted(sources, image, points, options)


def inverted(sources: Sources, image: Picture, points: Points, options: AnimateOptions) -> Portrait:
    """Invert a face of a picture (H, W, 3) or (H, W, 4), with landmarks (P, 2) in its pixels."""
    how = (options.inversion, options.tune, options.seconds)
    return sources.inverted(image, points, *how, asked_for=asks_for_generator(sources, options))


def moves_as_photo(
    sources: Sources, image: Picture, points: Points, options: AnimateOptions
) -> bool:
    """Choose the renderer of a face; see ``AnimateOptions.renderer``."""
    if options.renderer == "photo":
        return True
    if asks_for_generator(sources, options) or len(points) != POINTS:
        return False
    return not sources.drawn_well(image, points)


def asks_for_generator(sources: Sources, options: AnimateOptions) -> bool:
    """Whether somebody asked for the generator: by its name, or by a way to invert."""
    if options.renderer != "auto":
        return options.renderer == "generator"
    return sources.inverts or options.inversion is not None or options.tune is not None


def portrait_of(sources: Sources, source: Source, options: AnimateOptions) -> Portrait:
    """Prepare a source to be drawn by the generator, unless that is done already."""
    how = (options.inversion, options.tune, options.seconds)
    return sources.portrait(source, options.source_face, *how)


def motion_of(sources: Sources, portrait: Portrait, options: AnimateOptions) -> ActionMotion:
    """Make the facial action network of a portrait: its own, or the bundle's."""
    bundle, corrections = sources.bundle, options.corrections
    find_landmarks = sources.tracker().landmarks_and_scores
    return ActionMotion(
        portrait.action or bundle.animating().action_network,
        portrait.landmarks,
        look=portrait.look(find_landmarks) if corrections else None,
        corrections=corrections,
        limit=bundle.motion_limit if options.limit_motion else None,
    )


def landmark_limit(sources: Sources, options: AnimateOptions) -> LandmarkLimit | None:
    """How far landmarks may go; None for any distance."""
    return sources.bundle.landmark_limit if options.limit_motion else None


def observed(
    sources: Sources, run: Run, own: Tensor, observations: Iterator[Observation] | None = None
) -> tuple[Tensor | None, Iterator[Observation]]:
    """Tell what a driver does to a source with landmarks (P, 2), and relative to what.

    Args:
        sources: Gives the networks.
        run: The driver, and how to animate.
        own: The landmarks.
        observations: What the driver does, where it is being followed already.
    """
    if observations is None:
        observations = run.driver.observations(sources.tracker(), run.options)
    return relative_to(run.driver, observations, own, run.options)


def drawn(
    sources: Sources, portrait: Portrait, options: AnimateOptions, transfer: Transfer
) -> Drawn:
    """Let the generator draw a portrait as a driver moves it."""
    read_landmarks = sources.tracker().landmarks_batch
    canvas = make_canvas(portrait, options.paste_back, options.size, read_landmarks)
    return Drawn(portrait, motion_of(sources, portrait, options), transfer, canvas)


def moves_relatively(driver: Driver, options: AnimateOptions) -> bool:
    """Whether motion is the driver's change; a single picture has nothing to be relative to."""
    return options.motion == "relative" and not driver.is_still


def photographed(
    photo: Photo, driver: Driver, options: AnimateOptions, met: Meeting | None = None
) -> Photographed:
    """Let a photo move as a driver does, of whose first person something may be known already."""
    crop = options.paste_back is False
    how = retarget_options(options, relative=moves_relatively(driver, options))
    return Photographed(photo, Retargeter(photo.subject, how, met), crop=crop)


def retargeter_of(photo: Photo, options: AnimateOptions, *, relative: bool) -> Retargeter:
    """Make what carries a driver's motion over to a photo's person."""
    return Retargeter(photo.subject, retarget_options(options, relative=relative))


def retarget_options(options: AnimateOptions, *, relative: bool) -> RetargetOptions:
    """How a driver's motion, or its very pose and face, is carried over to a photo's person."""
    reference = options.reference_frame
    how = RetargetOptions(
        relative=relative,
        reference=None if isinstance(reference, str) else reference,
        gains=region_gains(options.regions, options.gains),
    )
    return limited(how, options)


def limited(how: RetargetOptions, options: AnimateOptions) -> RetargetOptions:
    """Keep the limits of a photo's motion, or lift them where that is asked for."""
    return how if options.limit_motion else how.unlimited()


def followed(
    sources: Sources,
    source: Portrait | Photo,
    run: Run,
    observations: Iterator[Observation] | None = None,
    met: Meeting | None = None,
) -> tuple[Performer[Any], Iterator[Observation], InversionReport | None]:
    """Let a source move as a run's driver does.

    Args:
        sources: Gives the networks.
        source: What moves.
        run: Its driver and options.
        observations: What the driver does, where it is being followed already.
        met: What is known already of the driver's first person.

    Returns:
        The performer, what the driver does, and how well the source was inverted.
    """
    options = run.options
    if isinstance(source, Photo):
        begin_phase(run.delivery.progress, "following the driver")
        if observations is None:
            observations = run.driver.observations(sources.tracker(), options)
        return photographed(source, run.driver, options, met), observations, None
    performer, observations = drawn_following(sources, source, run, observations)
    return performer, observations, source.report


def performing(
    sources: Sources, portrait: Portrait, options: AnimateOptions, reference: Tensor | None
) -> Drawn:
    """Let the generator draw a portrait as any driver moves it.

    Args:
        sources: Gives the networks.
        portrait: Whom to draw.
        options: How to animate.
        reference: Normalised landmarks (P, 2) of the driver's reference frame; None for absolute
            motion, which is that of a driver that is a picture.
    """
    gains = region_gains(options.regions, options.gains)
    limit = landmark_limit(sources, options)
    transfer = Transfer(portrait.landmarks, reference, gains, limit)
    return drawn(sources, portrait, options, transfer)


def drawn_following(
    sources: Sources,
    portrait: Portrait,
    run: Run,
    observations: Iterator[Observation] | None = None,
) -> tuple[Drawn, Iterator[Observation]]:
    """Let the generator draw a portrait as a run's driver moves it, and tell what that does.

    Args:
        sources: Gives the networks.
        portrait: Whom to draw.
        run: The driver, and how to animate.
        observations: What the driver does, where it is being followed already.
    """
    reference, stream = observed(sources, run, portrait.landmarks, observations)
    return performing(sources, portrait, run.options, reference), stream
