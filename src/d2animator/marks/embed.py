"""Adding the watermark to a picture: as strongly as the picture itself hides it.

The pattern is the same in every frame and its strength follows the picture smoothly, so that it
neither flickers nor swims.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.errors import check_shape
from d2animator.marks.adding import Adder
from d2animator.marks.pattern import (
    TILE,
    Plane,
    check_payload,
    chroma_waves,
    luma_waves,
    make_tile,
    repeated,
    tile_side,
)
from d2animator.marks.presence import Probe, make_probe, strength_present
from d2animator.marks.strength import Strength, strength_map

Picture = NDArray[np.uint8]

# Pixels of a picture for one of those in which the pattern is looked for, where the tile is 256: it
# has no finer detail in brightness, nor in the blue-yellow difference.
_LUMA_SHRINK, _CHROMA_SHRINK = 2, 4
# Pixels of those across a block, and over which they are smoothed.
_LUMA_BLOCK, _CHROMA_BLOCK = 32, 16
_LUMA_BLUR, _CHROMA_BLUR = 9, 11
# Share of the wanted strength that a picture may seem to have without a mark.
_CHANCE = 0.35


@dataclass(frozen=True, eq=False)
class _Fitted:
    """The watermark for pictures of one size.

    Attributes:
        size: Height and width.
        adder: Adds the patterns.
        luma: Measures that in brightness.
        chroma: The same in the blue-yellow difference.
        strength: How strong it shall be.
    """

    size: tuple[int, int]
    adder: Adder
    luma: Probe
    chroma: Probe
    strength: Strength


class Watermark:
    """Adds one payload's watermark to pictures. Threads may share it.

    Attributes:
        payload: 0 to 65535.
    """

    def __init__(self, payload: int = 0, strength: Strength | None = None) -> None:
        """Choose what to say.

        Args:
            payload: 0 to 65535.
            strength: How strongly.

        Raises:
            ConfigError: The payload does not fit.
        """
        self.payload = check_payload(payload)
        self._strength = strength or Strength()
        self._fitted: _Fitted | None = None

    def add(self, image: Picture) -> Picture:
        """Add the watermark, or what is missing of it in a picture that has it already.

        Args:
            image: RGB picture (H, W, 3), or RGBA (H, W, 4), whose alpha stays, uint8.

        Returns:
            A new picture of the same shape; its PSNR to the old one is 42 dB or more.

        Raises:
            ShapeError: The array is no such picture.
        """
        if image.ndim == 3 and image.shape[2] == 4:
            marked = self.add(np.ascontiguousarray(image[..., :3]))
            return np.dstack([marked, image[..., 3]])
        check_shape("image", image, ("H", "W", 3))
        image = np.ascontiguousarray(image)
        fitted, size = self._fitted, (image.shape[0], image.shape[1])
        if fitted is None or fitted.size != size:
            self._fitted = fitted = _fitted(size, self.payload, self._strength)
        return fitted.adder.add(image, *_missing(image, fitted))


def _fitted(size: tuple[int, int], payload: int, strength: Strength) -> _Fitted:
    """Get ready for pictures of one size, (height, width)."""
    height, width = size
    side = tile_side(height, width)
    luma, chroma = (
        repeated(make_tile(waves, payload, side), height, width)
        for waves in (luma_waves(), chroma_waves())
    )
    scale = side // TILE
    return _Fitted(
        size,
        Adder(luma, chroma),
        make_probe(luma, _LUMA_SHRINK * scale, _LUMA_BLOCK, _LUMA_BLUR),
        make_probe(chroma, _CHROMA_SHRINK * scale, _CHROMA_BLOCK, _CHROMA_BLUR),
        strength.in_size(height, width),
    )


def _missing(image: Picture, fitted: _Fitted) -> tuple[Plane, Plane]:
    """How much is to be added in brightness and in the blue-yellow difference, in grey levels."""
    half = cv2.resize(image, fitted.luma.size, interpolation=cv2.INTER_AREA)
    quarter = cv2.resize(half, fitted.chroma.size, interpolation=cv2.INTER_AREA)
    luma = np.asarray(cv2.cvtColor(half, cv2.COLOR_RGB2GRAY), np.uint8)
    chroma = cv2.extractChannel(cv2.cvtColor(quarter, cv2.COLOR_RGB2YCrCb), 2)
    wanted = strength_map(luma, fitted.strength)
    return (
        _less(wanted[0], strength_present(luma, fitted.luma)),
        _less(wanted[1], strength_present(np.asarray(chroma, np.uint8), fitted.chroma)),
    )


def _less(wanted: Plane, present: Plane) -> Plane:
    """What is wanted at each place (h, w), less what is present in each block."""
    there = cv2.divide(cv2.resize(present, wanted.shape[::-1]), wanted)
    # Little of it is chance: a picture without a mark gets all that is wanted.
    share = np.clip((np.asarray(there) - _CHANCE) * np.float32(1 / (1 - _CHANCE)), 0, 1)
    return np.asarray(wanted * (1 - share))
