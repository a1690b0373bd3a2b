"""Fills the command line's reference page while the documentation is built: it cannot be stale."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

COMMAND = ("-m", "typer", "d2animator.cli", "utils", "docs", "--name", "d2animator")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Called by MkDocs for every page with its text; gives the text to use instead."""
    if page.file.src_uri != "reference/cli.md":
        return markdown
    done = subprocess.run(  # noqa: S603 -- our own command, no outside input
        [sys.executable, *COMMAND],
        check=True,
        capture_output=True,
        text=True,
        # Wide, so that help texts are not cut short.
        env={**os.environ, "COLUMNS": "200", "TERMINAL_WIDTH": "200"},
    )
    commands = done.stdout[done.stdout.index("\n## ") :]
    # Metavariables such as {input} and <path> are text, not attribute lists or tags.
    commands = re.sub(r"^\$ ", "", commands, flags=re.MULTILINE)
    return f"{markdown}\n{commands}"
