"""Results as plain values that JSON can hold."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractions import Fraction

    from d2animator.animate.result import AnimationResult
    from d2animator.invert.quality import InversionReport


def ratio(rate: Fraction | None) -> str | None:
    """A frame rate as JSON holds it, such as ``30000/1001``; None for a picture."""
    return None if rate is None else f"{rate.numerator}/{rate.denominator}"


def animation_summary(done: AnimationResult) -> dict[str, object]:
    """What ``--json`` tells of any animation."""
    return {
        "frames": done.frames,
        "fps": ratio(done.fps),
        "device": done.device,
        "seconds": round(done.seconds, 3),
        "frames_without_face": list(done.frames_without_face),
        "damaged_frames": list(done.damaged_frames),
        "missing_seconds": round(float(done.missing_seconds), 3),
        "output": str(done.output),
    }


def full_summary(done: AnimationResult) -> dict[str, object]:
    """What ``animate --json`` tells."""
    return animation_summary(done) | {
        "inversion": inversion_summary(done.inversion),
        "limited_frames": list(done.limited_frames),
        "unchanged_frames": list(done.unchanged_frames),
        "marks": dict(done.marks),
    }


def inversion_summary(found: InversionReport | None) -> dict[str, Any] | None:
    """Give a report as what JSON can hold; None for none."""
    if found is None:
        return None
    rounded = {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(found).items()
    }
    return {**rounded, "poor": found.poor}
