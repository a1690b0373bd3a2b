"""Source, driver and result beside each other, to be looked at together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from d2animator.animate.driver import Driver
from d2animator.animate.options import AnimateOptions
from d2animator.errors import ConfigError
from d2animator.faces.pixels import to_picture
from d2animator.invert.sources import Source
from d2animator.media.clip import Clip, open_clip
from d2animator.media.files import check_readable
from d2animator.media.images import Picture, is_picture, on_white, resized
from d2animator.media.part import part_of
from d2animator.media.pictures import as_picture
from d2animator.media.video import Frame
from d2animator.performers.photo.photo import Photo
from d2animator.performers.portrait import Portrait


class SideBySide:
    """Puts a result's pictures to the right of its source and its driver.

    All have the result's height and keep their own shape.
    """

    def __init__(self, source: Clip | Picture, driver: Clip) -> None:
        """Take what is shown beside the result.

        Args:
            source: A picture, or a video that is played along.
            driver: Opened anew: it is gone through a second time.
        """
        self._source = source if isinstance(source, np.ndarray) else _Playing(source)
        self._driver = _Playing(driver)

    def size(self, result: tuple[int, int]) -> tuple[int, int]:
        """Width and height of the whole, for a result of some width and height."""
        height = result[1]
        shapes = [picture.shape for picture in self._beside(Fraction(0))]
        return sum(_width(shape, height) for shape in shapes) + result[0], height

    def join(self, result: Picture, time: Fraction) -> Picture:
        """Put a picture of the result beside what source and driver show then.

        Args:
            result: (H, W, 3) or (H, W, 4), uint8.
            time: Seconds from the first frame, growing.
        """
        height = result.shape[0]
        cells = [
            resized(on_white(picture), (_width(picture.shape, height), height))
            for picture in self._beside(time)
        ]
        return np.concatenate([*cells, on_white(result)], axis=1)

    def _beside(self, time: Fraction) -> list[Picture]:
        source = self._source
        shown = source if isinstance(source, np.ndarray) else source.at(time)
        return [shown, self._driver.at(time)]


class _Playing:
    """A clip's picture at growing times; the last one lasts."""

    def __init__(self, clip: Clip) -> None:
        self._frames: Iterator[Frame] = iter(clip.frames)
        self._now, self._next = next(self._frames), next(self._frames, None)

    def at(self, time: Fraction) -> Picture:
        while self._next is not None and self._next.time <= time:
            self._now, self._next = self._next, next(self._frames, None)
        return self._now.image


def side_by_side(source: Source, driver: Driver, options: AnimateOptions) -> SideBySide:
    """Get ready to show source, driver and result beside each other.

    Args:
        source: What moves.
        driver: What drives.
        options: Which part of the driver is used.

    Raises:
        ConfigError: The driver has no pictures, or they cannot be gone through twice.
        MediaError: A file cannot be read.
    """
    clip = driver.clip
    if driver.is_still:
        again = clip
    elif not clip.frames:
        raise ConfigError("compare", "a motion template has no pictures to show; name its clip")
    elif Path(clip.name).is_file():
        again = part_of(open_clip(clip.name), options.part)
    else:
        raise ConfigError("compare", "needs a driver that is a file, got pictures one by one")
    return SideBySide(_shown_source(source), again)


def _shown_source(source: Source) -> Picture | Clip:
    if isinstance(source, Photo):
        return source.scene.image
    if isinstance(source, Portrait):
        scene = source.scene
        return to_picture(source.reconstruction()) if scene is None else scene.image
    if isinstance(source, str | Path) and not is_picture(check_readable(source)):
        return replace(open_clip(source), audio=None)
    return as_picture(source, "source")


def _width(shape: tuple[int, ...], height: int) -> int:
    """Width of a picture of some shape (H, W, C) in another height."""
    return max(1, round(shape[1] * height / shape[0]))
