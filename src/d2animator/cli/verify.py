"""``d2animator verify``: does a file say that it is synthetic?"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from d2animator.cli.options import EXIT_BAD_INPUT, AsJson, Quiet, Verbose
from d2animator.cli.report import Report
from d2animator.cli.results import counted
from d2animator.errors import MediaError

if TYPE_CHECKING:
    from d2animator.marks.verify import Verification

EXIT_UNMARKED = 1
EXIT_BROKEN = 3

# The exit code of many files is the first of these that any of them has.
_WORST_FIRST = (EXIT_BAD_INPUT, EXIT_BROKEN, EXIT_UNMARKED)


def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures or videos.")],
    trust: Annotated[
        Path | None,
        typer.Option(help="Certificates (PEM) of signers to trust.", show_default="nobody"),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Look for marks that say a file is synthetic: signed metadata (C2PA) and our watermark.

    Exit code 0: every file says so; 1: one has no such mark; 2: one cannot be read; 3: one has
    signed metadata that does not fit it. No mark does not mean that a file is real.
    """
    report = Report(quiet, verbose)
    from d2animator.marks.verify import plain
    from d2animator.marks.verify import verify as verify_file

    told: list[dict[str, object]] = []
    codes = set()
    for path in files:
        try:
            with report.bar(path.name) as progress:
                verification = verify_file(path, trust=trust, progress=progress)
        except MediaError as error:
            report.error(str(error))
            codes.add(EXIT_BAD_INPUT)
            told.append({"file": str(path), "error": error.reason})
            continue
        codes.add(exit_code(verification))
        told.append(plain(verification))
        if not as_json:
            report.end(None, lines(verification))
    if as_json:
        report.end(told, [])
    raise typer.Exit(next((code for code in _WORST_FIRST if code in codes), 0))


def exit_code(verification: Verification) -> int:
    """What a script is told of one file."""
    if verification.broken:
        return EXIT_BROKEN
    return 0 if verification.synthetic else EXIT_UNMARKED


def lines(verification: Verification) -> list[str]:
    """Tell what was found as text."""
    words = "says that it is synthetic" if verification.synthetic else "does not say so"
    head = f"{verification.path}: {words}"
    return [
        head,
        f"  signed:    {_signature(verification)}",
        f"  watermark: {_watermark(verification)}",
    ]


def _signature(verification: Verification) -> str:
    """One line on the signed metadata."""
    credentials = verification.credentials
    if credentials is None:
        return "no"
    if not credentials.intact:
        why = "changed after signing" if credentials.changed else "not valid"
        return f"{why} ({', '.join(credentials.problems)})"
    whom = credentials.signer or "nobody named"
    known = "trusted" if credentials.state == "trusted" else "not among those trusted"
    if credentials.own:
        known = "this installation's own key"
    parts = [f"by {whom} ({known}), unchanged"]
    parts += [f"made by {credentials.software}"] if credentials.software else []
    parts += [f"as {', '.join(credentials.source_types)}"] if credentials.source_types else []
    parts += [f"from {', '.join(credentials.ingredients)}"] if credentials.ingredients else []
    parts += [f"at {credentials.signed_at}"] if credentials.signed_at else []
    return "; ".join(parts)


def _watermark(verification: Verification) -> str:
    """One line on the watermark."""
    watermark = verification.watermark
    if watermark is None:
        return f"not looked for: {verification.unreadable}"
    if not watermark.found:
        return f"no, in {counted(watermark.frames)}"
    chance = f"chance below 1 in 10^{math.floor(-watermark.log10_chance)}"
    payload = "unreadable" if watermark.payload is None else str(watermark.payload)
    where = ", ".join(
        str(first) if first == last else f"{first}-{last}"
        for first, last in watermark.marked_frames
    )
    frames = f"frames {where} of {watermark.frames}" if watermark.frames > 1 else "the picture"
    return f"in {frames}; {chance}; payload {payload}"
