"""Small geometry and picture arithmetic that the layers share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Box:
    """A rectangle of whole pixels: left and top inside, right and bottom outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns, never below 0."""
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        """Rows, never below 0."""
        return max(0, self.bottom - self.top)

    @property
    def rows_columns(self) -> tuple[slice, slice]:
        """Index of the rectangle in a picture."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def origin(self) -> NDArray[np.float32]:
        """Left and top, (2,)."""
        return np.array([self.left, self.top], np.float32)

    def holds(self, pixels: int = 3) -> bool:
        """Whether it is at least ``pixels`` wide and high."""
        return self.width >= pixels and self.height >= pixels

    def within(self, other: Box) -> Box:
        """What both share, in this box's coordinates."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def joined(self, other: Box) -> Box:
        """The smallest rectangle around both; an empty one adds nothing."""
        if not (self.width and self.height):
            return other
        if not (other.width and other.height):
            return self
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def seen_from(self, other: Box) -> Box:
        """The same rectangle counted from the corner of another."""
        x, y = other.left, other.top
        return Box(self.left - x, self.top - y, self.right - x, self.bottom - y)


def box_around(points: NDArray[Any], margin: float) -> Box:
    """The whole pixels around points (N, 2), with a margin; empty where a point is no number."""
    if not (len(points) and np.isfinite(points).all()):
        return Box(0, 0, 0, 0)
    low = np.clip(np.floor(points.min(0) - margin), -1e6, 1e6).astype(int)
    high = np.clip(np.ceil(points.max(0) + margin), -1e6, 1e6).astype(int)
    return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def smoothstep(values: Any) -> Any:
    """0 below 0, 1 above 1, and a smooth way between."""
    t = np.clip(values, 0, 1)
    return t * t * (3 - 2 * t)


def blurred(picture: NDArray[Any], sigma: float) -> NDArray[Any]:
    """Gaussian blur; none for a sigma of nearly 0. A wide one is done on a smaller picture."""
    if sigma < 0.15:
        return picture
    step = int(sigma / 4)
    height, width = picture.shape[:2]
    if step < 2 or min(height, width) < 8 * step:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), float(sigma)))
    size = width // step, height // step
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), float(sigma) / step)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR))


def grown(opacity: Array, radius: float) -> Array:
    """An opacity (H, W) grown by a radius in pixels; a large one is done on a smaller picture."""
    step = int(radius / 10)
    height, width = opacity.shape
    if step < 2 or min(height, width) < 8 * step:
        return np.asarray(cv2.dilate(opacity, ellipse(radius)), np.float32)
    size = width // step, height // step
    small = cv2.resize(opacity, size, interpolation=cv2.INTER_AREA)
    wide = cv2.dilate(small, ellipse(radius / step))
    big = cv2.resize(wide, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.maximum(big, opacity), np.float32)


def ellipse(radius: float) -> NDArray[np.uint8]:
    """A round structuring element."""
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


RIM_STEPS = 8
"""Pieces that `rim_line` makes of each of a line's segments."""


def rim_line(points: NDArray[Any]) -> NDArray[np.float64]:
    """A smooth closed line through points (n, 2), with corners at the first and the middle one.

    Returns:
        (n * `RIM_STEPS`, 2); the first half goes from corner to corner.
    """
    half = len(points) // 2
    closed = np.concatenate([points, points[:1]]).astype(np.float64)
    return np.concatenate([_monotone(closed[: half + 1]), _monotone(closed[half:])])


def _monotone(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """A curve through knots (n, 2) that never overshoots them (Fritsch and Carlson, 1980)."""
    rise = np.diff(knots, axis=0)
    before, after = rise[:-1], rise[1:]
    same = before * after > 0
    total = np.where(same, before + after, 1)
    slope = np.zeros_like(knots)
    slope[1:-1] = np.where(same, 2 * before * after / total, 0)
    for end, near, far in ((0, rise[0], rise[1]), (-1, rise[-1], rise[-2])):
        guess = 1.5 * near - 0.5 * far
        steep = (near * far < 0) & (np.abs(guess) > 3 * np.abs(near))
        slope[end] = np.where(guess * near <= 0, 0, np.where(steep, 3 * near, guess))
    t = (np.arange(RIM_STEPS) / RIM_STEPS)[None, :, None]
    start, step = knots[:-1, None], rise[:, None]
    first, last = slope[:-1, None], slope[1:, None]
    curve = start + t * (first + t * (3 * step - 2 * first - last + t * (first + last - 2 * step)))
    return np.asarray(curve.reshape(-1, knots.shape[1]))


def filled(line: NDArray[Any], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A polygon (n, 2) in pixels as an antialiased mask (H, W) of 0 to 255."""
    mask = np.zeros(size, np.uint8)
    corners = np.round((np.asarray(line, np.float64) - 0.5) * 16).clip(-(2**24), 2**24)
    cv2.fillPoly(mask, [corners.astype(np.int32)], (255,), cv2.LINE_AA, 4)
    return mask


def sampled(picture: NDArray[Any], places: NDArray[Any]) -> NDArray[Any]:
    """The pixels (N, ...) of a picture nearest to places (N, 2); the border's beyond it."""
    height, width = picture.shape[:2]
    cells = np.clip(np.round(np.nan_to_num(places) - 0.5), 0, [width - 1, height - 1]).astype(int)
    return np.asarray(picture[cells[:, 1], cells[:, 0]])


def remapped(
    picture: NDArray[Any],
    places: NDArray[np.float32],
    interpolation: int = cv2.INTER_CUBIC,
    border: int = cv2.BORDER_REFLECT_101,
) -> NDArray[Any]:
    """A picture's pixels (H, W, ...) at places (H, W, 2) in pixels."""
    shifted = places - np.float32(0.5)
    nothing: Any = None  # the second map, which two channels in the first make needless
    if picture.ndim == 3 and picture.shape[2] > 4:  # more than OpenCV takes at once
        parts = [
            cv2.remap(
                np.ascontiguousarray(part), shifted, nothing, interpolation, borderMode=border
            )
            for part in (picture[..., :4], picture[..., 4:])
        ]
        return np.dstack(parts)
    return np.asarray(cv2.remap(picture, shifted, nothing, interpolation, borderMode=border))
