"""What all commands share: their options, and errors as one sentence and an exit code."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from d2animator.cli.stopping import Terminated
from d2animator.cli.words import point_to_option
from d2animator.errors import ConfigError, D2AnimatorError, printable

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_FAILED = 70
# Click's ClickException; Typer's later versions have one of their own.
_USAGE_ERROR: type[BaseException] = typer.BadParameter.__mro__[2]
TRACEBACK = "D2ANIMATOR_TRACEBACK"
"""Environment variable that shows where an error came from that nobody has foreseen."""
_REPORT = (
    f"this should not happen: please tell its makers, with what {TRACEBACK}=1 shows before the "
    "same command"
)


class Commands(TyperGroup):
    """Commands whose errors are one sentence and an exit code, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except D2AnimatorError as error:
            typer.echo(f"error: {printable(str(error), 4000)}", err=True)
            raise typer.Exit(EXIT_BAD_INPUT) from error
        # What the command line itself raises to end, and a reader of the output that went away.
        except _USAGE_ERROR as error:
            point_to_option(error)
            raise
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Terminated as error:
            typer.echo("ended", err=True)
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            typer.echo("interrupted", err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from error
        except MemoryError as error:
            typer.echo("error: not enough memory; free some, or take a smaller input", err=True)
            raise typer.Exit(EXIT_BAD_INPUT) from error
        except Exception as error:
            if os.environ.get(TRACEBACK):
                raise
            what = printable(f"{type(error).__name__}: {error}", 300)
            typer.echo(f"error: d2animator has failed ({what}); {_REPORT}", err=True)
            raise typer.Exit(EXIT_FAILED) from error


# Defaults are those of `AnimateOptions` and said in the help; None leaves them alone.
Model = Annotated[
    str | None,
    typer.Option(help="Bundle: a folder or a Hub repository.", show_default="the embedded one"),
]
Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="SOURCE DRIVER",
        help="A picture or video, and what it shall move like; or folders of them.",
    ),
]
SourceOption = Annotated[Path | None, typer.Option("--source", "-s", help="Instead of SOURCE.")]
DriverOption = Annotated[Path | None, typer.Option("--driving", "-d", help="Instead of DRIVER.")]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        help="A file, or a folder (a name that ends with /); a folder for many.",
        show_default="animations/SOURCE--DRIVER.mp4",
    ),
]
Motion = Annotated[
    str | None,
    typer.Option(help="relative (the driver's change) or absolute.", show_default="relative"),
]
ReferenceFrame = Annotated[
    str | None,
    typer.Option(help="The driver's frame at rest: its index, or auto.", show_default="auto"),
]
Smooth = Annotated[
    str | None,
    typer.Option(help="Of the driver's landmarks: euro (One-Euro) or none.", show_default="euro"),
]
LimitMotion = Annotated[
    bool | None,
    typer.Option(
        "--limit-motion/--no-limit-motion",
        help="Go no further than the source bears, or all the way.",
        show_default="limit",
    ),
]
Face = Annotated[
    str | None,
    typer.Option(
        help="Face of the driver: largest, an index from the left, or x,y,width,height.",
        show_default="largest",
    ),
]
SourceFace = Annotated[
    str | None, typer.Option(help="Face of the source, in the same words.", show_default="largest")
]
SourceMotion = Annotated[
    str | None,
    typer.Option(
        help="Own motion of a source that is a video: replace it, or add to it.",
        show_default="replace",
    ),
]
Pairs = Annotated[
    list[str] | None,
    typer.Option(
        "--pair",
        metavar="FACE=DRIVER",
        help="A driver for one face of a picture, in place of DRIVER; repeatable.",
    ),
]
Audio = Annotated[
    str | None,
    typer.Option(help="Whose sound: driver, source (a video) or none.", show_default="driver"),
]
Renderer = Annotated[
    str | None,
    typer.Option(
        help="photo moves the picture itself, generator draws its nearest face, auto chooses.",
        show_default="auto",
    ),
]
Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        help="What moves: pose, eyes, brows, mouth, gaze; several by commas or repeated.",
        show_default="all",
    ),
]
Gains = Annotated[
    list[str] | None,
    typer.Option(
        "--gain",
        metavar="REGION=AMOUNT",
        help="How strongly, such as mouth=1.3 or all=0.8; repeatable.",
    ),
]
Multiplier = Annotated[
    float | None,
    typer.Option("--multiplier", help="The same as --gain all=AMOUNT.", show_default="1"),
]
Compare = Annotated[
    bool | None,
    typer.Option("--compare", help="Show source and driver to the left of the result."),
]
Codec = Annotated[
    str | None,
    typer.Option(help="Of the video: h264, hevc or vp9.", show_default="h264, in WebM vp9"),
]
Crf = Annotated[int | None, typer.Option(help="Quality, 0 (lossless) to 51.", show_default="18")]
Seconds = Annotated[
    float | None,
    typer.Option(help="Most seconds for inverting the source.", show_default="no limit"),
]
PasteBack = Annotated[
    bool | None,
    typer.Option(
        "--paste-back/--crop",
        " /--no-paste-back",
        help="The source's whole picture, or the aligned square.",
        show_default="paste back where the picture is larger",
    ),
]
Size = Annotated[
    int | None,
    typer.Option(help="Longer side of the result in pixels.", show_default="the source's own"),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")]
Engine = Annotated[
    str,
    typer.Option(help="What draws the generator: torch, openvino (CPU), or auto: the faster one."),
]
Detector = Annotated[
    str, typer.Option(help="What finds the landmarks: bundled, face-alignment or mediapipe.")
]
DetectorFile = Annotated[
    Path | None,
    typer.Option(help="MediaPipe's model file.", show_default="$D2ANIMATOR_FACE_LANDMARKER"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print a summary as one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, errors only.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell more, on standard error.")]


def named_numbers(option: str, words: list[str]) -> dict[str, float]:
    """Read ``NAME=AMOUNT`` words.

    Raises:
        ConfigError: One is not of that form, or a name comes twice.
    """
    found: dict[str, float] = {}
    for word in words:
        name, equals, amount = (part.strip() for part in word.rpartition("="))
        try:
            number = float(amount)
        except ValueError:
            name = ""
        if not (name and equals):
            raise ConfigError(option, f"expected NAME=AMOUNT with a number, got {word!r}")
        if name in found:
            raise ConfigError(option, f"{name} is given twice")
        found[name] = number
    return found


def read_pairs(words: list[str]) -> dict[str, str]:
    """Read ``FACE=DRIVER`` words.

    Raises:
        ConfigError: One is not of that form, or a face comes twice.
    """
    found: dict[str, str] = {}
    for word in words:
        face, _, driver = (part.strip() for part in word.partition("="))
        if not (face and driver):
            raise ConfigError("--pair", f"expected FACE=DRIVER, such as 0=clip.mp4, got {word!r}")
        if face in found:
            raise ConfigError("--pair", f"face {face} is given twice")
        found[face] = driver
    return found


def region_options(
    regions: list[str] | None, gains: list[str] | None, multiplier: float | None = None
) -> dict[str, Any]:
    """Read ``--region`` and ``--gain`` into fields of `AnimateOptions`; empty for neither."""
    found: dict[str, Any] = {}
    if multiplier is not None:
        gains = [*(gains or []), f"all={multiplier}"]
    if regions is not None:
        words = (word.strip() for part in regions for word in part.split(","))
        found["regions"] = tuple(word for word in words if word)
    if gains is not None:
        found["gains"] = named_numbers("--gain", gains)
    return found


def part_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Read ``--start``, ``--end`` and ``--frames`` into fields of `AnimateOptions`."""
    span = {name: parsed_seconds(name, given[name]) for name in ("start", "end")}
    return {**span, "frames": given["frames"]}


def parsed_seconds(name: str, text: str | None) -> Fraction | None:
    """Read seconds such as ``1.5`` or ``1001/30000``; None for none."""
    if text is None:
        return None
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        value = Fraction(-1)
    if value < 0:
        raise typer.BadParameter(f"--{name}: expected seconds from 0, got {text!r}")
    return value
