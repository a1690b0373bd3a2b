"""What each layer of w_plus does: how far it moves the landmarks, how far it changes the person.

Pairs of random faces exchange layers. A layer's own effect shows where it alone comes from the
other face; how many layers carry pose and expression shows where all of the first k do. The paper
takes the first 8 of StyleGAN2's (section 3.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from d2animator.arguments import check_fields
from d2animator.distill.samples import Detect, draw_codes, render
from d2animator.distill.shapes import nme_percent
from d2animator.errors import ConfigError, TrainingError
from d2animator.faces.align import align_shapes, face_frames
from d2animator.latent.generator import GeneratorLike
from d2animator.models.generators import TRUNCATION
from d2animator.progress import Progress

Change = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""Tells how different two people look: ``change(images, landmarks, other_images, other_landmarks)``
with images (B, 3, H, W) in [-1, 1] and landmarks (B, P, 2) in pixels -> (B,), in any unit."""


# Side of the pictures that `look_change` compares: fine enough for features, too coarse for noise.
_LOOK_SIDE = 48


@dataclass(frozen=True)
class LayerOptions:
    """How layers are measured."""

    # Pairs of faces.
    pairs: int = 16
    # Everything random follows from it.
    seed: int = 0
    # Truncation of w towards the mean: faces near it are surer to be found.
    truncation: float = TRUNCATION
    # Share of the landmarks' way to the other face at which the first layers are enough.
    share: float = 0.9
    # Least confidence of the detector in every picture of a pair, for the pair to count.
    least_confidence: float = 0.5
    # Pictures drawn at once.
    batch: int = 8

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("pairs", "batch"):
            if getattr(self, name) < 1:
                raise ConfigError(name, f"expected at least 1, got {getattr(self, name)}")
        if not 0 < self.share < 1:
            raise ConfigError("share", f"expected between 0 and 1, got {self.share}")


@dataclass(frozen=True)
class LayerEffect:
    """What one layer does; means over the pairs.

    Attributes:
        layer: Index, from 0.
        moves_percent: Mean distance of the landmarks, in % of the outer eye distance, when this
            layer alone comes from the other face.
        shape_percent: The same without place, size and roll of the face.
        looks_percent: Change of the look, in % of that between the two faces, likewise.
        moved_percent: How much of the way to the other face's landmarks is done when this layer
            and all before it come from there, in %.
        looked_percent: Change of the look then, in % of that between the two faces.
    """

    layer: int
    moves_percent: float
    shape_percent: float
    looks_percent: float
    moved_percent: float
    looked_percent: float


@dataclass(frozen=True)
class LayerReport:
    """What all layers do.

    Attributes:
        layers: One entry a layer.
        pairs: Pairs of faces that counted.
        apart_percent: Mean distance between the landmarks of the faces of a pair, in % of the
            outer eye distance.
        coarse_layers: How many first layers do ``share`` of the landmarks' way.
        share: See `LayerOptions`.
    """

    layers: tuple[LayerEffect, ...]
    pairs: int
    apart_percent: float
    coarse_layers: int
    share: float

    def plain(self) -> dict[str, Any]:
        """Give what JSON can hold; percent to the hundredth."""
        plain: dict[str, Any] = asdict(self)
        plain["apart_percent"] = round(self.apart_percent, 2)
        plain["layers"] = [
            {name: round(value, 2) for name, value in asdict(layer).items()}
            for layer in self.layers
        ]
        return plain


def look_change(
    images: Tensor, landmarks: Tensor, other: Tensor, other_landmarks: Tensor
) -> Tensor:
    """Compare two faces with their place, size and roll taken out; a `Change`.

    A stand-in for a network that knows people: both faces are cropped by their own landmarks and
    compared pixel by pixel, which sees colour, hair and features, and some of a turn in depth too.

    Args:
        images: Pictures (B, 3, H, H) in [-1, 1].
        landmarks: Their landmarks (B, P, 2) in pixels.
        other: The pictures to compare with, as many.
        other_landmarks: Theirs.

    Returns:
        Mean absolute differences (B,), 0 to 2.
    """
    return (_cropped(images, landmarks) - _cropped(other, other_landmarks)).abs().mean((1, 2, 3))


@torch.no_grad()
def measure_layers(
    generator: GeneratorLike,
    detect: Detect,
    options: LayerOptions | None = None,
    change: Change = look_change,
    progress: Progress | None = None,
) -> LayerReport:
    """Measure what each layer of w_plus does to landmarks and looks.

    Args:
        generator: Any resolution and architecture, in evaluation mode.
        detect: Finds landmarks and a confidence, such as ``FaceTracker.landmarks_and_scores``.
        options: How many pairs, which of them count.
        change: Tells how different two people look.
        progress: Called with the number of pairs done and to do.

    Returns:
        Means over the pairs that counted.

    Raises:
        TrainingError: The detector finds no face in any pair.
    """
    options = options or LayerOptions()
    codes = draw_codes(generator, range(options.pairs), 2, options.seed, options.truncation)
    found: list[Tensor] = []
    for done, pair in enumerate(codes, start=1):
        effects = _one_pair(generator, detect, pair, options, change)
        found += [] if effects is None else [effects]
        if progress is not None:
            progress(done, options.pairs)
    if not found:
        raise TrainingError(
            f"no face in both pictures of any of {options.pairs} pairs: this detector does not fit "
            "this generator"
        )
    return _report(torch.stack(found), options)


