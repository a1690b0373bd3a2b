"""``d2animator motion``: a driver's motion as a small file, cut and joined."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from d2animator.animate.summary import ratio
from d2animator.cli.options import AsJson, Device, Face, Model, Quiet, Verbose, parsed_seconds
from d2animator.cli.paths import output_file
from d2animator.cli.report import Report
from d2animator.cli.results import counted, load_animator, loading

Drivers = Annotated[
    list[Path],
    typer.Argument(metavar="DRIVER...", help="Videos and motion templates, in order."),
]
Target = Annotated[str, typer.Option("--output", "-o", help="The .safetensors file to write.")]
Start = Annotated[str | None, typer.Option(help="Second to begin at, such as 1.5 or 1001/30000.")]
End = Annotated[str | None, typer.Option(help="Second to end before.")]


def motion(
    drivers: Drivers,
    output: Target,
    start: Start = None,
    end: End = None,
    face: Face = None,
    model: Model = None,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Keep a driver's motion as a small file that can be used in its place."""
    span = {"start": parsed_seconds("start", start), "end": parsed_seconds("end", end)}
    report = Report(quiet, verbose)
    from d2animator.animate.template import write_template
    from d2animator.faces.template import TEMPLATE_SUFFIX, join_templates, read_template
    from d2animator.media.files import check_readable, check_writable

    target = output_file(output, f"{drivers[0].stem}{TEMPLATE_SUFFIX}", drivers)
    check_writable(target, (TEMPLATE_SUFFIX,))
    animator = None
    templates = []
    for driver in drivers:
        if driver.suffix.lower() == TEMPLATE_SUFFIX:
            templates.append(read_template(check_readable(driver)))
            continue
        if animator is None:
            with loading(report):  # joining templates needs no networks
                animator = load_animator(model, device)
        with report.bar("looking") as progress:
            templates += animator.motions(driver, (face or "largest",), progress)
    whole = join_templates(templates)
    made = whole if span == {"start": None, "end": None} else whole.trimmed(**span)
    write_template(target, made)
    summary = {
        "frames": len(made),
        "fps": ratio(made.frame_rate),
        "seconds": round(float(made.end), 6),
        "frames_without_face": list(made.frames_without_face),
        "output": str(target),
    }
    missing = len(made.frames_without_face)
    text = f"{target}: {counted(len(made))}, {float(made.end):.2f} s, {missing} without a face"
    report.end(summary if as_json else None, [text])
