"""A session's files: taken in as they stream, looked at, kept in a folder of their own."""

from __future__ import annotations

import contextlib
import errno
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from d2animator.errors import printable
from d2animator.web.options import MB
from d2animator.web.refusals import RefusedError

EXAMPLES = ("astronaut.jpg", "source.png", "driving.mp4")
"""Pictures and a clip that anybody may try; NASA's astronaut, and what our puppets do."""

EXAMPLE_PREFIX = "example:"


@dataclass(frozen=True)
class Stored:
    """A file that somebody handed over."""

    id: str
    # What they call it; only shown, never a path.
    name: str
    path: Path
    kind: Literal["picture", "video", "motion"]
    # Pixels; None where it was not looked at.
    width: int | None = None
    height: int | None = None
    # Length; None for a picture, and where the file does not tell.
    seconds: float | None = None


async def receive(
    chunks: AsyncIterator[bytes], folder: Path, name: str, most: int, announced: int | None
) -> Path:
    """Write what comes to a new file; nothing stays of what is not taken.

    Args:
        chunks: The file's content.
        folder: Where to.
        name: What its sender calls it: only a plain extension is taken from it.
        most: Bytes that are taken.
        announced: Bytes that are said to come.

    Raises:
        RefusedError: It is larger, empty, or there is no room.
    """
    too_large = RefusedError(
        413, f"{name}: is larger than the {most / MB:g} MB that are taken here; make it shorter"
    )
    if announced is not None and announced > most:
        raise too_large
    path = folder / f"{secrets.token_hex(8)}{plain_suffix(name)}"
    size, whole = 0, False
    try:
        with path.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise too_large
                file.write(chunk)
        if size == 0:
            raise RefusedError(400, f"{name}: is empty (zero bytes)")
        whole = True
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the server's disk is full" if full else "the server cannot keep it"
        raise RefusedError(507, f"{name}: {reason}; try again later") from error
    finally:
        if not whole:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
    return path


def plain_suffix(name: str) -> str:
    """Give the extension of a name that nobody has checked, empty for none that is plain."""
    found = re.search(r"\.[A-Za-z0-9]{1,12}$", name)
    return found[0].lower() if found else ""


def plain_name(name: str) -> str:
    """Give a name that can be shown, without folders, of at most 80 letters."""
    return printable(re.split(r"[/\\]", name)[-1].strip(), 80) or "file"


def look_at(path: Path, name: str, id: str) -> Stored:
    """Tell what a file is.

    Args:
        path: The file.
        name: What it is called.
        id: What it is known by.

    Raises:
        MediaError: It can be used as nothing.
    """
    from d2animator.faces.template import TEMPLATE_SUFFIX, read_template
    from d2animator.media.clip import open_clip

    if path.suffix == TEMPLATE_SUFFIX:
        return Stored(id, name, path, "motion", seconds=float(read_template(path).end))
    clip = open_clip(path)
    if clip.frame_rate is None:
        image = next(iter(clip.frames)).image
        return Stored(id, name, path, "picture", image.shape[1], image.shape[0])
    seconds = None if clip.count is None else float(clip.count / clip.frame_rate)
    return Stored(id, name, path, "video", seconds=seconds)


def examples_folder() -> Path:
    """Find the examples: in the package, or in the checkout that it is run from."""
    here = Path(__file__).resolve().parent
    packed = here / "examples"
    return packed if packed.is_dir() else here.parents[2] / "examples"
