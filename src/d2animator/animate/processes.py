"""Tasks done by processes of this machine, each with its own animator."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, NoReturn

import torch

from d2animator.animate.tasks import MOST_TRIES, MakeAnimator, Task, Told
from d2animator.errors import ConfigError, D2AnimatorError
from d2animator.models.threads import given_threads, processors

_GRACE_S = 5.0
_LOST = f"whoever made it ended {MOST_TRIES} times, perhaps for want of memory; use fewer workers"


@dataclass(frozen=True)
class _Unable:
    """Why a process cannot work at all."""

    reason: str


@dataclass(eq=False)
class _Worker:
    """A process, and what it does."""

    process: BaseProcess
    pipe: Connection
    task: Task | None = None
    tries: int = 0


class Processes:
    """A crew of processes; see `d2animator.animate.tasks.Crew`.

    They begin with the first task and go on until the block ends: use it as a context manager.
    Whoever is lost is replaced, and what they did is begun anew.
    """

    def __init__(self, make: MakeAnimator, workers: int) -> None:
        """Say how many.

        Args:
            make: Makes each one's animator. Scripts need the usual ``if __name__ == "__main__":``.
            workers: Processes; they share the threads that PyTorch was given.

        Raises:
            ConfigError: Fewer than 1.
        """
        if workers < 1:
            raise ConfigError("workers", f"expected at least 1, got {workers}")
        self.size = workers
        self._make = make
        self._threads = max(1, min(given_threads(), processors()) // workers)
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []

    def __enter__(self) -> Processes:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes; what they are at leaves nothing behind."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_GRACE_S)
            if worker.process.exitcode is None:
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()
        self._workers.clear()

    def work(self, tasks: Sequence[Task]) -> Iterator[Told]:
        """Have tasks done; see `Crew.work`.

        Raises:
            D2AnimatorError: No animator can be made.
        """
        left = deque((task, 1) for task in tasks)
        while left or any(worker.task for worker in self._workers):
            self._hand_out(left)
            busy = [worker for worker in self._workers if worker.task is not None]
            heard = wait([worker.pipe for worker in busy])
            for worker in busy:
                if worker.pipe in heard:
                    yield from self._listen(worker, left)

    def _hand_out(self, left: deque[tuple[Task, int]]) -> None:
        """Give everyone who is idle a task."""
        idle = [worker for worker in self._workers if worker.task is None]
        while left:
            if not idle and len(self._workers) == self.size:
                return
            if not idle:
                idle.append(self._started())
            worker = idle.pop()
            worker.task, worker.tries = left.popleft()
            with contextlib.suppress(OSError):  # it is lost, which is seen when it is listened to
                worker.pipe.send(worker.task)

    def _listen(self, worker: _Worker, left: deque[tuple[Task, int]]) -> Iterator[Told]:
        """Hear what somebody who is at work has to tell."""
        task, told = worker.task, None
        try:
            told = worker.pipe.recv()
        except (EOFError, OSError):
            self._workers.remove(worker)
            worker.process.join(_GRACE_S)
            worker.pipe.close()
            if task is not None and worker.tries < MOST_TRIES:
                left.append((task, worker.tries + 1))
            elif task is not None:
                yield from task.given_up(_LOST)
            return
        if isinstance(told, _Unable):
            raise D2AnimatorError(told.reason)
        if told is None:
            worker.task = None
        else:
            yield told

    def _started(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        words = (theirs, self._make, self._threads)
        process = self._context.Process(target=_serve, args=words, daemon=True)
        process.start()
        theirs.close()  # so that its end is seen when the process has ended
        self._workers.append(_Worker(process, ours))
        return self._workers[-1]


def _serve(pipe: Any, make: MakeAnimator, threads: int) -> None:
    """Do tasks until there are no more; the process's whole work."""
    signal.signal(signal.SIGTERM, _end)
    with contextlib.suppress(KeyboardInterrupt, EOFError, BrokenPipeError):
        torch.set_num_threads(threads)
        try:
            animator = make()
        except D2AnimatorError as error:
            pipe.recv()
            pipe.send(_Unable(str(error)))
            return
        torch.set_num_threads(threads)
        while True:
            for told in pipe.recv().do(animator):
                pipe.send(told)
            pipe.send(None)


def _end(number: int, frame: object) -> NoReturn:
    del number, frame
    raise KeyboardInterrupt
