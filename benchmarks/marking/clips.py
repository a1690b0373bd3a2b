"""Clips without a mark, by both renderers, kept without loss."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.marking.attacks import Clip

if TYPE_CHECKING:
    from d2animator import D2Animator

PHOTO, GENERATOR = "photo", "generator"
STRETCHES = 5
"""Parts of each driver that are used."""


def make(
    animator: D2Animator,
    folder: Path,
    photos: Sequence[Path],
    drivers: Sequence[Path],
    clips: int,
    frames: int,
) -> Iterator[Path]:
    """Draw clips of both renderers; those that are there already stay.

    Args:
        animator: It must leave pictures unmarked.
        folder: Gets a file ``RENDERER-NUMBER.npz`` a clip.
        photos: What the photo renderer moves; the generator draws people of its own.
        drivers: Videos.
        clips: How many of each renderer.
        frames: Of each.

    Yields:
        The clips' files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = _parts(drivers, frames)
    people: dict[object, Any] = {}
    for number in range(clips):
        driver = parts[number % len(parts)]
        for renderer in (PHOTO, GENERATOR):
            path = folder / f"{renderer}-{number:03}.npz"
            if not path.exists():
                # Another person a clip: neither always meets the same driver.
                who = photos[(number + number // len(parts)) % len(photos)]
                person: object = who if renderer == PHOTO else number
                if person not in people:
                    people[person] = (
                        animator.prepare(who, renderer=PHOTO)
                        if renderer == PHOTO
                        else animator.stranger(number)
                    )
                keep(path, animator.animate(people[person], driver).images or ())
            yield path


def _parts(drivers: Sequence[Path], frames: int) -> list[Clip]:
    """Parts of all drivers, the first of each, then the second of each, and so on."""
    from d2animator.media.video import VideoReader

    kept = []
    for path in drivers:
        with VideoReader(path) as reader:
            whole = [frame.image for frame in reader]
        starts = np.linspace(0, max(len(whole) - frames, 0), STRETCHES).astype(int)
        kept.append([whole[start : start + frames] for start in starts])
    return list(itertools.chain.from_iterable(zip(*kept, strict=True)))


def keep(path: Path, pictures: Sequence[NDArray[np.uint8]]) -> None:
    """Write a clip; it is there whole or not at all."""
    hidden = path.with_suffix(".part")
    with hidden.open("wb") as file:
        np.savez_compressed(file, pictures=np.stack(pictures))
    hidden.replace(path)


def kept(path: Path) -> Clip:
    """Read a clip."""
    with np.load(path) as file:
        return list(file["pictures"])
