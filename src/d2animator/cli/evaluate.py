"""``d2animator evaluate``: figures of merit, the ablation table, other programs' frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from d2animator.cli.options import AsJson, Device, Model, Quiet, Verbose
from d2animator.cli.report import Report

if TYPE_CHECKING:
    from d2animator.bundles.bundle import Bundle
    from d2animator.evaluate.benches import Bench
    from d2animator.evaluate.judges import Judges
    from d2animator.evaluate.sizes import AblationOptions

Made = tuple[dict[str, Any], Any, str]
"""Plain values, a picture or None, and what the picture shows."""


BenchName = Annotated[
    str, typer.Option(help="puppetbench (in a checkout), its folder, or drawn (by the model).")
]
Protocol = Annotated[str, typer.Option(help="cross, self or sequence.")]
Compare = Annotated[bool, typer.Option("--ablation", help="Compare ways to find directions.")]
Rows = Annotated[
    str | None, typer.Option(help="Rows of the ablation, comma between.", show_default="all")
]
Preset = Annotated[str, typer.Option(help="The ablation's sizes: full, or quick to see it work.")]
Outputs = Annotated[
    Path | None, typer.Option(help="Score the results in this folder, whoever made them.")
]
Jobs = Annotated[Path | None, typer.Option(help="Only write another program's inputs here.")]
JudgesName = Annotated[
    str, typer.Option(help="puppets, photos (needs the extra), or an evaluation bundle.")
]
Work = Annotated[Path, typer.Option(help="Folder of what is resumed from.")]
Limit = Annotated[int | None, typer.Option(help="Most pairs.", show_default="all")]
ReportFolder = Annotated[
    Path | None, typer.Option("--output", "-o", help="Folder for a report with pictures.")
]


def evaluate(
    bench: BenchName = "puppetbench",
    protocol: Protocol = "cross",
    ablation: Compare = False,
    rows: Rows = None,
    preset: Preset = "full",
    outputs: Outputs = None,
    jobs: Jobs = None,
    judges: JudgesName = "puppets",
    work: Work = Path("evaluation.work"),
    limit: Limit = None,
    output: ReportFolder = None,
    model: Model = None,
    device: Device = "cpu",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Measure how good animations are on faces whose truth is known; resumes."""
    report = Report(quiet, verbose)
    from d2animator.bundles.bundle import load_bundle
    from d2animator.evaluate import protocols
    from d2animator.evaluate.judges import load_judges
    from d2animator.evaluate.rows import METHODS, check_rows
    from d2animator.evaluate.sizes import ablation_preset

    # What can be told to be wrong at once is told at once.
    protocols.check_protocol(protocol)
    wanted = METHODS if rows is None else check_rows([word.strip() for word in rows.split(",")])
    sizes = ablation_preset(preset)
    if jobs is not None:
        pictures = _open(bench, load_bundle(model), limit)
        listed = protocols.write_jobs(protocols.jobs_of(pictures, protocol), jobs)
        report.end({"jobs": str(listed)} if as_json else None, [f"{listed}"])
        return
    seen = load_judges(judges)
    bundle = load_bundle(model, "cpu" if ablation else device)
    pictures = _open(bench, bundle, limit)
    if ablation:
        made = _ablate(bundle, pictures, seen, work, wanted, sizes, report, output is not None)
        title = f"Ablation on {pictures.name}"
    else:
        made = _run(bundle, pictures, seen, work, protocol, outputs, device, report)
        title = f"{protocol} on {pictures.name}"
    _finish(*made, title, output, as_json, report)


def _open(name: str, bundle: Bundle, limit: int | None) -> Bench:
    """A bench by name, folder, or drawn by the model's own generator."""
    from d2animator.errors import ConfigError
    from d2animator.evaluate.benches import drawn_bench, open_bench
    from d2animator.evaluate.puppetbench import STATE_DIM, Z_DIM

    if name != "drawn":
        return open_bench(name, limit)
    if bundle.generator.z_dim != Z_DIM:
        raise ConfigError("bench", "only a puppet generator knows the truth of what it draws")
    pairs = 60 if limit is None else limit
    return drawn_bench(
        bundle.generator, STATE_DIM, pairs=pairs, sources=(pairs + 2) // 3, frames=24
    )


def _ablate(
    bundle: Bundle,
    bench: Bench,
    judges: Judges,
    work: Path,
    rows: tuple[str, ...],
    options: AblationOptions,
    report: Report,
    show: bool,
) -> Made:
    from d2animator.evaluate.ablation import ablate
    from d2animator.evaluate.preparing import Parts
    from d2animator.evaluate.report import Shown

    shown = Shown(bench)
    with report.steps() as progress:
        table = ablate(
            Parts.of(bundle),
            bench,
            judges,
            work,
            rows=rows,
            options=options,
            progress=progress,
            keep=shown.keep if show else None,
        )
    return table.plain(), *shown.laid_out()


def _run(
    bundle: Bundle,
    bench: Bench,
    judges: Judges,
    work: Path,
    protocol: str,
    outputs: Path | None,
    device: str,
    report: Report,
) -> Made:
    from d2animator.evaluate.report import show_jobs
    from d2animator.evaluate.running import run_protocol
    from d2animator.models.devices import pick_device

    with report.bar("animating") as progress:
        ran = run_protocol(
            bundle,
            bench,
            judges,
            protocol,
            work,
            outputs=outputs,
            device=pick_device(device),
            progress=progress,
        )
    return ran.plain(), *show_jobs(ran.jobs, ran.folder)


def _finish(
    plain: dict[str, Any],
    grid: Any,
    legend: str,
    title: str,
    output: Path | None,
    as_json: bool,
    report: Report,
) -> None:
    from d2animator.evaluate.report import comparison, markdown, rows_of, write_report

    lines = [markdown(rows_of(plain))]
    for name in ("correlation", "jitter_percent"):
        if name in plain:
            values = ", ".join(f"{key} {value:.3f}" for key, value in plain[name].items())
            lines.append(f"{name.replace('_percent', ', %')}: {values}")
    lines += comparison(plain)
    if output is not None:
        write_report(output, plain, title, grid, legend)
        lines.append(f"{output / 'report.html'}")
    report.end(plain if as_json else None, lines)
