"""How good are the generator's puppets, beside the renders that they imitate?

    python -m tools.puppets render --head HEAD -o held --seed 1002 --size 256 --count 1000
    python -m benchmarks.generator --renders held --head HEAD \
        --task face_landmarker_v2_with_blendshapes.task --seen runs/renders

writes ``docs/figures/generator.json`` and ``.md``, and a sheet of samples beside renders into
``docs/images/generator.png``. Without ``--task`` the rows of the outside tracker stay empty.
Truncation makes samples less varied than renders, which costs Fréchet distance however good they
look: the table has the distance without truncation beside it, and with ``--head`` that of renders
of codes that are as much shorter, which is what truncation alone costs. What the generator makes of
a render's own code is compared with the render, and with ``--seen`` the same for a set that it
learned from: the difference is what it knows by heart.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from benchmarks import figures, gallery
from benchmarks.landmarks import distances
from benchmarks.tracker import Measurement, Picture, open_tracker
from d2animator.bundles.bundle import Bundle, load_bundle
from d2animator.bundles.recognition import Recognition, load_recognition
from d2animator.faces.pixels import from_bytes, to_pictures
from tools.puppets.people import People, load_people

SHORT_SEED = 1003  # of a set that no training uses
_LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)


class PictureJudge(Protocol):
    """Whatever measures one picture."""

    def measure(self, picture: Picture) -> Measurement:
        """Measure one picture."""
        ...


@dataclass(frozen=True)
class Quality:
    """Samples against renders.

    Attributes:
        samples: How many were drawn.
        renders: How many they were compared with.
        truncation: Of the samples.
        found: Share of samples in which the outside tracker finds a face; None without one.
        distance_percent: Median distance of our points from its, in percent of the distance
            between the outer eye corners; None without a tracker.
        sharpness: Mean gradient energy of the samples over that of the renders.
        frechet: Fréchet distance of our features between samples and one half of the renders.
        frechet_halves: The same between the two halves of the renders.
        frechet_ratio: The first over the second.
        frechet_full: As ``frechet``, of samples without truncation, over ``frechet_halves``.
        frechet_short: As ``frechet``, of renders of shortened codes, over ``frechet_halves``; None
            where none were made.
        psnr: Mean PSNR in dB of what is drawn for a render's own code; None for another world's.
        psnr_seen: The same of renders that the generator learned from.
    """

    samples: int
    renders: int
    truncation: float
    found: float | None
    distance_percent: float | None
    sharpness: float
    frechet: float
    frechet_halves: float
    frechet_ratio: float
    frechet_full: float
    frechet_short: float | None
    psnr: float | None = None
    psnr_seen: float | None = None


def gradient_energy(images: Tensor) -> float:
    """Mean square of the grey values' differences between neighbours.

    Args:
        images: (B,3,R,R) in [-1,1].
    """
    grey = (images * _LUMA).sum(1)
    across, down = grey.diff(dim=2).square().mean(), grey.diff(dim=1).square().mean()
    return float(across + down)


def frechet(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> float:
    """Fréchet distance between Gaussians fitted to two sets of features (N, F) and (M, F)."""
    means = one.mean(0) - other.mean(0)
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    # The product of two covariances has real eigenvalues, none below zero but for rounding.
    product = np.linalg.eigvals(first @ second).real.clip(min=0)
    trace = np.trace(first) + np.trace(second) - 2 * np.sqrt(product).sum()
    return float(means @ means + trace)


@torch.no_grad()
def draw(bundle: Bundle, count: int, truncation: float, seed: int = 0) -> Tensor:
    """Samples (count,3,R,R) in [-1,1], rounded to what a picture file can hold."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(count, bundle.generator.z_dim, generator=generator)
    w_plus = bundle.generator.mapping(z, truncation_psi=truncation)
    parts = [bundle.generator.synthesis(part) for part in torch.split(w_plus, 8)]
    return torch.cat([torch.from_numpy(to_pictures(p)).permute(0, 3, 1, 2) for p in parts])


