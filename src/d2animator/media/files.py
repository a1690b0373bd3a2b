"""Where files are read from and written to: checks before the work, whole files after it.

A result is written to a hidden name beside its target and moved into place when whole, so a
reader of the target never sees half a file and an aborted run leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from d2animator.errors import MediaError, OutputError


def check_readable(path: str | Path) -> Path:
    """Check that a path names a file with something in it.

    Args:
        path: The file to be read.

    Returns:
        The path.

    Raises:
        MediaError: No such file, a folder, not permitted, or zero bytes.
    """
    path = Path(path)
    if not path.exists():
        raise MediaError(path, "no such file")
    if path.is_dir():
        raise MediaError(path, "is a folder, expected a file")
    if not os.access(path, os.R_OK):
        raise MediaError(path, "may not be read (permission denied)")
    if path.is_file() and path.stat().st_size == 0:
        raise MediaError(path, "is empty (zero bytes)")
    return path


def names_many(path: str | Path) -> bool:
    """Tell whether a path stands for many files: a folder, or a pattern with ``*``, ``?``, ``[``.

    A file that is there under just that name is one file, whatever its name.
    """
    path = Path(path)
    return path.is_dir() or (glob.has_magic(str(path)) and not path.exists())


def find_files(path: str | Path, suffixes: Sequence[str]) -> tuple[Path, ...]:
    """Find the files that a folder or a pattern stands for.

    Args:
        path: A folder, of which the files of fitting extensions are taken; a pattern such as
            ``photos/*.jpg``, of which all files are; or a file.
        suffixes: Extensions that fit, lower case with their dot.

    Returns:
        One file or more, by name. Hidden ones are left out.

    Raises:
        MediaError: There are none.
    """
    with contextlib.suppress(RuntimeError):  # nobody's home is known
        path = Path(path).expanduser()
    path = Path(path)
    if not names_many(path):
        return (path,)
    if path.is_dir():
        found = [one for one in path.iterdir() if one.suffix.lower() in suffixes]
        reason = f"is a folder without a file of {', '.join(suffixes)}"
    else:
        found = [Path(name) for name in glob.glob(str(path), recursive=True)]
        reason = "no file matches this pattern"
    files = sorted(one for one in found if one.is_file() and not one.name.startswith("."))
    if not files:
        raise MediaError(path, reason)
    return tuple(files)


def check_writable(path: str | Path, suffixes: Sequence[str] = ()) -> Path:
    """Check that a target can be written, before any heavy work.

    Args:
        path: The target.
        suffixes: Allowed extensions, lower case with their dot; empty allows all.

    Returns:
        The path.

    Raises:
        OutputError: The folder is missing or not writable, the target is a folder, or its
            extension is not among the allowed ones.
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError(path, "is a folder, name a file in it")
    if suffixes and path.suffix.lower() not in suffixes:
        allowed = ", ".join(suffixes)
        got = repr(path.suffix) if path.suffix else "none"
        raise OutputError(path, f"unknown extension {got}, expected one of {allowed}")
    folder = path.parent
    if not folder.exists():
        raise OutputError(path, f"the folder {folder} does not exist, create it first")
    if not folder.is_dir():
        raise OutputError(path, f"{folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(path, f"the folder {folder} is not writable")
    return path


def hidden_sibling(target: Path) -> Path:
    """Create an empty file of a hidden, unused name beside a target.

    Made with ``O_EXCL`` and the usual permissions: ``tempfile`` would make the final file
    readable by its owner only.

    Args:
        target: The file that is to come.

    Returns:
        The path of the new file.

    Raises:
        OutputError: It cannot be created.
    """
    path = target.parent / f".{target.name}.{secrets.token_hex(6)}.part"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise OutputError(target, f"cannot be written ({error.strerror})") from error
    return path


@contextlib.contextmanager
def atomic_target(target: str | Path) -> Iterator[Path]:
    """Write a whole file or none.

    Args:
        target: Where the file shall be.

    Yields:
        The hidden path to write to. It moves to the target when the block ends well and is
        removed when it does not, Ctrl-C included.

    Raises:
        OutputError: The file cannot be created or moved.
    """
    target = Path(target)
    hidden = hidden_sibling(target)
    try:
        yield hidden
        move_into_place(hidden, target)
    finally:
        hidden.unlink(missing_ok=True)


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
