"""What a request is answered with where it is not done: a status and one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from d2animator.errors import InputError, printable


class RefusedError(InputError):
    """A request that is not carried out.

    Attributes:
        status: Of HTTP.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def sentence(error: BaseException, names: Mapping[Path, str] | None = None) -> str:
    """Say what went wrong to somebody who knows files by the names that they gave them.

    Args:
        error: Whatever was raised.
        names: Names of files by where they are kept.
    """
    text = str(error)
    for path, name in (names or {}).items():
        text = text.replace(str(path), name)
    return printable(text, 1000)
