"""Every example of the documentation runs, every command in it exists, every figure is current."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

import tools.puppets.__main__
from benchmarks import figures
from d2animator.cli import app

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


# The first one that people run; the others are as many starts of the program.
FIRST = "animate.py"


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(path, id=path.name, marks=() if path.name == FIRST else pytest.mark.slow)
        for path in EXAMPLES
    ],
)
def test_an_example_runs(example, tmp_path):
    """In an empty folder, with what a fresh clone has under ``examples``."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = subprocess.run(
        [sys.executable, str(example)], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


PROGRAMS = {"d2animator": app, "python -m tools.puppets": tools.puppets.__main__.app}


def commands(page: Path) -> list[tuple[str, str]]:
    """Lines of a page's shell blocks that run one of ours: program and words; continued joined."""
    fence = re.compile(r"^```(?:bash|sh|console)\b[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
    code = "\n".join(fence.findall(page.read_text(encoding="utf-8"))).replace("\\\n", " ")
    return [
        (program, line.removeprefix(program))
        for line in code.splitlines()
        for program in PROGRAMS
        if line.startswith(f"{program} ")
    ]


LINES = [(page.name, program, words) for page in PAGES for program, words in commands(page)]


def find(program: str, words: list[str]) -> tuple[Any, list[str]]:
    """The command that some words name, and the words left over."""
    command: Any = typer.main.get_command(PROGRAMS[program])
    rest = list(words)
    while (group := getattr(command, "commands", None)) and rest and not rest[0].startswith("-"):
        assert rest[0] in group, f"no command {rest[0]!r}"
        command = group[rest.pop(0)]
    return command, rest


@pytest.mark.parametrize(("page", "program", "words"), LINES)
def test_a_command_exists(page, program, words):
    """The command and each of its options; files it names need not exist."""
    command, rest = find(program, shlex.split(words, comments=True))
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    options = {word.split("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    assert options <= known | {"--help"}


@pytest.mark.parametrize("page", figures.PAGES, ids=lambda path: path.name)
def test_a_page_shows_the_committed_figures(page):
    text = page.read_text(encoding="utf-8")
    assert figures.fill(text) == text, "run `python -m benchmarks.figures`"


@pytest.mark.parametrize("page", sorted(figures.FIGURES.glob("*.md")), ids=lambda path: path.name)
def test_a_figure_was_measured(page):
    """A table, and the numbers behind it."""
    assert "\n| --- |" in page.read_text(encoding="utf-8")
    assert page.with_suffix(".json").is_file()


def test_a_page_includes_only_what_exists():
    places = (ROOT / "docs", ROOT / "docs" / "examples", ROOT)
    for page in PAGES:
        for name in re.findall(r'^--8<-- "([^"]+)"', page.read_text(encoding="utf-8"), re.M):
            assert any((place / name).is_file() for place in places), f"{page.name}: {name}"


@pytest.mark.slow
def test_the_pages_ask_nobody_else_for_anything(tmp_path):
    """Scripts, styles, fonts and pictures are the site's own; search has its index at hand."""
    site = tmp_path / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(site)]
    silent = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=silent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    asked = re.compile(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="?(?:https?:)?//[^" >]+')
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 30
    found = {page.name: asked.findall(page.read_text(encoding="utf-8")) for page in pages}
    assert {name: links for name, links in found.items() if links} == {}
    assert (site / "search" / "search_index.js").is_file()
    assert (site / "javascripts" / "iframe-worker.js").is_file()


def test_cases_have_the_tests_that_they_name() -> None:
    page = (ROOT / "docs" / "explanation" / "robustness.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)` `(test_\w+)`", page)
    assert len(named) > 40
    for file, test in named:
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), (file, test)
