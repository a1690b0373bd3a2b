"""Applications: ``interpolate``, ``disentangle``, ``frontalize``, ``edit`` and ``anonymise``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from d2animator.animate.summary import animation_summary
from d2animator.cli.groups import MARKS, grouped
from d2animator.cli.options import (
    AsJson,
    Audio,
    Crf,
    Device,
    Engine,
    Gains,
    LimitMotion,
    Model,
    Motion,
    PasteBack,
    Quiet,
    Regions,
    Renderer,
    Size,
    Smooth,
    SourceFace,
    Verbose,
    named_numbers,
    region_options,
)
from d2animator.cli.paths import default_name, output_file
from d2animator.cli.report import Report
from d2animator.cli.results import animation_lines, counted, load_animator, loading, those_given

if TYPE_CHECKING:
    from d2animator.animate.result import AnimationResult

Target = Annotated[str, typer.Option("--output", "-o", help="The file to write, or a folder.")]
Face = Annotated[Path, typer.Argument(help="A picture with a face.")]
Either = Annotated[Path, typer.Argument(help="A picture or a video.")]


def interpolate(
    source: Face,
    target: Face,
    output: Annotated[
        str, typer.Option("--output", "-o", help="A video, or pictures: frames/%05d.png")
    ],
    frames: Annotated[int, typer.Option(help="Number of pictures.")] = 32,
    easing: Annotated[str, typer.Option(help="linear, in, out or in-out.")] = "in-out",
    fps: Annotated[float, typer.Option(help="Pictures a second of a video.")] = 25.0,
    renderer: Renderer = None,
    source_face: SourceFace = None,
    paste_back: PasteBack = None,
    size: Size = None,
    model: Model = None,
    device: Device = "auto",
    engine: Engine = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    *,
    marks: Mapping[str, Any],
) -> None:
    """Move a face from its own pose and expression to another one's, in between and all."""
    report, began = Report(quiet, verbose), time.monotonic()
    place = output_file(output, f"{source.stem}--{target.stem}.mp4", [source, target])
    with loading(report):
        from d2animator.animate.result import check_frames_target, save_frames

        check_frames_target(place)
        animator = load_animator(model, device, marks, engine)
    options = _options(renderer=renderer, source_face=source_face, paste_back=paste_back, size=size)
    pictures = animator.interpolate(source, target, frames, easing, options)
    save_frames(pictures, place, fps, animator.sources.marker, [source, target])
    seconds = time.monotonic() - began
    summary = {
        "frames": len(pictures),
        "device": str(animator.device),
        "seconds": round(seconds, 3),
        "output": str(place),
    }
    text = f"{place}: {counted(len(pictures))} in {seconds:.1f} s on {animator.device}"
    report.end(summary if as_json else None, [text])


def disentangle(
    source: Face,
    output: Target,
    pose: Annotated[
        Path | None, typer.Option(help="Picture or video to take the head's pose from.")
    ] = None,
    expression: Annotated[
        Path | None, typer.Option(help="Picture or video to take the expression from.")
    ] = None,
    motion: Motion = None,
    smooth: Smooth = None,
    audio: Audio = None,
    crf: Crf = None,
    renderer: Renderer = None,
    source_face: SourceFace = None,
    paste_back: PasteBack = None,
    size: Size = None,
    model: Model = None,
    device: Device = "auto",
    engine: Engine = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    *,
    marks: Mapping[str, Any],
) -> None:
    """Give a face the pose of one driver and the expression of another."""
    report = Report(quiet, verbose)
    where = {
        "renderer": renderer,
        "source_face": source_face,
        "paste_back": paste_back,
        "size": size,
    }
    with loading(report):
        options = _options(motion=motion, smooth=smooth, audio=audio, crf=crf, **where)
        name = default_name("disentangle", source, pose, expression)
        place = output_file(output, name, [source, pose, expression])
        animator = load_animator(model, device, marks, engine)
    with report.bar("animating") as progress:
        done = animator.disentangle(source, pose, expression, place, options, progress)
    _tell(report, done, as_json)


def edit(
    source: Either,
    output: Target,
    changes: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="NAME=AMOUNT",
            help="Such as smile=0.6 or yaw=15 (degrees); `d2animator directions` lists the names.",
        ),
    ],
    limit_motion: LimitMotion = None,
    crf: Crf = None,
    audio: Audio = None,
    renderer: Renderer = None,
    source_face: SourceFace = None,
    paste_back: PasteBack = None,
    size: Size = None,
    model: Model = None,
    device: Device = "auto",
    engine: Engine = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    *,
    marks: Mapping[str, Any],
) -> None:
    """Change what a face does by named amounts; a video keeps its own motion."""
    report = Report(quiet, verbose)
    amounts = named_numbers("--set", changes)
    where = {
        "renderer": renderer,
        "source_face": source_face,
        "paste_back": paste_back,
        "size": size,
    }
    with loading(report):
        options = _options(limit_motion=limit_motion, crf=crf, audio=audio, **where)
        place = output_file(output, default_name("edit", source), source)
        animator = load_animator(model, device, marks, engine)
    with report.bar("editing") as progress:
        done = animator.edit(source, amounts, place, options, progress)
    _tell(report, done, as_json)


def frontalize(
    source: Either,
    output: Target,
    crf: Crf = None,
    audio: Audio = None,
    renderer: Renderer = None,
    source_face: SourceFace = None,
    paste_back: PasteBack = None,
    size: Size = None,
    model: Model = None,
    device: Device = "auto",
    engine: Engine = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    *,
    marks: Mapping[str, Any],
) -> None:
    """Turn a face to the front; a video keeps its expressions."""
    report = Report(quiet, verbose)
    where = {
        "renderer": renderer,
        "source_face": source_face,
        "paste_back": paste_back,
        "size": size,
    }
    with loading(report):
        options = _options(crf=crf, audio=audio, **where)
        place = output_file(output, default_name("frontalize", source), source)
        animator = load_animator(model, device, marks, engine)
    with report.bar("turning") as progress:
        done = animator.frontalize(source, place, options, progress)
    _tell(report, done, as_json)


def anonymise(
    driver: Either,
    output: Target,
    seed: Annotated[int, typer.Option(help="Which person; the same seed, the same one.")] = 0,
    regions: Regions = None,
    gains: Gains = None,
    smooth: Smooth = None,
    audio: Audio = None,
    crf: Crf = None,
    model: Model = None,
    device: Device = "auto",
    engine: Engine = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    *,
    marks: Mapping[str, Any],
) -> None:
    """Replace a face by that of a person who does not exist and makes the same faces."""
    report = Report(quiet, verbose)
    chosen = region_options(regions, gains)
    with loading(report):
        options = _options(smooth=smooth, audio=audio, crf=crf, **chosen)
        place = output_file(output, default_name("anonymise", driver), driver)
        animator = load_animator(model, device, marks, engine)
    with report.bar("animating") as progress:
        done = animator.anonymise(driver, place, seed, options, progress)
    _tell(report, done, as_json)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (interpolate, disentangle, edit, frontalize, anonymise):
        app.command()(grouped(marks=MARKS)(command))


def _options(**given: Any) -> Any:
    """Options of an animation; what was not given keeps its default."""
    from d2animator.animate.options import AnimateOptions

    return AnimateOptions(**those_given(given))


def _tell(report: Report, done: AnimationResult, as_json: bool) -> None:
    report.end(animation_summary(done) if as_json else None, animation_lines(done))
