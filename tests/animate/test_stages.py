"""Stages in threads: items in order, errors where they are taken, and nothing left behind."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Iterator

import pytest
import torch

from d2animator.animate.stages import Stages

NUMBERS = list(range(50))


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def test_items_come_in_order_from_all_stages() -> None:
    def slower_when_even(number: int) -> int:
        time.sleep(0.002 * (number % 2))
        return 3 * number

    with Stages(workers=3) as stages:
        made = list(stages.mapped(slower_when_even, stages.ahead(NUMBERS, 4)))
    assert made == [3 * number for number in NUMBERS]


def test_a_stage_works_ahead_and_no_further_than_it_may() -> None:
    begun: list[int] = []
    waiting = threading.Event()

    def noted() -> Iterator[int]:
        for number in NUMBERS:
            begun.append(number)
            if number == 3:
                waiting.set()
            yield number

    with Stages() as stages:
        items = stages.ahead(noted(), 3)
        assert waiting.wait(10)  # nobody has taken one yet
        time.sleep(0.02)
        assert begun == [0, 1, 2, 3]  # three that wait, and the one that waits to wait
        assert list(items) == NUMBERS


@pytest.mark.parametrize("place", ["ahead", "mapped"])
def test_an_error_is_raised_where_items_are_taken(place: str) -> None:
    def broken(number: int) -> int:
        if number == 7:
            raise OSError("no more")
        return number

    with Stages(2) as stages:
        items = map(broken, NUMBERS) if place == "ahead" else iter(NUMBERS)
        ahead = stages.ahead(items, 2)
        made = stages.mapped(broken, ahead) if place == "mapped" else ahead
        taken = [next(made) for _ in range(7)]
        with pytest.raises(OSError, match="no more"):
            next(made)
    assert taken == NUMBERS[:7]


@pytest.mark.parametrize("ending", [KeyboardInterrupt, ValueError])
def test_leaving_early_ends_endless_stages(ending: type[BaseException]) -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 1

    def leave() -> None:
        with Stages(2) as stages:
            for count, _ in enumerate(stages.mapped(abs, stages.ahead(endless(), 2))):
                if count == 5:
                    raise ending

    with pytest.raises(ending):
        leave()


def test_a_stage_that_only_reads_stops_as_well() -> None:
    def endless() -> Iterator[int]:
        while True:
            time.sleep(0.001)
            yield 1

    with Stages() as stages:
        stages.ahead((sum(stages.watched(endless())) for _ in range(1)), 1)


def test_threads_compute_as_the_one_that_made_them() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="unset")
    name.set("ours")

    def seen(_: int) -> tuple[str, bool, bool]:
        return name.get(), torch.is_inference_mode_enabled(), torch.is_grad_enabled()

    with torch.no_grad(), Stages() as stages:
        (ahead,) = stages.ahead(map(seen, [0]), 1)
        (mapped,) = stages.mapped(seen, [0])
    assert ahead == mapped == ("ours", False, False)
    with torch.inference_mode(), Stages() as stages:
        (inferred,) = stages.mapped(seen, [0])
    assert inferred[1]
