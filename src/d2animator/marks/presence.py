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

Picture = NDArray[np.uint8]

BLOCK = 64
"""Pixels across a block, where the tile is 256."""

# It is measured in a picture of half the size: the pattern has no finer detail.
_HALF = 2
# Pixels, at that size, over which the picture is smoothed to take its smooth part off.
_LUMA_BLUR, _CHROMA_BLUR = 9, 21
_UNIT = 1 / 4096


@dataclass(frozen=True, eq=False)
class Probe:
    """What is needed to measure a pattern in pictures of one size.

    Attributes:
        luma: The pattern in brightness, at half the size, in parts of 4096.
        chroma: The same in the blue-yellow difference.
        gains: What is measured for a pattern of strength 1, of both.
        shrink: Pixels of the picture for one of these.
    """

    luma: NDArray[np.int16]
    chroma: NDArray[np.int16]
    gains: tuple[float, float]
    shrink: int


def make_probe(luma: Plane, chroma: Plane, enlarged: int) -> Probe:
    """Get ready to measure.

    Args:
        luma: The pattern in brightness, (H, W).
        chroma: The same in the blue-yellow difference.
        enlarged: How many times larger the tile is than `d2animator.marks.pattern.TILE`.
    """
    shrink = _HALF * enlarged
    small = [_shrunk(pattern, shrink) for pattern in (luma, chroma)]
    gains = [
        float((pattern * (pattern - cv2.blur(pattern, (blur, blur)))).mean())
        for pattern, blur in zip(small, (_LUMA_BLUR, _CHROMA_BLUR), strict=True)
    ]
    whole = [np.rint(pattern / _UNIT).astype(np.int16) for pattern in small]
    return Probe(whole[0], whole[1], (gains[0], gains[1]), shrink)


def strength_present(image: Picture, probe: Probe) -> Plane:
    """Measure how strongly the watermark is in a picture already.

    Args:
        image: RGB (H, W, 3), uint8, of the size that the probe is for.
        probe: See `make_probe`.

    Returns:
        (h, w, 2), a value a block: strength in brightness and in the blue-yellow difference, in
        grey levels, 0 and up.
    """
    ycc = cv2.cvtColor(np.asarray(_shrunk(image, probe.shrink), np.uint8), cv2.COLOR_RGB2YCrCb)
    luma, _, chroma = cv2.split(ycc)
    both = (
        _present(luma, probe.luma, _LUMA_BLUR, probe.gains[0]),
        _present(chroma, probe.chroma, _CHROMA_BLUR, probe.gains[1]),
    )
    return np.asarray(cv2.merge(both), dtype=np.float32)


def _present(
    channel: NDArray[np.uint8] | cv2.typing.MatLike,
    pattern: NDArray[np.int16],
    blur: int,
    gain: float,
) -> Plane:
    """Mean of picture times pattern in each block, (h, w); nothing below 0."""
    detail = cv2.subtract(channel, cv2.blur(channel, (blur, blur)), dtype=cv2.CV_16S)
    product = cv2.multiply(detail, pattern, scale=_UNIT / max(gain, 1e-6), dtype=cv2.CV_32F)
    height, width = pattern.shape
    side = BLOCK // _HALF
    blocks = (-(-width // side), -(-height // side))
    means = cv2.resize(product, blocks, interpolation=cv2.INTER_AREA)
    return np.maximum(np.asarray(means, dtype=np.float32), 0)


def _shrunk(plane: Plane | Picture, shrink: int) -> Plane:
    height, width = plane.shape[:2]
    size = (-(-width // shrink), -(-height // shrink))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))
