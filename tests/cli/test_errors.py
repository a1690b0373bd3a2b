"""Whatever happens, the command line ends with one printable sentence and an exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from d2animator.cli import app
from d2animator.cli.options import EXIT_FAILED, TRACEBACK, Commands
from d2animator.errors import BundleError

runner = CliRunner()


def failing(error: BaseException) -> typer.Typer:
    program = typer.Typer(cls=Commands)

    @program.command()
    def fail() -> None:
        raise error

    @program.command()
    def other() -> None:
        pass

    return program


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RecursionError("deep"), EXIT_FAILED),
        (RuntimeError("shapes\x1b[2J"), EXIT_FAILED),
        (OverflowError("large"), EXIT_FAILED),
        (UnicodeEncodeError("ascii", "é", 0, 1, "no"), EXIT_FAILED),
        (KeyError("x" * 10_000), EXIT_FAILED),
        (MemoryError(), 2),
        (BundleError("x\x1b]0;me\x07", "y" * 10_000_000), 2),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_error_is_one_sentence(error, code, monkeypatch):
    monkeypatch.delenv(TRACEBACK, raising=False)
    done = runner.invoke(failing(error), ["fail"])
    assert done.exit_code == code
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.output
    assert "\x1b" not in done.output
    assert len(done.stderr) < 5000
    if code == EXIT_FAILED:
        assert f"tell its makers, with what {TRACEBACK}=1 shows" in done.stderr


def test_the_traceback_is_there_for_who_wants_it(monkeypatch):
    monkeypatch.setenv(TRACEBACK, "1")
    done = runner.invoke(failing(RuntimeError("shapes")), ["fail"])
    assert isinstance(done.exception, RuntimeError)


def test_wrong_usage_is_still_explained():
    done = runner.invoke(app, ["animate", "--no-such-option"])
    assert done.exit_code == 2
    assert "No such option" in done.output


def test_words_of_a_bundle_do_not_reach_the_terminal(tiny_bundle_path, tmp_path):
    folder = Path(shutil.copytree(tiny_bundle_path, tmp_path / "b"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"name": "\x1b[2Jname", "license": "\x9b31m", "description": "\u202egpj.exe"}
    config["provenance"] = {"k\x1b[1m": "v\r\x08"}
    (folder / "config.json").write_text(json.dumps(config))
    done = runner.invoke(app, ["info", str(folder)])
    assert done.exit_code == 0, done.output
    shown = done.output.replace("\n", "")
    assert shown.isprintable(), ascii(shown)
