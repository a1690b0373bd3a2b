"""Several faces of one picture, each animated by its own driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from d2animator.animate.driver import DriverSource
from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import followed
from d2animator.animate.result import AnimationResult
from d2animator.animate.run import Run, open_run
from d2animator.errors import ConfigError
from d2animator.faces.choice import parse_choice
from d2animator.faces.detector import Face, Picture
from d2animator.invert.sources import Sources
from d2animator.performers.together import Member, Together, pick_each
from d2animator.progress import Progress


def animate_pairs(
    sources: Sources,
    source: str | Path | Picture,
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
    device = str(sources.device)
    runs = [open_run(driver, None, options, device, progress) for driver in pairs.values()]
    lead = leading(runs)
    runs[lead] = open_run(runs[lead].driver, output, options, device, progress)
    name, image, faces = sources.faces(source)
    members = [
        _member(sources, image, face, run)
        for face, run in zip(pick_each(choices, faces, name), runs, strict=True)
    ]
    together = Together(members, lead, sources.tracker().landmarks_batch, options.face)
    report = members[0].performer.portrait.report
    return runs[lead].perform(together, members[lead].observations, report)


def leading(runs: Sequence[Run]) -> int:
    """Index of the driver that gives frames, times and sound: the first that is no picture."""
    return next((k for k, run in enumerate(runs) if not run.driver.is_still), 0)


def _member(sources: Sources, image: Picture, face: Face, run: Run) -> Member:
    """Prepare one face of a picture, and what moves it."""
    options = run.options
    how = (options.inversion, options.tune, options.seconds)
    portrait = sources.inverted(image, face.landmarks.astype(float), *how)
    if portrait.scene is None:
        reason = f"a face of {len(face.landmarks)} points cannot be laid into a picture"
        raise ConfigError("pairs", reason)
    scene = portrait.scene.resized(options.size) if options.size else portrait.scene
    performer, observations = followed(sources, replace(portrait, scene=scene), run)
    return Member(performer, scene, run.driver.clip, observations)
