"""Where in a picture could faces be? The face finder's maps at several sizes, made into boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.functional import interpolate, max_pool2d, pad

from d2animator.arguments import check_fields
from d2animator.faces.shape import Box, overlap


class Finder(Protocol):
    """What the search needs of a face finder (`models.landmarks.FaceFinder` is one)."""

    @property
    def config(self) -> Any:
        """Has ``stride`` and ``reference_size_px``."""

    def __call__(self, images: Tensor) -> Any:
        """Take images (B,3,H,W) in [-1,1]; give ``logits``, ``log_sizes`` and ``offsets``."""


@dataclass(frozen=True)
class SearchOptions:
    """How hard to look for faces."""

    # Heights in pixels at which the finder sees a picture. It answers to faces of 16 to 80
    # pixels: these cover faces from a fifteenth to more than the whole of the picture's height.
    heights: tuple[int, ...] = (224, 128, 64)
    # A picture is never looked at wider than so many times its height (it is looked at smaller).
    widest: float = 2.5
    # Least probability of a cell.
    threshold: float = 0.2
    # Candidates kept.
    most: int = 6
    # Two candidates with a larger overlap are one.
    same_overlap: float = 0.4

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Candidate:
    """A square that may hold a face.

    Attributes:
        box: x, y, width, height in pixels of the picture.
        score: Probability.
    """

    box: Box
    score: float

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the square."""
        return self.box[0] + self.box[2] / 2, self.box[1] + self.box[3] / 2


def search(image: Tensor, finder: Finder, options: SearchOptions) -> list[Candidate]:
    """Look for faces.

    Args:
        image: Picture (1,3,H,W) in [-1,1], on the finder's device.
        finder: The network.
        options: How hard to look.

    Returns:
        Candidates, best first, each face once.
    """
    height, width = image.shape[-2:]
    found: list[Candidate] = []
    for level in options.heights:
        rows = min(level, 2 * height, round(level * options.widest * height / width))
        scale = max(rows, 16) / height
        size = (max(16, round(height * scale)), max(16, round(width * scale)))
        # the next smaller one is made from this one: cheaper for large pictures
        image = interpolate(image, size=size, mode="bilinear", align_corners=False, antialias=True)
        found += _candidates(image, finder, options, width / size[1], height / size[0])
    return distinct(found, options.same_overlap)[: options.most]


def distinct(candidates: list[Candidate], same_overlap: float) -> list[Candidate]:
    """Keep the best of those that overlap; best first."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda one: -one.score):
        if all(overlap(candidate.box, other.box) < same_overlap for other in kept):
            kept.append(candidate)
    return kept


def _candidates(
    image: Tensor, finder: Finder, options: SearchOptions, per_column: float, per_row: float
) -> list[Candidate]:
    stride = finder.config.stride
    height, width = image.shape[-2:]
    maps = finder(pad(image, (0, -width % stride, 0, -height % stride), mode="replicate"))
    heat = maps.logits.sigmoid()
    peaks = (heat == max_pool2d(heat[:, None], 3, 1, 1)[:, 0]) & (heat > options.threshold)
    _, rows, columns = torch.nonzero(peaks, as_tuple=True)
    scores = heat[0, rows, columns]
    order = scores.argsort(descending=True)[: 4 * options.most]
    rows, columns, scores = rows[order], columns[order], scores[order]
    offsets = maps.offsets[0][:, rows, columns].clamp(-2, 2)
    side = finder.config.reference_size_px * maps.log_sizes[0, rows, columns].clamp(-3, 3).exp()
    x = (columns + 0.5 + offsets[0]) * stride * per_column
    y = (rows + 0.5 + offsets[1]) * stride * per_row
    sides = side * per_row
    table = torch.stack([x - sides / 2, y - sides / 2, sides, scores], 1).tolist()
    return [Candidate((left, top, side, side), score) for left, top, side, score in table]
