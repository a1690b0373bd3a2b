"""What all methods share: codes and landmarks as the product finds them; made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from d2animator import __version__
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.distill.samples import Detect, fingerprint
from d2animator.evaluate.answering import driving_landmarks
from d2animator.evaluate.benches import Bench, Pictures, to_images
from d2animator.invert.cache import Cache
from d2animator.invert.optimise import InversionOptions
from d2animator.latent.directions import Directions
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.statistics import WStatistics
from d2animator.marks.options import UNMARKED
from d2animator.progress import StageProgress
from d2animator.training.loop import save_tensors


@dataclass(frozen=True, eq=False)
class Parts:
    """What methods are made of: a bundle that can animate, its parts known to be there."""

    bundle: Bundle
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
            bundle=bundle,
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
        driving: Normalised landmarks (M, 98, 2) of the drivers, as the product finds them.
        driver_codes: Codes of the drivers (M, L, D).
        true_landmarks: Landmarks (P, 98, 2) of the true pictures, in pixels of the generator's.
        pairs: Positions (P, 2).
    """

    codes: Tensor
    driving: Tensor
    driver_codes: Tensor
    true_landmarks: Tensor
    pairs: tuple[tuple[int, int], ...]

    def sides(self) -> tuple[list[int], list[int]]:
        """Give the sources and the drivers of all pairs."""
        return [source for source, _ in self.pairs], [driver for _, driver in self.pairs]

    def name(self) -> str:
        """Tell one set of pictures and codes from another."""
        tensors = (self.codes, self.driving, self.true_landmarks)
        return fingerprint(None, self.pairs, [part.double().sum().item() for part in tensors])


def draw(generator: GeneratorLike, w_plus: Tensor, batch: int = 16) -> Tensor:
    """Draw codes (N, L, D) in full precision: images (N, 3, R, R), clipped to [-1, 1]."""
    with torch.no_grad():
        parts = [generator.synthesis(part) for part in torch.split(w_plus, batch)]
    return torch.cat(parts).clamp(-1, 1)


def read(detect: Detect, images: Tensor, batch: int = 16) -> Tensor:
    """Find the landmarks (N, 98, 2) of images (N, 3, R, R), in pixels."""
    return torch.cat([detect(part)[0] for part in torch.split(images, batch)]).float()


def prepare(
    parts: Parts, bench: Bench, options: InversionOptions, work: Path, progress: StageProgress
) -> Prepared:
    """Invert the sources and the drivers as the product does, or read what the folder has.

    Args:
        parts: The bundle's parts.
        bench: The pictures.
        options: How sources and drivers are inverted.
        work: Folder of what was made before.
        progress: Called with ("invert sources", pictures done, {}) and the like.

    Returns:
        What all methods share.

    Raises:
        NoFaceError: A source or a driver shows no face.
    """
    name = fingerprint(None, __version__, parts.name, bench.fingerprint(), options)
    path = work / f"prepared-{name}.safetensors"
    if path.exists():
        return Prepared(**load_file(path), pairs=bench.pairs)
    animator = D2Animator(
        parts.bundle, inversion=options, cache=Cache(work / "inverted"), marks=UNMARKED
    )

    def inverted(what: str, pictures: Pictures) -> Tensor:
        codes = []
        for picture in pictures:
            codes.append(animator.sources.portrait(picture).w_plus)
            progress(f"invert {what}", len(codes), {})
        return torch.cat(codes)

    made = {
        "codes": inverted("sources", bench.sources),
        "driving": driving_landmarks(animator.sources, list(bench.drivers)),
        "driver_codes": inverted("drivers", bench.drivers),
        "true_landmarks": read(parts.detect, to_images(bench.truth, parts.size)),
    }
    save_tensors(path, made, {"of": name})
    return Prepared(**made, pairs=bench.pairs)
