"""Shoulders and clothes that go along with a head that moves further than its neck stretches.

The photo without the head is taken apart once more, into the body and what lies behind it:
``share + (1 - opacity) * bare``. At rest that is the photo without the head, whatever was guessed
about the background.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.performers.photo.pixels import compose
from d2animator.performers.photo.shapes import Box, box_around, remapped, smoothstep

Array = NDArray[np.float32]

# Where the picture goes on beyond the window, the body stays behind over so many cm.
_PINNED_CM = 10.0
# Beyond borders of the window that are the photo's own the body goes on for so many cm: mirrored,
# and stretched, so that its outline goes on about as it is.
_BEYOND_CM, _STRETCHED = 8.0, 0.35
# OpenCV shifts pictures of up to so many channels as one.
_MOST_CHANNELS = 4
# Shifts of less than this part of a pixel cannot be seen.
_LEAST_PIXELS = 0.35


class Body:
    """The share of a photo that goes along with a head's shift."""

    def __init__(
        self,
        behind: Array,
        bare: Callable[[], Array],
        opacity: Array,
        scale: float,
        borders: tuple[bool, bool, bool, bool],
    ) -> None:
        """Keep what is needed once something moves.

        Args:
            behind: The window without the head, (H, W, C), 0 to 255.
            bare: Makes the window without the person, (H, W, C); asked once something moves.
            opacity: Of shoulders and clothes, (H, W), 0 to 1.
            scale: Pixels a cm.
            borders: Whether the window's left, top, right and bottom are the photo's own: there
                the body goes on beyond them, mirrored.
        """
        self._behind, self._make_bare, self._opacity = behind, bare, opacity
        self._scale, self._borders = scale, borders

    @cached_property
    def _bare(self) -> Array:
        return self._make_bare()

    @cached_property
    def _layer(self) -> Array:
        """The body's share of the picture and its opacity, and what is beyond, (H', W', C + 1)."""
        share = self._behind - (1 - self._opacity)[..., None] * self._bare
        height, width = self._opacity.shape
        beyond, (left, top, right, bottom) = self._beyond, self._borders
        rows = _gone_on(height, beyond * top, beyond * bottom)
        columns = _gone_on(width, beyond * left, beyond * right)
        layer = np.ascontiguousarray(np.dstack([share, self._opacity]), np.float32)
        places = np.stack(np.meshgrid(columns, rows), -1)
        return remapped(layer, places, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)

    @property
    def _beyond(self) -> int:
        """Pixels that the body goes on beyond the photo's borders."""
        height, width = self._opacity.shape
        return int(min(np.ceil(_BEYOND_CM * self._scale), height, width))

    @cached_property
    def _along(self) -> Array:
        """How far each place goes along, 0 to 1, (H, W)."""
        height, width = self._opacity.shape
        left, top, right, bottom = self._borders
        rows = np.arange(height, dtype=np.float32)[:, None] + 0.5
        columns = np.arange(width, dtype=np.float32)[None] + 0.5
        along = np.ones((height, width), np.float32)
        for own, distance in (
            (left, columns),
            (top, rows),
            (right, width - columns),
            (bottom, height - rows),
        ):
            if not own:
                along *= smoothstep(distance / (_PINNED_CM * self._scale))
        return along

    @cached_property
    def _reach(self) -> Box:
        """Around what moves."""
        rows = np.flatnonzero((self._opacity > 0).any(1))
        columns = np.flatnonzero((self._opacity > 0).any(0))
        if not len(rows):
            return Box(0, 0, 0, 0)
        return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)

    def changed(self, shift: Array) -> Box:
        """The part of the window that a shift (2,) in pixels may change; empty if none is seen."""
        reach = self._reach
        if not (reach.width and reach.height) or np.abs(shift).max() < _LEAST_PIXELS:
            return Box(0, 0, 0, 0)
        corners = np.array([[reach.left, reach.top], [reach.right, reach.bottom]], np.float64)
        height, width = self._opacity.shape
        around = box_around(np.concatenate([corners, corners + shift]), 3)
        return around.within(Box(0, 0, width, height))

    def shifted(self, shift: Array, box: Box) -> Array:
        """What is behind the head, with the body moved.

        Args:
            shift: Of the body, pixels (2,).
            box: The wanted part of the window.

        Returns:
            (h, w, C), 0 to 255.
        """
        area = box.rows_columns
        moved = self._moved(shift, box)
        bare = self._bare[area]
        out = np.empty_like(bare)
        compose(moved, np.ones(moved.shape[:2], np.bool_), bare, out)
        return out

    def _moved(self, shift: Array, box: Box) -> Array:
        """The shifted layer, (h, w, C + 1)."""
        left, top = (self._beyond * own for own in self._borders[:2])
        if self._goes_whole and self._layer.shape[2] <= _MOST_CHANNELS:
            offset = np.array([box.left + left, box.top + top]) - shift
            moved = cv2.warpAffine(
                self._layer,
                np.column_stack([np.eye(2), offset]).astype(np.float64),
                (box.width, box.height),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            return np.asarray(moved, np.float32)
        rows, columns = np.mgrid[box.top : box.bottom, box.left : box.right].astype(np.float32)
        places = np.stack([columns + left, rows + top], -1) + np.float32(0.5)
        places -= self._along[box.rows_columns][..., None] * np.asarray(shift, np.float32)
        bent = remapped(self._layer, places, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
        return np.ascontiguousarray(bent, np.float32)

    @cached_property
    def _goes_whole(self) -> bool:
        """Whether all of the body goes along wholly."""
        return bool((self._along[self._opacity > 0] == 1).all())


def _gone_on(length: int, before: int, after: int) -> Array:
    """Places of a line's pixels, and of some before and after it, stretched and mirrored."""
    place = np.arange(-before, length + after, dtype=np.float32) + np.float32(0.5)
    place = np.where(place < 0, -_STRETCHED * place, place)
    over = place - length
    return np.asarray(np.where(over > 0, length - _STRETCHED * over, place), np.float32)
