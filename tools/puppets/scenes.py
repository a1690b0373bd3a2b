"""Training pictures for the face finder and the landmark network, made of renders and clutter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from d2animator.faces.align import CROP_MARGIN
from d2animator.faces.layouts import CORNER_PAIRS, GAZE_PAIRS, LID_PAIRS, LIP_PAIRS
from tools.puppets import augment
from tools.puppets.clutter import clutter, uniform

_BANK_SIZE = 128


@dataclass(frozen=True)
class Renders:
    """Renders in memory.

    Attributes:
        images: Pictures (N,3,S,S), uint8.
        landmarks: Points (N,98,2) in pixels.
        masks: Coverage (N,1,S,S), uint8, by head and body, or None.
    """

    images: Tensor
    landmarks: Tensor
    masks: Tensor | None = None

    def __len__(self) -> int:
        return len(self.images)


class CropBatch(NamedTuple):
    """What the landmark network learns from."""

    images: Tensor  # (B,3,S,S) in [-1,1]
    landmarks: Tensor  # (B,98,2) in crop widths
    is_face: Tensor  # (B,) bool; points of the others mean nothing


class SceneBatch(NamedTuple):
    """What the face finder learns from."""

    images: Tensor  # (B,3,S,S) in [-1,1]
    centres: Tensor  # (B,F,2) of the faces' boxes, pixels
    sizes: Tensor  # (B,F) larger sides of the faces' boxes, pixels; 0: no face
    landmarks: Tensor  # (B,F,98,2) pixels


class SceneMaker:
    """Draws training batches; the only state is the renders and a bank of clutter."""

    def __init__(self, renders: Renders, seed: int = 0, bank: int = 512) -> None:
        """Keep the renders and draw the clutter.

        Args:
            renders: What to learn from.
            seed: Of the clutter.
            bank: Pictures of clutter to draw once; batches take flipped parts of them.
        """
        self.renders = renders
        self.chances = expression_chances(renders.landmarks)
        generator = torch.Generator().manual_seed(seed)
        parts = [clutter(min(64, bank - i), _BANK_SIZE, generator) for i in range(0, bank, 64)]
        self.bank = (torch.cat(parts) * 255).round().to(torch.uint8)

    def crops(
        self, count: int, size: int, generator: torch.Generator, hardness: float = 1.0
    ) -> CropBatch:
        """Draw crops as the tracker makes them, and some without a face.

        Args:
            count: Crops, B; a quarter of them (rounded down), the first ones, shows no face.
            size: Side in pixels.
            generator: Where the randomness comes from.
            hardness: How rough, dirty and covered the crops are, 0 to 1.
        """
        images, masks, landmarks = self._draw(count, generator)
        # a quarter is no face: smeared, scrambled, plain clutter, or a face missed by the crop
        negatives = count // 4
        quarter, half = negatives // 4, negatives // 2
        images[:quarter] = augment.without_face(images[:quarter], landmarks[:quarter])
        images[quarter:half] = augment.scrambled(images[quarter:half], generator)
        worn = (uniform(generator, count) < 0.12).nonzero()[:, 0]
        if len(worn):
            images[worn] = augment.with_glasses(images[worn], landmarks[worn], generator)
        matrices = _crop_matrices(landmarks, negatives, half, generator, hardness)
        out = augment.crop(images, matrices, size, padding="border")
        inside = augment.crop(torch.cat([masks, torch.ones_like(masks)], 1), matrices, size)
        # cut out along the mask; or the frame of the render stays; or its border goes on for ever
        way = uniform(generator, count, 1, 1, 1)
        cover = torch.where(way < 0.5, inside[:, :1], torch.where(way < 0.75, inside[:, 1:], 1.0))
        cover[half : half + quarter] = 0.0
        out = torch.lerp(self._clutter(count, size, generator), out, cover)
        covered = (uniform(generator, count) < 0.25 * hardness).nonzero()[:, 0]
        if len(covered):
            filling = self._clutter(len(covered), size, generator)
            out[covered] = augment.occlude(out[covered], generator, filling)
        out = augment.degrade(augment.relight(out, generator), generator, hardness)
        is_face = torch.arange(count) >= negatives
        return CropBatch(out * 2 - 1, augment.into_crop(landmarks, matrices), is_face)

    def scenes(
        self, count: int, size: int, generator: torch.Generator, faces: int = 3
    ) -> SceneBatch:
        """Draw scenes with none to several heads in front of clutter.

        Args:
            count: Scenes, B.
            size: Side in pixels.
            generator: Where the randomness comes from.
            faces: Most heads in a scene, F.
        """
        out = self._clutter(count, size, generator)
        centres: list[Tensor] = []
        sizes: list[Tensor] = []
        points: list[Tensor] = []
        for index in range(faces):
            present = uniform(generator, count) < (0.75, 0.35, 0.25)[min(index, 2)]
            images, masks, landmarks = self._draw(count, generator)
            decoy = uniform(generator, count) < 0.2
            places = decoy.nonzero()[:, 0]
            images[places] = self._decoys(images[places], landmarks[places], generator)
            matrices = _paste_matrices(landmarks, size, generator)
            whole = uniform(generator, count, 1, 1, 1) < 0.35
            masks = torch.where(whole, 1.0, masks)
            cut = augment.crop(torch.cat([images * masks, masks], 1), matrices, size)
            cover = cut[:, 3:] * present[:, None, None, None]
            out = out * (1 - cover) + cut[:, :3] * present[:, None, None, None]
            placed = augment.into_crop(landmarks, matrices) * size
            low, high = placed.amin(1), placed.amax(1)
            is_face = present & ~decoy
            if index:
                _hide_covered(sizes, centres, cover[:, 0])
            centres.append(0.5 * (low + high))
            sizes.append((high - low).amax(1) * is_face)
            points.append(placed)
        out = augment.degrade(augment.relight(out, generator), generator)
        return SceneBatch(
            out * 2 - 1, torch.stack(centres, 1), torch.stack(sizes, 1), torch.stack(points, 1)
        )

    def _draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Draw renders, half of them mirrored: images and masks in [0,1], points in pixels."""
        chosen = torch.multinomial(self.chances, count, replacement=True, generator=generator)
        images, landmarks = self.renders.images[chosen], self.renders.landmarks[chosen]
        if self.renders.masks is not None:
            images = torch.cat([images, self.renders.masks[chosen]], 1)
        flipped = uniform(generator, count) < 0.5
        images, landmarks = augment.mirror(images, landmarks, flipped)
        canvas = images.float().div_(255)
        if self.renders.masks is not None:
            return canvas[:, :3], canvas[:, 3:], landmarks
        grow = uniform(generator, count, low=1.0, high=1.6)
        return canvas, augment.head_masks(landmarks, canvas.shape[-1], grow), landmarks

    def _decoys(self, images: Tensor, landmarks: Tensor, generator: torch.Generator) -> Tensor:
        """Take the faces out of renders: smeared or scrambled."""
        half = len(images) // 2
        smeared = augment.without_face(images[:half], landmarks[:half])
        return torch.cat([smeared, augment.scrambled(images[half:], generator)])

    def _clutter(self, count: int, size: int, generator: torch.Generator) -> Tensor:
        """Cut parts of the bank's pictures at one place, some transposed; (count,3,size,size)."""
        chosen = torch.randint(0, len(self.bank), (count,), generator=generator)
        left, top = torch.randint(0, _BANK_SIZE - size + 1, (2,), generator=generator).tolist()
        pictures = self.bank[chosen, :, top : top + size, left : left + size]
        half = count // 2
        pictures[:half] = pictures[:half].transpose(2, 3).flip(3)
        return pictures.float().div_(255)


