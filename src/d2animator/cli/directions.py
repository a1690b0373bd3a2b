"""``d2animator directions``: what a bundle's directions do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from d2animator.cli.options import AsJson, Device, Quiet, Verbose
from d2animator.cli.report import Report
from d2animator.errors import ConfigError

if TYPE_CHECKING:
    pass


def directions(
    bundle: Annotated[str, typer.Argument(help="Bundle: a folder or a Hub repository.")] = "puppet",
    group: Annotated[str | None, typer.Option(help="Only pose, or only expression.")] = None,
    region: Annotated[
        str | None, typer.Option(help="Only pose, eyes, brows, mouth or gaze.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Only names that contain this.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A page of pictures to write: .html")
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure them anew and keep it in the bundle.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Face of the first strip of the page.")] = 0,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List what each direction does: its name, group, region and measured effects."""
    report = Report(quiet, verbose)
    if measure and not Path(bundle).is_dir():
        raise ConfigError("--measure", f"expected a bundle's folder to write to, got {bundle}")
    from d2animator.bundles.bundle import load_bundle
    from d2animator.edit import catalogue
    from d2animator.models.devices import pick_device

    target = pick_device(device)
    loaded = load_bundle(bundle, target)
    loaded.bank()  # complains before any heavy work
    if measure:
        with report.bar("measuring") as progress:
            loaded = catalogue.measure_bundle(loaded, bundle, progress)
    bank = loaded.bank()
    keep = catalogue.choose(bank, group, region, name)
    if not keep:
        raise ConfigError("group, region, name", "no direction fits all of them")
    if output is not None:
        with report.bar("drawing") as progress:
            catalogue.write_gallery(loaded, keep, output, seed, progress)
    if as_json:
        report.end(catalogue.as_plain(bank, keep), [])
    elif not quiet:
        _show(catalogue.as_plain(bank, keep))


def _show(plain: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    from d2animator.edit.catalogue import say_effect

    table = Table(title=f"{len(plain['directions'])} directions")
    for column in ("name", "group", "region"):
        table.add_column(column)
    table.add_column("a step of 1 does most")
    table.add_column("person", justify="right")
    for row in plain["directions"]:
        effects = row["effects"] or {}
        said = sorted(effects, key=lambda key: -abs(row["relative"][key]))[:3]
        text = ", ".join(say_effect(key, effects[key]) for key in said)
        person = "" if row["identity"] is None else f"{row['identity']:.2f}"
        table.add_row(row["name"], row["group"], row["region"] or "", text, person)
    Console().print(table)
