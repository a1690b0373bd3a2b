"""Who is there: sessions with their files, each removed when its page is closed."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from d2animator.web.edits import Prepared
from d2animator.web.files import EXAMPLE_PREFIX, EXAMPLES, Stored, examples_folder, look_at
from d2animator.web.jobs import Job, Jobs
from d2animator.web.options import WebOptions
from d2animator.web.refusals import RefusedError


@dataclass(eq=False)
class Session:
    """One open page, or one script.

    Attributes:
        folder: Holds its files and results.
        files: Those that were handed over, by id.
        prepared: Photos that are ready to be edited.
        seen: When something was last heard of it, of `time.monotonic`.
        pages: Open pages.
        had_page: Whether there ever was one.
    """

    folder: Path
    seen: float
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    files: dict[str, Stored] = field(default_factory=dict)
    prepared: Prepared = field(default_factory=Prepared)
    pages: int = 0
    had_page: bool = False

    @property
    def names(self) -> dict[Path, str]:
        """What its files are called, by where they are."""
        return {stored.path: stored.name for stored in self.files.values()}


class Sessions:
    """All sessions; what nobody is there for any more is removed."""

    def __init__(
        self, folder: Path, options: WebOptions, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start with nobody there.

        Args:
            folder: An empty one, for the folders of the sessions.
            options: Limits, and how long nobody may be heard of.
            clock: Tells seconds.
        """
        self._folder, self._options, self._clock = folder, options, clock
        self._sessions: dict[str, Session] = {}
        # Folders of those that are over while a job of theirs still writes.
        self._leaving: dict[str, Path] = {}
        self._lock = threading.Lock()
        self.jobs = Jobs(options.max_jobs, after=self._after)

    def begin(self) -> Session:
        """Begin a session.

        Raises:
            RefusedError: There are too many.
        """
        with self._lock:
            if len(self._sessions) >= self._options.max_sessions:
                raise RefusedError(503, "too many people are here; try again in some minutes")
            folder = self._folder / secrets.token_hex(8)
            folder.mkdir(mode=0o700)
            session = Session(folder, self._clock())
            self._sessions[session.id] = session
        return session

    def get(self, id: str | None) -> Session:
        """Find a session, and note that it was heard of.

        Raises:
            RefusedError: There is none, or no more.
        """
        session = self._sessions.get(id or "")
        if session is None:
            raise RefusedError(
                404, "this session is over, and its files are removed; load the page again"
            )
        session.seen = self._clock()
        return session

    def page_opens(self, session: Session) -> None:
        """Note that a page is open."""
        session.pages += 1
        session.had_page = True

    def page_closes(self, session: Session) -> None:
        """Note that it is closed, or out of reach."""
        session.pages -= 1
        session.seen = self._clock()

    def end(self, id: str) -> None:
        """End a session: its jobs end, its files are removed."""
        session = self._sessions.pop(id, None)
        if session is None:
            return
        self._leaving[id] = session.folder
        if not self.jobs.forget(id):
            self._clear(id)

    def sweep(self) -> None:
        """End the sessions of which nothing was heard for too long."""
        options, now = self._options, self._clock()
        for session in list(self._sessions.values()):
            patience = options.grace_s if session.had_page else options.keep_s
            waits = not session.had_page and self.jobs.busy(session.id)
            if session.pages == 0 and not waits and now - session.seen > patience:
                self.end(session.id)

    def close(self) -> None:
        """End everything."""
        self.jobs.stop()
        for id in list(self._sessions):
            self.end(id)

    def check_room(self, session: Session) -> None:
        """Check that a session may hold one more file.

        Raises:
            RefusedError: It may not.
        """
        most = self._options.max_files
        if len(session.files) >= most:
            raise RefusedError(429, f"you have {most} files here, and no more are kept; remove one")

    def file(self, session: Session, id: object) -> Stored:
        """Find a file of a session, or an example.

        Raises:
            RefusedError: There is none of that id.
        """
        if not isinstance(id, str):
            raise RefusedError(400, f"expected a file's id, got {str(id)[:60]!r}")
        if id not in session.files and id.removeprefix(EXAMPLE_PREFIX) in EXAMPLES:
            name = id.removeprefix(EXAMPLE_PREFIX)
            session.files[id] = look_at(examples_folder() / name, name, id)
        if id not in session.files:
            raise RefusedError(404, "there is no such file here; hand it over again")
        return session.files[id]

    def remove(self, session: Session, id: str) -> None:
        """Remove a file of a session; a job that reads it goes on."""
        stored = session.files.pop(id, None)
        if stored is not None and stored.path.parent == session.folder:
            session.prepared.forget(id)
            with contextlib.suppress(OSError):
                stored.path.unlink(missing_ok=True)

    def _after(self, job: Job) -> None:
        """Remove what a job has left whose session is over."""
        self._clear(job.owner)

    def _clear(self, id: str) -> None:
        folder = self._leaving.pop(id, None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
