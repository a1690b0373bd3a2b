"""Training by several processes, on one machine or many; alone when nobody says otherwise.

`accelerate launch` and `torchrun` start the processes and tell each its place in environment
variables (``RANK``, ``WORLD_SIZE``, ...). What a run computes does not depend on their number: work
on samples is shared by whole files, and a batch is drawn by everybody but computed in slices.
"""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, distributed

T = TypeVar("T")

# One process may be busy for hours while the others wait for it.
_PATIENCE = datetime.timedelta(days=2)


@dataclass(frozen=True)
class Processes:
    """This process among all that work on one run.

    Attributes:
        rank: Number of this process, from 0.
        count: Number of processes.
    """

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and reports."""
        return self.rank == 0

    def own(self, items: Sequence[T]) -> Sequence[T]:
        """Give this process's share of some items: every ``count``-th."""
        return items[self.rank :: self.count]

    def share(self, size: int) -> slice:
        """Give this process's part of a batch of ``size``.

        With fewer entries than processes some parts would be empty; every part then is the
        whole batch, which gives the same mean.
        """
        if size < self.count:
            return slice(0, size)
        return slice(self.rank * size // self.count, (self.rank + 1) * size // self.count)

    def weight(self, size: int) -> float:
        """Weight of this part's mean in the mean over all parts, 1 where they are equal."""
        part = self.share(size)
        return (part.stop - part.start) * self.count / size if size >= self.count else 1.0

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.count > 1:
            # Not a barrier: with two backends it would pick the one of the GPUs.
            distributed.all_reduce(torch.zeros(()))

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace tensors, in place, by their mean over all processes."""
        if self.count > 1:
            for tensor in tensors:
                distributed.all_reduce(tensor)
                tensor /= self.count

    def copy_first(self, tensors: Iterable[Tensor]) -> None:
        """Replace tensors, in place, by those of the first process."""
        if self.count > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, 0)

    def agree(self, answer: bool) -> bool:
        """Give the first process's answer, to all."""
        said = torch.tensor(float(answer))
        self.copy_first([said])
        return bool(said)


def current() -> Processes:
    """Give this process's place; alone when no group was joined."""
    if distributed.is_available() and distributed.is_initialized():
        return Processes(distributed.get_rank(), distributed.get_world_size())
    return Processes()


def local_rank() -> int | None:
    """Number of this process on its machine, to choose a GPU by; None when it is alone."""
    return int(os.environ.get("LOCAL_RANK", "0")) if _wanted() > 1 else None


@contextlib.contextmanager
def joined() -> Iterator[Processes]:
    """Join the other processes, if the environment speaks of any, until the block ends.

    Yields:
        This process's place among them.
    """
    if _wanted() <= 1 or not distributed.is_available() or distributed.is_initialized():
        yield current()
        return
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    distributed.init_process_group(backend, timeout=_PATIENCE)
    try:
        yield current()
    finally:
        distributed.destroy_process_group()


def _wanted() -> int:
    """Number of processes that a launcher has started."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1
