"""Files of a work folder: whole or not there, checked, and a full disk said in one sentence."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from d2animator.distill.samples import SampleOptions
from d2animator.errors import OutputError, TrainingError
from d2animator.training.loop import LoopOptions, run
from d2animator.training.shards import load_shard, save_tensors, write_whole
from tests.distill.runs import collect
from tests.distill.worlds import LinearWorld, detect

FillDisk = Callable[[Path], None]
needs_names = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="no names of opened files"
)


@pytest.fixture
def fill_disk_for(monkeypatch: pytest.MonkeyPatch) -> FillDisk:
    """Let the next write of a file find the disk full."""

    def fill(path: Path) -> None:
        def full(opened: int) -> None:
            if path.name in os.readlink(f"/proc/self/fd/{opened}"):
                monkeypatch.undo()
                raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)

    return fill


@needs_names
def test_a_full_disk_is_one_sentence_and_leaves_the_old_file(
    tmp_path: Path, fill_disk_for: FillDisk
) -> None:
    path = tmp_path / "some.safetensors"
    save_tensors(path, {"x": torch.ones(3)}, {"of": "a"})
    before = path.read_bytes()
    fill_disk_for(path)
    with pytest.raises(OutputError, match=r"the disk is full \(.* wanted, .* free\); what was"):
        save_tensors(path, {"x": torch.ones(300)}, {"of": "a"})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@needs_names
def test_sampling_goes_on_after_a_full_disk(tmp_path: Path, fill_disk_for: FillDisk) -> None:
    world, options = LinearWorld(), SampleOptions(count=60, shard=20, batch=20, picture_size=8)
    fill_disk_for(tmp_path / "samples-00001.safetensors")
    with pytest.raises(OutputError, match="run the same command again"):
        collect(world, detect, options, tmp_path)
    first = (tmp_path / "samples-00000.safetensors").stat().st_mtime_ns
    resumed = collect(world, detect, options, tmp_path)
    assert (tmp_path / "samples-00000.safetensors").stat().st_mtime_ns == first
    fresh = collect(world, detect, options, tmp_path / "fresh")
    assert torch.equal(resumed.codes, fresh.codes)


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    path = tmp_path / "samples-00000.safetensors"
    path.write_bytes(b"no shard")
    with pytest.raises(TrainingError, match=r"samples-00000\.safetensors: damaged"):
        load_shard(path, "a", 3)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_whole(tmp_path / "file" / "below.json", b"x")


def test_a_checkpoint_of_another_version_is_refused(tmp_path: Path) -> None:
    file, module = tmp_path / "run.safetensors", torch.nn.Linear(2, 1)
    options = LoopOptions(steps=1)
    run(module, lambda step, random: (module(torch.ones(1, 2)).sum(), {}), options, checkpoint=file)
    content = file.read_bytes()
    assert content.count(b'"version":"1"') == 1
    file.write_bytes(content.replace(b'"version":"1"', b'"version":"9"'))
    with pytest.raises(TrainingError, match="checkpoint of version 9, this d2animator reads"):
        run(
            module,
            lambda step, random: (module(torch.ones(1, 2)).sum(), {}),
            replace(options, steps=2),
            checkpoint=file,
        )


def test_what_a_killed_run_left_behind_goes(tmp_path: Path) -> None:
    left = tmp_path / ".some.json.0123456789ab.part"
    left.write_bytes(b"half")
    write_whole(tmp_path / "some.json", b"{}")
    assert [entry.name for entry in tmp_path.iterdir()] == ["some.json"]
