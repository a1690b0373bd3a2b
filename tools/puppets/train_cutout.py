"""Training of the network that cuts people out, on puppets before clutter and on nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate, log_softmax

from d2animator.errors import ConfigError
from d2animator.models.cutout import CUT_REACH_CM, CUT_SIZE, CutoutNetwork
from d2animator.progress import StepProgress
from d2animator.training.loop import LoopOptions, run, save_tensors
from tools.puppets import augment
from tools.puppets.bodies import REACH_CM, read_figures
from tools.puppets.clutter import clutter, shapes, smooth_noise, uniform

# Pictures of clutter that are drawn once, and how many at a time.
_BANK, _BATCH = 2048, 32
# Heads are found a little beside their place, turned and of another size.
_SHIFT_CM, _TURN_DEG, _SIZE = 1.0, 6.0, 0.07
# Outlines are bent by up to about so much, so many times from side to side.
_BENT_CM, _BENDS = 0.9, 14
# Rows from the picture's top below which nothing of a face is covered by what is held before it.
_CHEST = 0.62
_LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)


@dataclass(frozen=True)
class CutoutTraining:
    """How the network is trained."""

    batch: int = 16  # pictures a step
    loop: LoopOptions = field(
        default_factory=lambda: LoopOptions(
            steps=2700, learning_rate=3e-3, weight_decay=1e-3, ema_decay=0.998
        )
    )

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise ConfigError("batch", "must be at least 1")


@dataclass(frozen=True)
class Cuts:
    """A batch.

    Attributes:
        images: Pictures (B, 3, S, S) in [0, 1], black where the photo has ended.
        there: 1 inside the photo, (B, 1, S, S).
        shares: What share of each pixel is background, head, body, (B, 3, S, S).
    """

    images: Tensor
    there: Tensor
    shares: Tensor


class CutMaker:
    """Makes batches of a set of figures, held as bytes (N, 5, S, S): colours, person, body."""

    def __init__(self, folders: list[Path], seed: int = 0) -> None:
        """Read sets, and draw the clutter.

        Args:
            folders: Sets of `bodies.render_figures`.
            seed: Of the clutter.
        """
        parts = []
        for folder in folders:
            images, person, body = (torch.from_numpy(part) for part in read_figures(folder))
            parts.append(torch.cat([images.movedim(3, 1), person[:, None], body[:, None]], 1))
        self._figures = torch.cat(parts)
        random = torch.Generator().manual_seed(seed)
        batches = (clutter(_BATCH, CUT_SIZE, random, layers=7) for _ in range(_BANK // _BATCH))
        self._clutter = torch.cat([(batch * 255).byte() for batch in batches])

    def __len__(self) -> int:
        return len(self._figures)

    def batch(self, count: int, random: torch.Generator) -> Cuts:
        """Put some figures before clutter, in other clothes, and photograph them badly."""
        chosen = torch.randint(len(self._figures), (count,), generator=random)
        figures = _placed(self._figures[chosen].float() / 255, random)
        images, person, body = figures[:, :3], figures[:, 3:4], figures[:, 4:]
        around = _background(images, self._something(count, random), random)
        clothed = _dressed(images, body, around, self._something(count, random), random)
        clothed = clothed * (1 + 0.08 * smooth_noise(count, 1, CUT_SIZE, random))
        images = torch.lerp(around, clothed, person).clamp(0, 1)
        images, held = _held(images, around, random)
        seen = 1 - held
        shares = torch.cat([1 - person * seen, (person - body).clamp_min(0) * seen, body * seen], 1)
        images = augment.degrade(augment.relight(images, random), random)
        there = _inside(count, random)
        return Cuts(images * there, there, shares)

    def _something(self, count: int, random: torch.Generator) -> Tensor:
        """Clutter (B, 3, S, S), half of it upside down, its colours exchanged."""
        chosen = torch.randint(len(self._clutter), (count,), generator=random)
        colours = torch.randperm(3, generator=random)
        picture = self._clutter[chosen][:, colours].float() / 255
        picture = picture.roll(int(torch.randint(CUT_SIZE, (1,), generator=random)), 3)
        turned = uniform(random, count, 1, 1, 1) < 0.5
        return torch.where(turned, picture.flip(2), picture)


def _placed(figures: Tensor, random: torch.Generator) -> Tensor:
    """Figures (B, 5, S, S) about where the network will see them, half of them mirrored."""
    count = len(figures)
    scale = CUT_REACH_CM / REACH_CM * (_SIZE * torch.randn(count, generator=random)).exp()
    angle = math.radians(_TURN_DEG) * torch.randn(count, generator=random)
    shift = _SHIFT_CM / REACH_CM * torch.randn(count, 2, 1, generator=random)
    side = (uniform(random, count) < 0.5).float() * 2 - 1
    cos, sin = scale * angle.cos(), scale * angle.sin()
    turn = torch.stack([side * cos, -sin, side * sin, cos], -1).view(-1, 2, 2)
    grid = affine_grid(
        torch.cat([turn, shift], -1), [count, 1, CUT_SIZE, CUT_SIZE], align_corners=False
    )
    grid = grid + _bent(count, random)
    return grid_sample(figures, grid, padding_mode="border", align_corners=False)


def _bent(count: int, random: torch.Generator) -> Tensor:
    """Offsets (B, S, S, 2) that make hair uneven and high, and shoulders what clothes make them."""
    strength = _BENT_CM / REACH_CM * uniform(random, count, 1, 1, 1)
    rough = interpolate(
        torch.randn(count, 2, _BENDS, _BENDS, generator=random),
        size=CUT_SIZE,
        mode="bicubic",
        align_corners=False,
    )
    offsets = (strength * rough).movedim(1, 3)
    line = (torch.arange(CUT_SIZE) + 0.5) / CUT_SIZE * 2 - 1
    above = (-0.12 - line).clamp_min(0)  # of the eyes
    higher = uniform(random, count, 1, 1, low=-0.1, high=0.45).clamp_min(0)
    offsets[..., 1] += higher * above[None, :, None] * (CUT_REACH_CM / REACH_CM)
    return offsets


def _background(images: Tensor, around: Tensor, random: torch.Generator) -> Tensor:
    """Clutter, sharp or out of focus, or now and then the renders' own plain wall."""
    count = len(images)
    soft = augment.blur(augment.blur(around, random), random)
    around = torch.where(uniform(random, count, 1, 1, 1) < 0.5, soft, around)
    wall = images[:, :, :8, :8].mean((2, 3), keepdim=True)
    slope = 0.08 * smooth_noise(count, 3, 8, random)
    slope = interpolate(slope, size=CUT_SIZE, mode="bilinear")
    return torch.where(uniform(random, count, 1, 1, 1) < 0.2, (wall + slope).clamp(0, 1), around)


