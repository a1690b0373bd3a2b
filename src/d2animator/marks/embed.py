"""Adding the watermark to a picture: as strongly as the picture itself hides it.

The pattern is the same in every frame and its strength follows the picture smoothly, so that it
neither flickers nor swims.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

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
from d2animator.marks.presence import SHRINK, Probe, make_probe, strength_present

Picture = NDArray[np.uint8]

# Blue and green for one step of the blue-yellow difference at the same brightness (BT.601).
_BLUE, _GREEN = 1.772, -0.344
# Mean square of a channel's change for one step of brightness, and of the difference.
_COSTS = np.array([1.0, (_BLUE**2 + _GREEN**2) / 3], dtype=np.float32)
# Pixels of the shrunk picture across a place of one strength.
_PLACE = 2
# Patterns and strengths are whole numbers of these parts: sums of floats would take twice as long.
_PATTERN_UNIT, _STRENGTH_UNIT = 1 / 4096, 1 / 256

# Pixels across a picture from which on it has enough of them, and by how much fewer matter.
_FULL_SIDE, _MOST_ENLARGED = 512, 2
# Share of the wanted strength that a picture may seem to have without a mark.
_CHANCE = 0.35
# What is added to grey, and to blue, for a step of brightness and of the difference.
_PER_STEP = np.array([1.0, _BLUE], dtype=np.float32)

Whole = NDArray[np.int16]


@dataclass(frozen=True)
class Strength:
    """How strong the watermark is; all in grey levels of 255, as standard deviations.

    Brightness is told for a picture of 512 pixels and more across. A smaller one, of whose fewer
    pixels coders leave less, gets more of it: at 256 the root of 2 as much, up to the limits.
    """

    # In brightness, where the picture is flat.
    luma: float = 0.65
    # The same for the blue-yellow difference.
    chroma: float = 1.2
    # By how much they grow for each level by which pixels differ from their surroundings: detail
    # hides brightness well, and colour badly. Coders keep little of what hides in detail.
    luma_slope: float = 0.4
    chroma_slope: float = 0.2
    # Most of each at one place.
    luma_limit: float = 5.0
    chroma_limit: float = 2.0
    # Most over the picture: 1.95 and rounding keep 42 dB.
    limit: float = 1.95

    def in_size(self, height: int, width: int) -> Strength:
        """The same for a picture of some size in pixels."""
        more = math.sqrt(min(max(_FULL_SIDE / max(min(height, width), 1), 1.0), _MOST_ENLARGED))
        return replace(self, luma=more * self.luma, luma_slope=more * self.luma_slope)


@dataclass(frozen=True, eq=False)
class _Patterns:
    """Patterns (H, W) in parts of `_PATTERN_UNIT`, and what measures them."""

    luma: Whole
    chroma: Whole
    probe: Probe


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
        self._patterns: _Patterns | None = None

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
        patterns = self._patterns_of(*image.shape[:2])
        grey, blue = self._missing(image, patterns.probe)
        return _added(image, patterns, grey, blue)

    def _missing(self, image: Picture, probe: Probe) -> tuple[Whole, Whole]:
        """What is to be added to grey and to blue at each place, in parts of `_STRENGTH_UNIT`."""
        size = probe.luma.shape[1::-1]
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        channels = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb))
        luma, _, chroma = (np.asarray(channel, np.uint8) for channel in channels)
        wanted = strength_map(luma, self._strength.in_size(*image.shape[:2]))
        present = cv2.resize(strength_present(luma, chroma, probe), wanted.shape[1::-1])
        # Little of it is chance: a picture without a mark gets all that is wanted.
        share = np.clip((present / wanted - _CHANCE) / (1 - _CHANCE), 0, 1)
        missing = (wanted * (1 - share) * (_PER_STEP / _STRENGTH_UNIT)).astype(np.int16)
        return np.ascontiguousarray(missing[..., 0]), np.ascontiguousarray(missing[..., 1])

    def _patterns_of(self, height: int, width: int) -> _Patterns:
        """Patterns that cover (height, width); those of the last size are kept."""
        patterns = self._patterns
        if patterns is None or patterns.luma.shape != (height, width):
            side = tile_side(height, width)
            luma, chroma = (
                repeated(make_tile(waves, self.payload, side), height, width)
                for waves in (luma_waves(), chroma_waves())
            )
            shrink = SHRINK * side // TILE
            probe = make_probe(luma, chroma, (-(-width // shrink), -(-height // shrink)))
            whole = [(pattern / _PATTERN_UNIT).astype(np.int16) for pattern in (luma, chroma)]
            self._patterns = patterns = _Patterns(whole[0], whole[1], probe)
        return patterns


def _added(image: Picture, patterns: _Patterns, at_grey: Whole, at_blue: Whole) -> Picture:
    """Add the patterns to (H, W, 3), as strongly as is said for each place (h, w)."""
    size = image.shape[1::-1]
    unit = _PATTERN_UNIT * _STRENGTH_UNIT
    grey = cv2.multiply(patterns.luma, cv2.resize(at_grey, size), scale=unit)
    at_blue = np.asarray(cv2.resize(at_blue, size), np.int16)
    blue = cv2.multiply(patterns.chroma, at_blue, scale=unit)
    green = cv2.multiply(patterns.chroma, at_blue, scale=unit * _GREEN / _BLUE)
    planes = (grey, cv2.add(grey, green), cv2.add(grey, blue))
    # In bytes, what is more and what is less each by itself: a sum of bytes and larger numbers
    # takes several times as long.
    change = np.asarray(cv2.merge([plane.astype(np.int8) for plane in planes]), np.int8)
    more = np.asarray(cv2.max(change, np.zeros_like(change)), np.int8)
    less = np.asarray(cv2.subtract(more, change), np.int8)
    lighter = cv2.add(image, more.view(np.uint8))
    return np.asarray(cv2.subtract(lighter, less.view(np.uint8)), np.uint8)


def strength_map(luma: NDArray[np.uint8], strength: Strength) -> Plane:
    """Tell how strong the watermark may be at each place of a picture.

    Busy places hide more. A place beside an edge, or one in a flat surrounding, counts as flat.

    Args:
        luma: Brightness of the shrunk picture, (h, w), uint8; see `presence.SHRINK`.
        strength: The limits.

    Returns:
        (h / 2, w / 2, 2), rounded up: strength in brightness and in the blue-yellow difference, in
        grey levels.
    """
    height, width = luma.shape
    size = (-(-width // _PLACE), -(-height // _PLACE))
    detail = cv2.absdiff(luma, cv2.blur(luma, (3, 3)))
    busy = cv2.resize(detail, size, interpolation=cv2.INTER_AREA)
    around = cv2.blur(busy.astype(np.float32), (5, 5))
    calmest = cv2.blur(cv2.erode(busy, np.ones((3, 3), np.uint8)).astype(np.float32), (3, 3))
    activity = np.minimum(around, 2 * calmest)
    luma_strength = np.minimum(strength.luma + strength.luma_slope * activity, strength.luma_limit)
    chroma_strength = np.minimum(
        strength.chroma + strength.chroma_slope * activity, strength.chroma_limit
    )
    both = np.asarray(cv2.merge([luma_strength, chroma_strength]), np.float32)
    power = float(np.mean(both**2, axis=(0, 1)) @ _COSTS)
    return both * np.float32(min(1.0, strength.limit / math.sqrt(power)))
