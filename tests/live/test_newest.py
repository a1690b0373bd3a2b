from __future__ import annotations

import threading

import pytest

from d2animator.live.newest import EndedError, Newest


def test_only_the_newest_is_there():
    place: Newest[int] = Newest()
    place.put(1)
    place.put(2)
    assert place.take() == 2
    with pytest.raises(TimeoutError):
        place.take(0.01)


def test_what_is_there_can_be_taken_after_the_end():
    place: Newest[int] = Newest()
    place.put(1)
    place.end()
    assert place.take() == 1
    with pytest.raises(EndedError):
        place.take()


def test_whoever_waits_learns_why_it_ended():
    place: Newest[int] = Newest()
    learned: list[BaseException] = []

    def wait() -> None:
        try:
            place.take()
        except ValueError as error:
            learned.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    place.end(ValueError("broken"))
    waiting.join(5)
    assert str(learned[0]) == "broken"


def test_the_end_frees_who_waits_for_room():
    place: Newest[int] = Newest()
    place.put(1)
    waiting = threading.Thread(target=place.wait_until_taken)
    waiting.start()
    place.end()
    waiting.join(5)
    assert not waiting.is_alive()
