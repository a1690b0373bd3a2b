"""A photo whose person performs: prepared once, moved by any number of drivers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import tee
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.errors import ConfigError
from d2animator.faces.align import ffhq_crop
from d2animator.faces.layouts import POINTS
from d2animator.faces.motion import Observation
from d2animator.head.fit import fit_picture
from d2animator.performers.photo.drawing import DrawOptions
from d2animator.performers.photo.retarget import Retargeter
from d2animator.performers.photo.scene import PhotoScene
from d2animator.performers.photo.shapes import Box
from d2animator.performers.photo.subject import Subject
from d2animator.performers.photo.target import HeadTarget
from d2animator.progress import Progress, begin_phase

Picture = NDArray[np.uint8]

LONGEST_SIDE = 1280
"""Longer side of a result in pixels where no size is asked for; smaller photos keep theirs."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo with one person in it made ready to move.

    Attributes:
        scene: Draws the photo with its person moved.
        subject: Who the person is and what they do in the photo.
    """

    scene: PhotoScene
    subject: Subject

    @classmethod
    def prepare(
        cls,
        image: Picture,
        landmarks: NDArray[Any],
        outline: NDArray[Any] | None = None,
        size: int | None = None,
        options: DrawOptions | None = None,
        progress: Progress | None = None,
    ) -> Photo:
        """Fit the head and take the photo apart into layers.

        Args:
            image: RGB (H, W, 3), or with opacity (H, W, 4), uint8.
            landmarks: Of the face, (98, 2) in its pixels.
            outline: Visible contour of the face (33, 2) in its pixels; None where it is not known.
            size: Longer side of the results in pixels; None for the photo's own, at most
                `LONGEST_SIDE`.
            options: How it is drawn.
            progress: Told what is done, see `begin_phase`.

        Raises:
            ConfigError: The landmarks are of another layout, which the head is not fitted to.
        """
        if len(landmarks) != POINTS:
            reason = f"the photo renderer needs {POINTS} landmarks, this detector has"
            raise ConfigError("renderer", f"{reason} {len(landmarks)}; use generator")
        longest = max(image.shape[:2])
        wanted = min(longest, LONGEST_SIDE) if size is None else size
        factor = wanted / longest
        picture = resized(image, wanted)
        points = np.asarray(landmarks, np.float64) * factor
        contour = None if outline is None else np.asarray(outline, np.float64) * factor
        begin_phase(progress, "fitting the head")
        fit = fit_picture(points, contour)
        begin_phase(progress, "cutting out")
        scene = PhotoScene.prepare(picture, points, contour, fit, options=options)
        return cls(scene, Subject.of(fit, points, has_body=scene.has_body))

    @property
    def square(self) -> Box:
        """The aligned square around the head, as far as it lies in the photo."""
        crop = ffhq_crop(self.subject.landmarks, 1).inverse()
        corners = crop.apply(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
        middle, half = corners.mean(0), (corners.max(0) - corners.min(0)).max() / 2
        height, width = self.scene.image.shape[:2]
        side = int(min(2 * half, height, width))
        left = int(np.clip(middle[0] - side / 2, 0, width - side))
        top = int(np.clip(middle[1] - side / 2, 0, height - side))
        return Box(left, top, left + side, top + side)


class Photographed:
    """A photo in motion; see `d2animator.performers.performer.Performer`.

    Attributes:
        size: Width and height of the pictures.
    """

    def __init__(
        self, photo: Photo, retargeter: Retargeter | None = None, *, crop: bool = False
    ) -> None:
        """Take the photo and what moves it.

        Args:
            photo: The photo.
            retargeter: From a driver's motion to the photo's; None for the driver's own.
            crop: Whether to show the square around the head instead of the whole photo.
        """
        self._photo = photo
        self._retargeter = retargeter or Retargeter(photo.subject)
        height, width = photo.scene.image.shape[:2]
        self._shown = photo.square if crop else Box(0, 0, width, height)
        self.composite, self.in_batches = True, False
        self.size = (self._shown.right - self._shown.left, self._shown.bottom - self._shown.top)

    def wanted(
        self, observations: Iterator[Observation]
    ) -> Iterator[tuple[Observation, HeadTarget]]:
        """Tell what the photo's head shall do in every frame."""
        told, kept = tee(observations)
        targets = self._retargeter.targets(told)
        for observation, target in zip(kept, targets, strict=True):
            limited = observation.limited or target.bounded
            yield replace(observation, limited=limited), target

    def onto(self, pictures: Sequence[Picture], wanted: Sequence[HeadTarget]) -> Sequence[Picture]:
        """Lay the moved head into pictures of the photo's size; see `Layer`."""
        draw = self._photo.scene.draw
        return [draw(target, picture) for picture, target in zip(pictures, wanted, strict=True)]

    def draw(self, wanted: Sequence[HeadTarget]) -> Sequence[Picture]:
        """Draw the photo with its head as wanted: pictures (H, W, 3), uint8."""
        return [self._photo.scene.draw(target) for target in wanted]

    def show(self, pictures: Sequence[Picture], wanted: Sequence[HeadTarget]) -> Sequence[Picture]:
        """Show the whole pictures, or the squares around the head."""
        del wanted
        return [picture[self._shown.rows_columns] for picture in pictures]


def resized(image: Picture, longest: int) -> Picture:
    """Resample a picture (H, W, C) so that its longer side has so many pixels."""
    height, width = image.shape[:2]
    factor = longest / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if size == (width, height):
        return image
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=way), np.uint8)
