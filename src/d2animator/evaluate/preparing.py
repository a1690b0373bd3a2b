"""What all methods share: the sources' codes, and everybody's landmarks; made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from d2animator.bundles.bundle import Bundle
from d2animator.distill.samples import Detect, draw_fast, fingerprint
from d2animator.evaluate.benches import Bench, to_images
from d2animator.faces.align import normalise_landmarks
from d2animator.invert.optimise import InversionOptions, face_weight
from d2animator.latent.directions import Directions
from d2animator.latent.distance import picture_distance
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.statistics import WStatistics
from d2animator.progress import StageProgress
from d2animator.training.loop import save_tensors


@dataclass(frozen=True, eq=False)
class Parts:
    """What methods are made of: a bundle that can animate, its parts known to be there."""

    generator: GeneratorLike
    encoder: Callable[[Tensor], Tensor]
    statistics: WStatistics
    directions: Directions
    detect: Detect
    landmark_network: Any
    size: int
    name: str

    @classmethod
    def of(cls, bundle: Bundle) -> Parts:
        """Take the parts of a bundle on the CPU.

        Raises:
            BundleError: One is missing.
        """
        needed = bundle.animating()
        return cls(
            generator=bundle.generator,
            encoder=needed.encoder,
            statistics=needed.statistics,
            directions=bundle.bank(),
            detect=bundle.tracker().landmarks_and_scores,
            landmark_network=bundle.landmark_network,
            size=bundle.generator.img_resolution,
            name=fingerprint(bundle.generator, sorted(bundle.config.files.items())),
        )


@dataclass(frozen=True, eq=False)
class Prepared:
    """Sources and drivers as the methods see them.

    Attributes:
        codes: Codes of the sources (N, L, D).
        own: Normalised landmarks (N, 98, 2) of the sources as the generator draws them.
        driving: Normalised landmarks (M, 98, 2) of the drivers.
        driver_codes: Codes of the drivers (M, L, D).
        true_landmarks: Landmarks (P, 98, 2) of the true pictures, in pixels of the generator's.
        pairs: Positions (P, 2).
    """

    codes: Tensor
    own: Tensor
    driving: Tensor
    driver_codes: Tensor
    true_landmarks: Tensor
    pairs: tuple[tuple[int, int], ...]

    def sides(self) -> tuple[list[int], list[int]]:
        """Give the sources and the drivers of all pairs."""
        return [source for source, _ in self.pairs], [driver for _, driver in self.pairs]


def draw(generator: GeneratorLike, w_plus: Tensor, batch: int = 16) -> Tensor:
    """Draw codes (N, L, D) in full precision: images (N, 3, R, R), clipped to [-1, 1]."""
    with torch.no_grad():
        parts = [generator.synthesis(part) for part in torch.split(w_plus, batch)]
    return torch.cat(parts).clamp(-1, 1)


def read(detect: Detect, images: Tensor, batch: int = 16) -> Tensor:
    """Find the landmarks (N, 98, 2) of images (N, 3, R, R), in pixels."""
    return torch.cat([detect(part)[0] for part in torch.split(images, batch)]).float()


def invert_all(
    parts: Parts,
    images: Tensor,
    landmarks: Tensor,
    options: InversionOptions,
    *,
    batch: int = 8,
    progress: Callable[[int], None] | None = None,
) -> Tensor:
    """Find the codes of many pictures, some at a time.

    The loss is that of `latent.inversion.invert`; the pictures do not know of each other, but the
    batch shares the learning rate's way and its cost.

    Args:
        parts: Generator, encoder, statistics.
        images: Pictures (N, 3, R, R), framed as the generator draws.
        landmarks: Their landmarks (N, 98, 2) in pixels, for the weight of the face.
        options: Steps and pulls.
        batch: Pictures at once.
        progress: Called with the number of pictures done.

    Returns:
        Codes (N, L, D).
    """
    found: list[Tensor] = []
    for first in range(0, len(images), batch):
        part = images[first : first + batch]
        points = landmarks[first : first + batch].numpy()
        weight = torch.cat([face_weight(one, parts.size) for one in points])
        found.append(_invert_batch(parts, part, weight / weight.mean((2, 3), True), options))
        if progress is not None:
            progress(first + len(part))
    return torch.cat(found)


def _invert_batch(
    parts: Parts, images: Tensor, weight: Tensor, options: InversionOptions
) -> Tensor:
    statistics = parts.statistics
    with torch.no_grad():
        start = statistics.whiten(parts.encoder(images))
        start = start.clamp(-options.farthest, options.farthest)
    code = start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([code], lr=options.learning_rate, betas=(0.9, 0.95))
    for step in range(options.steps):
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * (1 - 0.9 * step / options.steps)
        with torch.enable_grad():
            drawn = draw_fast(parts.generator, statistics.unwhiten(code))
            loss = picture_distance(drawn, images, weight, options.gradient_weight)
            apart = code - code.mean(1, keepdim=True)
            loss = loss + options.prior * code.square().mean()
            loss = loss + options.anchor * (code - start).square().mean()
            loss = loss + options.together * apart.square().mean()
            (code.grad,) = torch.autograd.grad(loss, [code])
        optimizer.step()
        with torch.no_grad():
            code.clamp_(-options.farthest, options.farthest)
    return statistics.unwhiten(code.detach())


def prepare(
    parts: Parts,
    bench: Bench,
    options: InversionOptions,
    work: Path,
    progress: StageProgress | None = None,
) -> Prepared:
    """Invert the sources and the drivers and find all landmarks, or read what the folder has.

    Args:
        parts: Generator, encoder, detector.
        bench: The pictures.
        options: How sources are inverted; drivers, which only a baseline needs, take half of the
            steps.
        work: Folder of what was made before.
        progress: Called with ("invert sources", pictures done, {}) and the like.

    Returns:
        What all methods share.
    """
    name = fingerprint(None, parts.name, bench.fingerprint(), options)
    path = work / f"prepared-{name}.safetensors"
    if path.exists():
        return Prepared(**load_file(path), pairs=bench.pairs)
    sources, drivers, truth = (
        to_images(pictures, parts.size) for pictures in (bench.sources, bench.drivers, bench.truth)
    )
    seen, driving = read(parts.detect, sources), read(parts.detect, drivers)

    def told(what: str) -> Callable[[int], None]:
        return lambda done: None if progress is None else progress(what, done, {})

    codes = invert_all(parts, sources, seen, options, progress=told("invert sources"))
    half = InversionOptions(**{**vars(options), "steps": (options.steps + 1) // 2})
    others = invert_all(parts, drivers, driving, half, progress=told("invert drivers"))
    own = read(parts.detect, draw(parts.generator, codes))
    made = {
        "codes": codes,
        "own": normalise_landmarks(own),
        "driving": normalise_landmarks(driving),
        "driver_codes": others,
        "true_landmarks": read(parts.detect, truth),
    }
    save_tensors(path, made, {"of": name})
    return Prepared(**made, pairs=bench.pairs)
