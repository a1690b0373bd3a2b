"""How many threads there are to be: of a block, and of a machine that others use as well."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import cv2
import pytest
import torch
from threadpoolctl import threadpool_info

from d2animator.models import threads


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = torch.get_num_threads(), cv2.getNumThreads()
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


def test_a_block_has_its_threads_and_gives_them_back() -> None:
    torch.set_num_threads(2)
    cv2.setNumThreads(2)
    inside: list[int] = []
    with threads.threads_each(1):
        worker = threading.Thread(target=lambda: inside.append(torch.get_num_threads()))
        worker.start()
        worker.join()
        assert inside == [torch.get_num_threads()] == [cv2.getNumThreads()] == [1]
    assert torch.get_num_threads() == cv2.getNumThreads() == 2


def algebra() -> set[int]:
    """How many threads NumPy's linear algebra uses."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_linear_algebra_has_a_block_s_threads_too() -> None:
    before = algebra()
    with threads.threads_each(1):
        assert algebra() <= {1}
    assert algebra() == before


def test_blocks_that_overlap_leave_what_was_before() -> None:
    torch.set_num_threads(2)
    one, other = threads.threads_each(1), threads.threads_each(1)
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert torch.get_num_threads() == 1
    other.__exit__(None, None, None)
    assert torch.get_num_threads() == 2


def test_processors_are_counted() -> None:
    assert 1 <= threads.free_processors() <= threads.processors()


def test_what_was_given_is_remembered_when_others_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "_given", None)
    monkeypatch.setattr(threads, "free_processors", lambda: 1)
    torch.set_num_threads(2)
    threads.yield_to_others()
    assert torch.get_num_threads() == 1
    assert threads.given_threads() == 2
