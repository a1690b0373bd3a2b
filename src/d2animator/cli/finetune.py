"""``d2animator finetune``: tune the networks to one source, for all later commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from d2animator.animate.summary import inversion_summary
from d2animator.cli.options import AsJson, Device, Model, Quiet, Seconds, Verbose
from d2animator.cli.paths import check_files
from d2animator.cli.report import Report
from d2animator.cli.results import load_animator, loading


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
    check_files(None, source, [source])
    report = Report(quiet, verbose)
    with loading(report):
        animator = load_animator(model, device)
    found = animator.finetune(source, tune, seconds).report
    lines = [] if found is None else [f"{source}: {found.describe()}"]
    report.end({"inversion": inversion_summary(found)} if as_json else None, lines)
