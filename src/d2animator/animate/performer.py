"""Who performs: a source made ready for one driver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from torch import Tensor

from d2animator.animate.driver import relative_to
from d2animator.animate.options import AnimateOptions
from d2animator.animate.run import Run
from d2animator.faces.actions import region_gains
from d2animator.faces.motion import Observation
from d2animator.invert.sources import Source, Sources
from d2animator.models.action import ActionNetwork
from d2animator.performers.canvas import make_canvas
from d2animator.performers.drawn import Drawn
from d2animator.performers.motion import ActionMotion
from d2animator.performers.portrait import Portrait
from d2animator.performers.transfer import Transfer


def prepared(sources: Sources, source: Source, options: AnimateOptions) -> Portrait:
    """Prepare a source as the options say, unless it is prepared already."""
    how = (options.inversion, options.tune, options.seconds)
    return sources.portrait(source, options.source_face, *how)


def motion_of(sources: Sources, portrait: Portrait, corrections: int) -> ActionMotion:
    """Make the facial action network of a portrait: its own, or the bundle's."""
    bundle = sources.bundle
    find_landmarks = sources.tracker().landmarks_and_scores
    return ActionMotion(
        portrait.action or cast(ActionNetwork, bundle.action_network),
        portrait.landmarks,
        look=portrait.look(find_landmarks) if corrections else None,
        corrections=corrections,
        limit=bundle.motion_limit,
    )


def observed(
    sources: Sources, run: Run, own: Tensor
) -> tuple[Tensor | None, Iterator[Observation]]:
    """Tell what a driver does to a source with landmarks (P, 2), and relative to what."""
    stream = run.driver.observations(sources.tracker(), run.options)
    return relative_to(run.driver, stream, own, run.options)


def drawn(
    sources: Sources, portrait: Portrait, options: AnimateOptions, transfer: Transfer
) -> Drawn:
    """Let the generator draw a portrait as a driver moves it."""
    read_landmarks = sources.tracker().landmarks_batch
    canvas = make_canvas(portrait, options.paste_back, options.size, read_landmarks)
    return Drawn(portrait, motion_of(sources, portrait, options.corrections), transfer, canvas)


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
    limit = sources.bundle.landmark_limit
    transfer = Transfer(portrait.landmarks, reference, gains, limit)
    return drawn(sources, portrait, options, transfer)


def followed(sources: Sources, portrait: Portrait, run: Run) -> tuple[Drawn, Iterator[Observation]]:
    """Let the generator draw a portrait as a run's driver moves it, and tell what that does."""
    reference, stream = observed(sources, run, portrait.landmarks)
    return performing(sources, portrait, run.options, reference), stream
