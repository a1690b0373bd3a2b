"""Draws the gallery's moving pictures from the files in ``examples``: a puppet and NASA's photo.

    python -m benchmarks.moving_gallery

writes ``moving_*.webp`` into ``docs/images``, marked as every result is.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from benchmarks.gallery import DRIVER, IMAGES, SOURCE, sheet, square
from benchmarks.moving_photo import PHOTO
from benchmarks.tracker import Picture, read_frames
from d2animator import D2Animator
from d2animator.head.fit import HeadFit
from d2animator.head.follow import fit_clip
from d2animator.head.model import load_head
from d2animator.marks.marker import Marker, origin_of
from d2animator.media.animation import AnimationWriter

SIDE = 224
# Of the driver's frames one of so many is shown, up to a last one; pictures a second; quality.
EVERY, LAST, RATE, QUALITY = 3, 180, Fraction(10), 82
# Left, top and side of the part of the photo that is shown.
HEAD = (100, 0, 250)
# What the edited photo does, and how strongly at the most; one after the other, with a rest.
SHOWN_EDITS = (
    ("smile", 0.8),
    ("yaw", 18.0),
    ("yaw", -18.0),
    ("mouth_open", 0.6),
    ("blink", 1.0),
    ("brow_up", 0.9),
)
STEPS = 9  # pictures of one of them, there and back
REGIONS: tuple[tuple[str, ...] | None, ...] = (None, ("mouth", "eyes"), ("pose",))
GREEN = (60, 200, 140)


def shown(picture: Picture) -> Picture:
    """The head of the photo, resampled to (SIDE, SIDE, 3)."""
    left, top, side = HEAD
    return square(picture[top : top + side, left : left + side], SIDE)


def row(pictures: Sequence[Picture]) -> Picture:
    """Put pictures side by side."""
    return sheet([[square(picture, SIDE) for picture in pictures]])


def driver_frames() -> list[Picture]:
    """Those frames of the example clip that are shown."""
    return list(itertools.islice(read_frames(DRIVER), 0, LAST, EVERY))


def editing(animator: D2Animator) -> Iterator[Picture]:
    """The photo, changed by one name after the other."""
    photo = animator.prepare(PHOTO, renderer="photo")
    for name, most in SHOWN_EDITS:
        for amount in most * np.sin(np.linspace(0, np.pi, STEPS)):
            result = animator.edit(photo, {name: float(amount)})
            for picture in result.images or ():
                yield shown(picture)


def regions(animator: D2Animator) -> Iterator[Picture]:
    """The driver; the photo moved wholly, by mouth and eyes alone, and by pose alone."""
    photo = animator.prepare(PHOTO, renderer="photo")
    frames = driver_frames()
    moved = [animator.animate(photo, frames, regions=names).images or () for names in REGIONS]
    for frame, *pictures in zip(frames, *moved, strict=True):
        yield row([frame, *(shown(picture) for picture in pictures)])


def generating(animator: D2Animator) -> Iterator[Picture]:
    """The driver, and a puppet that the generator draws."""
    frames = driver_frames()
    moved = animator.animate(SOURCE, frames, renderer="generator").images or ()
    for pictures in zip(frames, moved, strict=True):
        yield row(pictures)


def anonymising(animator: D2Animator) -> Iterator[Picture]:
    """The driver, and somebody who does not exist in its place."""
    frames = driver_frames()
    for pictures in zip(frames, animator.anonymise(frames, seed=4).images or (), strict=True):
        yield row(pictures)


def seeing(animator: D2Animator) -> Iterator[Picture]:
    """The driver's landmarks, and the head model that is fitted to them."""
    frames = driver_frames()
    records = animator.landmarks(frames)
    points = np.array([np.zeros((98, 2)) if r.points is None else r.points for r in records])
    fits = fit_clip(points, np.array([record.points is not None for record in records]))
    for frame, found, fit in zip(frames, points, fits, strict=True):
        dotted = frame.copy()
        for x, y in found:
            cv2.circle(dotted, (round(x), round(y)), 1, GREEN, -1, cv2.LINE_AA)
        yield row([frame, dotted, np.full_like(frame, 24) if fit is None else shaded(fit, frame)])


def shaded(fit: HeadFit, frame: Picture) -> Picture:
    """The head model in a frame's place, lit from the front, on dark grey."""
    canvas = np.full_like(frame, 24)
    triangles = load_head().triangles
    places, distances = fit.project(fit.mesh())
    seen = fit.mesh() @ fit.rotation.T
    first, second, third = (seen[triangles[:, corner]] for corner in range(3))
    normals = np.cross(second - first, third - first)
    facing = normals[:, 2] / np.maximum(np.linalg.norm(normals, axis=1), 1e-9)
    # What is far is drawn first; what looks away is not drawn.
    for index in np.argsort(-distances[triangles].mean(1)):
        if facing[index] > 0:
            corners = np.round(places[triangles[index]]).astype(np.int32)
            cv2.fillConvexPoly(canvas, corners, [40 + 190 * facing[index]] * 3, cv2.LINE_AA)
    return canvas


CLIPS: dict[str, tuple[Callable[[D2Animator], Iterator[Picture]], tuple[Path, ...]]] = {
    "edit": (editing, (PHOTO,)),
    "regions": (regions, (PHOTO, DRIVER)),
    "generator": (generating, (SOURCE, DRIVER)),
    "anonymous": (anonymising, (DRIVER,)),
    "head": (seeing, (DRIVER,)),
}


def write_clip(frames: Iterator[Picture], inputs: tuple[Path, ...], output: Path) -> None:
    """Write pictures as an animated WebP, marked.

    Args:
        frames: Pictures of one size.
        inputs: What they were made from.
        output: A .webp file.
    """
    marker = Marker()
    origin = origin_of(inputs, marker, composite=True)

    def sign(hidden: Path, target: Path) -> None:
        marker.sign_file(hidden, target, origin)

    first = next(frames)
    height, width = first.shape[:2]
    with AnimationWriter(output, (width, height), RATE, QUALITY, finish=sign) as writer:
        for picture in itertools.chain([first], frames):
            writer.write(marker.mark(picture))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=sorted(CLIPS), help="one of the pictures")
    only = parser.parse_args().only
    animator = D2Animator.from_pretrained(device="cpu")
    for name, (make, inputs) in CLIPS.items():
        if only in (None, name):
            write_clip(make(animator), inputs, IMAGES / f"moving_{name}.webp")


if __name__ == "__main__":
    main()
