"""Files of a bundle: safetensors read strictly, hashed, and folders replaced in one step."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from d2animator.errors import OutputError

CONFIG_FILE = "config.json"


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
    target = target.absolute()
    _check_replaceable(target)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    try:
        fresh.mkdir(parents=True)
        yield fresh
        if target.is_dir():
            _keep_foreign(target, fresh, own)
            target.rename(old)
        fresh.rename(target)
    except OSError as error:
        raise OutputError(target, f"cannot be written ({error.strerror})") from error
    finally:
        # Stopped between the two moves: put the old one back.
        if old.is_dir() and not target.exists():
            old.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
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