def _dressed(
    images: Tensor, body: Tensor, around: Tensor, pattern: Tensor, random: torch.Generator
) -> Tensor:
    """Figures in patterned clothes, some of the background's own colours, lit as they were."""
    count = len(images)
    worn = body.sum((2, 3), keepdim=True).clamp_min(1)
    mean = ((images * body).sum((2, 3), keepdim=True) / worn).clamp_min(0.02)
    light = ((images * _LUMA).sum(1, keepdim=True) / (mean * _LUMA).sum(1, keepdim=True)).clamp(
        0, 2
    )
    alike = around.roll(CUT_SIZE // 3, 3)
    pattern = torch.where(uniform(random, count, 1, 1, 1) < 0.25, alike, pattern)
    plain = pattern[:, :, ::16, ::16].mean((2, 3), keepdim=True).expand_as(pattern)
    pattern = torch.where(uniform(random, count, 1, 1, 1) < 0.3, plain, pattern)
    dressed = torch.lerp(images, pattern * light, body)
    return torch.where(uniform(random, count, 1, 1, 1) < 0.65, dressed, images)


def _held(images: Tensor, around: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Pictures with something held before some chests, and where it is (B, 1, S, S)."""
    count = len(images)
    mask = shapes(count, CUT_SIZE, random, largest=0.15)
    mask = mask * (uniform(random, count, 1, 1, 1) < 0.15)
    mask[:, :, : int(_CHEST * CUT_SIZE)] = 0
    return torch.lerp(images, around.flip(2), mask), mask


def _inside(count: int, random: torch.Generator) -> Tensor:
    """1 where the photo has not ended yet, (B, 1, S, S): most end somewhere near the head."""
    line = (torch.arange(CUT_SIZE) + 0.5) / CUT_SIZE
    there = torch.ones(count, 1, CUT_SIZE, CUT_SIZE)
    for share, reach, across, turned in (
        (0.5, 0.35, False, False),
        (0.7, 0.42, False, True),
        (0.45, 0.32, True, False),
        (0.45, 0.32, True, True),
    ):
        ends = uniform(random, count, 1, high=reach) * (uniform(random, count, 1) < share)
        inside = (line > ends).float()
        inside = inside.flip(1) if turned else inside
        there = there * (inside[:, None, None, :] if across else inside[:, None, :, None])
    return there


def save_cutout(network: CutoutNetwork, path: Path) -> None:
    """Write the weights in half precision, as the package carries them."""
    save_tensors(path, {name: one.half() for name, one in network.state_dict().items()}, {})


def cut_loss(logits: Tensor, cuts: Cuts) -> tuple[Tensor, dict[str, Tensor]]:
    """Cross-entropy inside the photo; metrics: the share of pixels told right."""
    missed = -(cuts.shares * log_softmax(logits, 1)).sum(1, keepdim=True)
    weight = cuts.there / cuts.there.sum()
    right = (logits.argmax(1) == cuts.shares.argmax(1)).float().unsqueeze(1)
    return (missed * weight).sum(), {"right": (right * weight).sum().detach()}


def train_cutout(
    maker: CutMaker,
    options: CutoutTraining | None = None,
    *,
    checkpoint: Path | None = None,
    progress: StepProgress | None = None,
) -> CutoutNetwork:
    """Train the network.

    Args:
        maker: Makes its pictures.
        options: How long.
        checkpoint: Where to go on from, and to save to.
        progress: Called with (step, metrics).
    """
    options = options or CutoutTraining()
    torch.manual_seed(options.loop.seed)
    network = CutoutNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def batch_loss(step: int, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        del step
        cuts = maker.batch(options.batch, random)
        return cut_loss(network(cuts.images, cuts.there), cuts)

    result = run(network, batch_loss, options.loop, checkpoint=checkpoint, progress=progress)
    return result.ema.eval()  # type: ignore[return-value]
