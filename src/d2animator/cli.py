"""The command line: a thin layer over the facade.

Nothing heavy is imported before a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperGroup

from d2animator import __version__
from d2animator.errors import D2AnimatorError

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


class _Commands(TyperGroup):
    """Commands whose errors are one sentence and an exit code, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except D2AnimatorError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(EXIT_BAD_INPUT) from error
        except KeyboardInterrupt as error:
            typer.echo("interrupted, nothing was written", err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from error


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Animate a face with a pretrained StyleGAN, trained without a single video.",
)
puppet = typer.Typer(no_args_is_help=True, help="Rebuild the embedded puppet model.")
app.add_typer(puppet, name="puppet")

# Defaults are those of `AnimateOptions` and said in the help; None leaves them alone.
Model = Annotated[
    str | None,
    typer.Option(help="Bundle: a folder or a Hub repository.", show_default="the embedded one"),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print a summary as one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, errors only.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell more, on standard error.")]


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
def animate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SOURCE DRIVER", help="A picture, and what it shall move like."),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--source", "-s", help="Instead of SOURCE.")
    ] = None,
    driving: Annotated[
        Path | None, typer.Option("--driving", "-d", help="Instead of DRIVER.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", show_default="animations/SOURCE--DRIVER.mp4"),
    ] = None,
    model: Model = None,
    motion: Annotated[
        str | None,
        typer.Option(help="relative (the driver's change) or absolute.", show_default="relative"),
    ] = None,
    reference_frame: Annotated[
        str | None,
        typer.Option(help="The driver's frame at rest: its index, or auto.", show_default="auto"),
    ] = None,
    smooth: Annotated[
        bool | None, typer.Option("--smooth/--no-smooth", show_default="smooth")
    ] = None,
    audio: Annotated[bool | None, typer.Option("--audio/--no-audio", show_default="audio")] = None,
    crf: Annotated[
        int | None, typer.Option(help="Quality, 0 (lossless) to 51.", show_default="18")
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Make the face of a picture move like the one in a video."""
    given_source, given_driver = _source_and_driver(files or [], source, driving)
    report = _Report(quiet, verbose)
    given = {"motion": motion, "smooth": smooth, "audio": audio, "crf": crf}
    overrides: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if reference_frame is not None:
        overrides["reference_frame"] = _index_or_auto(reference_frame)
    with _target(output, given_source, given_driver) as target:
        from d2animator.animator import D2Animator

        animator = D2Animator.from_pretrained(model, device=device)
        with report.bar("animating") as progress:
            done = animator.animate(
                given_source, given_driver, target, progress=progress, **overrides
            )
    summary = {
        "frames": done.frames,
        "fps": _ratio(done.fps),
        "device": done.device,
        "seconds": round(done.seconds, 3),
        "frames_without_face": list(done.frames_without_face),
        "output": str(target),
    }
    lines = [f"{target}: {done.frames} frames in {done.seconds:.1f} s on {done.device}"]
    report.end(summary if as_json else None, [*lines, *_held_lines(done.frames_without_face)])


@app.command()
def landmarks(
    input: Annotated[Path, typer.Argument(help="A video or a picture.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .json file to write.")],
    model: Model = None,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Find 98 points on the face in every frame, in pixels."""
    report = _Report(quiet, verbose)
    from d2animator.animator import D2Animator

    animator = D2Animator.from_pretrained(model, device=device)
    with report.bar("looking") as progress:
        records = animator.landmarks(input, output, progress)
    missing = [record.index for record in records if not record.found]
    summary = {"frames": len(records), "frames_without_face": missing, "output": str(output)}
    text = f"{output}: {len(records)} frames, {len(missing)} of them without a face"
    report.end(summary if as_json else None, [text])


def main() -> None:
    """Run the command line."""
    app()


class _Report:
    """What the user sees: progress and messages on standard error, results on standard output."""

    def __init__(self, quiet: bool, verbose: bool) -> None:
        self._console = Console(stderr=True)
        self._quiet = quiet
        handler = RichHandler(console=self._console, show_time=False, show_path=False)
        logger = logging.getLogger("d2animator")
        logger.handlers = [handler]
        logger.setLevel(logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING)

    @contextlib.contextmanager
    def bar(self, what: str) -> Iterator[Callable[[int, int | None], None] | None]:
        """Show progress; yields the function to call with (done, total)."""
        if self._quiet:
            yield None
            return
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(what, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)

    def end(self, summary: Mapping[str, object] | None, lines: list[str]) -> None:
        """Say what came out: JSON if there is any, else plain lines."""
        if summary is not None:
            typer.echo(json.dumps(summary))
        elif not self._quiet:
            for line in lines:
                typer.echo(line)


def _source_and_driver(
    files: list[Path], source: Path | None, driving: Path | None
) -> tuple[Path, Path]:
    """Both inputs, whichever way they were given."""
    left = list(files)
    source = source or (left.pop(0) if left else None)
    driving = driving or (left.pop(0) if left else None)
    if source is None or driving is None or left:
        raise typer.BadParameter("expected two files, SOURCE and DRIVER")
    return source, driving


def _index_or_auto(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


@contextlib.contextmanager
def _target(output: Path | None, source: Path, driver: Path) -> Iterator[Path]:
    """The file to write; the folder of the default name is made, and removed if nothing came."""
    if output is not None:
        yield output
        return
    from d2animator.media.images import is_picture

    folder = Path("animations")
    made = not folder.exists()
    folder.mkdir(exist_ok=True)
    suffix = ".png" if is_picture(driver) else ".mp4"
    try:
        yield folder / f"{source.stem}--{driver.stem}{suffix}"
    finally:
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()  # only works on an empty one


def _ratio(rate: Fraction | None) -> str | None:
    return None if rate is None else f"{rate.numerator}/{rate.denominator}"


def _held_lines(frames: tuple[int, ...]) -> list[str]:
    """Frames as ranges, in words; nothing for none."""
    if not frames:
        return []
    ranges: list[list[int]] = []
    for frame in frames:
        if ranges and frame == ranges[-1][1] + 1:
            ranges[-1][1] = frame
        else:
            ranges.append([frame, frame])
    text = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
    return [f"{len(frames)} frames without a face hold the last motion: {text}"]
