"""Damages thousands of files of each kind, and says what reading them came to.

``python -m tests.fuzz`` runs the slow tests that do it, each kind in a process of its own, and
prints the table of docs/explanation/robustness.md; ``--write`` puts it there.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as Trees
from pathlib import Path

from tests.mutations import Tally

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "explanation" / "robustness.md"
KINDS = {
    "pictures": ("media/test_fuzz.py", "test_many_damaged_files_are_read_or_refused", "pictures"),
    "clips and sounds": (
        "media/test_fuzz.py",
        "test_many_damaged_files_are_read_or_refused",
        "clips",
    ),
    "foreign networks": ("foreign/test_fuzz.py", "test_many_damaged_networks", ""),
    "descriptions of bundles": ("bundles/test_fuzz.py", "test_many_damaged_descriptions", ""),
    "motion templates": ("faces/test_template.py", "test_many_damaged_templates", ""),
}
"""File and test of each kind, and which of the test's cases."""
LEAST = 2000
"""Inputs of each kind."""
_BEGIN, _END = "<!-- fuzz -->\n", "<!-- /fuzz -->"


def measured(file: str, test: str, case: str, seen: Path) -> tuple[Tally, int]:
    """Run the tests of a kind; gives what they came to, and how many failed."""
    chosen = f"{test} and {case}" if case else test
    words = ["-m", "pytest", "-q", "-m", "slow", "-k", chosen, f"--junitxml={seen}"]
    words += ["-o", "junit_family=xunit1"]  # has a place for properties
    subprocess.run([sys.executable, *words, f"tests/{file}"], cwd=ROOT, check=False)
    tally, failed = Tally(), 0
    for one in Trees.parse(seen).iter("testcase"):
        failed += one.find("failure") is not None or one.find("error") is not None
        told = {p.get("name", ""): float(p.get("value", "")) for p in one.iter("property")}
        if told:
            counts = (int(told["read"]), int(told["refused"]))
            tally = tally.with_more(Tally(*counts, told["seconds"], int(told["megabytes"])))
    return tally, failed


def row(kind: str, test: tuple[str, str, str], tally: Tally, failed: int) -> str:
    """A line of the table."""
    inputs = tally.read + tally.refused
    figures = f"{inputs:,} | {tally.refused:,} | {failed} | {tally.seconds:.1f} | {tally.megabytes}"
    return f"| {kind} | {figures} | `{test[0]}` `{test[1]}` |"


def main(given: list[str]) -> int:
    """Run all of them, print the table, and write it if that is wanted."""
    lines = [
        "| kind | damaged inputs | refused | stray exceptions | longest, s | memory, MB | test |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, test in KINDS.items():
            tally, failed = measured(*test, Path(folder, "seen.xml"))
            lines.append(row(kind, test, tally, failed))
            worst = max(worst, failed, tally.read + tally.refused < LEAST)
    table = "\n".join(lines) + "\n"
    sys.stdout.write(table)
    if "--write" in given:
        text = PAGE.read_text(encoding="utf-8")
        before, rest = text.split(_BEGIN)
        PAGE.write_text(before + _BEGIN + table + _END + rest.split(_END)[1], encoding="utf-8")
    return min(worst, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
