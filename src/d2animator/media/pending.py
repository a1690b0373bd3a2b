"""Files and folders under way: written under a hidden name beside their target, then moved.

A name under way is ``.TARGET.``, twelve hexadecimal digits and ``.part``. Who writes it holds a
lock on it, so that what a killed run left behind is known, and removed by the next one that writes
to the same folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from d2animator.errors import OutputError

Finish = Callable[[Path, Path], object]
"""Called with a finished file, still hidden, and its name to be; may change what is in it."""

_locks: Any = None
with contextlib.suppress(ImportError):  # Windows has none
    import fcntl

    _locks = fcntl

_LEFT_BEHIND = re.compile(r"\.(.+\.)?[0-9a-f]{12}\.part")
# Where locks are not to be had, what nobody has touched for so long is left behind.
_FORGOTTEN_SECONDS = 24 * 3600
_TRIES = 8
# Bytes of the target's name in the hidden one, which has to fit into 255.
_LONGEST_NAME = 200


class Pending:
    """Something that appears at its target, whole, when it is kept, and leaves nothing otherwise.

    Attributes:
        target: Where it shall be. A link is followed: what it points to is written.
        path: Where it is written until then.
    """

    def __init__(
        self, target: str | Path, *, folder: bool = False, finish: Finish | None = None
    ) -> None:
        """Make an empty file or folder, and the folders that it is in.

        Files are made with the usual permissions (`tempfile` would make the final file readable by
        its owner only).

        Args:
            target: The file or folder that is to come.
            folder: Whether to make a folder.
            finish: What is done last with a file, before it is moved to its target.

        Raises:
            OutputError: It cannot be made.
        """
        self.target = followed(target)
        self._finish = finish
        self._lock: int | None = None
        self._made: list[Path] = []
        try:
            self._make_folders(self.target.parent)
            _sweep_once(self.target.parent.absolute())
            self.path = self._made_locked(folder)
        except (OSError, ValueError) as error:
            self._remove_folders()
            why = getattr(error, "strerror", None) or error
            raise OutputError(target, f"cannot be written ({why})") from error

    def keep(self) -> None:
        """Move it to its target.

        Raises:
            OutputError: The target cannot be replaced.
        """
        if self._finish is not None:
            self._finish(self.path, self.target)
        move_into_place(self.path, self.target)
        self._made = []
        self._unlock()

    def discard(self) -> None:
        """Remove it, and the folders that were made for it; does nothing after `keep`."""
        if self.path.is_dir() and not self.path.is_symlink():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                self.path.unlink()
        self._unlock()
        self._remove_folders()

    def _made_locked(self, folder: bool) -> Path:
        """Make it and take its lock, before anybody takes it for left behind."""
        name = os.fsdecode(os.fsencode(self.target.name)[:_LONGEST_NAME])
        for _ in range(_TRIES):
            path = self.target.parent / f".{name}.{secrets.token_hex(6)}.part"
            if folder:
                path.mkdir()
                opened = os.open(path, os.O_RDONLY) if _locks is not None else None
            else:
                opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
            if opened is None:
                return path
            if _take_lock(opened) is not False and path.exists():
                self._lock = opened
                return path
            os.close(opened)
        raise OSError(0, "other runs keep removing what is made")

    def _make_folders(self, folder: Path) -> None:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir(exist_ok=True)
            self._made.append(one)

    def _remove_folders(self) -> None:
        for one in reversed(self._made):
            with contextlib.suppress(OSError):
                one.rmdir()  # only works on an empty one
        self._made = []

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None


def followed(target: str | Path) -> Path:
    """Follow a target that is a link to what it points to, there or not.

    Raises:
        OutputError: It is a link that leads to itself.
    """
    target = Path(target)
    if not target.is_symlink():
        return target
    real = Path(os.path.realpath(target))
    if real.is_symlink():
        raise OutputError(target, "is a link that leads nowhere, choose another name")
    return real


def move_into_place(hidden: Path, target: Path) -> None:
    """Replace a target by a finished file.

    Args:
        hidden: The finished file, in the target's folder.
        target: Its final path.

    Raises:
        OutputError: The target cannot be replaced.
    """
    try:
        os.replace(hidden, target)
    except OSError as error:
        raise OutputError(target, f"cannot be replaced ({error.strerror})") from error


@cache
def _sweep_once(folder: Path) -> None:
    """Look through a folder only once in a run: it may get many thousand files."""
    sweep(folder)


def sweep(folder: Path) -> None:
    """Remove what killed runs left behind in a folder; what is being written stays.

    Args:
        folder: Where to look, not below it.
    """
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            if _LEFT_BEHIND.fullmatch(entry.name) and not entry.is_symlink():
                with contextlib.suppress(OSError):
                    _remove_if_left(Path(entry.path))


def _remove_if_left(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY) if _locks is not None else None
    try:
        free = None if opened is None else _take_lock(opened)
        if free is None:
            free = time.time() - path.stat().st_mtime > _FORGOTTEN_SECONDS
        if free and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif free:
            path.unlink()
    finally:
        if opened is not None:
            os.close(opened)


def _take_lock(opened: int) -> bool | None:
    """Take a file's lock; False if somebody has it, None where there are no locks."""
    if _locks is None:
        return None
    try:
        _locks.flock(opened, _locks.LOCK_EX | _locks.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
