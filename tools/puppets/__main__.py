"""Commands that rebuild the embedded puppet model, in the order of their use.

From a checkout of the repository: ``python -m tools.puppets --help``.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated

import typer

from d2animator.cli.options import Commands, Quiet
from d2animator.cli.report import Report

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Rebuild the embedded puppet model.",
)
Head = Annotated[Path, typer.Option(help="Packed head model.")]
Renders = Annotated[list[Path], typer.Option(help="Folder of renders; may be repeated.")]
BundleOutput = Annotated[Path, typer.Option("--output", "-o", help="Folder of the bundle to make.")]


@app.command("pack-head")
def pack_head(
    folder: Annotated[Path, typer.Argument(help="ICT FaceKit's FaceXModel folder.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .npz file to write.")],
) -> None:
    """Pack the head model that puppets are made of."""
    from tools.puppets import pack

    pack.pack_head(folder, output)


@app.command()
def render(
    head: Head,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the renders.")],
    count: Annotated[int, typer.Option(help="Pictures.")] = 9_000,
    seed: Annotated[int, typer.Option(help="Of the set; training takes those below 1000.")] = 0,
    size: Annotated[int, typer.Option(help="Side of the pictures in pixels.")] = 256,
    workers: Annotated[int, typer.Option(help="Processes.")] = 2,
    states: Annotated[
        int, typer.Option(help="Pictures of each person, with other poses, clothes and light.")
    ] = 1,
    quiet: Quiet = False,
) -> None:
    """Render puppets with their codes and landmarks; resumes."""
    from tools.puppets.dataset import RenderOptions, render_set

    with Report(quiet, False).bar("rendering") as progress:
        options = RenderOptions(str(head), count, seed, size, workers, states)
        render_set(options, output, progress)


@app.command("generator")
def train_generator(
    data: Renders,
    output: BundleOutput,
    start: Annotated[
        str | None,
        typer.Option("--from", help="Bundle to go on from: its generator is finished anew."),
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Stop after so long.")] = None,
    quiet: Quiet = False,
) -> None:
    """Train the puppet generator on renders; resumes."""
    from tools.puppets.recipe import build_generator

    with Report(quiet, False).steps() as report:
        work = output.with_name(f"{output.name}.work")
        progress = report and functools.partial(report, "generator")
        build_generator(data, work, output, start=start, progress=progress, minutes=minutes)


@app.command("landmarks")
def train_landmarks(
    data: Renders,
    generator: Annotated[Path, typer.Option(help="Bundle with the generator.")],
    output: BundleOutput,
    go_on: Annotated[
        bool, typer.Option("--go-on", help="Train the bundle's own landmark network on.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Train face finder and landmark network on renders, add them to the generator; resumes."""
    from tools.puppets.recipe import add_landmarks

    with Report(quiet, False).steps() as progress:
        work = output.with_name(f"{output.name}.work")
        add_landmarks(data, work, generator, output, go_on=go_on, progress=progress)


@app.command("outline")
def train_outline(
    bundle: Annotated[Path, typer.Option(help="Bundle with a landmark network.")],
    head: Head,
    output: BundleOutput,
    quiet: Quiet = False,
) -> None:
    """Teach a bundle's landmark network the visible contour of faces, on the head model."""
    from tools.puppets.train_outline import add_outline

    with Report(quiet, False).steps() as report:
        progress = report and functools.partial(report, "outline")
        add_outline(head, bundle, output, progress=progress)


@app.command("encoder")
def train_encoder(
    data: Renders,
    bundle: Annotated[Path, typer.Option(help="Bundle with generator and encoder.")],
    output: BundleOutput,
    quiet: Quiet = False,
) -> None:
    """Train the encoder on, on renders, whose codes are known; resumes."""
    from tools.puppets.train_encoder import train_encoder_on

    with Report(quiet, False).steps() as report:
        work = output.with_name(f"{output.name}.work")
        progress = report and functools.partial(report, "encoder")
        train_encoder_on(data, work, bundle, output, progress=progress)


@app.command("recognition")
def train_recognition(
    data: Annotated[list[Path], typer.Option("--renders", help="Set rendered with --states.")],
    output: BundleOutput,
    more: Annotated[
        list[Path] | None,
        typer.Option("--more-renders", help="Any further set, for the feature network."),
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--from", help="Bundle whose networks are trained on.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Train the networks that evaluation judges puppets with; resumes."""
    from d2animator.bundles.recognition import load_recognition
    from tools.puppets.train_recognition import train_recognition

    earlier = None if start is None else load_recognition(start)
    with Report(quiet, False).steps() as progress:
        work = output.with_name(f"{output.name}.work")
        train_recognition(data, more or [], work, output, progress=progress, start=earlier)


@app.command()
def figures(
    head: Head,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the renders.")],
    count: Annotated[int, typer.Option(help="Pictures.")] = 3_000,
    seed: Annotated[int, typer.Option(help="Of the set.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Render puppets from head to chest, with what of them is head and what is body; resumes."""
    from d2animator.head.model import load_head
    from tools.puppets.bodies import SIZE, render_figures
    from tools.puppets.renderer import PuppetRenderer

    with Report(quiet, False).bar("rendering") as progress:
        render_figures(PuppetRenderer(load_head(head), SIZE), output, count, seed, progress)


@app.command("cutout")
def train_cutout(
    data: Annotated[list[Path], typer.Option("--figures", help="Folder of rendered figures.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .safetensors file to write.")],
    quiet: Quiet = False,
) -> None:
    """Train the network that cuts people out of photos, on figures before clutter; resumes."""
    from tools.puppets.train_cutout import CutMaker, save_cutout, train_cutout

    with Report(quiet, False).steps() as report:
        checkpoint = output.with_name(f"{output.name}.work")
        progress = report and functools.partial(report, "cutout")
        save_cutout(train_cutout(CutMaker(data), checkpoint=checkpoint, progress=progress), output)


@app.command()
def examples(
    head: Head,
    output: Annotated[Path, typer.Option("--output", "-o", help="Existing folder to write to.")],
) -> None:
    """Render the example picture and the example clip."""
    from tools.puppets.clip import render_examples

    render_examples(head, output)


@app.command()
def bench(
    head: Head,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to write; what is there is replaced.")
    ] = Path("benchmarks/puppetbench/data"),
) -> None:
    """Render PuppetBench."""
    from tools.puppets.bench import render_bench

    manifest = render_bench(head, output)
    total = sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    typer.echo(f"{output}: {len(manifest.pictures)} pictures, {total / 1e6:.1f} MB")


if __name__ == "__main__":
    app(prog_name="python -m tools.puppets")
