from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from d2animator.animate.template import write_template
from d2animator.errors import MediaError
from d2animator.web.files import (
    EXAMPLES,
    examples_folder,
    look_at,
    plain_name,
    plain_suffix,
    receive,
)
from d2animator.web.refusals import RefusedError


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def take(folder: Path, *parts: bytes, most: int = 10, announced: int | None = None) -> Path:
    return asyncio.run(receive(chunks(*parts), folder, "clip.MP4", most, announced))


def test_a_file_is_written_under_a_name_of_its_own(tmp_path):
    first, second = take(tmp_path, b"abc", b"def"), take(tmp_path, b"x")
    assert first.read_bytes() == b"abcdef"
    assert first.suffix == ".mp4"
    assert first.parent == second.parent == tmp_path
    assert first != second


@pytest.mark.parametrize("announced", [None, 5, 2_000_000_000])
def test_what_is_too_large_is_refused_while_it_comes_and_leaves_nothing(tmp_path, announced):
    came = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            came.append(1)
            yield b"four"

    with pytest.raises(RefusedError, match="larger than the 1e-05 MB") as caught:
        asyncio.run(receive(endless(), tmp_path, "clip.mp4", 10, announced))
    assert caught.value.status == 413
    assert len(came) <= 3
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(RefusedError, match="empty"):
        take(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_sender_who_goes_away_leaves_nothing(tmp_path):
    async def broken() -> AsyncIterator[bytes]:
        yield b"four"
        raise ConnectionError("gone")

    with pytest.raises((ConnectionError, RefusedError)):
        asyncio.run(receive(broken(), tmp_path, "clip.mp4", 10, None))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.JPG", ".jpg"),
        ("../../etc/passwd", ""),
        ("a.tar.gz", ".gz"),
        ("a.b/c", ""),
        ("x.p\0g", ""),
    ],
)
def test_only_a_plain_extension_is_taken_from_a_name(name, suffix):
    assert plain_suffix(name) == suffix


def test_a_shown_name_has_no_folders_and_no_control_characters():
    assert plain_name("folder\\me\x1b[31m.jpg") == "me?[31m.jpg"
    assert plain_name("/") == "file"
    assert len(plain_name("a" * 500)) <= 80


def test_a_file_is_looked_at(files, animator):
    photo = look_at(files / "me.png", "me.png", "1")
    assert (photo.kind, photo.width, photo.height, photo.seconds) == ("picture", 96, 96, None)
    clip = look_at(files / "clip.mp4", "clip.mp4", "2")
    assert clip.kind == "video"
    assert clip.seconds == pytest.approx(6 * 1001 / 30000)
    write_template(files / "nod.safetensors", animator.motions(files / "clip.mp4")[0])
    assert look_at(files / "nod.safetensors", "nod", "3").kind == "motion"
    with pytest.raises(MediaError):
        look_at(files / "notes.txt", "notes.txt", "4")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_there(name):
    look_at(examples_folder() / name, name, name)
