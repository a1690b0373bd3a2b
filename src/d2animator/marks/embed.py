"""Adding the watermark to a picture: as strongly as the picture itself hides it.

The pattern is the same in every frame and its strength follows the picture smoothly, so that it
neither flickers nor swims.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.errors import check_shape
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

Picture = NDArray[np.uint8]

# Blue and green for one step of the blue-yellow difference at the same brightness (BT.601).
_BLUE, _GREEN = 1.772, -0.344
# Mean square of a channel's change for one step of brightness, and of the difference.
_LUMA_COST, _CHROMA_COST = 1.0, (_BLUE**2 + _GREEN**2) / 3
# Pixels across a place of one strength, where the tile is at its smallest.
_PLACE = 4
# Patterns and strengths are whole numbers of these parts: sums of floats would take twice as long.
_PATTERN_UNIT, _STRENGTH_UNIT = 1 / 4096, 1 / 256

# Share of the wanted strength that a picture may seem to have without a mark.
_CHANCE = 0.35
# What is added to grey, and to blue, for a step of brightness and of the difference.
_PER_STEP = np.array([1.0, _BLUE], dtype=np.float32)

Whole = NDArray[np.int16]


@dataclass(frozen=True)
class Strength:
    """How strong the watermark is; all in grey levels of 255, as standard deviations."""

    # In brightness, where the picture is flat.
    luma: float = 0.6
    # The same for the blue-yellow difference.
    chroma: float = 1.2
    # By how much they grow for each level by which pixels differ from their surroundings: detail
    # hides brightness well, and colour badly.
    luma_slope: float = 0.65
    chroma_slope: float = 0.25
    # Most of each at one place.
    luma_limit: float = 5.0
    chroma_limit: float = 2.0
    # Most over the picture: 1.95 and rounding keep 42 dB.
    limit: float = 1.9


class Watermark:
    """Adds one payload's watermark to pictures.

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
        self._patterns: tuple[Whole, Whole, Probe] | None = None

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
        height, width = image.shape[:2]
        luma, chroma, probe = self._patterns_of(height, width)
        wanted = strength_map(image, self._strength)
        present = cv2.resize(strength_present(image, probe), wanted.shape[1::-1])
        # Little of it is chance: a picture without a mark gets all that is wanted.
        share = np.clip((present / wanted - _CHANCE) / (1 - _CHANCE), 0, 1)
        missing = wanted * (1 - share)
        strengths = (missing * _PER_STEP / _STRENGTH_UNIT).astype(np.int16)
        at_grey, at_blue = cv2.split(cv2.resize(strengths, (width, height)))
        unit = _PATTERN_UNIT * _STRENGTH_UNIT
        grey = cv2.multiply(luma, at_grey, scale=unit)
        blue = cv2.multiply(chroma, at_blue, scale=unit)
        green = cv2.multiply(chroma, at_blue, scale=unit * _GREEN / _BLUE)
        change = cv2.merge([grey, cv2.add(grey, green), cv2.add(grey, blue)])
        return np.asarray(cv2.add(image, change, dtype=cv2.CV_8U), dtype=np.uint8)

    def _patterns_of(self, height: int, width: int) -> tuple[Whole, Whole, Probe]:
        """Patterns that cover (height, width), and their probe; those of the last size are kept."""
        if self._patterns is None or self._patterns[0].shape != (height, width):
            side = tile_side(height, width)
            luma, chroma = (
                repeated(make_tile(waves, self.payload, side), height, width)
                for waves in (luma_waves(), chroma_waves())
            )
            probe = make_probe(luma, chroma, side // TILE)
            whole = [(pattern / _PATTERN_UNIT).astype(np.int16) for pattern in (luma, chroma)]
            self._patterns = whole[0], whole[1], probe
        return self._patterns


def strength_map(image: Picture, strength: Strength) -> Plane:
    """Tell how strong the watermark may be at each place of a picture.

    Busy places hide more. A place beside an edge, or one in a flat surrounding, counts as flat.

    Args:
        image: RGB picture (H, W, 3), uint8.
        strength: The limits.

    Returns:
        (H / q, W / q, 2), rounded up: strength in brightness and in the blue-yellow difference,
        in grey levels. q is 4 pixels where the tile is 256, and grows with it.
    """
    height, width = image.shape[:2]
    place = _PLACE * tile_side(height, width) // TILE
    size = (-(-width // place), -(-height // place))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    detail = cv2.absdiff(grey, cv2.blur(grey, (5, 5)))
    busy = cv2.resize(detail, size, interpolation=cv2.INTER_AREA)
    around = cv2.blur(busy.astype(np.float32), (5, 5))
    calmest = cv2.blur(cv2.erode(busy, np.ones((3, 3), np.uint8)).astype(np.float32), (3, 3))
    activity = np.minimum(around, 2 * calmest)
    luma = np.minimum(strength.luma + strength.luma_slope * activity, strength.luma_limit)
    chroma = np.minimum(strength.chroma + strength.chroma_slope * activity, strength.chroma_limit)
    power = _LUMA_COST * float((luma**2).mean()) + _CHROMA_COST * float((chroma**2).mean())
    scale = min(1.0, strength.limit / math.sqrt(power))
    return np.asarray(cv2.merge([luma * scale, chroma * scale]), dtype=np.float32)
