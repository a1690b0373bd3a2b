"""What is left of a picture when the picture is taken away: where a watermark would be.

The detector never sees the unmarked picture. It takes off what is smooth, and what channels have in
common that are not marked alike, and evens out the contrast so that no edge outweighs the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from d2animator.errors import check_shape
from d2animator.marks.pattern import Plane

Picture = NDArray[np.uint8]

# Larger pictures are shrunk before: their tiles are large, and nothing is lost.
_LARGEST_SIDE = 800
# Pixels by which channels are smoothed to take their smooth part off.
_LUMA_BLUR, _CHROMA_BLUR = 4.0, 8.0
# Pixels over which it is learned how channels go together, and levels squared of detail that may be
# chance.
_TOGETHER, _CHANCE = 6.0, 4.0
# Contrast is evened over this part of what is smoothed, down to so many levels, up to so many times
# the usual one.
_EVENED, _FLOOR, _CUT = 0.5, 0.1, 2.5
_COARSE = 4  # pixels in one where a picture is blurred strongly
# Cycles a pixel that are left when a plane is halved. Above them are aliases, and little else.
_HALVED = 0.18


class Detail:
    """A channel of a picture without what is smooth in it.

    Attributes:
        plane: (H, W), evened out to about -2.5 to 2.5.
    """

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self._halvings = [plane]

    def sampled(self, period: float, cycles: int) -> tuple[Plane, float]:
        """Give the smallest plane that holds all waves of so many cycles a period, and fewer.

        Args:
            period: Pixels of the whole plane.
            cycles: The most of them.

        Returns:
            The plane, halved as often as may be, and the period in its pixels.
        """
        times = 0
        while cycles / period <= _HALVED and min(self._halvings[times].shape) >= 2:
            times, period = times + 1, period / 2
            if times == len(self._halvings):
                self._halvings.append(_halved(self._halvings[-1]))
        return self._halvings[times], period


@dataclass(frozen=True, eq=False)
class Residual:
    """A picture without what is smooth in it.

    Attributes:
        luma: Brightness.
        chroma: Blue-yellow difference.
        scale: Its pixels for one of the picture's, at most 1.
    """

    luma: Detail
    chroma: Detail
    scale: float


def residual_of(image: Picture) -> Residual:
    """Take a picture away from itself.

    Args:
        image: RGB (H, W, 3), uint8.

    Raises:
        ShapeError: The array is no such picture.
    """
    check_shape("image", image, ("H", "W", 3))
    height, width = image.shape[:2]
    scale = min(1.0, _LARGEST_SIDE / min(height, width))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    colours = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2YCrCb)
    luma, red, blue = (np.asarray(channel, np.float32) for channel in cv2.split(colours))
    return Residual(
        Detail(_evened(_luma_alone(luma, red), _LUMA_BLUR)),
        Detail(_evened(_blue_alone(luma, red, blue), _CHROMA_BLUR)),
        scale,
    )


class RunningMean:
    """Mean of residuals of one size: what stays is what does not move.

    Attributes:
        count: How many were added.
    """

    def __init__(self) -> None:
        self.count = 0
        self._luma: Plane | None = None
        self._chroma: Plane | None = None
        self._scale = 1.0

    def add(self, residual: Residual) -> None:
        """Take one more into account."""
        self.count += 1
        self._scale = residual.scale
        if self._luma is None or self._chroma is None:
            self._luma, self._chroma = residual.luma.plane.copy(), residual.chroma.plane.copy()
        else:
            self._luma += residual.luma.plane
            self._chroma += residual.chroma.plane

    def mean(self) -> Residual:
        """The mean.

        Raises:
            ValueError: Nothing was added.
        """
        if self._luma is None or self._chroma is None:
            raise ValueError("there is no mean of nothing, add a residual first")
        share = np.float32(1 / self.count)
        return Residual(Detail(self._luma * share), Detail(self._chroma * share), self._scale)


def _luma_alone(luma: Plane, red: Plane) -> Plane:
    """Detail of brightness, less what goes with red's, in which there is no mark: edges."""
    detail, other = _detail(luma, _LUMA_BLUR), _detail(red, _LUMA_BLUR)
    slope = _together(other, detail) / (_together(other, other) + _CHANCE)
    return _less(detail, slope, other)


def _blue_alone(luma: Plane, red: Plane, blue: Plane) -> Plane:
    """Detail of the blue-yellow difference, less what goes with brightness and with red.

    Neither has this mark, and nearly all that a picture has in blue is seen in them, too.
    """
    detail, one, other = (_detail(channel, _CHROMA_BLUR) for channel in (blue, luma, red))
    # Least squares of two unknowns, around each place.
    ones, others = _together(one, one) + _CHANCE, _together(other, other) + _CHANCE
    both = _together(one, other)
    by_one, by_other = _together(one, detail), _together(other, detail)
    share = 1 / (ones * others - both * both)
    detail = _less(detail, (others * by_one - both * by_other) * share, one)
    return _less(detail, (ones * by_other - both * by_one) * share, other)


def _evened(detail: Plane, blur: float) -> Plane:
    """Divide by the contrast around each place, (H, W)."""
    contrast = np.sqrt(np.maximum(_coarse(cv2.multiply(detail, detail), _EVENED * blur), 0))
    factor = _fine(np.reciprocal(contrast + np.float32(_FLOOR)), detail)
    evened = cv2.multiply(detail, factor, dst=detail)
    return np.asarray(np.clip(evened, -_CUT, _CUT, out=evened))


def _detail(values: Plane, blur: float) -> Plane:
    """Take the smooth part off, (H, W)."""
    return np.asarray(cv2.subtract(values, _fine(_coarse(values, blur), values)), np.float32)


def _together(one: Plane, other: Plane) -> Plane:
    """How much both differ from zero together around each place, (h, w) of `_coarse`."""
    return _coarse(cv2.multiply(one, other), _TOGETHER)


def _less(detail: Plane, slope: Plane, other: Plane) -> Plane:
    """Take a part (h, w) of another channel's detail off; changes the first."""
    part = cv2.multiply(_fine(slope, other), other)
    return np.asarray(cv2.subtract(detail, part, dst=detail), np.float32)


def _coarse(values: ArrayLike, sigma: float) -> Plane:
    """Blur (H, W) strongly: at a quarter of the size, where it costs little."""
    values = np.asarray(values, np.float32)
    size = tuple(-(-side // _COARSE) for side in values.shape[::-1])
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), sigma / _COARSE), np.float32)


def _fine(coarse: Plane, like: Plane) -> Plane:
    """Enlarge what `_coarse` gave to the size of another one."""
    return np.asarray(cv2.resize(coarse, like.shape[::-1]), np.float32)


def _halved(plane: Plane) -> Plane:
    """Halve both sides of (H, W), without aliases; what is odd is left out."""
    height, width = (side // 2 for side in plane.shape)
    smooth = cv2.GaussianBlur(plane[: 2 * height, : 2 * width], (3, 3), 0)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_AREA), np.float32)
