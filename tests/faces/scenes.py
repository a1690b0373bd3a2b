"""Clips whose truth is known: faces of the embedded generator, laid on a canvas where we say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from d2animator.bundles.bundle import Bundle, load_bundle
from d2animator.faces.detect import FaceTracker
from d2animator.faces.detector import Picture
from d2animator.faces.pixels import to_pictures

FACE = 96
CANVAS = (150, 300)  # height, width


@dataclass(frozen=True)
class Place:
    """Where an actor stands: a share of the canvas' width, for the middle of the face."""

    actor: int
    x: float


@cache
def embedded() -> Bundle:
    return load_bundle()


def tracker() -> FaceTracker:
    return embedded().tracker()


@cache
def actors() -> NDArray[np.uint8]:
    """Four faces (4, FACE, FACE, 3) that look different at a glance."""
    generator = embedded().generator
    with torch.inference_mode():
        z = torch.randn(24, generator.z_dim, generator=torch.Generator().manual_seed(3))
        images = torch.cat([generator.synthesis(generator.mapping(part)) for part in z.split(8)])
    faces = np.stack([_shrunk(image) for image in to_pictures(images)])
    # those whose skin and hair lie farthest apart, found greedily
    colours = faces[:, :, FACE // 4 : -FACE // 4].reshape(len(faces), -1, FACE // 2, 3)
    looks = colours.reshape(len(faces), 6, -1, 3).mean(2).reshape(len(faces), -1)
    chosen = [0]
    while len(chosen) < 4:
        distances = np.linalg.norm(looks[:, None] - looks[chosen], axis=2).min(1)
        chosen.append(int(distances.argmax()))
    return faces[chosen]


def _shrunk(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    small = Image.fromarray(image).resize((FACE, FACE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.uint8)


def frame(places: Sequence[Place], backdrop: int = 0) -> Picture:
    """One picture; who comes later stands in front."""
    height, width = CANVAS
    y, x = np.mgrid[0:height, 0:width]
    tint = np.array([(60, 90, 120), (150, 110, 60), (40, 120, 70)][backdrop])
    image = np.clip(tint + 12 * np.sin(x / 23)[..., None] + 0.15 * y[..., None], 0, 255)
    rows, columns = np.mgrid[0:FACE, 0:FACE] / FACE - 0.5
    mask = np.clip(12 * (0.46 - np.hypot(rows * 0.95, columns * 1.15)), 0, 1)[..., None]
    for place in places:
        left = round(place.x * width - FACE / 2)
        top = (height - FACE) // 2
        inside = slice(max(0, -left), min(FACE, width - left))
        where = (slice(top, top + FACE), slice(left + inside.start, left + inside.stop))
        part = mask[:, inside]
        image[where] = part * actors()[place.actor][:, inside] + (1 - part) * image[where]
    return np.rint(image).astype(np.uint8)


def middle(box: tuple[float, float, float, float]) -> float:
    """Horizontal middle of a box as a share of the canvas' width."""
    return (box[0] + box[2] / 2) / CANVAS[1]
