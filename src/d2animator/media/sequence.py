"""Pictures one by one, under numbered names."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import OutputError
from d2animator.media.files import check_writable
from d2animator.media.images import PICTURE_SUFFIXES, write_image
from d2animator.media.pending import Finish, Pending, move_into_place

# At most two digits of width: more would make names that no disk takes.
_NUMBER = re.compile(r"%(?:0?[1-9]\d?)?d")
_PATTERN = re.compile(r"(?P<before>.*)" + _NUMBER.pattern + r"\.[^.%]+", re.DOTALL)


def is_sequence(path: str | Path) -> bool:
    """Tell a pattern for numbered pictures from other targets.

    Args:
        path: Such as ``frames/%05d.png``: the number stands right before a picture's extension.
            Any other ``%`` is a letter of the name.
    """
    path = Path(path)
    pattern = _PATTERN.fullmatch(path.name)
    return pattern is not None and path.suffix.lower() in PICTURE_SUFFIXES


def check_sequence(path: str | Path) -> Path:
    """Check, before any heavy work, that pictures can be written under a pattern.

    Args:
        path: Such as ``frames/%05d.png``. Folders that are missing are made.

    Returns:
        The path.

    Raises:
        OutputError: There is no number in it, the extension is no picture's, the folder cannot be
            written to, or has pictures of such names.
    """
    path = Path(path)
    before = _before_number(path)
    folder = check_writable(path, PICTURE_SUFFIXES).parent
    if not os.path.isdir(folder):
        return path
    same = re.compile(rf"{re.escape(before)}\d+{re.escape(path.suffix)}")
    there = sorted(one.name for one in folder.iterdir() if same.fullmatch(one.name))
    if there:
        reason = f"such pictures are there already ({there[0]}), name an empty folder"
        raise OutputError(path, reason)
    return path


def _before_number(path: Path) -> str:
    """What stands before the number in a pattern's name.

    Raises:
        OutputError: There is no number.
    """
    pattern = _PATTERN.fullmatch(path.name)
    if pattern is None or _NUMBER.search(pattern["before"]):
        reason = "expected a number before the extension, such as frames/%05d.png"
        raise OutputError(path, reason)
    return pattern["before"]


class SequenceWriter:
    """Writes numbered pictures that appear, all of them, when the block ends well.

    Use it as a context manager. Until the end they go to a hidden folder beside them.
    """

    def __init__(self, path: str | Path, finish: Finish | None = None) -> None:
        """Make the folder.

        Args:
            path: See `check_sequence`.
            finish: What is done last with every picture, before any is moved to its target.

        Raises:
            OutputError: See `check_sequence`.
        """
        self._finish = finish
        self.path = check_sequence(path)
        before = _before_number(self.path)
        self._before, self._number = before, self.path.name[len(before) : -len(self.path.suffix)]
        self._pending = Pending(self.path, folder=True)
        self.frames = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Move the pictures into place, or remove them if the block raised."""
        try:
            if kind is None:
                pictures = sorted(self._pending.path.iterdir())
                targets = [self._pending.target.parent / picture.name for picture in pictures]
                if self._finish is not None:
                    for picture, target in zip(pictures, targets, strict=True):
                        self._finish(picture, target)
                for picture, target in zip(pictures, targets, strict=True):
                    move_into_place(picture, target)
        finally:
            self._pending.discard()

    def write(self, image: NDArray[np.uint8], time: Fraction | None = None) -> None:
        """Write the next picture.

        Args:
            image: RGB (H, W, 3), or for PNG and WebP also RGBA (H, W, 4), uint8.
            time: Not kept: files have numbers only.

        Raises:
            OutputError: It cannot be written.
        """
        del time
        name = f"{self._before}{self._number % self.frames}{self.path.suffix}"
        write_image(self._pending.path / name, image)
        self.frames += 1