@torch.no_grad()
def likeness(bundle: Bundle, people: People, count: int = 200) -> float | None:
    """Mean PSNR in dB of what is drawn for the codes of the first renders; None if no codes fit."""
    generator = bundle.generator
    if people.z.shape[1] != generator.z_dim:
        return None
    wanted = from_bytes(fitted(people.images[:count], generator.img_resolution))
    parts = [
        generator.synthesis(generator.mapping(z)) for z in torch.split(people.z[:count].float(), 8)
    ]
    error = (torch.cat(parts) - wanted).square().mean((1, 2, 3))
    return float((10 * torch.log10(4 / error)).mean())


@torch.no_grad()
def features(recognition: Recognition, pictures: Tensor) -> npt.NDArray[np.float64]:
    """Features (N, F) of pictures (N,3,R,R) uint8."""
    parts = [recognition.features(from_bytes(part)).features for part in torch.split(pictures, 64)]
    return torch.cat(parts).double().numpy()


def measure(
    bundle: Bundle,
    recognition: Recognition,
    renders: Tensor,
    *,
    samples: int = 1000,
    truncation: float = 0.7,
    judge: PictureJudge | None = None,
    short: Tensor | None = None,
) -> tuple[Quality, Tensor]:
    """Compare.

    Args:
        bundle: Has the generator, and for the points the landmark networks.
        recognition: Has the feature network.
        renders: Held-out renders (N,3,R,R) uint8, of the generator's resolution.
        samples: How many to draw.
        truncation: Of the samples.
        judge: The outside tracker.
        short: Renders (M,3,R,R) uint8 of codes shortened by the truncation.

    Returns:
        The figures, and the samples (samples,3,R,R) uint8.
    """
    drawn = draw(bundle, samples, truncation)
    half = len(renders) // 2
    reference = features(recognition, renders[:half])
    # As many samples as the other half has renders: the distance depends on the number.
    whole = draw(bundle, half, 1.0)
    parts = (drawn[:half], renders[half : 2 * half], whole, short)
    own, between, full, shortened = (
        None if part is None else frechet(features(recognition, part), reference) for part in parts
    )
    if own is None or between is None or full is None:
        raise TypeError("pictures are missing")
    found, distance = _judged(bundle, drawn, judge) if judge else (None, None)
    sharpness = gradient_energy(from_bytes(drawn)) / gradient_energy(from_bytes(renders))
    quality = Quality(
        samples=samples,
        renders=len(renders),
        truncation=truncation,
        found=found,
        distance_percent=distance,
        sharpness=sharpness,
        frechet=own,
        frechet_halves=between,
        frechet_ratio=own / between,
        frechet_full=full / between,
        frechet_short=None if shortened is None else shortened / between,
    )
    return quality, drawn


def markdown(quality: Quality) -> str:
    """The table of the documentation."""
    found = None if quality.found is None else f"{quality.found:.1%}"
    rows = [
        ("an outside tracker finds the face", found),
        ("our points from its, median, % of the eyes' distance", quality.distance_percent),
        ("sharpness (gradient energy) over the renders'", quality.sharpness),
        ("Fréchet distance to held-out renders", quality.frechet),
        ("Fréchet distance between two halves of them", quality.frechet_halves),
        ("the first over the second", quality.frechet_ratio),
        ("the same without truncation", quality.frechet_full),
        ("the same of renders of codes as short", quality.frechet_short),
        ("PSNR of held-out renders from their codes, dB", quality.psnr),
        ("PSNR of renders that were learned from, dB", quality.psnr_seen),
    ]
    head = (
        f"{quality.samples} samples at truncation {quality.truncation}, {quality.renders} "
        "renders of a seed that no training uses.\n\n"
    )
    return head + figures.table(["samples against renders", "value"], rows)


