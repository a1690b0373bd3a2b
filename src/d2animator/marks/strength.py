"""How strong the watermark may be at each place of a picture: as strong as the picture hides it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.marks.pattern import Plane

BLUE, GREEN = 1.772, -0.344
"""Blue and green for one step of the blue-yellow difference at the same brightness (BT.601)."""

PLACE = 2
"""Pixels of the shrunk picture across a place of one strength."""

# Mean square of a channel's change for one step of brightness, and of the difference.
_COSTS = (1.0, (BLUE**2 + GREEN**2) / 3)
# Pixels across a picture from which on it has enough of them, and by how much fewer matter.
_FULL_SIDE, _MOST_ENLARGED = 512, 2
_NEIGHBOURS = np.ones((3, 3), np.uint8)


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


def strength_map(luma: NDArray[np.uint8], strength: Strength) -> tuple[Plane, Plane]:
    """Tell how strong the watermark may be at each place of a picture.

    Busy places hide more. A place beside an edge, or one in a flat surrounding, counts as flat.

    Args:
        luma: Brightness of a shrunk picture, (h, w), uint8.
        strength: The limits.

    Returns:
        For each `PLACE`, (h / 2, w / 2), rounded up: strength in brightness and in the blue-yellow
        difference, in grey levels.
    """
    height, width = luma.shape
    size = (-(-width // PLACE), -(-height // PLACE))
    detail = cv2.absdiff(luma, cv2.blur(luma, (3, 3)))
    busy = cv2.resize(detail, size, interpolation=cv2.INTER_AREA)
    around = cv2.blur(busy.astype(np.float32), (5, 5))
    calmest = cv2.blur(cv2.erode(busy, _NEIGHBOURS).astype(np.float32), (3, 3))
    activity = np.asarray(cv2.min(around, cv2.add(calmest, calmest)), np.float32)
    both = (
        np.minimum(strength.luma + strength.luma_slope * activity, strength.luma_limit),
        np.minimum(strength.chroma + strength.chroma_slope * activity, strength.chroma_limit),
    )
    powers = (cv2.norm(plane, cv2.NORM_L2SQR) / activity.size for plane in both)
    power = sum(cost * one for cost, one in zip(_COSTS, powers, strict=True))
    share = np.float32(min(1.0, strength.limit / math.sqrt(power)))
    return both[0] * share, both[1] * share