def expression_chances(landmarks: Tensor, bins: int = 12, most: float = 4.0) -> Tensor:
    """How often to draw each render so that lids, mouths and pupils are seen in all states alike.

    Closed eyes and wide mouths are rare; a network that sees them as rarely learns the mean.

    Args:
        landmarks: Points (N,98,2).
        bins: Steps into which each measure's range is divided.
        most: Largest weight of a rare state next to the commonest.

    Returns:
        Weights (N,), the mean over the measures of one over how common the state is.
    """
    wide = (landmarks[:, 60] - landmarks[:, 72]).norm(dim=1).clamp(min=1e-6)
    total = torch.zeros(len(landmarks))
    for pairs in (LID_PAIRS[:3], LID_PAIRS[3:], LIP_PAIRS, CORNER_PAIRS, GAZE_PAIRS[::2]):
        first, second = torch.tensor(pairs).unbind(1)
        opening = (landmarks[:, first] - landmarks[:, second]).norm(dim=2).mean(1) / wide
        low, high = opening.quantile(0.005), opening.quantile(0.995)
        place = ((opening - low) / (high - low).clamp(min=1e-6) * bins).long().clamp(0, bins - 1)
        common = torch.bincount(place, minlength=bins).float()
        total += (common.max() / common.clamp(min=1)).clamp(max=most)[place]
    return total


