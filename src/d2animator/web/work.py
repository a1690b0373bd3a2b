"""What the jobs do: an animation, and a clip of an edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from d2animator.animate.summary import full_summary
from d2animator.progress import Progress, begin_phase
from d2animator.web.files import Stored
from d2animator.web.jobs import Made, Work
from d2animator.web.options import WebOptions
from d2animator.web.refusals import RefusedError

if TYPE_CHECKING:
    from d2animator.animate.options import AnimateOptions
    from d2animator.animate.result import AnimationResult
    from d2animator.animator import D2Animator

Animator = Callable[[], "D2Animator"]
"""Gives the animator, and waits for it where it is still being loaded."""

FORMATS = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "webp": "image/webp",
    "gif": "image/gif",
    "png": "image/png",
}
"""Kinds of results by extension, and how HTTP calls them."""

_MOVING = ("mp4", "webm", "webp", "gif")
# Fields of `AnimateOptions` that a page or a script may set.
_OPTIONS = (
    *("renderer", "motion", "reference_frame", "source_motion", "regions", "gains", "smooth"),
    *("face", "source_face", "audio", "crf", "inversion", "tune", "paste_back", "size"),
    *("corrections", "limit_motion", "frames", "compare"),
)
_SECONDS = ("start", "end")


def read_options(wishes: object, driver: Stored, limits: WebOptions) -> AnimateOptions:
    """Read how to animate, as JSON has it.

    Args:
        wishes: Names and values of fields of `AnimateOptions`; ``start`` and ``end`` as numbers.
        driver: What drives.
        limits: How long and how large a result may be.

    Raises:
        ConfigError: An unknown name, or a value of no use.
        RefusedError: The part of the driver is too long, or the result would be too large.
    """
    from d2animator.animate.options import AnimateOptions
    from d2animator.config import from_dict

    if not isinstance(wishes, Mapping):
        raise RefusedError(400, "options: expected names and values")
    named = dict(wishes)
    part = {name: _seconds(name, named.pop(name)) for name in _SECONDS if name in named}
    for name in named:
        if name not in _OPTIONS:
            known = ", ".join((*_OPTIONS, *_SECONDS))
            raise RefusedError(400, f"{name}: unknown option, expected one of {known}")
    options = from_dict(AnimateOptions, named).changed(part)
    if options.size is not None and options.size > limits.max_side:
        raise RefusedError(400, f"size: expected 16 to {limits.max_side}, got {options.size}")
    return options.changed({"end": _end(options, driver, limits)})


def _seconds(name: str, value: object) -> Fraction | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise RefusedError(400, f"{name}: expected seconds from 0, got {str(value)[:40]}")
    return Fraction(value).limit_denominator(1_000_000)


def _end(options: AnimateOptions, driver: Stored, limits: WebOptions) -> Fraction | None:
    """Where to end, so that no more than the longest part is animated."""
    if driver.kind == "picture":
        return None
    start = options.start or Fraction(0)
    latest = start + Fraction(limits.max_seconds)
    ends = [float(options.end)] if options.end is not None else []
    ends += [driver.seconds] if driver.seconds is not None else []
    long = min(ends, default=0.0) - float(start)
    if long > limits.max_seconds + 0.5:
        raise RefusedError(
            400,
            f"{driver.name}: {long:.0f} seconds are too long, at most {limits.max_seconds:g} are "
            "animated here; choose a part of it by its start and end",
        )
    return latest if options.end is None else min(options.end, latest)


def read_format(word: object, driver: Stored) -> str:
    """Choose what is written: what is asked for, else MP4; of a single picture PNG.

    Raises:
        RefusedError: There is no such format.
    """
    if driver.kind == "picture":
        return "png"
    if word is None:
        return "mp4"
    if word not in _MOVING:
        raise RefusedError(400, f"format: expected {', '.join(_MOVING)}, got {str(word)[:40]!r}")
    return str(word)


def animation(
    animator: Animator,
    source: Stored,
    driver: Stored,
    target: Path,
    options: AnimateOptions,
) -> Work:
    """Get ready to animate a source by a driver."""

    def work(progress: Progress) -> Made:
        begin_phase(progress, "loading the model")
        ready = animator()
        begin_phase(progress, "reading the files")
        done = ready.animate(source.path, driver.path, target, options, progress)
        return _made(done, target, f"{Path(source.name).stem}--{Path(driver.name).stem}")

    return work


def edit_clip(
    animator: Animator,
    source: Stored,
    amounts: Mapping[str, float],
    target: Path,
    seconds: float,
    options: AnimateOptions,
) -> Work:
    """Get ready to make a clip of an edit."""

    def work(progress: Progress) -> Made:
        from d2animator.edit.loop import loop_edit

        begin_phase(progress, "loading the model")
        sources = animator().sources
        done = loop_edit(sources, source.path, amounts, target, seconds, options, progress)
        return _made(done, target, f"{Path(source.name).stem}--edit")

    return work


def _made(done: AnimationResult, target: Path, name: str) -> Made:
    summary: dict[str, Any] = full_summary(done)
    del summary["output"]
    return Made(target, f"{name}{target.suffix}", summary)
