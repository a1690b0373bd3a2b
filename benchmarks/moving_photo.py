"""Draws the documentation's moving picture: a driver, and a photo that moves like it.

    python -m benchmarks.moving_photo

writes ``photo.webp`` into ``docs/images``: the example clip, and beside it the middle of the
astronaut's photo (NASA, public domain, from scikit-image), marked as every result is.
"""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.figures import ROOT
from benchmarks.gallery import DRIVER, GAP, IMAGES, square
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


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photo", type=Path, default=PHOTO)
    parser.add_argument("--driver", type=Path, default=DRIVER)
    parser.add_argument("--box", type=int, nargs=3, default=SHOWN, metavar=("LEFT", "TOP", "SIDE"))
    parser.add_argument("--output", "-o", type=Path, default=IMAGES / "photo.webp")
    options = parser.parse_args()
    animator = D2Animator.from_pretrained(device="cpu")
    box = tuple(options.box)
    frames = write_moving(animator, options.photo, options.driver, options.output, box)
    print(f"{options.output}: {frames} frames")


if __name__ == "__main__":
    main()
