"""Stages that work ahead of each other, each in threads of its own, with little between them."""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, ParamSpec, Self, TypeVar

import torch

Item = TypeVar("Item")
Made = TypeVar("Made")
Given = ParamSpec("Given")


class Stages:
    """Threads of one run; use it as a context manager: all of them are gone when it has ended.

    What a stage raises is raised where its items are taken. When the block ends early, by an error
    or by Ctrl-C, every stage stops after the item that it is at. Threads compute as the one that
    made them does: with its context variables and its modes of PyTorch.
    """

    def __init__(self, workers: int = 1) -> None:
        """Start with no thread.

        Args:
            workers: Threads of `mapped`.
        """
        self._workers = workers
        self._left = threading.Event()
        self._lines: list[_Line[object]] = []
        self._threads: list[threading.Thread] = []
        self._pools: list[ThreadPoolExecutor] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all threads and wait for them."""
        self._left.set()
        for line in self._lines:
            line.leave()
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)
        for thread in self._threads:
            thread.join()

    def ahead(self, items: Iterable[Item], size: int) -> Iterator[Item]:
        """Go through items in a thread of its own.

        Args:
            items: What to go through, in order.
            size: How many of them wait at most until they are taken.

        Returns:
            The same items.
        """
        line: _Line[Item] = _Line(size)
        thread = threading.Thread(target=_as_here(line.fill), args=(items,), daemon=True)
        self._lines.append(line)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()
        return line

    def mapped(self, make: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        """Make something of each item, of as many at once as there are workers.

        Args:
            make: Called in the workers' threads.
            items: Taken in order, one more than there are workers before the first is awaited.

        Yields:
            What was made, in the items' order.
        """
        pool = ThreadPoolExecutor(self._workers)
        self._pools.append(pool)
        making: deque[Future[Made]] = deque()
        work = _as_here(make)
        for item in items:
            making.append(pool.submit(work, item))
            if len(making) > self._workers:
                yield making.popleft().result()
        while making:
            yield making.popleft().result()

    def watched(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items, for a stage that may take many of them before it gives one itself."""
        for item in items:
            if self._left.is_set():
                return
            yield item


class _Line(Generic[Item]):
    """Items on their way from one thread to another."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ready: deque[Item] = deque()
        self._changed = threading.Condition()
        self._ended = self._left = False
        self._failure: BaseException | None = None

    def fill(self, items: Iterable[Item]) -> None:
        """Put items in, until they end or nobody wants them any more."""
        try:
            for item in items:
                with self._changed:
                    self._changed.wait_for(lambda: self._left or len(self._ready) < self._size)
                    if self._left:
                        return
                    self._ready.append(item)
                    self._changed.notify_all()
        except BaseException as error:  # it belongs to whoever takes the items
            self._failure = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._ended)
            if self._ready:
                self._changed.notify_all()
                return self._ready.popleft()
        failure, self._failure = self._failure, None
        raise StopIteration if failure is None else failure

    def leave(self) -> None:
        """Want nothing more."""
        with self._changed:
            self._left = True
            self._ready.clear()
            self._changed.notify_all()


def _as_here(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """The function as this thread would call it, for another thread."""
    context = contextvars.copy_context()
    inference, gradients = torch.is_inference_mode_enabled(), torch.is_grad_enabled()

    def called(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        with torch.inference_mode(inference), torch.set_grad_enabled(gradients):
            return context.copy().run(function, *args, **kwargs)

    return called
