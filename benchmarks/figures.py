"""Measured figures: JSON for machines, the same as a Markdown table for the documentation.

A benchmark calls ``write``; ``python -m benchmarks.figures`` then copies the tables into the
README, which cannot include files, and into pages whose tables may not be there yet: between
``<!-- figures: NAME -->`` and ``<!-- /figures -->``. After ``<!-- figures: NAME, first 2 -->`` only
what comes up to the end of the second table is shown.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "docs" / "figures"
PAGES = (ROOT / "README.md", ROOT / "docs" / "explanation" / "figures.md")
_REGION = re.compile(
    r"(<!-- figures: (?P<name>\w+)(, first (?P<first>\d+))? -->\n).*?(?P<end><!-- /figures -->)",
    re.DOTALL,
)


def cell(value: object) -> str:
    """One value as a table shows it: two decimals, a dash for what could not be measured."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; the first column is left-aligned, the others right-aligned.

    Args:
        header: Column titles.
        rows: One sequence of values a row, as long as the header.
    """
    lines = [list(header), ["---", *["---:"] * (len(header) - 1)]]
    lines += [[cell(value) for value in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(name: str, data: Mapping[str, object], markdown: str, command: str) -> None:
    """Write ``docs/figures/NAME.json`` and ``NAME.md``.

    Args:
        name: Of both files.
        data: What was measured; NaN is not allowed, None is.
        markdown: The same as text with tables.
        command: What a reader runs to get it again.
    """
    FIGURES.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, indent=2, allow_nan=False)
    (FIGURES / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    note = f"<!-- made by `{command}`; do not edit -->\n\n"
    (FIGURES / f"{name}.md").write_text(note + markdown.rstrip("\n") + "\n", encoding="utf-8")


def show(name: str, data: Mapping[str, object], markdown: str, command: str, *, keep: bool) -> None:
    """Print figures as JSON and as tables, and `write` them if they are to be kept."""
    print(json.dumps(data, indent=2, allow_nan=False))
    print(markdown)
    if keep:
        write(name, data, markdown, command)


def fill(text: str, folder: Path = FIGURES) -> str:
    """Put tables into a page.

    Args:
        text: The page, with regions as described at the top of this module.
        folder: Where the tables are; a region whose table does not exist is left as it is.
    """

    def region(match: re.Match[str]) -> str:
        source = folder / f"{match['name']}.md"
        if not source.exists():
            return match[0]
        shown = source.read_text(encoding="utf-8")
        if match["first"]:
            shown = _first_tables(shown, int(match["first"]))
        return f"{match[1]}{shown}{match['end']}"

    return _REGION.sub(region, text)


def _first_tables(text: str, count: int) -> str:
    """What comes up to the end of some tables."""
    parts = text.rstrip("\n").split("\n\n")
    tables = [index for index, part in enumerate(parts) if part.startswith("|")]
    last = tables[min(count, len(tables)) - 1] if tables else len(parts) - 1
    return "\n\n".join(parts[: last + 1]) + "\n"


def fill_pages() -> None:
    """Fill the regions of all pages in `PAGES`."""
    for page in PAGES:
        page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> None:
    """Command line."""
    fill_pages()


if __name__ == "__main__":
    main()