def side_by_side(drawn: Tensor, renders: Tensor, side: int = 8) -> Picture:
    """A sheet of ``side`` x ``side`` samples on the left, as many renders on the right."""
    halves = [
        gallery.sheet([_row(part, index, side) for index in range(side)])
        for part in (drawn, renders)
    ]
    gap = np.full((halves[0].shape[0], 6 * gallery.GAP, 3), 255, np.uint8)
    return np.concatenate([halves[0], gap, halves[1]], axis=1)


def _row(pictures: Tensor, index: int, side: int) -> Sequence[Picture]:
    chosen = pictures[index * side : (index + 1) * side]
    return list(chosen.permute(0, 2, 3, 1).numpy())


def _judged(bundle: Bundle, drawn: Tensor, judge: PictureJudge) -> tuple[float, float | None]:
    tracker = bundle.tracker()
    points = torch.cat(
        [tracker.landmarks_batch(from_bytes(part)) for part in torch.split(drawn, 32)]
    )
    pictures = drawn.permute(0, 2, 3, 1).contiguous().numpy()
    seen = [judge.measure(picture) for picture in pictures]
    apart = [
        distances(own, one.points)
        for own, one in zip(points.numpy(), seen, strict=True)
        if one.found
    ]
    return len(apart) / len(seen), float(np.median(apart)) if apart else None


def shortened_renders(head: Path, count: int, size: int, truncation: float) -> Tensor:
    """Render puppets (count,3,size,size), uint8, whose codes are shortened by a factor."""
    from d2animator.head.model import load_head
    from tools.puppets.renderer import PuppetRenderer
    from tools.puppets.world import look_from_z, sample_z, state_from_z

    renderer = PuppetRenderer(load_head(head), size)
    codes = [truncation * sample_z(SHORT_SEED, index) for index in range(count)]
    drawn = [renderer.render(look_from_z(z), state_from_z(z)).image for z in codes]
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2)


def fitted(renders: Tensor, size: int) -> Tensor:
    """Renders (N,3,S,S) uint8 at the generator's resolution."""
    if renders.shape[-1] == size:
        return renders
    if renders.shape[-1] < size:
        raise SystemExit(f"the renders are {renders.shape[-1]} px, the generator draws {size}")
    parts = [
        interpolate(part.float(), (size, size), mode="area") for part in torch.split(renders, 64)
    ]
    return torch.cat(parts).round().to(torch.uint8)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--renders", type=Path, required=True, help="set of an unseen seed")
    parser.add_argument("--head", type=Path, help="packed head model, to render shortened codes")
    parser.add_argument("--task", type=Path, help="MediaPipe's face landmarker")
    parser.add_argument("--seen", type=Path, help="set that the generator learned from")
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--truncation", type=float, default=0.7)
    options = parser.parse_args()
    bundle, recognition = load_bundle(options.model), load_recognition()
    people = load_people([options.renders])
    renders = fitted(people.images, bundle.generator.img_resolution)

    short = None
    if options.head is not None:
        short = shortened_renders(
            options.head, len(renders) // 2, renders.shape[-1], options.truncation
        )

    def run(judge: PictureJudge | None) -> tuple[Quality, Tensor]:
        return measure(
            bundle,
            recognition,
            renders,
            samples=options.samples,
            truncation=options.truncation,
            judge=judge,
            short=short,
        )

    if options.task is None:
        quality, drawn = run(None)
    else:
        with open_tracker(options.task) as tracker:
            quality, drawn = run(tracker)
    seen = None if options.seen is None else likeness(bundle, load_people([options.seen]))
    quality = replace(quality, psnr=likeness(bundle, people), psnr_seen=seen)
    figures.write("generator", asdict(quality), markdown(quality), "python -m benchmarks.generator")
    gallery.save("generator.png", side_by_side(drawn, renders))
    print(markdown(quality))


if __name__ == "__main__":
    main()
