"""Files of a bundle: safetensors read strictly, hashed, and folders replaced in one step."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from d2animator.errors import OutputError
from d2animator.media.pending import Pending, followed

CONFIG_FILE = "config.json"

_OLD = ".old"
# Between its two moves a run takes no such time.
_FORGOTTEN_SECONDS = 60.0


def user_path(path: str | Path) -> Path:
    """A path as a user wrote it, ``~`` for the home folder; as it is where there is no home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def home_folder() -> Path:
    """The user's home folder, or a temporary one for somebody without."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(tempfile.gettempdir(), f"d2animator-{os.getuid() if os.name == 'posix' else 0}")


def is_file(path: Path) -> bool:
    """Whether there is a file; False for what is no name of one, or may not be looked at."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder; False for what is no name of one, or may not be looked at."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def replaced_folder(target: Path, own: frozenset[str]) -> Iterator[Path]:
    """A new folder to write to, which takes the place of ``target`` when all went well.

    Files of an old bundle that are not ours, such as a model card, are kept.

    Args:
        target: The folder to make or replace.
        own: Names of the files that a bundle may have.

    Yields:
        A temporary folder beside the target.

    Raises:
        OutputError: There is something else at that place, or it cannot be written.
    """
    target = followed(target.absolute())
    _bring_back(target)
    _check_replaceable(target)
    fresh = Pending(target, folder=True)
    old = target.with_name(f".{target.name}.{os.getpid()}{_OLD}")
    try:
        yield fresh.path
        if target.is_dir():
            _keep_foreign(target, fresh.path, own)
            target.rename(old)
        fresh.keep()
    except OSError as error:
        raise OutputError(target, f"cannot be written ({error.strerror})") from error
    finally:
        _settle(old, target)
        fresh.discard()


def _bring_back(target: Path) -> None:
    """Undo what a killed run left: an old folder that was on its way out."""
    with contextlib.suppress(OSError):
        for old in sorted(target.parent.glob(f".{glob.escape(target.name)}.*{_OLD}")):
            if time.time() - old.stat().st_ctime > _FORGOTTEN_SECONDS:
                _settle(old, target)


def _settle(old: Path, target: Path) -> None:
    """Put an old folder back where nothing took its place, else remove it."""
    if old.is_dir() and not target.exists():
        old.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _check_replaceable(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(target, "is a file; a bundle is a folder, name another place")
    if any(target.iterdir()) and not (target / CONFIG_FILE).is_file():
        raise OutputError(target, f"is a folder without {CONFIG_FILE}, so no bundle; not replaced")


def _keep_foreign(source: Path, target: Path, own: frozenset[str]) -> None:
    for entry in source.iterdir():
        if entry.name in own:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, target / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, target / entry.name, follow_symlinks=False)