def _swapped(pair: Tensor, layers: int) -> Tensor:
    """Exchange layers of a pair of codes (2, D).

    Returns:
        Codes (2 + 2 L, L, D): both faces, then the first one with a single layer of the other's,
        then with that layer and all before it.
    """
    own, other = (code.expand(layers, layers, -1) for code in pair)
    index = torch.arange(layers)
    alone = (index[:, None] == index[None, :]).unsqueeze(2)
    first = (index[:, None] >= index[None, :]).unsqueeze(2)
    both = pair.unsqueeze(1).expand(2, layers, -1)
    return torch.cat([both, torch.where(alone, other, own), torch.where(first, other, own)])


def _one_pair(
    generator: GeneratorLike, detect: Detect, pair: Tensor, options: LayerOptions, change: Change
) -> Tensor | None:
    """Measure one pair of codes (2, D).

    Returns:
        (L, 5): distance of the landmarks, of the shapes, and change of the look for each layer
        alone; distance left, and change of the look, for the first ones; then a row with the
        distances between the faces themselves. None without a face in every picture.
    """
    layers = generator.num_ws
    images, points = [], []
    for part in torch.split(_swapped(pair, layers), options.batch):
        drawn = render(generator, part)
        landmarks, confidence = detect(drawn)
        if float(confidence.min()) < options.least_confidence:
            return None
        images.append(drawn)
        points.append(landmarks.float())
    pictures, places = torch.cat(images), torch.cat(points)
    rest, aim, start = places[:1], places[1:2], pictures[:1]

    def looks(chosen: slice) -> Tensor:
        some, where = pictures[chosen], places[chosen]
        count = len(some)
        return change(start.expand(count, -1, -1, -1), rest.expand(count, -1, -1), some, where)

    alone, first = slice(2, 2 + layers), slice(2 + layers, None)
    effects = torch.stack(
        [
            nme_percent(places[alone], rest.expand(layers, -1, -1)),
            nme_percent(_aligned(places[alone], rest[0]), rest.expand(layers, -1, -1)),
            looks(alone),
            nme_percent(places[first], aim.expand(layers, -1, -1)),
            looks(first),
        ],
        1,
    )
    whole = torch.stack(
        [nme_percent(aim, rest)[0], nme_percent(rest, aim)[0], looks(slice(1, 2))[0]]
    )
    return torch.cat([effects, torch.nn.functional.pad(whole, (0, 2))[None]])


def _report(found: Tensor, options: LayerOptions) -> LayerReport:
    """Sum up the measurements (N, L + 1, 5) of `_one_pair`."""
    mean = found.double().mean(0)
    effects, (apart, back, look, _, _) = mean[:-1], mean[-1].tolist()
    # Everything in shares of what the whole code does, not the mean of each pair's shares: a pair
    # of faces that hardly differ would count most.
    moved = 100 * (1 - effects[:, 3] / max(back, 1e-9))
    enough = torch.nonzero(moved >= 100 * options.share)
    layers = tuple(
        LayerEffect(
            layer=index,
            moves_percent=row[0],
            shape_percent=row[1],
            looks_percent=100 * row[2] / max(look, 1e-9),
            moved_percent=float(moved[index]),
            looked_percent=100 * row[4] / max(look, 1e-9),
        )
        for index, row in enumerate(effects.tolist())
    )
    coarse = int(enough[0, 0]) + 1 if len(enough) else len(layers)
    return LayerReport(layers, len(found), apart, coarse, options.share)


def _aligned(points: Tensor, reference: Tensor) -> Tensor:
    return align_shapes(points, points, reference)


def _cropped(images: Tensor, landmarks: Tensor) -> Tensor:
    """Crop faces upright by their landmarks: (B, 3, 48, 48)."""
    frames = face_frames(landmarks / images.shape[-1])
    turn, corner = frames[:, :, :2], frames[:, :, 2]
    # Positions in a crop, -1 to 1, to those in the picture.
    theta = torch.cat([turn, (turn.sum(2) + 2 * corner - 1)[:, :, None]], 2)
    finer = 4 * _LOOK_SIDE  # averaged afterwards, or fine detail would alias
    grid = affine_grid(theta, [len(images), 3, finer, finer], align_corners=False)
    crops = grid_sample(images, grid, padding_mode="border", align_corners=False)
    return torch.nn.functional.avg_pool2d(crops, 4)
