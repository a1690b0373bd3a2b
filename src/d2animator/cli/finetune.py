"""``d2animator finetune``: tune the networks to one source, for all later commands."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from d2animator.cli.options import AsJson, Device, Model, Quiet, Seconds, Verbose
from d2animator.cli.report import Report

if TYPE_CHECKING:
    from d2animator.latent.quality import InversionReport


def finetune(
    source: Annotated[Path, typer.Argument(help="A picture.")],
    tune: Annotated[
        str, typer.Option(help="fast; full (longer, the motion's network too); off undoes it.")
    ] = "fast",
    seconds: Seconds = None,
    model: Model = None,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Tune the networks to one source; animate then uses them for it."""
    report = Report(quiet, verbose)
    from d2animator.animator import D2Animator

    animator = D2Animator.from_pretrained(model, device=device)
    found = animator.finetune(source, tune, seconds).report
    lines = [] if found is None else [f"{source}: {found.describe()}"]
    report.end({"inversion": inversion_summary(found)} if as_json else None, lines)


def inversion_summary(found: InversionReport | None) -> dict[str, Any] | None:
    """Give a report as what JSON can hold; None for none."""
    if found is None:
        return None
    rounded = {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(found).items()
    }
    return {**rounded, "poor": found.poor}
