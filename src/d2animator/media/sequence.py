"""Pictures one by one, under numbered names."""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import OutputError
from d2animator.media.files import check_writable, move_into_place
from d2animator.media.images import PICTURE_SUFFIXES, write_image

_NUMBER = re.compile(r"%0?\d*d")


def is_sequence(path: str | Path) -> bool:
    """Tell a pattern for numbered pictures, such as ``frames/%05d.png``, from other targets."""
    return "%" in Path(path).name


def check_sequence(path: str | Path) -> Path:
    """Check, before any heavy work, that pictures can be written under a pattern.

    Args:
        path: Such as ``frames/%05d.png``. The folder is made if it is missing.

    Returns:
        The path.

    Raises:
        OutputError: There is no number in it, the extension is no picture's, the folder cannot be
            written to, or has pictures of such names.
    """
    path = Path(path)
    if len(_NUMBER.findall(path.name)) != 1 or path.name.count("%") != 1:
        raise OutputError(path, "expected a number in the pattern, such as frames/%05d.png")
    folder = path.parent
    if not folder.exists():
        check_writable(folder)
        check_writable(folder.parent / path.name, PICTURE_SUFFIXES)
        return path
    check_writable(path, PICTURE_SUFFIXES)
    before, after = (re.escape(part) for part in _NUMBER.split(path.name))
    same = re.compile(rf"{before}\d+{after}")
    there = sorted(one.name for one in folder.iterdir() if same.fullmatch(one.name))
    if there:
        reason = f"such pictures are there already ({there[0]}), name an empty folder"
        raise OutputError(path, reason)
    return path


class SequenceWriter:
    """Writes numbered pictures that appear, all of them, when the block ends well.

    Use it as a context manager. Until the end they go to a hidden folder beside them.
    """

    def __init__(self, path: str | Path) -> None:
        """Make the folder.

        Args:
            path: See `check_sequence`.

        Raises:
            OutputError: See `check_sequence`.
        """
        self.path = check_sequence(path)
        folder = self.path.parent
        self._made = not folder.exists()
        self._hidden = folder / f".{secrets.token_hex(6)}.part"
        try:
            folder.mkdir(exist_ok=True)
            self._hidden.mkdir()
        except OSError as error:
            raise OutputError(self.path, f"cannot be written ({error.strerror})") from error
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
                for one in sorted(self._hidden.iterdir()):
                    move_into_place(one, self.path.parent / one.name)
        finally:
            shutil.rmtree(self._hidden, ignore_errors=True)
            if self._made:
                with contextlib.suppress(OSError):
                    self.path.parent.rmdir()  # only works on an empty one

    def write(self, image: NDArray[np.uint8], time: Fraction | None = None) -> None:
        """Write the next picture.

        Args:
            image: RGB (H, W, 3), or for PNG and WebP also RGBA (H, W, 4), uint8.
            time: Not kept: files have numbers only.

        Raises:
            OutputError: It cannot be written.
        """
        del time
        write_image(self._hidden / (self.path.name % self.frames), image)
        self.frames += 1
