"""The commands of ``python -m tools.puppets``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tools.puppets.__main__ import app

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = (
    *("pack-head", "render", "generator", "landmarks", "outline"),
    *("encoder", "recognition", "examples", "bench"),
)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_all_commands_are_listed_by_a_fresh_process() -> None:
    """What a developer types in a checkout; what it takes to render and train is imported later."""
    code = (
        "import runpy, sys; sys.argv = ['puppets', '--help']\n"
        "try: runpy.run_module('tools.puppets', run_name='__main__')\n"
        "finally: print(sorted({'moderngl', 'numpy', 'scipy', 'torch'} & set(sys.modules)))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *shown, imported = process.stdout.splitlines()
    assert imported == "[]"
    listed = {line.strip(" │|").split(" ")[0] for line in shown}
    assert set(COMMANDS) <= listed


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "--output" in result.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("pack-head", "absent"), "no such file"),
        (("bench", "--head", "absent.npz"), "no such head model"),
        (("encoder", "--data", "absent", "--bundle", "puppet"), "no renders there"),
    ],
)
def test_an_error_is_one_sentence(
    words: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words, "-o", "made")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert not Path("made").exists()
