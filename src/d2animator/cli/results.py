"""What the commands that animate share: loading, options, and telling what came out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from d2animator.cli.waiting import untidied

if TYPE_CHECKING:
    from d2animator.animate.result import AnimationResult
    from d2animator.animator import D2Animator
    from d2animator.cli.report import Report


DAMAGED = "damaged, with the picture before held"
"""What is said of frames that could not be decoded."""


@contextlib.contextmanager
def loading(report: Report) -> Iterator[None]:
    """Tell that a block loads, and let it be done soon."""
    with report.loading(), untidied():
        yield


def load_animator(
    model: str | None,
    device: str,
    marks: Mapping[str, Any] | None = None,
    engine: str = "auto",
) -> D2Animator:
    """Load what ``--model`` names, to draw and to mark what it makes as was asked for."""
    from d2animator.animator import D2Animator
    from d2animator.marks.options import MarkOptions
    from d2animator.models.threads import yield_to_others

    yield_to_others()
    how = MarkOptions(**(marks or {}))
    return D2Animator.from_pretrained(model, device=device, engine=engine, marks=how)


def those_given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what was not given on the command line, so that it keeps its default."""
    return {name: value for name, value in options.items() if value is not None}


def animation_line(done: AnimationResult) -> str:
    """The same in a line."""
    return f"{done.output}: {counted(done.frames)} in {done.seconds:.1f} s on {done.device}"


def animation_lines(done: AnimationResult) -> list[str]:
    """That line, and what is not as one might expect."""
    lines = [
        animation_line(done),
        *frame_lines(
            ("without a face, with the last motion held", done.frames_without_face),
            ("of the source without a face, left alone", done.unchanged_frames),
            (DAMAGED, done.damaged_frames),
        ),
    ]
    if done.missing_seconds:
        lines.append(f"the driver's last {float(done.missing_seconds):.1f} s are missing")
    return lines


def frame_lines(*told: tuple[str, Sequence[int]]) -> list[str]:
    """Name frames that are not as one might expect, a line for each kind of them."""
    from d2animator.media.damage import frame_ranges

    return [f"{counted(len(which))} {what}: {frame_ranges(which)}" for what, which in told if which]


def counted(frames: int) -> str:
    """So many frames, in words."""
    return f"{frames} frame{'' if frames == 1 else 's'}"
