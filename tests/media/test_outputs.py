"""No output is an input, whatever its name."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from d2animator.errors import OutputError
from d2animator.media.clip import Clip, check_target
from d2animator.media.outputs import check_not_input, in_folder, is_folder_name
from d2animator.media.sequence import check_sequence, is_sequence

MOVING = Clip("<test>", (), Fraction(25))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("me.png", "ben.mp4"):
        (folder / name).write_text("mine")
    (tmp_path / "linked").symlink_to(folder)
    (folder / "link.png").symlink_to(folder / "me.png")
    os.link(folder / "me.png", tmp_path / "hard.png")
    return folder


@pytest.mark.parametrize(
    ("output", "inputs"),
    [
        ("photos/me.png", ["photos/ben.mp4", "photos/me.png"]),
        ("photos/../photos/me.png", ["photos/me.png"]),
        ("linked/me.png", ["photos/me.png"]),
        ("photos/link.png", ["photos/me.png"]),
        ("photos/me.png", ["photos/link.png"]),
        ("hard.png", ["photos/me.png"]),
        ("photos/ben.mp4", ["photos"]),
        ("photos/ben.mp4", ["photos/*.mp4"]),
        ("photos/ben.mp4", ["linked/b?n.mp4"]),
    ],
)
def test_an_input_is_no_output(
    tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, output: str, inputs: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="is an input itself"):
        check_not_input(output, inputs)
    with pytest.raises(OutputError, match="is an input itself"):
        check_not_input(["new.mp4", Path(output)], {Path(one): None for one in inputs})


def test_everything_else_is_one(tmp_path: Path, photos: Path) -> None:
    arrays = np.zeros((4, 4, 3), np.uint8)
    for output in (photos / "new.png", tmp_path / "me.png", None, photos / "%03d.png"):
        check_not_input(output, [photos, "photos/*.mp4", None, arrays, 3])
    check_not_input(iter([tmp_path / "a.mp4"]), arrays)
    check_not_input(tmp_path / "absent.png", tmp_path / "absent2.png")


def test_two_names_of_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is an input itself"):
        check_not_input(tmp_path / "a" / ".." / "b.mp4", tmp_path / "b.mp4")


def test_what_ends_as_a_folder_is_one(tmp_path: Path) -> None:
    assert is_folder_name(f"{tmp_path}/new/")
    assert is_folder_name(tmp_path)
    assert not is_folder_name(tmp_path / "new")
    assert in_folder(f"{tmp_path}/new/", "a.mp4") == tmp_path / "new" / "a.mp4"
    assert in_folder(tmp_path, "a.mp4") == tmp_path / "a.mp4"
    assert in_folder(tmp_path / "b.mp4", "a.mp4") == tmp_path / "b.mp4"


@pytest.mark.parametrize(
    "name", ["100%.mp4", "50%d.mp4", "%05d.mp4", "100%done.png", "a%s.png", "%03d-%.png", "%.webp"]
)
def test_a_percent_sign_may_be_a_letter(tmp_path: Path, name: str) -> None:
    assert not is_sequence(name)
    if name.endswith((".mp4", ".webp")):
        assert check_target(tmp_path / name, MOVING) == tmp_path / name
    else:
        with pytest.raises(OutputError, match=r"numbered pictures such as frames/%05d\.png"):
            check_target(tmp_path / name, MOVING)
        still = Clip("<test>", ())
        assert check_target(tmp_path / name, still) == tmp_path / name


@pytest.mark.parametrize("name", ["%05d.png", "a-%03d.jpg", "%d.webp", "50%-%04d.png"])
def test_a_number_before_a_pictures_extension_is_a_pattern(tmp_path: Path, name: str) -> None:
    assert is_sequence(name)
    if "50%" not in name:
        assert check_sequence(tmp_path / name).name == name


@pytest.mark.parametrize("name", ["%099999999d.png", "%0d.png", "%-5d.png", "%5.3d.png"])
def test_numbers_have_a_sane_width(name: str) -> None:
    assert not is_sequence(name)
