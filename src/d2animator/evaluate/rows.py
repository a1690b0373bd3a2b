"""The rows of the ablation and the pictures that they answer with, whoever draws them.

Most rows end in codes, which the generator draws. The photo renderer needs no code: its row is made
of the sources' pictures themselves, so nothing is inverted for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from d2animator import __version__
from d2animator.distill.samples import Detect, fingerprint
from d2animator.errors import ConfigError
from d2animator.evaluate.answering import PHOTO, answer_as_photo
from d2animator.evaluate.benches import Bench, Pictures, to_images
from d2animator.evaluate.methods import CODED, Methods
from d2animator.evaluate.preparing import Parts, draw, prepare, read
from d2animator.evaluate.sizes import AblationOptions
from d2animator.faces.align import Similarity, ffhq_crop
from d2animator.faces.warp import warp_tensor
from d2animator.invert.sources import Sources
from d2animator.progress import StageProgress
from d2animator.training.loop import save_tensors

MOVED, FRAMED = "photo", "photo_framed"
"""The row whose sources are moved as photos, and the same with every answer framed as the truth."""

METHODS = (*CODED, MOVED, FRAMED)
"""All rows, in the order of the table."""


def check_rows(rows: Sequence[str]) -> tuple[str, ...]:
    """Put rows into the order of `METHODS`.

    Raises:
        ConfigError: An unknown row.
    """
    for row in rows:
        if row not in METHODS:
            raise ConfigError("rows", f"expected some of {', '.join(METHODS)}, got {row!r}")
    return tuple(method for method in METHODS if method in rows)


@dataclass(frozen=True, eq=False)
class Answer:
    """What a row answers all pairs with.

    Attributes:
        content: Tells one answer from another.
        images: Gives its images (P, 3, R, R) in [-1, 1], of the generator's size; drawing takes a
            while.
    """

    content: float
    images: Callable[[], Tensor]


class Answers:
    """The answers of all rows on one bench; sources are inverted once a row needs their codes."""

    def __init__(
        self,
        parts: Parts,
        bench: Bench,
        sources: Sources,
        options: AblationOptions,
        work: Path,
        progress: StageProgress,
    ) -> None:
        """Take what rows share.

        Args:
            parts: The bundle's parts.
            bench: Pictures with their truth.
            sources: Prepares sources as the product does.
            options: Sizes.
            work: Folder of what is kept.
            progress: Called as ``progress(what, done, figures)``.
        """
        self._parts, self._bench, self._sources = parts, bench, sources
        self._options, self._work, self._progress = options, work, progress

    def of(self, method: str) -> Answer:
        """Give the answer of a row of `METHODS`, making it if the work folder has it not.

        Raises:
            ConfigError: No such row.
        """
        check_rows((method,))
        if method not in CODED:
            pictures = self._moved()
            images = partial(to_images, pictures.numpy(), self._parts.size)
            if method == FRAMED:
                images = partial(framed, self._parts.detect, pictures.numpy(), self._parts.size)
            return Answer(pictures.double().sum().item(), images)
        return self._drawn(self._methods.codes(method))

    def still(self) -> Answer:
        """Give the sources as they were inverted: no motion at all."""
        return self._drawn(self._methods.still())

    def _drawn(self, codes: Tensor) -> Answer:
        """What the generator draws of codes (P, L, D)."""
        return Answer(codes.double().sum().item(), partial(draw, self._parts.generator, codes))

    @cached_property
    def _methods(self) -> Methods:
        parts, options, work, tell = self._parts, self._options, self._work, self._progress
        prepared = prepare(parts, self._bench, options.inversion, work, tell)
        return Methods(parts, prepared, options, work, tell)

    def _moved(self) -> Tensor:
        """Move every source's picture to its drivers: pictures (P, S, S, 3), uint8."""
        bench = self._bench
        name = fingerprint(None, __version__, self._parts.name, bench.fingerprint(), PHOTO)
        path = self._work / f"pictures-{MOVED}-{name}.safetensors"
        if not path.exists():
            sides = np.array(bench.pairs)
            pictures = np.empty_like(bench.sources[sides[:, 0]])
            for done, source in enumerate(np.unique(sides[:, 0]), start=1):
                rows = sides[:, 0] == source
                drivers = list(bench.drivers[sides[rows, 1]])
                pictures[rows] = answer_as_photo(self._sources, bench.sources[source], drivers)
                self._progress(MOVED, done, {})
            save_tensors(path, {"pictures": torch.from_numpy(pictures)}, {})
        return load_file(path)["pictures"]


def framed(detect: Detect, pictures: Pictures, size: int) -> Tensor:
    """Show faces where FFHQ's crop has them, which is where a bench's camera does.

    The crop stays upright, so that a tilted head is seen tilted; what lies beyond the picture is
    its border.

    Args:
        detect: Finds landmarks in pictures of ``size``.
        pictures: RGB (P, S, S, 3), uint8.
        size: Side of the images.

    Returns:
        Images (P, 3, size, size) in [-1, 1].
    """
    images = to_images(pictures, size)
    found = zip(images, read(detect, images).numpy(), strict=True)
    crops = [warp_tensor(i.unsqueeze(0), framing(p, size), size, "border") for i, p in found]
    return torch.cat(crops)


def framing(points: NDArray[Any], size: int) -> Similarity:
    """Give the map from a picture's pixels to those of its upright crop, see `framed`.

    Args:
        points: The face's landmarks (98, 2), in the picture's pixels.
        size: Side of the crop in its own pixels.
    """
    tilted = ffhq_crop(points, size)
    x, y = tilted.inverse().apply((size / 2, size / 2))
    return Similarity.crop((float(x), float(y)), size / tilted.scale, 0, size)
