"""How much of the watermark a picture carries already, so that marking again adds no more of it.

Results are worked on: a marked picture is edited, animated, cut and animated again. Patterns that
lie on each other would add up, 6 dB with the second one, until they show. So what is there is
measured, block by block, and only what is missing is added.

In a block the pattern p (of unit power) is orthogonal to nearly all pictures, so the mean of p
times the picture is the strength with which p is in it, up to noise of a tenth of a level.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.marks.pattern import Plane

Channel = NDArray[np.uint8]

BLOCK = 64
"""Pixels across a block, where the tile is 256."""

SHRINK = 2
"""Pixels for one of the shrunk picture that is looked at, where the tile is 256: the pattern has no
finer detail."""

# Pixels of a shrunk picture over which it is smoothed to take its smooth part off.
_LUMA_BLUR, _CHROMA_BLUR = 9, 21


@dataclass(frozen=True, eq=False)
class Probe:
    """What is needed to measure a pattern in pictures of one size.

    Attributes:
        luma: The pattern in brightness, shrunk.
        chroma: The same in the blue-yellow difference.
        gains: What is measured for a pattern of strength 1, of both.
    """

    luma: Plane
    chroma: Plane
    gains: tuple[float, float]


def make_probe(luma: Plane, chroma: Plane, size: tuple[int, int]) -> Probe:
    """Get ready to measure.

    Args:
        luma: The pattern in brightness, (H, W).
        chroma: The same in the blue-yellow difference.
        size: Width and height of the shrunk pictures in which to measure.
    """
    small = [
        np.asarray(cv2.resize(pattern, size, interpolation=cv2.INTER_AREA), np.float32)
        for pattern in (luma, chroma)
    ]
    gains = [
        float((pattern * (pattern - cv2.blur(pattern, (blur, blur)))).mean())
        for pattern, blur in zip(small, (_LUMA_BLUR, _CHROMA_BLUR), strict=True)
    ]
    return Probe(small[0], small[1], (gains[0], gains[1]))


def strength_present(luma: Channel, chroma: Channel, probe: Probe) -> Plane:
    """Measure how strongly the watermark is in a picture already.

    Args:
        luma: Brightness of the shrunk picture, (h, w), uint8.
        chroma: Its blue-yellow difference, (h, w), uint8.
        probe: Of that size, see `make_probe`.

    Returns:
        (h / b, w / b, 2), rounded up, where b is `BLOCK` in shrunk pixels: strength in brightness
        and in the blue-yellow difference, in grey levels, 0 and up.
    """
    both = (
        _present(luma, probe.luma, _LUMA_BLUR, probe.gains[0]),
        _present(chroma, probe.chroma, _CHROMA_BLUR, probe.gains[1]),
    )
    return np.asarray(cv2.merge(both), dtype=np.float32)


def _present(channel: Channel, pattern: Plane, blur: int, gain: float) -> Plane:
    """Mean of picture times pattern in each block; nothing below 0."""
    values = channel.astype(np.float32)
    product = cv2.multiply(cv2.subtract(values, cv2.blur(values, (blur, blur))), pattern)
    height, width = pattern.shape
    side = BLOCK // SHRINK
    blocks = (-(-width // side), -(-height // side))
    means = cv2.resize(product, blocks, interpolation=cv2.INTER_AREA)
    return np.asarray(np.maximum(means, 0) / max(gain, 1e-6), dtype=np.float32)
