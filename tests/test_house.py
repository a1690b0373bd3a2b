"""The house rules that no linter knows: sizes, forbidden things, and the documentation's code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = sorted((ROOT / "src").rglob("*.py"))
SOURCES = [
    *LIBRARY,
    *(p for name in ("tools", "comfyui") for p in sorted((ROOT / name).rglob("*.py"))),
]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "comfyui/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
EXAMPLES = ROOT / "docs" / "examples"
MAX_FILE_LINES = 400
# One class, and nine lines of ten its signatures and docstrings: the reference that users read.
FACADE, MAX_FACADE_LINES = ROOT / "src" / "d2animator" / "animator.py", 640
MAX_FUNCTION_LINES = 60
# All of these can run code that somebody hid in a file.
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
UNSAFE_CALLS = {"torch.load", "torch.save"}

every_source = pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: str(path.relative_to(ROOT))
)
every_module = pytest.mark.parametrize(
    "path", LIBRARY, ids=lambda path: str(path.relative_to(ROOT))
)
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


@every_source
def test_a_file_fits_a_reader(path):
    most = MAX_FACADE_LINES if path == FACADE else MAX_FILE_LINES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most


@every_source
def test_a_function_fits_a_screen(path):
    functions = (n for n in nodes(path) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    lengths = {n.name: (n.end_lineno or 0) - n.lineno + 1 for n in functions}
    assert {name: n for name, n in lengths.items() if n > MAX_FUNCTION_LINES} == {}


@every_module
def test_the_library_neither_prints_nor_asserts(path):
    offences = [
        node.lineno
        for node in nodes(path)
        if isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "print")
    ]
    assert offences == []


@every_source
def test_nothing_is_pickled(path):
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names} & UNSAFE_MODULES
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").split(".")[0]} & UNSAFE_MODULES
        elif isinstance(node, ast.Call):
            found |= {ast.unparse(node.func)} & UNSAFE_CALLS
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            found |= {"allow_pickle"} if ast.unparse(node.value) != "False" else set()
    assert found == set()


def test_no_file_names_a_place_on_somebodys_machine():
    place = re.compile(r"(?<![\w.])/(?:work|root|home|opt|Users)/\w|\b[A-Z]:\\\\?\w")
    texts = {".py", ".md", ".toml", ".yml", ".txt", ".json", ".glsl", ".vert", ".frag", ""}
    folders = ("src", "tools", "tests", "docs", "benchmarks", "comfyui", "examples", ".ci")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    # In a second working tree `.git` is a file that names a place.
    paths += [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    texts_found = [
        path for path in paths if path.suffix in texts and "__pycache__" not in path.parts
    ]
    offences = [
        str(path.relative_to(ROOT))
        for path in texts_found
        if place.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert offences == []


def test_nothing_is_left_to_do():
    marks = re.compile(r"\b(?:TO" + "DO|FIX" + r"ME|XX" + r"X)\b")
    paths = [*SOURCES, *PAGES, *sorted((ROOT / "tests").rglob("*.py"))]
    assert [path for path in paths if marks.search(path.read_text(encoding="utf-8"))] == []


def blocks(page: Path, language: str) -> list[str]:
    """Fenced code of one language, without the fences."""
    fence = re.compile(rf"^```{language}\b[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
    return fence.findall(page.read_text(encoding="utf-8"))


@every_page
def test_every_python_example_is_a_tested_file(page):
    """Pages include the file; the README, which cannot include, repeats it word for word."""
    files = {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.py")}
    for block in blocks(page, "python"):
        included = re.fullmatch(r'--8<-- "(\w+\.py)"\n', block)
        assert (included and included[1] in files) or block in files.values(), block


@every_page
def test_a_relative_link_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
    targets += re.findall(r'<img[^>]*\bsrc="(?!https?:)([^"]+)"', text)
    assert [target for target in targets if not (page.parent / target).exists()] == []
