"""What ``--output`` means, for every command."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.cli import app
from d2animator.media.images import write_image
from d2animator.media.video import VideoReader
from tests.seeing import film, picture, seeing


@pytest.fixture(scope="module")
def model(tiny_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "seeing"
    save_bundle(seeing(tiny_bundle), path)
    return path


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the current one, with a source and a driver."""
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "source.png", picture())
    film(tmp_path / "drive.mp4", "ff")
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize(
    ("output", "written"),
    [
        ("results/", "results/source--drive.mp4"),
        ("there", "there/source--drive.mp4"),
        (".", "source--drive.mp4"),
        ("new/deep/out.mp4", "new/deep/out.mp4"),
        ("out.webm", "out.webm"),
        ("100%.mp4", "100%.mp4"),
        ("12:30:00.mp4", "12:30:00.mp4"),
        ("link.mp4", "there/real.mp4"),
    ],
)
def test_where_results_go(inputs: Path, model: Path, output: str, written: str) -> None:
    (inputs / "there").mkdir()
    (inputs / "link.mp4").symlink_to("there/real.mp4")
    done = run("animate", "source.png", "drive.mp4", "-o", output, "--model", model, "--json")
    assert done.exit_code == 0, done.stderr
    assert len(list(VideoReader(inputs / written))) == 2
    assert (inputs / json.loads(done.stdout)["output"]).samefile(inputs / written)
    assert (inputs / "link.mp4").is_symlink()
    assert not [one for one in inputs.rglob("*.part")]


@pytest.mark.parametrize(
    "words",
    [
        ["animate", "source.png", "drive.mp4"],
        ["landmarks", "drive.mp4"],
        ["motion", "drive.mp4"],
        ["interpolate", "source.png", "drive.mp4"],
        ["disentangle", "source.png", "--pose", "drive.mp4"],
        ["edit", "drive.mp4", "--set", "smile=0.5"],
        ["frontalize", "drive.mp4"],
        ["anonymise", "drive.mp4"],
    ],
    ids=lambda words: words[0],
)
def test_no_command_overwrites_what_it_reads(inputs: Path, model: Path, words: list[str]) -> None:
    os.link(inputs / "drive.mp4", inputs / "again.mp4")
    before = {one.name: one.read_bytes() for one in inputs.iterdir()}
    for output in ("drive.mp4", "again.mp4", f"../{inputs.name}/drive.mp4"):
        done = run(*words, "-o", output, "--model", model)
        assert done.exit_code == 2
        assert "is an input itself (drive.mp4), choose another name" in done.stderr
    assert {one.name: one.read_bytes() for one in inputs.iterdir()} == before


def test_many_results_overwrite_no_driver(inputs: Path, model: Path) -> None:
    folder = inputs / "clips"
    folder.mkdir()
    write_image(folder / "a.png", picture())
    film(folder / "b.mp4", "ff")
    film(folder / "a--b.mp4", "ff")
    before = sorted(one.name for one in folder.iterdir())
    done = run("animate", folder / "a.png", folder, "-o", folder, "--model", model)
    assert done.exit_code == 2
    assert "is an input itself" in done.stderr
    assert sorted(one.name for one in folder.iterdir()) == before


def test_a_container_that_does_not_hold_the_codec(inputs: Path, model: Path) -> None:
    words = ["animate", "source.png", "drive.mp4", "-o", "out.webm", "--codec", "h264"]
    done = run(*words, "--model", model)
    assert done.exit_code == 2
    assert ".webm holds vp9, not h264" in done.stderr
    assert not (inputs / "out.webm").exists()
