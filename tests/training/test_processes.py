"""Several processes: the same samples as one, and the same weights in each."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from d2animator.training.processes import Processes, current, joined, local_rank

ROOT = Path(__file__).resolve().parents[2]


def test_alone_nothing_is_shared() -> None:
    with joined() as team:
        assert team == current() == Processes()
        assert team.first
        assert team.agree(True)
        team.wait()
        tensor = torch.ones(2)
        team.average([tensor])
        assert torch.equal(tensor, torch.ones(2))
    assert local_rank() is None


@pytest.mark.parametrize(("size", "count"), [(7, 2), (8, 2), (3, 3), (10, 4), (2, 5)])
def test_shares_make_up_the_batch_and_their_mean(size: int, count: int) -> None:
    values = torch.arange(1.0, size + 1)
    team = [Processes(rank, count) for rank in range(count)]
    parts = [values[one.share(size)] for one in team]
    mean = sum(float(part.mean()) * one.weight(size) for one, part in zip(team, parts, strict=True))
    assert mean / count == pytest.approx(float(values.mean()))
    if size >= count:
        assert torch.equal(torch.cat(parts), values)


def test_every_item_belongs_to_one_process() -> None:
    items = list(range(11))
    shares = [list(Processes(rank, 3).own(items)) for rank in range(3)]
    assert sorted(itertools.chain(*shares)) == items


def _train(folder: Path, processes: int) -> None:
    """Run all stages on the linear world with so many processes."""
    start = [sys.executable]
    if processes > 1:
        # With GPUs or without: "--multi_gpu" is accelerate's word for starting them by torchrun.
        start += ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes"]
        start += [str(processes)]
    done = subprocess.run(
        [*start, "-m", "tests.distill.linear_training", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_two_processes_make_the_same_samples_and_equal_weights(tmp_path: Path) -> None:
    _train(tmp_path / "one", 1)
    _train(tmp_path / "two", 2)
    one, two = tmp_path / "one", tmp_path / "two"
    stores = [
        path.relative_to(one)
        for path in sorted(one.rglob("*"))
        if path.is_file() and path.parent.name.startswith(("samples", "pairs"))
    ]
    assert len(stores) > 6
    for store in stores:
        assert (one / store).read_bytes() == (two / store).read_bytes(), store
    first, second = (load_file(two / f"weights-{rank}.safetensors") for rank in (0, 1))
    alone = load_file(one / "weights-0.safetensors")
    assert len(first) > 10
    for name, value in first.items():
        assert torch.equal(value, second[name]), name
        # Gradients of halves of a batch, averaged, are those of the batch but for rounding. Not so
        # in the encoder, whose normalisation looks at the part of the batch that it sees.
        if name.startswith("action."):
            torch.testing.assert_close(value, alone[name], rtol=1e-3, atol=1e-3)
