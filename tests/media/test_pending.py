"""What is under way, and what killed runs leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from d2animator.errors import OutputError
from d2animator.media.files import atomic_target, check_writable
from d2animator.media.images import read_image, write_image
from d2animator.media.pending import Pending, sweep
from tests.media.clips import picture

KILLED = """
import sys, time
from fractions import Fraction
from pathlib import Path
from tests.media.clips import picture
from d2animator.media.sequence import SequenceWriter
from d2animator.media.writer import VideoWriter
folder = Path(sys.argv[1])
with VideoWriter(folder / "a.mp4", (64, 48), Fraction(25)) as clip:
    with SequenceWriter(folder / "%03d.png") as pictures:
        clip.write(picture())
        pictures.write(picture())
        print("ready", flush=True)
        time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_killed_run_is_swept_and_a_living_one_is_not(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        under_way = names(tmp_path)
        assert len(under_way) == 2
        sweep(tmp_path)
        assert names(tmp_path) == under_way
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert names(tmp_path) == under_way
    with atomic_target(tmp_path / "b.txt") as hidden:
        hidden.write_text("next")
        sweep(tmp_path)
        assert hidden.exists()
    assert names(tmp_path) == ["b.txt"]


def test_other_files_are_never_swept(tmp_path: Path) -> None:
    others = [
        ".a.mp4.part",
        "a.0123456789ab.part",
        ".a.0123456789ab.partial",
        ".a.0123456789AB.part",
    ]
    for name in others:
        (tmp_path / name).write_text("mine")
    (tmp_path / ".link.0123456789ab.part").symlink_to(tmp_path / others[0])
    sweep(tmp_path)
    assert names(tmp_path) == sorted([*others, ".link.0123456789ab.part"])


def test_where_there_are_no_locks_age_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("d2animator.media.pending._locks", None)
    for name, hours in {".old.0123456789ab.part": 30, ".new.0123456789ab.part": 1}.items():
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - 3600 * hours,) * 2)
    sweep(tmp_path)
    assert names(tmp_path) == [".new.0123456789ab.part"]
    with atomic_target(tmp_path / "a.txt") as hidden:
        hidden.write_text("whole")
    assert (tmp_path / "a.txt").read_text() == "whole"


def test_missing_folders_are_made_and_go_again_with_nothing_in_them(tmp_path: Path) -> None:
    target = check_writable(tmp_path / "new" / "deep" / "a.png")
    assert names(tmp_path) == []
    pending = Pending(target)
    assert pending.path.parent == tmp_path / "new" / "deep"
    pending.discard()
    assert names(tmp_path) == []
    write_image(target, picture())
    assert names(tmp_path / "new" / "deep") == ["a.png"]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed_not_replaced(tmp_path: Path, there: bool) -> None:
    real = tmp_path / "disk" / "real.png"
    real.parent.mkdir()
    if there:
        real.write_text("old")
    link = tmp_path / "a.png"
    link.symlink_to(real)
    write_image(check_writable(link, (".png",)), picture())
    assert link.is_symlink()
    assert read_image(real).shape == (48, 64, 3)
    assert names(real.parent) == ["real.png"]


def test_links_and_devices_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "null.png").symlink_to("/dev/null")
    for name, reason in {
        "loop.png": "leads nowhere",
        "pipe.png": "a pipe or a device",
        "null.png": "a pipe or a device",
    }.items():
        with pytest.raises(OutputError, match=reason):
            check_writable(tmp_path / name)
    assert (tmp_path / "null.png").is_symlink()


@pytest.mark.parametrize("length", [200, 251])
def test_long_names_are_written(tmp_path: Path, length: int) -> None:
    name = "ä" * (length // 2 - 2) + ".png"
    write_image(tmp_path / name, picture())
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a\0.png", "a" * 300 + ".png"])
def test_names_that_no_disk_takes_are_output_errors(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_image(tmp_path / name, picture())
    assert names(tmp_path) == []
