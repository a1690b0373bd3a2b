"""Adding patterns to the bytes of a picture, in little time.

All is done in whole numbers, some rows at a time, in memory that is kept: asking for it with every
picture would take longer than the arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.marks.pattern import Plane
from d2animator.marks.strength import BLUE, GREEN

Picture = NDArray[np.uint8]
Whole = NDArray[np.int16]
Bytes = NDArray[np.int8]

# Patterns and strengths are whole numbers of these parts.
_PATTERN_UNIT, _STRENGTH_UNIT = 1 / 4096, 1 / 256
# What is added to blue for a step of the blue-yellow difference is told as its strength.
_GREY_PARTS, _BLUE_PARTS = np.float32(1 / _STRENGTH_UNIT), np.float32(BLUE / _STRENGTH_UNIT)
# Pixels that are worked on at a time: as many as a processor's nearer memory holds.
_AT_A_TIME = 2**17


class Adder:
    """Adds two patterns to pictures of one size. Threads may share it."""

    def __init__(self, luma: Plane, chroma: Plane) -> None:
        """Keep the patterns.

        Args:
            luma: Pattern in brightness, (H, W), mean 0 and standard deviation 1.
            chroma: The same in the blue-yellow difference.
        """
        self._luma, self._chroma = (
            (pattern / _PATTERN_UNIT).astype(np.int16) for pattern in (luma, chroma)
        )
        self._spare: list[_Desk] = []

    def add(self, image: Picture, luma: Plane, chroma: Plane) -> Picture:
        """Add the patterns.

        Args:
            image: RGB picture (H, W, 3), uint8.
            luma: How strongly in brightness, (h, w), grey levels; h and w may be smaller.
            chroma: The same in the blue-yellow difference.

        Returns:
            A new picture.
        """
        try:
            desk = self._spare.pop()
        except IndexError:
            desk = _desk(*self._luma.shape)
        size = image.shape[1::-1]
        at_grey, at_blue = (luma * _GREY_PARTS), (chroma * _BLUE_PARTS)
        cv2.resize(at_grey.astype(np.int16), size, dst=desk.at_grey)
        cv2.resize(at_blue.astype(np.int16), size, dst=desk.at_blue)
        marked = np.empty_like(image)
        step = len(desk.grey)
        for start in range(0, len(image), step):
            rows = slice(start, start + step)
            self._change(rows, desk)
            _add(image[rows], desk, marked[rows])
        self._spare.append(desk)
        return marked

    def _change(self, rows: slice, desk: _Desk) -> None:
        """Put the change of some rows onto the desk."""
        unit = _PATTERN_UNIT * _STRENGTH_UNIT
        chroma, at_blue = self._chroma[rows], desk.at_blue[rows]
        count = len(chroma)
        grey, green, blue = (plane[:count] for plane in (desk.grey, desk.green, desk.blue))
        cv2.multiply(self._luma[rows], desk.at_grey[rows], dst=grey, scale=unit)
        cv2.multiply(chroma, at_blue, dst=green, scale=unit * GREEN / BLUE)
        cv2.multiply(chroma, at_blue, dst=blue, scale=unit)
        cv2.add(grey, green, dst=green)
        cv2.add(grey, blue, dst=blue)
        narrow = [plane[:count] for plane in desk.narrow]
        for wide, plane in zip((grey, green, blue), narrow, strict=True):
            np.copyto(plane, wide, casting="unsafe")
        cv2.merge(narrow, dst=desk.change[:count])


@dataclass(frozen=True, eq=False)
class _Desk:
    """Memory to work in, for one thread at a time: of whole pictures, and of some rows.

    Attributes:
        at_grey: Strength in grey, (H, W).
        at_blue: Strength in blue, (H, W).
        grey: Change of red, in which there is brightness alone, (rows, W).
        green: The same of green.
        blue: The same of blue.
        narrow: All three in bytes.
        change: All three, (rows, W, 3).
        more: What of it is above zero.
        zeros: (rows, W, 3).
    """

    at_grey: Whole
    at_blue: Whole
    grey: Whole
    green: Whole
    blue: Whole
    narrow: tuple[Bytes, Bytes, Bytes]
    change: Bytes
    more: Bytes
    zeros: Bytes


def _desk(height: int, width: int) -> _Desk:
    rows = min(height, max(1, _AT_A_TIME // width))
    whole, part, pixels = (height, width), (rows, width), (rows, width, 3)
    return _Desk(
        np.empty(whole, np.int16),
        np.empty(whole, np.int16),
        np.empty(part, np.int16),
        np.empty(part, np.int16),
        np.empty(part, np.int16),
        (np.empty(part, np.int8), np.empty(part, np.int8), np.empty(part, np.int8)),
        np.empty(pixels, np.int8),
        np.empty(pixels, np.int8),
        np.zeros(pixels, np.int8),
    )


def _add(image: Picture, desk: _Desk, out: Picture) -> None:
    """Add the change on the desk to some rows.

    What is more and what is less each by itself: sums of bytes and of larger numbers take several
    times as long.
    """
    count = len(image)
    change, more = desk.change[:count], desk.more[:count]
    cv2.max(change, desk.zeros[:count], dst=more)
    cv2.subtract(more, change, dst=change)
    cv2.add(image, more.view(np.uint8), dst=out)
    cv2.subtract(out, change.view(np.uint8), dst=out)