def _crop_matrices(
    landmarks: Tensor, negatives: int, kept: int, generator: torch.Generator, hardness: float
) -> Tensor:
    """Jitter crops around faces; the first ones miss the face by place, size or angle."""
    count = len(landmarks)
    side = CROP_MARGIN * (landmarks.amax(1) - landmarks.amin(1)).amax(1)
    # half (or more) as in a track that is locked on, half as after a rough first guess
    rough = uniform(generator, count) < 0.5 * hardness
    scale = torch.where(
        rough,
        uniform(generator, count, low=-0.4, high=0.45),
        0.07 * torch.randn(count, generator=generator),
    ).exp()
    shift = torch.where(
        rough[:, None],
        uniform(generator, count, 2, low=-0.2, high=0.2),
        0.03 * torch.randn(count, 2, generator=generator),
    )
    angle = torch.where(
        rough,
        uniform(generator, count, low=-0.75, high=0.75),
        0.12 * torch.randn(count, generator=generator),
    )
    kind = torch.randint(0, 3, (negatives,), generator=generator)
    far = uniform(generator, negatives, low=0.5, high=0.9)
    direction = uniform(generator, negatives, high=6.283)
    away = torch.stack([direction.cos(), direction.sin()], -1) * far[:, None]
    wrong = torch.where(
        uniform(generator, negatives) < 0.5,
        uniform(generator, negatives, low=0.15, high=0.4),
        uniform(generator, negatives, low=2.4, high=4.0),
    )
    kind[:kept] = -1  # these are no faces already, and stand where a face would
    shift[:negatives] = torch.where((kind == 0)[:, None], away, shift[:negatives])
    scale[:negatives] = torch.where(kind == 1, wrong, scale[:negatives])
    upside = uniform(generator, negatives, low=1.9, high=4.4)
    angle[:negatives] = torch.where(kind == 2, upside, angle[:negatives])
    return augment.crop_matrices(landmarks, side * scale, shift, angle)


def _paste_matrices(landmarks: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """Place heads anywhere in a scene, from very small to larger than it."""
    count = len(landmarks)
    extent = (landmarks.amax(1) - landmarks.amin(1)).amax(1)
    side = extent * torch.exp(uniform(generator, count, low=0.1, high=2.3))
    # the larger a head, the nearer to the middle
    place = uniform(generator, count, 2, low=-0.5, high=0.5)
    place = place * (1 - 0.5 * extent / side)[:, None]
    angle = 0.25 * torch.randn(count, generator=generator)
    cos, sin = angle.cos(), angle.sin()
    turned = torch.stack(
        [cos * place[:, 0] - sin * place[:, 1], sin * place[:, 0] + cos * place[:, 1]], -1
    )
    return augment.crop_matrices(landmarks, side, turned, angle)


def _hide_covered(sizes: list[Tensor], centres: list[Tensor], cover: Tensor) -> None:
    """Forget earlier heads whose middle a later one covers."""
    size = cover.shape[-1]
    for index, (extent, centre) in enumerate(zip(sizes, centres, strict=True)):
        cell = centre.long().clamp(0, size - 1)
        hidden = cover[torch.arange(len(cover)), cell[:, 1], cell[:, 0]] > 0.3
        sizes[index] = torch.where(hidden, 0.0, extent)


def finder_targets(
    scenes: SceneBatch, stride: int, smallest: float, largest: float, reference: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Turn faces into maps.

    Args:
        scenes: The scenes, S x S pixels.
        stride: Pixels a cell.
        smallest: Faces below this size (pixels) are neither wanted nor punished.
        largest: The same for faces above.
        reference: Size whose log counts as 0.

    Returns:
        Heat (B,H,W) in [0,1], weight of the heat's loss (B,H,W), regression targets (B,3,H,W)
        [log-size, offset x, offset y] and cells (B,H,W) where these count.
    """
    cells = scenes.images.shape[-1] // stride
    line = torch.arange(cells) + 0.5
    position = scenes.centres / stride
    x = line[None, None, None, :] - position[:, :, 0, None, None]
    y = line[None, None, :, None] - position[:, :, 1, None, None]
    extent = (scenes.sizes / stride)[:, :, None, None]
    x, y = x.expand(-1, -1, cells, -1), y.expand(-1, -1, -1, cells)
    distance = (x.square() + y.square()).sqrt()
    wanted = (scenes.sizes >= smallest) & (scenes.sizes <= largest)
    unclear = (scenes.sizes > 0) & ~wanted
    heat = torch.exp(-0.5 * (distance / (0.12 * extent + 0.35)).square())
    best, face = (heat * wanted[:, :, None, None]).max(1)
    ignored = ((distance < 0.5 * extent) & unclear[:, :, None, None]).any(1)
    picked = face.unsqueeze(1)
    log_size = (scenes.sizes.clamp(min=1.0) / reference).log()[:, :, None, None].expand_as(x)
    regression = torch.stack([log_size, -x, -y], 2)
    regression = regression.gather(1, picked.unsqueeze(2).expand(-1, 1, 3, -1, -1))[:, 0]
    return best, 1.0 - ignored.float(), regression, best > 0.45
