"""Where files are read from and written to: checks before the work, whole files after it.

A result is written to a hidden name beside its target and moved into place when whole, so a
reader of the target never sees half a file and an aborted run leaves nothing behind (see
`d2animator.media.pending`).
"""

from __future__ import annotations

import contextlib
import glob
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from d2animator.config import to_json
from d2animator.errors import MediaError, OutputError
from d2animator.media.pending import Finish, Pending, followed

# A path with the form of one has lost a slash.
_ADDRESS = re.compile(r"(https?|ftp|hf|s3|gs|rtsp|rtmp):/{1,2}\w", re.IGNORECASE)


def check_readable(path: str | Path) -> Path:
    """Check that a path names a file with something in it.

    Args:
        path: The file to be read.

    Returns:
        The path.

    Raises:
        MediaError: No such file, an address, a folder, a pipe, a device, not permitted, or empty.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        if gone and str(path).lower().startswith("file:/"):
            raise MediaError(path, "is an address; name the file by its path alone") from error
        if gone and _ADDRESS.match(str(path)):
            reason = "is an address; download it first (curl -LO ADDRESS), and name the file"
            raise MediaError(_with_slashes(path), reason) from error
        reason = "no such file" if gone else f"cannot be read ({_why(error)})"
        raise MediaError(path, reason) from error
    if stat.S_ISDIR(mode):
        raise MediaError(path, "is a folder, expected a file")
    if stat.S_ISFIFO(mode):
        raise MediaError(path, "is a pipe, which can be read only once; save it as a file first")
    if not stat.S_ISREG(mode):
        raise MediaError(path, "is a device or a socket, expected a file")
    if not os.access(path, os.R_OK):
        raise MediaError(path, "may not be read (permission denied)")
    if path.stat().st_size == 0:
        raise MediaError(path, "is empty (zero bytes)")
    return path


def _with_slashes(path: Path) -> str:
    """An address as it was written, before it was taken for a path."""
    return re.sub(r":/+", "://", str(path), count=1)


def names_many(path: str | Path) -> bool:
    """Tell whether a path stands for many files: a folder, or a pattern with ``*``, ``?``, ``[``.

    A file that is there under just that name is one file, whatever its name.
    """
    path = Path(path)
    # Not those of Path, which stumble over names that no file can have.
    if os.path.isdir(path):
        return True
    magic = glob.has_magic(str(path)) and not _ADDRESS.match(str(path))
    return magic and not os.path.exists(path)


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
    if os.path.isdir(path):
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
        path: The target; folders that are missing are made when it is written.
        suffixes: Allowed extensions, lower case with their dot; empty allows all.

    Returns:
        The path.

    Raises:
        OutputError: Its folder can neither be written to nor made, the target is a folder or a
            device, or its extension is not among the allowed ones.
    """
    path = Path(path)
    try:
        real = followed(path)
        if _ADDRESS.match(str(path)) and not real.parent.exists():
            raise OutputError(_with_slashes(path), "is an address; name a file of this machine")
        _check_place(path, real)
        if suffixes and path.suffix.lower() not in suffixes:
            allowed = ", ".join(suffixes)
            got = repr(path.suffix) if path.suffix else "none"
            raise OutputError(path, f"unknown extension {got}, expected one of {allowed}")
        _check_folder(path, real.parent)
    except (OSError, ValueError) as error:
        raise OutputError(path, f"cannot be written ({_why(error)})") from error
    return path


def _check_place(path: Path, real: Path) -> None:
    """Refuse what is there and no file."""
    if real.is_dir():
        raise OutputError(path, "is a folder, name a file in it")
    if real.exists() and not real.is_file():
        raise OutputError(path, "is a pipe or a device, name a file")


def _check_folder(path: Path, folder: Path) -> None:
    """Refuse a folder that cannot be written to, or made in the nearest one that is there."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        raise OutputError(path, f"{there} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(path, f"the folder {there} is not writable")


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


@contextlib.contextmanager
def atomic_target(target: str | Path, finish: Finish | None = None) -> Iterator[Path]:
    """Write a whole file or none.

    Args:
        target: Where the file shall be; missing folders are made, a link is followed.
        finish: What is done last with the file, before it is moved there.

    Yields:
        The hidden path to write to. It moves to the target when the block ends well and is
        removed when it does not, Ctrl-C included.

    Raises:
        OutputError: The file cannot be created or moved.
    """
    pending = Pending(target, finish=finish)
    try:
        yield pending.path
        pending.keep()
    finally:
        pending.discard()


def write_json(path: str | Path, content: object) -> None:
    """Write a dataclass or plain values as JSON, whole or not at all.

    Args:
        path: Target; an existing file is replaced.
        content: See `d2animator.config.to_json`.

    Raises:
        ValueError: A number is not finite.
        OutputError: The file cannot be made.
        OSError: The disk is full.
    """
    text = to_json(content)
    with atomic_target(path) as hidden:
        hidden.write_text(text, encoding="utf-8")
