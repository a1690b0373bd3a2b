"""The command line: a thin layer over the facade.

Nothing heavy is imported before a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from d2animator import __version__
from d2animator.animate.summary import full_summary
from d2animator.cli import apply, hub
from d2animator.cli.convert import convert
from d2animator.cli.detectors import named_detector
from d2animator.cli.directions import directions
from d2animator.cli.evaluate import evaluate
from d2animator.cli.finetune import finetune
from d2animator.cli.groups import DRIVER_PART, FOLLOWING, GENERATOR, MANY, MARKS, SOUND, grouped
from d2animator.cli.layers import layers
from d2animator.cli.live import live
from d2animator.cli.many import DEFAULT_FOLDER, How, Many, made_folder
from d2animator.cli.motion import motion as motion_command
from d2animator.cli.options import (
    AsJson,
    Codec,
    Commands,
    Compare,
    Crf,
    Detector,
    DetectorFile,
    Device,
    DriverOption,
    Engine,
    Face,
    Files,
    Gains,
    Model,
    Motion,
    Multiplier,
    Output,
    Pairs,
    PasteBack,
    Quiet,
    ReferenceFrame,
    Regions,
    Renderer,
    Size,
    SourceFace,
    SourceMotion,
    SourceOption,
    Verbose,
    part_options,
    read_pairs,
    region_options,
)
from d2animator.cli.paths import output_file
from d2animator.cli.report import Report
from d2animator.cli.results import (
    DAMAGED,
    animation_lines,
    counted,
    frame_lines,
    load_animator,
    loading,
    those_given,
)
from d2animator.cli.stopping import end_cleanly
from d2animator.cli.train import train
from d2animator.cli.verify import verify
from d2animator.cli.waiting import wait_asleep
from d2animator.cli.web import web

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Animate a face with a pretrained StyleGAN, trained without a single video.",
)
app.command()(convert)
app.command()(evaluate)
app.command("motion")(motion_command)
app.command()(train)
for command in (hub.download, hub.push, hub.info, hub.doctor):
    app.command()(command)
app.command()(directions)
apply.register(app)
app.command()(finetune)
app.command()(layers)
app.command()(live)
app.command()(verify)
app.command()(web)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"d2animator {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print it and stop."),
    ] = False,
) -> None:
    """Take the options of all commands."""


@app.command()
@grouped(
    following=FOLLOWING,
    generator=GENERATOR,
    part=DRIVER_PART,
    sound=SOUND,
    marks=MARKS,
    many=MANY,
)
def animate(
    files: Files = None,
    source: SourceOption = None,
    driving: DriverOption = None,
    output: Output = None,
    model: Model = None,
    renderer: Renderer = None,
    motion: Motion = None,
    reference_frame: ReferenceFrame = None,
    regions: Regions = None,
    gains: Gains = None,
    multiplier: Multiplier = None,
    face: Face = None,
    source_face: SourceFace = None,
    source_motion: SourceMotion = None,
    pairs: Pairs = None,
    paste_back: PasteBack = None,
    size: Size = None,
    compare: Compare = None,
    codec: Codec = None,
    crf: Crf = None,
    device: Device = "auto",
    engine: Engine = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    *,
    following: Mapping[str, Any],
    generator: Mapping[str, Any],
    part: Mapping[str, Any],
    sound: Mapping[str, Any],
    marks: Mapping[str, Any],
    many: Mapping[str, Any],
) -> None:
    """Make the face of a picture, or of a video, move like the one in a video.

    Of folders, or patterns in quotes such as 'photos/*.jpg', every source moves as every driver.
    """
    drivers = read_pairs(pairs or [])
    given_source, given_driver = _source_and_driver(files or [], source, driving, drivers)
    report = Report(quiet, verbose)
    given: dict[str, Any] = {"renderer": renderer, "motion": motion, **following, **generator}
    given |= {"face": face, "source_face": source_face, "source_motion": source_motion}
    given |= {"crf": crf, "codec": codec, "paste_back": paste_back, "size": size, **sound}
    given |= {"compare": compare, "reference_frame": _frame(reference_frame), **part_options(part)}
    overrides = those_given(given) | region_options(regions, gains, multiplier)
    how = How(**many)
    if how.needed(given_source, given_driver, one_picture=bool(drivers)):
        work = Many(report, model, device, marks, engine, how, as_json=as_json)
        work.animate(given_source, given_driver, output, overrides)
        return
    with contextlib.ExitStack() as stack:
        with loading(report):
            target = stack.enter_context(_target(output, given_source, given_driver, drivers))
            animator = load_animator(model, device, marks, engine)
        with report.bar("animating") as progress:
            moved: dict[str, Any] = {"output": target, "progress": progress, **overrides}
            drive: Any = animator.animate_pairs if drivers else animator.animate
            done = drive(given_source, drivers or given_driver, **moved)
    report.end(full_summary(done) if as_json else None, animation_lines(done))


@app.command()
def landmarks(
    input: Annotated[Path, typer.Argument(help="A video or a picture.")],
    output: Annotated[str, typer.Option("--output", "-o", help="The .json file to write.")],
    face: Face = None,
    model: Model = None,
    detector: Detector = "bundled",
    detector_file: DetectorFile = None,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Find the points of the face in every frame, in pixels."""
    report = Report(quiet, verbose)
    from d2animator.animate.landmarks import find_landmarks

    target = output_file(output, f"{input.stem}.json", input)
    finds = named_detector(detector, model, device, detector_file)
    with report.bar("looking") as progress:
        records = find_landmarks(finds, input, target, progress, face=face or "largest")
    missing = [record.index for record in records if not record.found]
    damaged = [record.index for record in records if record.damaged]
    summary = {
        "frames": len(records),
        "frames_without_face": missing,
        "damaged_frames": damaged,
        "layout": finds.layout.name,
        "output": str(target),
    }
    text = f"{target}: {counted(len(records))}, {len(missing)} of them without a face"
    report.end(summary if as_json else None, [text, *frame_lines((DAMAGED, damaged))])


def main() -> None:
    """Run the command line."""
    end_cleanly()
    wait_asleep()
    app()


def _source_and_driver(
    files: list[Path], source: Path | None, driving: Path | None, pairs: dict[str, str]
) -> tuple[Path, Path]:
    """Both inputs, whichever way they were given; of pairs the first driver."""
    left = list(files)
    source = source or (left.pop(0) if left else None)
    if pairs:
        if source is None or driving is not None or left:
            raise typer.BadParameter("expected one file, SOURCE, as the pairs name the drivers")
        return source, Path(next(iter(pairs.values())))
    driving = driving or (left.pop(0) if left else None)
    if source is None or driving is None or left:
        raise typer.BadParameter(
            "expected two files, SOURCE and DRIVER; for many of them name folders, or patterns in "
            "quotes"
        )
    return source, driving


def _frame(text: str | None) -> int | str | None:
    return int(text) if text is not None and text.isdecimal() else text


@contextlib.contextmanager
def _target(
    output: str | None, source: Path, driver: Path, pairs: dict[str, str]
) -> Iterator[Path]:
    """The file to write; the folder of the default name is made, and removed if nothing came."""
    from d2animator.animate.many import output_name

    inputs: list[str | Path] = [source, driver, *pairs.values()]
    if output is not None:
        yield output_file(output, output_name(source, driver), inputs)
        return
    with made_folder(DEFAULT_FOLDER) as folder:
        yield output_file(str(folder), output_name(source, driver), inputs)
