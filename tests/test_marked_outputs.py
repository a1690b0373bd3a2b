"""Every way out is marked: each command and each method that makes pictures, in each format."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
import typer
from numpy.typing import NDArray
from typer.testing import CliRunner

from d2animator import AnimationResult, D2Animator, verify
from d2animator.cli import app
from d2animator.media.images import read_image, write_image
from tests.calls import called

ROOT = Path(__file__).resolve().parent.parent
PHOTO, CLIP = ROOT / "examples" / "astronaut.jpg", ROOT / "examples" / "driving.mp4"
# Commands with an output in which there is no picture of anybody that was made here.
WITHOUT_PICTURES = {"convert", "directions", "evaluate", "landmarks", "layers", "motion", "train"}


def commands() -> dict[str, set[str]]:
    """The options of every command."""
    group: Any = typer.main.get_command(app)
    return {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in group.commands.items()
    }


def test_every_command_that_makes_pictures_marks_them() -> None:
    making = {name for name, options in commands().items() if {"--output", "--record"} & options}
    marking = {name for name, options in commands().items() if "--manifest" in options}
    # The page has no output of its own: it says how its files are marked, as commands do.
    assert (making - WITHOUT_PICTURES) | {"web"} == marking
    still = {"disentangle", "edit", "frontalize", "interpolate"}
    assert still | {"animate", "anonymise", "live", "web"} == marking


def test_every_method_that_makes_pictures_is_known() -> None:
    making = {
        name
        for name, method in inspect.getmembers(D2Animator, inspect.isfunction)
        if not name.startswith("_")
        and get_type_hints(method).get("return") in (AnimationResult, NDArray[np.uint8])
    }
    assert making == {
        "animate",
        "animate_pairs",
        "anonymise",
        "disentangle",
        "edit",
        "frontalize",
        "interpolate",
    }


# What makes a file or a stream of pictures, and the modules that call it. A new one has to hand its
# pictures to a marker, or to take them from what did, before it may stand here.
WRITING = {"VideoWriter", "encode_jpeg", "imencode", "imwrite", "open_sink", "write_image"}
WRITERS = {
    "animate/result.py",  # the door of all that animates and edits: marks and signs
    "bundles/publish.py",  # a model card's picture: marks
    "distill/train.py",  # curves of a training, in which there is nobody
    "edit/catalogue.py",  # a page of directions: marks
    "evaluate/protocols.py",  # what `animate` gave in memory, which is marked; and inputs
    "evaluate/report.py",  # the same in a grid
    "live/page.py",  # what a session drew and marked
    "live/recording.py",  # the same, and signs
    "web/edits.py",  # what `edit` gave, which is marked
    "web/live.py",  # what a session drew and marked
    "web/model.py",  # a strip of a direction: marks
}


def test_every_module_that_writes_pictures_is_known() -> None:
    package = ROOT / "src" / "d2animator"
    writers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if called(ast.parse(path.read_text(encoding="utf-8"))) & WRITING
    }
    # Within `media`, which knows no marks, are the writers themselves.
    assert {name for name in writers if not name.startswith("media/")} == WRITERS


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path) -> None:
        done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exit_code == 0, done.output

    return run


def is_marked(path: Path) -> None:
    told = verify(path)
    assert told.synthetic, path
    assert told.credentials is not None, path
    assert told.credentials.intact, path
    assert told.watermarked, path


MOVING = ("out.mp4", "out.mov", "out.webm", "out.webp", "out.gif")


@pytest.mark.slow
@pytest.mark.parametrize("name", MOVING)
def test_a_clip_of_each_format_is_marked(run, name: str) -> None:
    run("animate", PHOTO, CLIP, "--frames", "4", "-o", name)
    told = verify(Path(name))
    assert told.synthetic
    assert told.credentials is not None
    assert told.credentials.intact


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_picture_of_each_format_is_marked(run, suffix: str) -> None:
    run("edit", PHOTO, "--set", "smile=0.4", "-o", f"out.{suffix}")
    is_marked(Path(f"out.{suffix}"))


@pytest.mark.slow
def test_each_of_numbered_pictures_is_marked(run) -> None:
    run("animate", PHOTO, CLIP, "--frames", "3", "-o", "frames/%02d.png")
    pictures = sorted(Path("frames").iterdir())
    assert len(pictures) == 3
    for picture in pictures:
        is_marked(picture)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("interpolate", PHOTO, PHOTO, "--frames", "3"),
        ("disentangle", PHOTO, "--pose", PHOTO),
        ("frontalize", PHOTO),
        ("anonymise", PHOTO),
    ],
    ids=lambda words: words[0],
)
def test_each_command_marks(run, words: tuple[str | Path, ...]) -> None:
    name = "out.mp4" if words[0] == "interpolate" else "out.png"
    run(*words, "-o", name)
    is_marked(Path(name))


@pytest.mark.slow
def test_pictures_in_memory_are_marked(tmp_path: Path) -> None:
    animator = D2Animator.from_pretrained(device="cpu")
    photo = read_image(PHOTO)
    kept = animator.animate(photo, photo).images
    assert kept is not None
    for index, picture in enumerate([kept[0], animator.interpolate(photo, photo, 2)[1]]):
        assert verify(write_image(tmp_path / f"{index}.png", picture)).watermarked
