"""What drawn faces become pictures on: the aligned square, or the source's whole picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from d2animator.errors import ConfigError
from d2animator.faces.compose import Scene, resize_square
from d2animator.faces.pixels import to_pictures
from d2animator.performers.portrait import Portrait

ReadLandmarks = Callable[[Tensor], Tensor]
"""Finds the landmarks (B, P, 2), in pixels, of drawn faces (B, 3, R, R)."""


class Canvas(Protocol):
    """What drawn faces become pictures on."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        ...

    def show(self, images: Tensor) -> NDArray[np.uint8]:
        """Turn drawn faces (B, 3, R, R) into pictures (B, H, W, 3), uint8."""
        ...


class Square:
    """The aligned square, as drawn."""

    def __init__(self, side: int) -> None:
        self.size = (side, side)

    def show(self, images: Tensor) -> NDArray[np.uint8]:
        """Turn drawn faces (B, 3, R, R) into pictures (B, side, side, 3), uint8."""
        return to_pictures(resize_square(images.float(), self.size[0]))


class FullFrame:
    """The source's whole picture, in which only the face moves."""

    def __init__(self, scene: Scene, read_landmarks: ReadLandmarks) -> None:
        self._scene, self._read = scene, read_landmarks
        self.size = scene.size

    def show(self, images: Tensor) -> NDArray[np.uint8]:
        """Turn drawn faces (B, 3, R, R) into pictures (B, H, W, 3), uint8."""
        return self._scene.paste(images, self._read(images))


def make_canvas(
    portrait: Portrait, paste_back: bool | None, size: int | None, read_landmarks: ReadLandmarks
) -> Canvas:
    """Choose between the aligned square and the full frame.

    Args:
        portrait: What is drawn.
        paste_back: Whether to lay the face into its picture; None to do so where the picture shows
            clearly more than the square, and the source was inverted well enough to fit in.
        size: Longer side of the pictures; None for the source's own, or the generator's.
        read_landmarks: Finds the landmarks (B, P, 2), in pixels, of drawn faces (B, 3, R, R).

    Returns:
        Where to show what is drawn.

    Raises:
        ConfigError: Pasting back is asked for, and the portrait does not know its picture.
    """
    scene = portrait.scene
    if paste_back and scene is None:
        reason = "this portrait comes from a code, not from a picture; use paste_back=False"
        raise ConfigError("paste_back", reason)
    fits = portrait.report is None or not portrait.report.poor
    if scene is not None and (paste_back or (paste_back is None and scene.is_larger and fits)):
        return FullFrame(scene.resized(size) if size else scene, read_landmarks)
    return Square(size or portrait.resolution)
