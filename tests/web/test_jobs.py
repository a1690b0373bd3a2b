from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from d2animator.errors import MediaError
from d2animator.progress import Progress, begin_phase
from d2animator.web.jobs import Job, Jobs, Made, Work
from d2animator.web.refusals import RefusedError

DONE = Made(Path("out.mp4"), "out.mp4", {"frames": 3})


@pytest.fixture
def queue() -> Iterator[Jobs]:
    jobs = Jobs(most_each=3)
    yield jobs
    jobs.stop()


class Gate:
    """Work that goes on frame by frame, as it is let."""

    def __init__(self, frames: int = 3) -> None:
        self.began, self.let = threading.Event(), threading.Semaphore(0)
        self.frames, self.drawn = frames, 0

    def __call__(self, progress: Progress) -> Made:
        begin_phase(progress, "looking for the face")
        self.began.set()
        for index in range(self.frames):
            assert self.let.acquire(timeout=30)
            self.drawn = index + 1
            progress(index + 1, self.frames)
        return DONE


def over(job: Job) -> Job:
    for _ in range(600):
        if job.is_over:
            return job
        threading.Event().wait(0.02)
    raise AssertionError(job)


def add(queue: Jobs, work: Work, owner: str = "me") -> Job:
    return queue.add(owner, work, {Path("secret.mp4"): "clip.mp4"})


def test_a_job_tells_how_far_it_is(queue):
    gate = Gate()
    job = add(queue, gate)
    assert gate.began.wait(30)
    assert (job.state, job.phase, job.total) == ("running", "looking for the face", None)
    for _ in range(3):
        gate.let.release()
    assert over(job).state == "done"
    assert (job.done, job.total, job.made) == (3, 3, DONE)
    assert job.elapsed_s(0) > 0


def test_what_is_left_follows_from_the_frames_so_far():
    job = Job("me", lambda progress: DONE, {}, state="running", done=5, total=13, first_frame=100.0)
    assert job.left_s(102.0) == pytest.approx(4.0)
    job.done = 1
    assert job.left_s(102.0) is None


def test_jobs_wait_in_order(queue):
    first, second = Gate(), Gate()
    jobs = [add(queue, first), add(queue, second, "you"), add(queue, lambda progress: DONE, "you")]
    assert first.began.wait(30)
    assert [queue.ahead(job) for job in jobs] == [0, 1, 2]
    assert queue.waiting() == 2
    first.let.release(3)
    assert second.began.wait(30)
    assert [queue.ahead(job) for job in jobs] == [0, 0, 1]
    second.let.release(3)
    assert [over(job).state for job in jobs] == ["done"] * 3


def test_a_running_job_ends_before_its_next_frame(queue):
    gate = Gate(frames=1000)
    job = add(queue, gate)
    assert gate.began.wait(30)
    gate.let.release()
    queue.cancel(job)
    gate.let.release(1000)
    assert over(job).state == "cancelled"
    assert gate.drawn <= 2


def test_a_waiting_job_ends_at_once(queue):
    gate = Gate()
    running = add(queue, gate)
    assert gate.began.wait(30)
    waiting = add(queue, Gate())
    queue.cancel(waiting)
    assert waiting.state == "cancelled"
    queue.cancel(waiting)
    gate.let.release(3)
    assert over(running).state == "done"


def failing(error: BaseException) -> Callable[[Progress], Made]:
    def work(progress: Progress) -> Made:
        raise error

    return work


def test_an_error_is_told_by_the_names_that_files_came_with(queue):
    job = over(add(queue, failing(MediaError("secret.mp4", "is damaged"))))
    assert (job.state, job.error) == ("failed", "clip.mp4: is damaged")


@pytest.mark.parametrize(
    ("error", "said"),
    [(MemoryError(), "not enough memory"), (KeyError("x"), "d2animator has failed")],
)
def test_whatever_happens_the_worker_goes_on(queue, error, said):
    assert said in (over(add(queue, failing(error))).error or "")
    assert over(add(queue, lambda progress: DONE)).state == "done"


def test_nobody_has_more_than_some_jobs(queue):
    gate = Gate()
    for _ in range(3):
        add(queue, gate)
    with pytest.raises(RefusedError, match="3 jobs"):
        add(queue, gate)
    add(queue, gate, "you")
    gate.let.release(100)


def test_stopping_ends_all_jobs(queue):
    gate = Gate(1000)
    jobs = [add(queue, gate), add(queue, Gate())]
    assert gate.began.wait(30)
    gate.let.release(2)
    queue.stop()
    assert [over(job).state for job in jobs] == ["cancelled", "cancelled"]


def test_an_unknown_job_is_said_to_be_one(queue):
    with pytest.raises(RefusedError, match="no such job"):
        queue.get("nothing")
