"""Whoever writes pictures marks them: found in the code itself, so that no way out is missed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.calls import called

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "d2animator"

# What makes a file, or the bytes of one, out of pictures.
WRITERS = {"open_sink", "write_image", "encode_jpeg"}
WRITERS |= {"VideoWriter", "AnimationWriter", "SequenceWriter"}
# Others' ways to do so.
FOREIGN = {"imwrite", "imencode", "imsave", "mimsave", "mimwrite", "fromarray"}

# Modules that write without marking, and why they may.
_OF_A_SESSION = "its pictures come from a live session, which marks them"
EXCEPTIONS = {
    "live/page.py": _OF_A_SESSION,
    "live/recording.py": _OF_A_SESSION,
    "web/live.py": _OF_A_SESSION,
    "web/edits.py": "its pictures come from `D2Animator.edit`, which marks them",
    "evaluate/protocols.py": "measures pictures, its own and others', as they are",
    "evaluate/report.py": "shows what was measured",
    "distill/train.py": "draws learning curves",
}


def modules() -> dict[str, ast.Module]:
    """All modules but those of the rooms that marks and files are made in."""
    return {
        name: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
        if not (name := path.relative_to(SOURCE).as_posix()).startswith(("media/", "marks/"))
    }


MODULES = modules()
WRITING = {name for name, module in MODULES.items() if called(module) & (WRITERS | FOREIGN)}


@pytest.mark.parametrize("name", sorted(WRITING - EXCEPTIONS.keys()))
def test_who_writes_pictures_marks_them(name):
    calls = called(MODULES[name])
    told = f"{name} lets pictures out: give each to Marker.mark, or name here why it need not"
    assert "mark" in calls, told


def test_an_exception_does_not_mark_for_itself():
    assert not [name for name in EXCEPTIONS.keys() & WRITING if "mark" in called(MODULES[name])]


def test_a_module_that_forgets_is_found():
    assert called(ast.parse("media.write_image(path, draw(portrait))")) == {"write_image", "draw"}
