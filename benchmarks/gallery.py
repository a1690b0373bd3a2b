"""Draws the documentation's pictures from the embedded bundle and the files in ``examples/``.

    python -m benchmarks.gallery

writes ``teaser.png``, ``samples.png``, ``rows.png`` and ``directions.png`` into ``docs/images``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.figures import ROOT
from benchmarks.tracker import Picture, read_frames
from d2animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.faces.pixels import to_pictures
from d2animator.latent.directions import EXPRESSION, POSE, Directions, move
from d2animator.marks.options import UNMARKED

IMAGES = ROOT / "docs" / "images"
SOURCE = ROOT / "examples" / "source.png"
DRIVER = ROOT / "examples" / "driving.mp4"
TRUNCATION = 0.8
GAP = 4  # white pixels between pictures


def sheet(rows: Sequence[Sequence[Picture]]) -> Picture:
    """Put pictures of one size into rows and columns, on white.

    Args:
        rows: Pictures (H, W, 3); every row as many.
    """
    height, width = rows[0][0].shape[:2]
    lines = len(rows), len(rows[0])
    size = (lines[0] * (height + GAP) - GAP, lines[1] * (width + GAP) - GAP, 3)
    canvas = np.full(size, 255, np.uint8)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            top, left = i * (height + GAP), j * (width + GAP)
            canvas[top : top + height, left : left + width] = picture
    return canvas


def square(picture: Picture, side: int) -> Picture:
    """The middle square of a picture, resampled to (side, side, 3)."""
    height, width = picture.shape[:2]
    edge = min(height, width)
    left, top = (width - edge) // 2, (height - edge) // 2
    box = (left, top, left + edge, top + edge)
    image = Image.fromarray(picture).crop(box)
    return np.asarray(image.resize((side, side), Image.Resampling.LANCZOS))


def evenly(count: int, total: int) -> list[int]:
    """Up to ``count`` indices spread over ``range(total)``, ends included."""
    return sorted({round(float(index)) for index in np.linspace(0, total - 1, count)})


def save(name: str, picture: Picture) -> None:
    """Write a picture of the documentation."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(IMAGES / name, optimize=True)


def codes(bundle: Bundle, count: int, seed: int) -> Tensor:
    """Codes (count, L, D) of random puppets."""
    z = torch.randn(count, bundle.generator.z_dim, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        w_plus: Tensor = bundle.generator.mapping(z, truncation_psi=TRUNCATION)
    return w_plus


def draw(bundle: Bundle, w_plus: Tensor) -> list[Picture]:
    """Pictures of codes, a few at a time."""
    with torch.no_grad():
        parts = [to_pictures(bundle.generator.synthesis(part)) for part in torch.split(w_plus, 8)]
    return list(np.concatenate(parts))


def samples(bundle: Bundle, rows: int = 4, columns: int = 8) -> Picture:
    """A sheet of random puppets."""
    pictures = draw(bundle, codes(bundle, rows * columns, seed=0))
    return sheet([pictures[i * columns : (i + 1) * columns] for i in range(rows)])


def strips(bundle: Bundle, bank: Directions, pose: int = 3, expression: int = 6) -> Picture:
    """A row for each of some directions: one puppet moved from -1 to 1.

    Args:
        bundle: Has the generator.
        bank: Where the directions come from; the first of each group are shown.
        pose: How many pose directions.
        expression: How many expression directions.
    """
    of_group = {
        group: [index for index, own in enumerate(bank.groups) if own == group]
        for group in (POSE, EXPRESSION)
    }
    chosen = of_group[POSE][:pose] + of_group[EXPRESSION][:expression]
    steps = torch.linspace(-1, 1, 7)
    faces = codes(bundle, len(chosen), seed=1)
    rows = []
    for face, index in zip(faces, chosen, strict=True):
        coefficients = torch.zeros(len(steps), len(bank))
        coefficients[:, index] = steps
        moved = move(face.expand(len(steps), -1, -1), bank, coefficients)
        rows.append(draw(bundle, moved))
    return sheet(rows)


def animated(
    animator: D2Animator, source: Path | Picture, driver: Path, frames: Sequence[int]
) -> list[Picture]:
    """Some frames of a source moving like a driver."""
    images = animator.animate(source, driver, renderer="generator").images or ()
    return [images[index] for index in frames]


def moving(
    animator: D2Animator, source: Path, driver: Path, guests: int = 3
) -> tuple[Picture, Picture]:
    """The picture of rows of frames, and the teaser made of its first two rows.

    Args:
        animator: Animates.
        source: A picture.
        driver: A clip.
        guests: How many random puppets are animated beside the source.
    """
    side = animator.bundle.generator.img_resolution
    clip = list(read_frames(driver))
    frames = evenly(7, len(clip))
    shown = square(np.asarray(Image.open(source).convert("RGB")), side)
    puppets = draw(animator.bundle, codes(animator.bundle, guests, seed=2))
    driven = [square(clip[index], side) for index in frames]
    sources: list[Path | Picture] = [source, *puppets]
    results = [animated(animator, one, driver, frames) for one in sources]
    blank = np.full((side, side, 3), 255, np.uint8)
    pairs = zip((shown, *puppets), results, strict=True)
    rows = [[blank, *driven], *([face, *moved] for face, moved in pairs)]
    right = sheet([driven[1:6], results[0][1:6]])
    left = np.asarray(Image.fromarray(shown).resize((right.shape[0], right.shape[0])))
    gap = np.full((right.shape[0], 3 * GAP, 3), 255, np.uint8)
    return sheet(rows), np.concatenate([left, gap, right], axis=1)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--driver", type=Path, default=DRIVER)
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    options = parser.parse_args()
    animator = D2Animator.from_pretrained(options.model, device="cpu", marks=UNMARKED)
    bundle = animator.bundle
    save("samples.png", samples(bundle))
    if bundle.directions is not None:
        save("directions.png", strips(bundle, bundle.directions))
    rows, teaser = moving(animator, options.source, options.driver)
    save("rows.png", rows)
    save("teaser.png", teaser)


if __name__ == "__main__":
    main()
