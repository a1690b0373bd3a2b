"""Draws contact sheets of photos in motion, to look at: every photo with every driver.

    python -m benchmarks.contact_sheets
    python -m benchmarks.contact_sheets --photos me.jpg ... --drivers clip.mp4 ... --output scratch

The first writes the documentation's, the astronaut (NASA, public domain) moved by the example clip,
into ``docs/images``. For every photo there are two sheets: ``PHOTO-contact.png``, for each driver a
row of its frames and below each frame the photo; and ``PHOTO-close.png``, for each driver the eyes
and the mouth in ten consecutive frames, pixel by pixel, from where the driver moves most. Pictures
are marked as every result is.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.gallery import DRIVER, IMAGES, evenly, sheet, square
from benchmarks.moving_photo import PHOTO
from benchmarks.tracker import Picture, read_frames
from d2animator import D2Animator
from d2animator.animate.options import AnimateOptions
from d2animator.performers.photo.photo import Photo
from d2animator.performers.photo.shapes import Box, box_around

COLUMNS, SIDE = 6, 224
CONSECUTIVE = 10
# Eyes with brows, and the mouth, among the landmarks; what is shown around them, in their widths.
_PARTS = (slice(33, 51), slice(76, 96))
_AROUND = 0.35


def contact(driver: Sequence[Picture], moved: Sequence[Picture], shown: Box) -> list[list[Picture]]:
    """Two rows: some of a driver's frames, and below each the photo.

    Args:
        driver: Frames (H, W, 3).
        moved: As many of the photo.
        shown: The part of the photo that is shown.
    """
    chosen = evenly(COLUMNS, min(len(driver), len(moved)))
    above = [square(driver[index], SIDE) for index in chosen]
    below = [square(moved[index][shown.rows_columns], SIDE) for index in chosen]
    return [above, below]


def close(moved: Sequence[Picture], landmarks: NDArray[np.float64]) -> list[list[Picture]]:
    """Two rows: eyes, and mouth, in consecutive frames, from where most changes.

    Args:
        moved: Frames (H, W, 3).
        landmarks: Of the photo at rest, (98, 2) in their pixels.
    """
    height, width = moved[0].shape[:2]
    window = Box(0, 0, width, height)
    boxes = []
    for part in _PARTS:
        points = landmarks[part]
        boxes.append(box_around(points, _AROUND * float(np.ptp(points[:, 0]))).within(window))
    place = boxes[-1].rows_columns
    mouths = np.stack([picture[place].astype(np.int16) for picture in moved])
    change = np.abs(np.diff(mouths, axis=0)).mean((1, 2, 3))
    count = min(CONSECUTIVE, len(moved))
    sums = np.convolve(change, np.ones(max(count - 1, 1)), "valid") if len(change) else [0.0]
    first = int(np.argmax(sums))
    return [[moved[first + k][box.rows_columns] for k in range(count)] for box in boxes]


def write_sheets(
    animator: D2Animator, photo: Path, drivers: Sequence[Path], output: Path, size: int
) -> None:
    """Write both sheets of a photo.

    Args:
        animator: Animates.
        photo: A picture.
        drivers: Clips.
        output: Folder.
        size: Longer side of the moving photo.
    """
    options = AnimateOptions(renderer="photo", size=size)
    ready = animator.prepare(photo, options=options)
    if not isinstance(ready, Photo):
        raise TypeError(f"{photo}: expected a photo that moves, got {type(ready).__name__}")
    rows: list[list[Picture]] = []
    nearer: list[Picture] = []
    for driver in drivers:
        moved = animator.animate(ready, driver, options=options).images or ()
        rows += contact(list(read_frames(driver)), moved, ready.square)
        nearer += [sheet([row]) for row in close(moved, ready.subject.landmarks)]
    output.mkdir(parents=True, exist_ok=True)
    for name, picture in (("contact", sheet(rows)), ("close", _stacked(nearer))):
        path = output / f"{photo.stem}-{name}.png"
        Image.fromarray(picture).save(path, optimize=True)


def _stacked(pictures: Sequence[Picture]) -> Picture:
    """Pictures of any widths below one another, on white."""
    width = max(picture.shape[1] for picture in pictures)
    wide = [
        np.pad(one, ((0, 4), (0, width - one.shape[1]), (0, 0)), constant_values=255)
        for one in pictures
    ]
    return np.concatenate(wide)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="+", default=[PHOTO])
    parser.add_argument("--drivers", type=Path, nargs="+", default=[DRIVER])
    parser.add_argument("--output", type=Path, default=IMAGES)
    parser.add_argument("--size", type=int, default=512, help="longer side of the moving photo")
    options = parser.parse_args(arguments)
    animator = D2Animator.from_pretrained(device="cpu")
    for photo in options.photos:
        write_sheets(animator, photo, options.drivers, options.output, options.size)


if __name__ == "__main__":
    main()
