"""A source moves as a driver does."""

from __future__ import annotations

from pathlib import Path

from d2animator.animate.driver import DriverSource
from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import followed, prepared
from d2animator.animate.result import AnimationResult
from d2animator.animate.run import open_run
from d2animator.animate.video_source import animate_video, open_footage
from d2animator.invert.sources import Source, Sources
from d2animator.progress import Progress


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
    ready = prepared(sources, source, options, progress)
    performer, observations, report = followed(sources, ready, run)
    return run.perform(performer, observations, report)
