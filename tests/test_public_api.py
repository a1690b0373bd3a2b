"""What users import, and what importing costs them."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import d2animator

ROOT = Path(__file__).resolve().parent.parent
HEAVY = (
    *("torch", "numpy", "av", "imageio", "PIL", "huggingface_hub"),
    *("face_alignment", "mediapipe"),
)


def test_public_names_are_pinned():
    assert sorted(d2animator.__all__) == [
        "AnimateOptions",
        "AnimationResult",
        "Bundle",
        "D2Animator",
        "D2AnimatorError",
        "Directions",
        "Portrait",
        "__version__",
        "load_bundle",
        "load_generator",
        "make_detector",
        "verify",
    ]


@pytest.mark.parametrize("name", d2animator.__all__)
def test_every_public_name_is_there(name):
    assert getattr(d2animator, name)
    assert name in dir(d2animator)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'D3Animator'"):
        d2animator.D3Animator  # noqa: B018


def test_the_version_is_the_one_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert d2animator.__version__ == project["version"]


def loaded_after(code: str) -> set[str]:
    """Which of the heavy libraries a fresh interpreter has loaded after running ``code``."""
    report = f"; import sys; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code + report],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("module", ["d2animator", "d2animator.errors", "d2animator.config"])
def test_importing_needs_no_heavy_library(module):
    assert loaded_after(f"import {module}") == set()


def test_the_help_needs_no_heavy_library():
    code = "from typer.testing import CliRunner; from d2animator.cli import app; "
    code += "assert CliRunner().invoke(app, ['--help']).exit_code == 0"
    assert loaded_after(code) == set()


def test_the_typing_marker_is_shipped():
    assert (Path(d2animator.__file__).parent / "py.typed").is_file()
