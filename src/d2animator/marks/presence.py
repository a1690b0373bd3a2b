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
Whole = NDArray[np.int16]

# Patterns are whole numbers of these parts: times any detail of a picture they fit into 16 bits.
_UNIT = 1 / 32


@dataclass(frozen=True, eq=False)
class Probe:
    """What is needed to measure a channel's pattern in pictures of one size.

    Attributes:
        pattern: The pattern as a shrunk picture has it, (h, w).
        block: Pixels of it across a block.
        blur: Pixels of it over which a picture is smoothed to take its smooth part off.
        gain: What is measured for a pattern of strength 1.
    """

    pattern: Whole
    block: int
    blur: int
    gain: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the shrunk pictures in which to measure."""
        return self.pattern.shape[1], self.pattern.shape[0]


def make_probe(pattern: Plane, shrink: int, block: int, blur: int) -> Probe:
    """Get ready to measure.

    Args:
        pattern: Of a channel, (H, W).
        shrink: Its pixels for one of the shrunk pictures, so few that its detail stays.
        block: Pixels of those across a block.
        blur: Pixels of those over which a picture is smoothed to take its smooth part off.
    """
    height, width = (-(-side // shrink) for side in pattern.shape)
    small = np.asarray(
        cv2.resize(pattern, (width, height), interpolation=cv2.INTER_AREA), np.float32
    )
    detail = small - cv2.blur(small, (blur, blur))
    whole = np.rint(small / _UNIT).astype(np.int16)
    return Probe(whole, block, blur, max(float((small * detail).mean()), 1e-6))


def strength_present(channel: Channel, probe: Probe) -> Plane:
    """Measure how strongly a channel's pattern is in a picture already.

    Args:
        channel: Of the shrunk picture, (h, w), uint8.
        probe: Of that size, see `make_probe`.

    Returns:
        For each block, rounded up, in grey levels: the mean of picture times pattern; 0 and up.
    """
    smooth = cv2.blur(channel, (probe.blur, probe.blur))
    detail = cv2.subtract(channel, smooth, dtype=cv2.CV_16S)
    product = cv2.multiply(detail, probe.pattern, dst=detail)
    blocks = tuple(-(-side // probe.block) for side in probe.size)
    means = cv2.resize(product, blocks, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(np.maximum(means, 0) * np.float32(_UNIT / probe.gain))
