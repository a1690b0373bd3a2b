"""What is left of a picture when the picture is taken away: where a watermark would be.

The detector never sees the unmarked picture. It takes off what is smooth, and what channels have in
common that are not marked alike, and evens out the contrast so that no edge outweighs the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.errors import check_shape
from d2animator.marks.pattern import Plane

Picture = NDArray[np.uint8]

# Larger pictures are shrunk before: their tiles are large, and nothing is lost.
_LARGEST_SIDE = 600
# Pixels by which channels are smoothed to take their smooth part off.
_LUMA_BLUR, _CHROMA_BLUR = 4.0, 8.0
# Pixels over which it is learned how channels go together, and levels squared of detail that may be
# chance.
_TOGETHER, _CHANCE = 6.0, 4.0
# Contrast is evened over this part of what is smoothed, down to so many levels, up to so many times
# the usual one.
_EVENED, _FLOOR, _CUT = 0.5, 0.1, 2.5
# How often a picture is halved before it is blurred strongly.
_HALVINGS = 2
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
    image, scale = _small(image)
    luma, red, blue = _channels(image)
    sheet = np.empty_like(luma)
    return Residual(
        Detail(_evened(_luma_alone(luma, red, sheet), _LUMA_BLUR, sheet)),
        Detail(_evened(_blue_alone(luma, red, blue, sheet), _CHROMA_BLUR, sheet)),
        scale,
    )


def _small(image: Picture) -> tuple[Picture, float]:
    """Shrink a large picture, and leave over at its far sides what cannot be halved evenly.

    Returns:
        The picture, and its pixels for one of the whole one's.
    """
    scale = 1.0
    while min(image.shape[:2]) >= 2 * _LARGEST_SIDE:
        image, scale = _even(image, 2), scale / 2
        size = (image.shape[1] // 2, image.shape[0] // 2)
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    shorter = min(image.shape[:2])
    if shorter > _LARGEST_SIDE:
        ratio = _LARGEST_SIDE / shorter
        size = (round(image.shape[1] * ratio), round(image.shape[0] * ratio))
        image, scale = np.asarray(cv2.resize(image, size), np.uint8), scale * ratio
    return _even(image, 2**_HALVINGS), scale


def _channels(image: Picture) -> tuple[Plane, Plane, Plane]:
    """Brightness, and by how much red and blue differ from it (BT.601), without rounding."""
    red, green, blue = (channel.astype(np.float32) for channel in cv2.split(image))
    luma = cv2.scaleAdd(blue, 0.114, cv2.addWeighted(red, 0.299, green, 0.587, 0))
    differences = (
        np.asarray(cv2.addWeighted(channel, share, luma, -share, 0, dst=channel), np.float32)
        for channel, share in ((red, 0.713), (blue, 0.564))
    )
    return np.asarray(luma, np.float32), next(differences), next(differences)


def _even(image: Picture, parts: int) -> Picture:
    """Leave rows and columns over beyond the last whole number of parts, if there is any."""
    height, width = (side - side % parts or side for side in image.shape[:2])
    return image[:height, :width]


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


# What follows works on a sheet of memory, (H, W): to ask for more of it again and again would take
# longer than the arithmetic.


def _luma_alone(luma: Plane, red: Plane, sheet: Plane) -> Plane:
    """Detail of brightness, less what goes with red's, in which there is no mark: edges."""
    detail, other = (_detail(channel, _LUMA_BLUR, sheet) for channel in (luma, red))
    slope = _together(other, detail, sheet) / (_together(other, other, sheet) + _CHANCE)
    return _less(detail, slope, other, sheet)


def _blue_alone(luma: Plane, red: Plane, blue: Plane, sheet: Plane) -> Plane:
    """Detail of the blue-yellow difference, less what goes with brightness and with red.

    Neither has this mark, and nearly all that a picture has in blue is seen in them, too.
    """
    detail, one, other = (_detail(channel, _CHROMA_BLUR, sheet) for channel in (blue, luma, red))
    # Least squares of two unknowns, around each place.
    ones, others = (_together(each, each, sheet) + _CHANCE for each in (one, other))
    both = _together(one, other, sheet)
    by_one, by_other = (_together(each, detail, sheet) for each in (one, other))
    share = 1 / (ones * others - both * both)
    detail = _less(detail, (others * by_one - both * by_other) * share, one, sheet)
    return _less(detail, (ones * by_other - both * by_one) * share, other, sheet)


def _evened(detail: Plane, blur: float, sheet: Plane) -> Plane:
    """Divide by the contrast around each place; changes the detail."""
    power = _coarse(np.asarray(cv2.multiply(detail, detail, dst=sheet)), _EVENED * blur)
    factor = np.reciprocal(np.sqrt(np.maximum(power, 0)) + np.float32(_FLOOR))
    evened = cv2.multiply(detail, _fine(factor, sheet), dst=detail)
    return np.asarray(np.clip(evened, -_CUT, _CUT, out=evened))


def _detail(values: Plane, blur: float, sheet: Plane) -> Plane:
    """Take the smooth part off."""
    return np.asarray(cv2.subtract(values, _fine(_coarse(values, blur), sheet)), np.float32)


def _together(one: Plane, other: Plane, sheet: Plane) -> Plane:
    """How much both differ from zero together around each place, (h, w) of `_coarse`."""
    return _coarse(np.asarray(cv2.multiply(one, other, dst=sheet)), _TOGETHER)


def _less(detail: Plane, slope: Plane, other: Plane, sheet: Plane) -> Plane:
    """Take a part (h, w) of another channel's detail off; changes the first."""
    part = cv2.multiply(_fine(slope, sheet), other, dst=sheet)
    return np.asarray(cv2.subtract(detail, part, dst=detail), np.float32)


def _coarse(values: Plane, sigma: float) -> Plane:
    """Blur strongly: at a quarter of the size, where it costs little."""
    small = values
    for _ in range(_HALVINGS):
        size = tuple(-(-side // 2) for side in small.shape[::-1])
        small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.float32)
    blurred = cv2.GaussianBlur(small, (0, 0), sigma / 2**_HALVINGS)
    return np.asarray(blurred, np.float32)


def _fine(coarse: Plane, sheet: Plane) -> Plane:
    """Enlarge what `_coarse` gave, on the sheet."""
    return np.asarray(cv2.resize(coarse, sheet.shape[::-1], dst=sheet), np.float32)


def _halved(plane: Plane) -> Plane:
    """Halve both sides of (H, W), without aliases; what is odd is left out."""
    height, width = (side // 2 for side in plane.shape)
    smooth = cv2.GaussianBlur(plane[: 2 * height, : 2 * width], (3, 3), 0)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_AREA), np.float32)
