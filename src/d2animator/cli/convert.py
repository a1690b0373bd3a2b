"""``d2animator convert``: a foreign network as a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from d2animator.cli.options import AsJson, Quiet, Verbose
from d2animator.cli.report import Report

if TYPE_CHECKING:
    from d2animator.bundles.description import BundleConfig


def convert(
    network: Annotated[
        str,
        typer.Argument(
            help="A .pkl of NVIDIA's, or a .pt of rosinality's, pSp's or e4e's: a path, "
            "https://... or hf://owner/name/file; #sha256=... at the end is checked."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the bundle to make.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the bundle.", show_default="the file's")
    ] = None,
    license: Annotated[
        str | None,
        typer.Option(help="Licence of the weights, an SPDX identifier.", show_default="unknown"),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(
            help="Where the file comes from, to be recorded.", show_default="its name or address"
        ),
    ] = None,
    coarse_layers: Annotated[
        int | None,
        typer.Option(
            help="First layers that carry pose and expression; `layers` measures it.",
            show_default="those up to 32x32, and the next",
        ),
    ] = None,
    lr_multiplier: Annotated[
        float | None,
        typer.Option(
            help="Learning-rate factor of the mapping network (rosinality's lr_mlp), for a file "
            "that does not say it.",
            show_default="told from the weights",
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Make a bundle of somebody else's generator; nothing in the file is ever run."""
    report = Report(quiet, verbose)
    from d2animator.bundles import convert as conversion
    from d2animator.bundles.hub import HubOptions

    options = conversion.ConvertOptions(
        name, license or conversion.NO_LICENSE, origin, coarse_layers, lr_multiplier
    )
    with report.bytes("fetching") as progress:
        made = conversion.convert(network, output, options, HubOptions(progress=progress))
    lines = [_line(output, made)]
    if license is None:
        lines.append("licence unknown: the file does not say it; name it with --license")
    report.end(_summary(output, made) if as_json else None, lines)


def _summary(output: Path, made: BundleConfig) -> dict[str, object]:
    shape = made.generator
    return {
        "output": str(output),
        "architecture": shape.architecture,
        "img_resolution": shape.img_resolution,
        "num_ws": shape.num_ws,
        "w_dim": shape.w_dim,
        "coarse_layers": made.coarse_layers,
        "license": made.license,
        "provenance": dict(made.provenance),
    }


def _line(output: Path, made: BundleConfig) -> str:
    shape = made.generator
    size = f"{shape.img_resolution}x{shape.img_resolution}"
    return f"{output}: {shape.architecture}, {size}, from {made.provenance['origin_layout']}"
