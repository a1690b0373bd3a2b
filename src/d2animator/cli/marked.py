"""The options that say how results are marked as synthetic, for all commands that make any."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from d2animator.marks.options import MarkOptions

MakeMarks = Callable[[], Any]
"""Makes the `MarkOptions` once they are needed: until then nothing heavy is loaded."""

_PANEL = "Marks"
_OPTIONS: dict[str, tuple[Any, object]] = {
    "watermark": (
        Annotated[
            bool,
            typer.Option(
                "--watermark/--no-watermark",
                help="An invisible one in every picture.",
                rich_help_panel=_PANEL,
            ),
        ],
        True,
    ),
    "payload": (
        Annotated[int, typer.Option(help="16 bits of yours in it.", rich_help_panel=_PANEL)],
        0,
    ),
    "manifest": (
        Annotated[
            bool,
            typer.Option(
                "--manifest/--no-manifest",
                help="Signed metadata (C2PA) in every file.",
                rich_help_panel=_PANEL,
            ),
        ],
        True,
    ),
    "label": (
        Annotated[
            str | None,
            typer.Option(
                help="Words of a visible label in a corner.",
                show_default="none",
                rich_help_panel=_PANEL,
            ),
        ],
        None,
    ),
    "signing_key": (
        Annotated[
            Path | None,
            typer.Option(
                help="Your private key (PEM); goes with --certificate.",
                show_default="one made on first use",
                rich_help_panel=_PANEL,
            ),
        ],
        None,
    ),
    "certificate": (
        Annotated[
            Path | None,
            typer.Option(
                help="Its certificates (PEM).", show_default="likewise", rich_help_panel=_PANEL
            ),
        ],
        None,
    ),
    "record_inputs": (
        Annotated[
            bool,
            typer.Option(
                "--record-inputs", help="Name source and driver by hash.", rich_help_panel=_PANEL
            ),
        ],
        False,
    ),
}


def marked(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of marks; it gets them as one argument, ``marks``."""
    own = inspect.signature(command, eval_str=True)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _OPTIONS.items()
    ]
    kept = [parameter for parameter in own.parameters.values() if parameter.name != "marks"]

    @functools.wraps(command)
    def with_marks(**given: Any) -> None:
        chosen = {name: given.pop(name) for name in _OPTIONS}
        command(**given, marks=functools.partial(_mark_options, chosen))

    shown = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*kept, *added)]
    # Typer looks at both; neither may name the argument that is made here.
    with_marks.__signature__ = own.replace(parameters=shown)  # type: ignore[attr-defined]
    with_marks.__annotations__ = {each.name: each.annotation for each in shown}
    return with_marks


def _mark_options(chosen: dict[str, Any]) -> MarkOptions:
    from d2animator.marks.options import MarkOptions

    return MarkOptions(**chosen)
