"""Options that several commands share, added to them as groups.

A command gets a group as one mapping of names to values, and need not name each of them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from d2animator.cli.options import LimitMotion, Seconds, Smooth

Group = dict[str, tuple[Any, object]]
"""Options by name: how Typer is to read each, and its default."""

_PANEL = "Marks"
MARKS: Group = {
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
    "timestamp_authority": (
        Annotated[
            str | None,
            typer.Option(
                metavar="URL",
                help="Who is asked for the time (RFC 3161, https).",
                show_default="nobody",
                rich_help_panel=_PANEL,
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
"""How results are marked as synthetic: fields of `d2animator.marks.options.MarkOptions`."""

_MANY_PANEL = "Many files"
MANY: Group = {
    "workers": (
        Annotated[
            int,
            typer.Option(
                help="Processes that animate at once.", rich_help_panel=_MANY_PANEL, min=1
            ),
        ],
        1,
    ),
    "ray": (
        Annotated[
            str | None,
            typer.Option(
                metavar="ADDRESS",
                help="Ray cluster that animates: auto, or ray://HOST:PORT.",
                show_default="none",
                rich_help_panel=_MANY_PANEL,
            ),
        ],
        None,
    ),
    "resume": (
        Annotated[
            bool,
            typer.Option(
                "--resume",
                help="Leave results alone that are newer than their files.",
                rich_help_panel=_MANY_PANEL,
            ),
        ],
        False,
    ),
}
"""How many files are worked on: fields of `d2animator.cli.many.How`."""

GENERATOR: Group = {
    "corrections": (
        Annotated[
            int | None,
            typer.Option(
                help="How often a frame is drawn, looked at and corrected, 0 to 8; 0 is fastest.",
                show_default="2",
            ),
        ],
        None,
    ),
    "inversion": (
        Annotated[
            str | None,
            typer.Option(
                help="How the source is found: encoder, optimise or tune.", show_default="optimise"
            ),
        ],
        None,
    ),
    "tune": (
        Annotated[
            str | None,
            typer.Option(
                help="Tune networks to the source: off, fast or full.", show_default="off"
            ),
        ],
        None,
    ),
    "seconds": (Seconds, None),
}
"""How the generator comes to draw the source: fields of ``AnimateOptions``."""

FOLLOWING: Group = {"smooth": (Smooth, None), "limit_motion": (LimitMotion, None)}
"""How the driver is followed: fields of ``AnimateOptions``."""

DRIVER_PART: Group = {
    "start": (
        Annotated[str | None, typer.Option(help="Second of the driver to begin at, such as 1.5.")],
        None,
    ),
    "end": (Annotated[str | None, typer.Option(help="Second of the driver to end before.")], None),
    "frames": (Annotated[int | None, typer.Option(help="Most frames: a quick try.")], None),
}
"""Which part of the driver is used."""

SOUND: Group = {
    "audio": (
        Annotated[
            str | None,
            typer.Option(
                help="Whose sound: driver, source (a video) or none.", show_default="driver"
            ),
        ],
        None,
    ),
    "audio_track": (
        Annotated[
            int | None,
            typer.Option(help="Which of its tracks, from 0.", show_default="its default"),
        ],
        None,
    ),
}
"""Whose sound a result has."""


def grouped(**groups: Group) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command groups of options; each comes as one mapping, by the group's name."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters.values()
        added = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
            )
            for group in groups.values()
            for name, (kind, default) in group.items()
        ]
        kept = [
            each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for each in own
            if each.name not in groups
        ]

        @functools.wraps(command)
        def with_groups(**given: Any) -> None:
            for name, group in groups.items():
                given[name] = {option: given.pop(option) for option in group}
            command(**given)

        # Typer looks at both; neither may name the arguments that are made here.
        shown = inspect.Signature([*kept, *added], return_annotation=None)
        with_groups.__signature__ = shown  # type: ignore[attr-defined]
        with_groups.__annotations__ = {each.name: each.annotation for each in (*kept, *added)}
        return with_groups

    return add
