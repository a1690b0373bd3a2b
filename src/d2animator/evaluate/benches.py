"""Sets of faces with a known truth, in memory: who is animated, by whom, and the right answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from d2animator.distill.samples import render
from d2animator.errors import ConfigError, ShapeError
from d2animator.evaluate.puppetbench import BenchPicture, PuppetBench, load_bench
from d2animator.faces import pixels
from d2animator.faces.pixels import to_pictures
from d2animator.latent.generator import GeneratorLike
from d2animator.media.images import read_image
from d2animator.training.loop import step_generator

Pictures = NDArray[np.uint8]

BENCH_NAME = "puppetbench"
_PLACES = (Path("benchmarks/puppetbench/data"), Path("benchmarks/puppetbench"))


@dataclass(frozen=True, eq=False)
class Clip:
    """A driving clip and what it is to make of a source.

    Attributes:
        name: Its name.
        source: Picture to animate (S, S, 3).
        driver: Driving frames (T, S, S, 3), of another person.
        truth: The source's person in the state of each driving frame (T, S, S, 3).
    """

    name: str
    source: Pictures
    driver: Pictures
    truth: Pictures


@dataclass(frozen=True, eq=False)
class Bench:
    """Pictures, all framed as a generator draws faces, RGB uint8.

    Attributes:
        name: What it is called in reports.
        sources: Pictures to animate (N, S, S, 3).
        drivers: Pictures that say how (M, S, S, 3).
        pairs: Positions (P, 2) in ``sources`` and ``drivers``.
        truth: For each pair the source's person in the driver's state (P, S, S, 3).
        clips: Driving clips.
    """

    name: str
    sources: Pictures
    drivers: Pictures
    pairs: tuple[tuple[int, int], ...]
    truth: Pictures
    clips: tuple[Clip, ...] = ()

    def __post_init__(self) -> None:
        if len(self.truth) != len(self.pairs):
            raise ShapeError("truth", (len(self.pairs), "S", "S", 3), self.truth.shape)

    def fingerprint(self) -> str:
        """Name the bench by its content."""
        digest = hashlib.sha256(repr(self.pairs).encode())
        for pictures in (self.sources, self.drivers, self.truth):
            digest.update(repr(pictures.shape).encode() + pictures.tobytes())
        for clip in self.clips:
            for pictures in (clip.source, clip.driver, clip.truth):
                digest.update(pictures.tobytes())
        return digest.hexdigest()[:16]

    def limited(self, pairs: int) -> Bench:
        """Keep so many pairs, spread over all of them, and only the pictures that they need.

        Raises:
            ConfigError: Fewer than two: a distance of distributions needs more than one picture.
        """
        _check_pairs(pairs)
        if pairs >= len(self.pairs):
            return self
        kept = np.linspace(0, len(self.pairs) - 1, pairs).round().astype(int).tolist()
        chosen = [self.pairs[index] for index in kept]
        sources, drivers = (sorted({pair[side] for pair in chosen}) for side in (0, 1))
        renamed = tuple((sources.index(one), drivers.index(two)) for one, two in chosen)
        return Bench(
            self.name,
            self.sources[sources],
            self.drivers[drivers],
            renamed,
            self.truth[kept],
            self.clips,
        )


def to_images(pictures: Pictures | Sequence[Pictures], size: int | None = None) -> Tensor:
    """Turn pictures (N, S, S, 3) uint8 into images (N, 3, size, size) in [-1, 1]."""
    images = pixels.to_images(np.stack(list(pictures)))
    if size is None or images.shape[-1] == size:
        return images
    smaller = images.shape[-1] > size
    return torch.nn.functional.interpolate(
        images, (size, size), mode="bilinear", antialias=smaller, align_corners=False
    ).clamp(-1, 1)


def open_bench(name_or_path: str | Path, limit: int | None = None) -> Bench:
    """Read a bench.

    Args:
        name_or_path: A PuppetBench folder; ``puppetbench`` for the one of a checkout of the
            repository; or a folder of pictures, see `from_folders`.
        limit: Most pairs; None for all.

    Returns:
        The bench.

    Raises:
        BundleError: The folder holds no whole PuppetBench.
        MediaError: A picture is missing or damaged.
        ConfigError: ``limit`` is below 2.
    """
    folder = Path(name_or_path)
    if str(name_or_path) == BENCH_NAME and not (folder / "manifest.json").is_file():
        found = [place for place in _PLACES if (place / "manifest.json").is_file()]
        folder = found[0] if found else _PLACES[0]
    plain = (folder / "truth").is_dir() and not (folder / "manifest.json").is_file()
    read = from_folders(folder) if plain else from_puppetbench(load_bench(folder))
    return read if limit is None else read.limited(limit)


def from_folders(folder: Path) -> Bench:
    """Read a bench of plain pictures, such as frames of one person's clip.

    Args:
        folder: Holds ``sources``, ``drivers`` and ``truth``: in each, one picture a pair, of the
            same names, square, of one size, framed as the generator draws faces.

    Raises:
        ConfigError: There are no pictures, or names or sizes differ.
        MediaError: A picture is missing or damaged.
    """
    parts = [folder / name for name in ("sources", "drivers", "truth")]
    names = sorted(path.name for path in parts[2].iterdir() if path.is_file())
    if len(names) < 2:
        raise ConfigError("bench", f"{parts[2]} holds {len(names)} pictures, needs at least 2")
    pictures = [[read_image(part / name) for name in names] for part in parts]
    shapes = sorted({one.shape for part in pictures for one in part})
    if len(shapes) > 1 or shapes[0][0] != shapes[0][1]:
        raise ConfigError("bench", f"{folder}: pictures must be square and of one size: {shapes}")
    sources, drivers, truth = (np.stack(part) for part in pictures)
    pairs = tuple((index, index) for index in range(len(names)))
    return Bench(folder.name, sources, drivers, pairs, truth)


def from_puppetbench(bench: PuppetBench) -> Bench:
    """Read all pictures of PuppetBench."""

    def pictures(entries: Iterable[BenchPicture]) -> Pictures:
        return np.stack([entry.image() for entry in entries])

    clips = tuple(
        Clip(one.name, one.source.image(), pictures(one.driver), pictures(one.truth))
        for one in bench.sequences
    )
    return Bench(
        BENCH_NAME,
        pictures(bench.sources),
        pictures(bench.drivers),
        bench.pairs,
        pictures(bench.truth),
        clips,
    )


@torch.no_grad()
def drawn_bench(
    generator: GeneratorLike,
    state_dim: int,
    *,
    pairs: int = 32,
    sources: int = 16,
    frames: int = 0,
    seed: int = 1000,
) -> Bench:
    """Draw a bench with a generator whose first entries of z are the face's state.

    Its truth is the generator's own: the source's z with the driver's state. No inversion error,
    no renderer: what is left is the method. Puppets have ``puppetbench.STATE_DIM``.

    Args:
        generator: Draws.
        state_dim: Entries of z that make the state.
        pairs: Pairs of a source and a driver.
        sources: Different sources among them.
        frames: Frames of the one clip; 0 for none.
        seed: Seed of the faces; no training should use it.

    Returns:
        The bench.

    Raises:
        ConfigError: Fewer than two pairs.
    """
    _check_pairs(pairs)

    def draw(z: Tensor) -> Pictures:
        parts = [to_pictures(render(generator, generator.mapping(p))) for p in torch.split(z, 16)]
        return np.concatenate(parts)

    def swapped(look: Tensor, state: Tensor) -> Tensor:
        return torch.cat([state[:, :state_dim], look[:, state_dim:]], 1)

    random = step_generator(seed, 0)
    looks = torch.randn(sources, generator.z_dim, generator=random)
    states = torch.randn(pairs, generator.z_dim, generator=random)
    # Sources are mild, as photographs are.
    looks[:, :state_dim] *= 0.5
    chosen = [(index % sources, index) for index in range(pairs)]
    truth = swapped(looks[[one for one, _ in chosen]], states)
    clips: tuple[Clip, ...] = ()
    if frames:
        ends = torch.randn(3, generator.z_dim, generator=random)
        way = torch.linspace(0, 1, frames)[:, None]
        path = torch.cos(torch.pi * way) * ends[:1] + torch.sin(torch.pi * way) * ends[1:2]
        driver = swapped(ends[2:].expand(frames, -1), path)
        own = swapped(looks[:1].expand(frames, -1), path)
        clips = (Clip("clip-0", draw(own[:1])[0], draw(driver), draw(own)),)
    return Bench("drawn", draw(looks), draw(states), tuple(chosen), draw(truth), clips)


def _check_pairs(pairs: int) -> None:
    if pairs < 2:
        raise ConfigError("limit", f"expected at least 2 pairs, got {pairs}")
