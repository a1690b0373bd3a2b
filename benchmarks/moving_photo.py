"""Draws the documentation's pictures of a photo: in motion beside its driver, and edited.

    python -m benchmarks.moving_photo

writes into ``docs/images`` what comes of the astronaut's photo (NASA, public domain, from
scikit-image), marked as every result is: ``photo.webp``, the example clip and beside it the photo,
and ``edits.png``, the photo changed by names.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.figures import ROOT
from benchmarks.gallery import DRIVER, GAP, IMAGES, save, sheet, square
from benchmarks.tracker import Picture, read_frames
from d2animator import D2Animator
from d2animator.marks.marker import Marker, origin_of
from d2animator.media.animation import AnimationWriter
from d2animator.media.clip import open_clip

PHOTO = ROOT / "examples" / "astronaut.jpg"
# Left, top and side of the square that is shown of the photo: head and shoulders.
SHOWN = (60, 0, 340)
# Of two frames one is kept; the quality of the WebP.
EVERY, QUALITY = 2, 88
EDITS: Sequence[Mapping[str, float]] = (
    {},
    {"smile": -0.8},
    {"mouth_open": 0.5},
    {"blink": 1.0},
    {"brow_up": 0.7},
    {"yaw": 15.0},
    {"yaw": -15.0},
    {"pitch": 12.0},
    {"roll": 12.0},
    {"gaze_yaw": 18.0},
)
# Left, top and side of the face that is shown of an edited photo.
FACE = (135, 0, 190)


def beside(driver: Picture, moved: Picture, box: tuple[int, int, int] = SHOWN) -> Picture:
    """Put a frame of the driver and a part of the moving photo side by side, on white.

    Args:
        driver: (H, W, 3).
        moved: (H, W, 3).
        box: Left, top and side of the part.
    """
    left, top, side = box
    gap = np.full((side, GAP, 3), 255, np.uint8)
    part = moved[top : top + side, left : left + side]
    return np.concatenate([square(driver, side), gap, part], axis=1)


def write_moving(
    animator: D2Animator,
    photo: Path,
    driver: Path,
    output: Path,
    box: tuple[int, int, int] = SHOWN,
) -> int:
    """Animate a photo and write it beside its driver; tell the number of frames.

    Args:
        animator: Animates.
        photo: A picture.
        driver: A clip.
        output: A .webp or .gif file.
        box: Left, top and side of the part of the photo that is shown.
    """
    marker = Marker()
    moved = (animator.animate(photo, driver, renderer="photo").images or ())[::EVERY]
    frames = list(read_frames(driver))[::EVERY]
    rate = (open_clip(driver).frame_rate or Fraction(30)) / EVERY
    origin = origin_of((photo, driver), marker, composite=True)

    def sign(hidden: Path, target: Path) -> None:
        marker.sign_file(hidden, target, origin)

    size = (2 * box[2] + GAP, box[2])
    with AnimationWriter(output, size, rate, QUALITY, finish=sign) as writer:
        for frame, picture in zip(frames, moved, strict=True):
            writer.write(marker.mark(beside(frame, picture, box)))
    return len(frames)


def edited(
    animator: D2Animator,
    photo: Path,
    edits: Sequence[Mapping[str, float]] = EDITS,
    box: tuple[int, int, int] = FACE,
    columns: int = 5,
) -> Picture:
    """A sheet of a photo's face, changed by names.

    Args:
        animator: Edits.
        photo: A picture.
        edits: Amounts by name, as many as fill the rows.
        box: Left, top and side of the part of the photo that is shown.
        columns: Faces in a row.
    """
    left, top, side = box
    shown = []
    for amounts in edits:
        (picture,) = animator.edit(photo, amounts, renderer="photo").images or ()
        shown.append(picture[top : top + side, left : left + side])
    return sheet([shown[row : row + columns] for row in range(0, len(shown), columns)])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photo", type=Path, default=PHOTO)
    parser.add_argument("--driver", type=Path, default=DRIVER)
    parser.add_argument("--only", choices=["photo", "edits"], help="one of the pictures")
    options = parser.parse_args()
    animator = D2Animator.from_pretrained(device="cpu")
    if options.only != "edits":
        write_moving(animator, options.photo, options.driver, IMAGES / "photo.webp")
    if options.only != "photo":
        save("edits.png", edited(animator, options.photo))


if __name__ == "__main__":
    main()
