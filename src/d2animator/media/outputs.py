"""Where results go: never onto an input, and into the folder that was meant."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from d2animator.errors import OutputError
from d2animator.media.files import names_many

PathLike = str | Path
_SEVERAL = (list, tuple, set, frozenset, dict, Iterator)


def check_not_input(outputs: object, inputs: object) -> None:
    """Check that nothing to be written is something to be read.

    Links are followed, and two names of one file are one. Of a folder or a pattern every file
    counts. Whatever is no path (arrays, None) is passed over.

    Args:
        outputs: A target, or an iterable of them; None for none.
        inputs: A file, folder or pattern, or an iterable of them.

    Raises:
        OutputError: A target is an input.
    """
    read: dict[object, str] = {}
    for path in _paths(inputs):
        for one in _files_of(path):
            for key in _identities(one):
                read.setdefault(key, str(one))
    for target in _paths(outputs):
        hit = next((read[key] for key in _identities(target) if key in read), None)
        if hit is not None:
            raise OutputError(target, f"is an input itself ({hit}), choose another name")


def is_folder_name(output: PathLike) -> bool:
    """Tell whether a target stands for a folder: it is one, or its name ends as a folder's."""
    text = os.fspath(output)
    separators = tuple(one for one in (os.sep, os.altsep) if one)
    return text.endswith(separators) or os.path.isdir(text)


def in_folder(output: PathLike, name: str) -> Path:
    """Complete a target that stands for a folder.

    Args:
        output: A file, or a folder as `is_folder_name` tells; it need not be there yet.
        name: Name of the file in such a folder.

    Returns:
        The file.
    """
    return Path(output) / name if is_folder_name(output) else Path(output)


def _paths(given: object) -> list[Path]:
    several = given if isinstance(given, _SEVERAL) else (given,)
    return [Path(one) for one in several if isinstance(one, str | Path)]


def _files_of(path: Path) -> Iterable[Path]:
    if not names_many(path):
        return [path]
    if os.path.isdir(path):
        return [one for one in path.iterdir() if not one.is_dir()]
    return [Path(name) for name in glob.glob(str(path), recursive=True)]


def _identities(path: Path) -> list[object]:
    """What two names of one file have in common: the file itself, or the place where it will be."""
    try:
        place = os.path.normcase(os.path.realpath(path))
    except ValueError:  # no file has such a name
        return []
    try:
        found = os.stat(path)
    except OSError:
        return [place]
    return [place, (found.st_dev, found.st_ino)]
