from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from d2animator.web.files import Stored
from d2animator.web.options import WebOptions
from d2animator.web.refusals import RefusedError
from d2animator.web.sessions import Session, Sessions
from tests.web.test_jobs import Gate, over

OPTIONS = WebOptions(grace_s=30, keep_s=600, max_sessions=3, max_files=2)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Iterator[Sessions]:
    found = Sessions(tmp_path, OPTIONS, clock)
    yield found
    found.close()


def with_file(session: Session, id: str = "1") -> Path:
    path = session.folder / f"{id}.png"
    path.write_bytes(b"x")
    session.files[id] = Stored(id, "me.png", path, "picture", 8, 8)
    return path


def test_a_closed_page_takes_its_files_along(sessions, clock):
    session = sessions.begin()
    path = with_file(session)
    sessions.page_opens(session)
    clock.now += 10_000
    sessions.sweep()
    assert path.exists()
    sessions.page_closes(session)
    clock.now += 29
    sessions.sweep()
    assert path.exists()  # it may have been loaded anew
    clock.now += 2
    sessions.sweep()
    assert not session.folder.exists()
    with pytest.raises(RefusedError, match="over"):
        sessions.get(session.id)


def test_a_script_is_waited_for_longer_and_while_its_job_lasts(sessions, clock):
    session, gate = sessions.begin(), Gate()
    job = sessions.jobs.add(session.id, gate, {})
    clock.now += 601
    sessions.sweep()
    assert sessions.get(session.id) is session
    gate.let.release(3)
    over(job)
    clock.now += 601
    sessions.sweep()
    assert not session.folder.exists()


def test_the_files_of_a_job_that_runs_go_when_it_has_ended(sessions):
    session, gate = sessions.begin(), Gate(1000)
    path = with_file(session)
    job = sessions.jobs.add(session.id, gate, {})
    assert gate.began.wait(30)
    sessions.end(session.id)
    assert path.exists()
    gate.let.release(2)
    assert over(job).state == "cancelled"
    sessions.jobs.stop()
    assert not session.folder.exists()


def test_a_removed_file_is_gone(sessions):
    session = sessions.begin()
    path = with_file(session)
    sessions.remove(session, "1")
    sessions.remove(session, "1")
    assert not path.exists()
    with pytest.raises(RefusedError, match="no such file"):
        sessions.file(session, "1")


def test_an_example_is_never_removed(sessions):
    session = sessions.begin()
    stored = sessions.file(session, "example:source.png")
    sessions.remove(session, stored.id)
    assert stored.path.exists()


def test_there_are_limits(sessions):
    session = sessions.begin()
    with_file(session, "1"), with_file(session, "2")
    with pytest.raises(RefusedError, match="2 files"):
        sessions.check_room(session)
    sessions.begin(), sessions.begin()
    with pytest.raises(RefusedError, match="too many people"):
        sessions.begin()


def test_files_of_one_session_are_nothing_to_another(sessions):
    with_file(sessions.begin())
    with pytest.raises(RefusedError, match="no such file"):
        sessions.file(sessions.begin(), "1")


def test_closing_leaves_nothing(sessions, tmp_path):
    with_file(sessions.begin())
    sessions.close()
    assert list(tmp_path.iterdir()) == []
