from __future__ import annotations

import os
from pathlib import Path

import pytest

from d2animator.errors import MediaError, OutputError
from d2animator.media.files import atomic_target, check_readable, check_writable
from d2animator.media.pending import Pending


def test_the_target_appears_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with atomic_target(target) as hidden:
        hidden.write_text("whole")
        assert hidden.name.startswith(".a.txt.")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_aborted_write_leaves_nothing_and_keeps_the_old_file(
    tmp_path: Path, stop: type[BaseException]
) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def write_half() -> None:
        with atomic_target(target) as hidden:
            hidden.write_text("half")
            raise stop

    with pytest.raises(stop):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    with atomic_target(tmp_path / "a"):
        pass
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_targets_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for target, reason in {
        tmp_path: "is a folder",
        tmp_path / "file" / "a.mp4": "is not a folder",
        tmp_path / "a.doc": "expected one of .mp4, .mov",
    }.items():
        with pytest.raises(OutputError, match=reason) as caught:
            check_writable(target, (".mp4", ".mov"))
        assert caught.value.path == target
    assert check_writable(tmp_path / "A.MP4", (".mp4",)) == tmp_path / "A.MP4"
    assert check_writable(str(tmp_path / "anything")) == tmp_path / "anything"
    assert check_writable(tmp_path / "no" / "a.mp4") == tmp_path / "no" / "a.mp4"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="not writable"):
        check_writable(tmp_path / "a.mp4")


def test_a_folder_that_takes_no_files_is_an_output_error() -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        Pending(Path("/proc/a.mp4"))


def test_a_target_that_cannot_be_replaced_is_an_output_error(tmp_path: Path) -> None:
    target = tmp_path / "a"
    with pytest.raises(OutputError, match="cannot be replaced"), atomic_target(target):
        target.mkdir()
    assert list(tmp_path.iterdir()) == [target]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name, reason in {"absent": "no such file", "": "folder", "empty": "zero bytes"}.items():
        with pytest.raises(MediaError, match=reason):
            check_readable(tmp_path / name)
