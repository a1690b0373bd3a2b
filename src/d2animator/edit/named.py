"""Edits by name: a smile, a turned head, a direction of the bank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from d2animator.animate.changes import Change
from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import moves_as_photo, prepared_face, retarget_options
from d2animator.animate.result import AnimationResult
from d2animator.animate.run import Run, open_run
from d2animator.animate.video_source import change_video
from d2animator.edit.photo import show_target
from d2animator.edit.solve import solve_seen
from d2animator.errors import ConfigError
from d2animator.faces.actions import ACTIONS, POSE_ACTIONS, REGIONS, measure_actions
from d2animator.faces.motion import Observation
from d2animator.invert.sources import Source, Sources
from d2animator.latent.directions import Directions
from d2animator.latent.editing import EditOptions, read_edit
from d2animator.media.clip import Clip, ClipSource, open_clip
from d2animator.performers.canvas import FullFrame, make_canvas
from d2animator.performers.photo.edits import NAMES, frontal, named_target
from d2animator.performers.photo.photo import Photo
from d2animator.performers.portrait import Portrait
from d2animator.progress import Progress

_FACE: tuple[str, ...] = tuple(name for name in REGIONS if name != "pose")


def edit(
    sources: Sources,
    source: Source | ClipSource,
    amounts: Mapping[str, float],
    output: str | Path | None,
    options: AnimateOptions,
    progress: Progress | None = None,
) -> AnimationResult:
    """See `d2animator.animator.D2Animator.edit`."""
    if not NAMES.issuperset(amounts):
        read_edit(bank_of(sources), amounts)  # complains of what neither renderer knows
    run = _open(sources, source, output, options, progress)
    how = retarget_options(options, relative=True)
    change = Change(
        check=lambda: amounts and read_edit(bank_of(sources), amounts),
        portrait=lambda portrait: edited(sources, portrait, amounts),
        photo=lambda photo: named_target(photo.subject, amounts, relative=True, options=how),
    )
    return _changed(sources, source, change, run)


def edited(
    sources: Sources,
    portrait: Portrait,
    amounts: Mapping[str, float],
    options: EditOptions | None = None,
) -> Portrait:
    """See `d2animator.animator.D2Animator.edited`."""
    if not amounts:
        return portrait
    bank = bank_of(sources)
    wish = read_edit(bank, amounts)
    options = options or EditOptions()
    delta = solve_seen(portrait, bank, wish, lambda images: _actions(sources, images), options)
    return sources.portrait_of(portrait.moved(delta), portrait)


def frontalize(
    sources: Sources,
    source: Source | ClipSource,
    output: str | Path | None,
    options: AnimateOptions,
    progress: Progress | None = None,
) -> AnimationResult:
    """See `d2animator.animator.D2Animator.frontalize`."""
    # The face goes on as it does in a video; the head does not.
    run = _open(sources, source, output, replace(options, regions=_FACE), progress)
    how = retarget_options(options, relative=False)

    def turn(portrait: Portrait) -> Portrait:
        now = _actions(sources, portrait.reconstruction())
        amounts = {name: -float(now[ACTIONS.index(name)]) for name in POSE_ACTIONS}
        return edited(sources, portrait, amounts)

    change = Change(
        check=lambda: read_edit(bank_of(sources), {"yaw": 0.0}),
        portrait=turn,
        photo=lambda photo: frontal(photo.subject, how),
    )
    return _changed(sources, source, change, run)


def bank_of(sources: Sources) -> Directions:
    """Give the bundle's directions.

    Raises:
        BundleError: It has none.
    """
    return sources.bundle.bank()


def _open(
    sources: Sources,
    source: Source | ClipSource,
    output: str | Path | None,
    options: AnimateOptions,
    progress: Progress | None,
) -> Run:
    """Open a source that is its own driver: it gives frames, times and sound."""
    clip = Clip("<portrait>", ()) if isinstance(source, Portrait | Photo) else open_clip(source)
    run = open_run(clip, output, options, sources, progress, source)
    if not run.driver.is_still and not isinstance(source, str | Path):
        raise ConfigError("source", "expected a file for a video, or a single picture")
    return run


def _changed(
    sources: Sources, source: Source | ClipSource, change: Change, run: Run
) -> AnimationResult:
    """Change the face of a picture, or that of a video and let it move on."""
    if not run.driver.is_still:
        return change_video(sources, run.driver.clip, change, run)
    face = _face(sources, cast(Source, source), change, run.options)
    if isinstance(face, Photo):
        return show_target(face, change.photo(face), run)
    portrait = change.portrait(face)
    options, read_landmarks = run.options, sources.tracker().landmarks_batch
    canvas = make_canvas(portrait, options.paste_back, options.size, read_landmarks)
    picture = canvas.show(portrait.reconstruction())[0]
    frames = iter([(Observation(0, Fraction(0), None, True), picture)])
    return run.delivery.take(
        frames, canvas.size, portrait.report, composite=isinstance(canvas, FullFrame)
    )


def _face(
    sources: Sources, source: Source, change: Change, options: AnimateOptions
) -> Portrait | Photo:
    """Prepare a source; a change that the generator cannot make is told before it is inverted."""
    if isinstance(source, Portrait | Photo):
        return source
    image, points = sources.face(source, options.source_face, opacity=True)
    as_photo = moves_as_photo(sources, image, points, options)
    if not as_photo:
        change.check()
    return prepared_face(sources, image, points, options, as_photo=as_photo)


def _actions(sources: Sources, images: torch.Tensor) -> Tensor:
    """What the face of a drawn picture (1, 3, R, R) does, (A,), on the CPU."""
    return measure_actions(sources.tracker().landmarks_batch(images))[0].cpu()
