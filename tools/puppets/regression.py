"""What every stage of the puppet generator's training shares: batches of renders, and the loss."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from d2animator.faces.pixels import from_bytes
from d2animator.models.generators import Generator
from tools.puppets.dataset import read_shards, shrink
from tools.puppets.generator_options import GeneratorTraining
from tools.puppets.wear import WORN_BLOCKS, WORN_DIM, glasses, hat, is_dressed
from tools.puppets.world import STATE_DIM


class RenderSet:
    """All renders of some folders in memory, at one resolution."""

    def __init__(self, folders: Sequence[str | Path], resolution: int) -> None:
        """Load and shrink.

        Args:
            folders: Made by `tools.puppets.dataset.render_set`.
            resolution: Side of the pictures, a divisor of the rendered one.

        Raises:
            TrainingError: A folder holds no finished shard.
        """
        images, details, codes = [], [], []
        for folder in folders:
            for shard in read_shards(folder):
                size = shard.images.shape[1]
                images.append(shrink(np.asarray(shard.images), size // resolution))
                points = np.asarray(shard.landmarks) / size
                worn = worn_map(points, np.asarray(shard.z))
                details.append(np.maximum(detail_map(points), worn))
                codes.append(np.asarray(shard.z))
        self.images = torch.from_numpy(np.concatenate(images))
        self.details = torch.from_numpy(np.concatenate(details))
        self.codes = torch.from_numpy(np.concatenate(codes))
        self._chances = draw_chances(self.codes.numpy())

    def __len__(self) -> int:
        """Number of renders."""
        return len(self.codes)

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Numbers (count,) of renders; what is rarely worn is drawn more often."""
        return torch.multinomial(self._chances, count, replacement=True, generator=random)

    def batch(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Codes (B, Z_DIM), pictures (B, 3, R, R) in [-1, 1] and detail maps (B, 1, R, R)."""
        images = from_bytes(self.images[index].permute(0, 3, 1, 2))
        details = self.details[index, None].float() / 255
        size = images.shape[-2:]
        details = functional.interpolate(details, size, mode="bilinear", align_corners=False)
        return self.codes[index], images, details


def draw_chances(codes: NDArray[np.float32], worn: float = 3.0) -> Tensor:
    """How often to draw each render (N,): one with glasses or a hat ``worn`` times as often.

    The picture of a code is the same however often it is drawn, so nothing is made more common by
    this; it is learned sooner.

    Args:
        codes: (N, Z_DIM).
        worn: Weight of these, next to 1.
    """
    body = codes.shape[1] - WORN_DIM
    dressed = [is_dressed(code[body:]) for code in codes]
    return 1 + (worn - 1) * torch.tensor(dressed).float()


def worn_map(
    landmarks: NDArray[np.floating], codes: NDArray[np.float32], size: int = 32
) -> NDArray[np.uint8]:
    """Where glasses and hats are: (N, 98, 2) points in [0, 1] to maps (N, size, size), 0 to 255.

    They take a few hundredths of all pixels, and their colours would be the last to be learned.
    """
    entries = codes[:, -WORN_DIM:]
    edge = WORN_BLOCKS["glasses"]
    with_glasses = np.array([glasses(row[:edge]).worn for row in entries])
    with_hat = np.array([hat(row[edge : edge + WORN_BLOCKS["hat"]]).worn for row in entries])
    right, left = landmarks[:, 60:68].mean(1), landmarks[:, 68:76].mean(1)
    mouth = landmarks[:, [76, 82]].mean(1)
    middle = (right + left) / 2
    apart = np.linalg.norm(left - right, axis=1)
    down = np.linalg.norm(mouth - middle, axis=1)
    crown = landmarks[:, 33:51].mean(1) - 1.0 * (mouth - middle)
    spots = (
        (right, 0.45 * apart, 0.4 * apart, with_glasses),
        (left, 0.45 * apart, 0.4 * apart, with_glasses),
        (crown, 1.2 * apart, 0.6 * down, with_hat),
    )
    grid = (np.arange(size) + 0.5) / size
    total = np.zeros((len(landmarks), size, size))
    for centre, wide, high, amount in spots:
        across = ((grid[None] - centre[:, :1]) / wide[:, None]) ** 2
        along = ((grid[None] - centre[:, 1:]) / high[:, None]) ** 2
        bell = np.exp(-0.5 * (across[:, None, :] + along[:, :, None]))
        total = np.maximum(total, amount[:, None, None] * bell)
    return np.asarray(np.round(total * 255), np.uint8)


def detail_map(landmarks: NDArray[np.floating], size: int = 32) -> NDArray[np.uint8]:
    """Where eyes and mouth are: (N, 98, 2) points in [0, 1] to maps (N, size, size), 0 to 255."""
    grid = (np.arange(size) + 0.5) / size
    total = np.zeros((len(landmarks), size, size))
    for part in (slice(60, 68), slice(68, 76), slice(76, 96)):
        points = landmarks[:, part]
        centre = points.mean(1)
        radius = np.maximum(np.ptp(points, axis=1) * 0.5, 0.03) + 0.015
        across = ((grid[None] - centre[:, :1]) / radius[:, :1]) ** 2
        down = ((grid[None] - centre[:, 1:]) / radius[:, 1:]) ** 2
        total = np.maximum(total, np.exp(-0.5 * (across[:, None, :] + down[:, :, None])))
    return np.asarray(np.round(total * 255), np.uint8)


def picture_loss(
    images: Tensor, targets: Tensor, details: Tensor, options: GeneratorTraining
) -> Tensor:
    """Weighted L1 distance of pictures and of their gradients, all (B, 3, R, R)."""
    weight = 1 + options.detail_weight * details
    difference = images.float() - targets
    loss = (difference.abs() * weight).mean()
    down = (difference[:, :, 1:] - difference[:, :, :-1]).abs() * weight[:, :, 1:]
    across = (difference[:, :, :, 1:] - difference[:, :, :, :-1]).abs() * weight[:, :, :, 1:]
    return loss + options.gradient_weight * (down.mean() + across.mean())


def mixed_codes(
    generator: Generator, z: Tensor, options: GeneratorTraining, random: torch.Generator
) -> Tensor:
    """w_plus (B, L, D) of ``z`` (B, Z_DIM); some fine layers see the look in another state."""
    w = generator.mapping.single(z)
    generator.mapping.update_average(w)
    w_plus = w[:, None].repeat(1, generator.num_ws, 1)
    if generator.num_ws <= options.coarse_layers:
        return w_plus
    other = z.clone()
    other[:, :STATE_DIM] = torch.randn(len(z), STATE_DIM, generator=random)
    other_w = generator.mapping.single(other)
    mixed = torch.rand(len(z), generator=random) < options.mixing
    fine = torch.where(mixed[:, None], other_w, w)[:, None]
    return torch.cat(
        [w_plus[:, : options.coarse_layers], fine.expand_as(w_plus[:, options.coarse_layers :])], 1
    )
