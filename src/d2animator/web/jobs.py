"""Work that takes a while: one queue, one worker; told how far it is, ended between two frames."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from d2animator.errors import D2AnimatorError
from d2animator.progress import Progress
from d2animator.web.refusals import RefusedError, sentence

_log = logging.getLogger(__name__)

State = Literal["waiting", "running", "done", "failed", "cancelled"]


class UnwantedError(Exception):
    """Raised within a job that nobody wants any more."""


@dataclass(frozen=True)
class Made:
    """What a job made.

    Attributes:
        path: The file.
        name: What to call it where it is downloaded.
        summary: What there is to tell of it, as JSON holds it.
    """

    path: Path
    name: str
    summary: Mapping[str, Any]


Work = Callable[[Progress], Made]
"""Does a job; its progress function raises `UnwantedError` when it shall end."""


@dataclass(eq=False)
class Job:
    """One piece of work; the queue alone changes it.

    Attributes:
        id: Nobody can guess it.
        owner: The session.
        work: Does it.
        names: What files are called, by where they are; for messages.
        state: Where it is.
        phase: What is being done.
        done: Frames that are done.
        total: Frames to expect, None for unknown.
        error: What went wrong.
        made: What came out.
    """

    owner: str
    work: Work
    names: Mapping[Path, str]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    state: State = "waiting"
    phase: str = "waiting"
    done: int = 0
    total: int | None = None
    error: str | None = None
    made: Made | None = None
    began: float = 0.0
    ended: float = 0.0
    first_frame: float = 0.0
    unwanted: threading.Event = field(default_factory=threading.Event)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "failed", "cancelled")

    def left_s(self, now: float) -> float | None:
        """Seconds that it may still take, by the frames so far; None while nobody can tell."""
        if self.state != "running" or self.total is None or self.done < 2:
            return None
        return (now - self.first_frame) / (self.done - 1) * (self.total - self.done)

    def elapsed_s(self, now: float) -> float:
        """Seconds since it began."""
        if not self.began:
            return 0.0
        return (self.ended or now) - self.began


class _Telling:
    """The progress function of a job, which ends it where it is unwanted."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def phase(self, name: str) -> None:
        self._check()
        self._job.phase = name

    def __call__(self, done: int, total: int | None) -> None:
        self._check()
        job = self._job
        if done <= 1 or not job.first_frame:
            job.first_frame = time.monotonic()
        job.phase, job.done, job.total = "drawing", done, total

    def _check(self) -> None:
        if self._job.unwanted.is_set():
            raise UnwantedError


class Jobs:
    """The queue and its worker: one job at a time, in the order they came."""

    def __init__(self, most_each: int, after: Callable[[Job], None] = lambda job: None) -> None:
        """Start with nothing to do.

        Args:
            most_each: Jobs that an owner may have waiting or running.
            after: Called in the worker's thread when a job is over.
        """
        self._most_each, self._after = most_each, after
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._changed = threading.Condition()
        self._stopping = False
        self._worker = threading.Thread(target=self._run, name="d2animator-jobs", daemon=True)
        self._worker.start()

    def add(self, owner: str, work: Work, names: Mapping[Path, str]) -> Job:
        """Put a job at the end of the queue.

        Raises:
            RefusedError: The owner has enough of them there.
        """
        with self._changed:
            open_ones = [job for job in self._of(owner) if not job.is_over]
            if len(open_ones) >= self._most_each:
                raise RefusedError(
                    429, f"{len(open_ones)} jobs of yours are waiting; let one end first"
                )
            job = Job(owner, work, names)
            self._jobs[job.id] = job
            self._waiting.append(job)
            self._changed.notify_all()
        return job

    def get(self, id: str) -> Job:
        """Find a job.

        Raises:
            RefusedError: There is none, or no more.
        """
        job = self._jobs.get(id)
        if job is None:
            raise RefusedError(404, "there is no such job, or it was removed with its session")
        return job

    def ahead(self, job: Job) -> int:
        """Count the jobs that come before one that waits, that which runs included."""
        with self._changed:
            if job.state != "waiting":
                return 0
            return self._waiting.index(job) + (self._running is not None)

    def waiting(self) -> int:
        """Count the jobs that wait."""
        return len(self._waiting)

    def cancel(self, job: Job) -> None:
        """End a job: at once where it waits, before its next frame where it runs."""
        with self._changed:
            job.unwanted.set()
            if job.state == "waiting":
                self._waiting.remove(job)
                job.state = job.phase = "cancelled"

    def forget(self, owner: str) -> bool:
        """End all jobs of an owner; tells whether one of them is still running."""
        for job in self._of(owner):
            self.cancel(job)
        with self._changed:
            self._jobs = {id: job for id, job in self._jobs.items() if job.owner != owner}
            return self._running is not None and self._running.owner == owner

    def busy(self, owner: str) -> bool:
        """Tell whether a job of an owner is waiting or running."""
        return any(not job.is_over for job in self._of(owner))

    def stop(self, timeout_s: float = 10.0) -> None:
        """End all jobs, and the worker."""
        for job in list(self._jobs.values()):
            self.cancel(job)
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._worker.join(timeout_s)

    def _of(self, owner: str) -> list[Job]:
        return [job for job in list(self._jobs.values()) if job.owner == owner]

    def _run(self) -> None:
        while (job := self._next()) is not None:
            _perform(job)
            with self._changed:
                self._running = None
            self._after(job)

    def _next(self) -> Job | None:
        with self._changed:
            while not (self._waiting or self._stopping):
                self._changed.wait()
            if self._stopping:
                return None
            self._running = job = self._waiting.popleft()
            job.state, job.phase, job.began = "running", "starting", time.monotonic()
            return job


def _perform(job: Job) -> None:
    """Do a job; whatever happens, it is over then."""
    state: State = "failed"
    try:
        job.made = job.work(_Telling(job))
        state = "done"
    except UnwantedError:
        state = "cancelled"
    except D2AnimatorError as error:
        job.error = sentence(error, job.names)
    except MemoryError:
        job.error = "there is not enough memory for this; take a smaller picture or size"
    except Exception as error:
        _log.exception("a job has failed")
        job.error = sentence(error, job.names) or type(error).__name__
        job.error = f"d2animator has failed ({job.error}); this should not happen"
    job.ended = time.monotonic()
    job.state = job.phase = state
