"""Trains the puppet generator: z in, the render of z out.

Every render comes with the z that it was drawn from, so a style-based generator can be trained by
plain regression. Two things make it a StyleGAN in use: *style mixing* (the fine layers often get
the code of the same look in another state, so that pose and expression must live in the coarse
ones) and *growing* (each resolution starts from the weights of the one before; the coarse stages
cost almost nothing). What regression leaves soft, `train_finish` sharpens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from d2animator.distill import training
from d2animator.errors import TrainingError
from d2animator.models.stylegan2 import Generator, GeneratorConfig
from d2animator.puppet.dataset import read_shards, shrink
from d2animator.puppet.train_finish import Contest, Finish, finish_generator
from d2animator.puppet.world import STATE_DIM, Z_DIM

# A small StyleGAN2: 256 pixels, 1.6 million parameters. Two mapping layers at full learning rate:
# w is to stay close to z, whose axes are already independent. The last resolution is thin, as its
# feature maps cost the most.
PUPPET_GENERATOR = GeneratorConfig(
    z_dim=Z_DIM,
    w_dim=256,
    img_resolution=256,
    num_mapping_layers=2,
    mapping_lr_multiplier=1.0,
    channels={"4": 128, "8": 128, "16": 128, "32": 96, "64": 64, "128": 32, "256": 16},
    noise=False,
)


@dataclass(frozen=True)
class Stage:
    """Training at one resolution."""

    resolution: int  # pixels
    steps: int  # optimiser steps
    batch: int  # renders a step
    learning_rate: float  # at the start; demodulated weights bear, and want, large ones
    final_rate: float = 0.5  # share of it that is left at the end


# About 70 minutes on one CPU core, half of it in the last stage.
STAGES = (
    Stage(16, 800, 32, learning_rate=0.05),
    Stage(32, 1_200, 24, learning_rate=0.04),
    Stage(64, 1_800, 16, learning_rate=0.03),
    Stage(128, 3_600, 10, learning_rate=0.02, final_rate=0.02),
    Stage(256, 4_800, 8, learning_rate=0.015, final_rate=0.02),
)


@dataclass(frozen=True)
class GeneratorTraining:
    """How the generator is trained."""

    stages: tuple[Stage, ...] = STAGES
    finish: Finish = field(default_factory=Finish)
    seed: int = 0  # of weights and batches
    coarse_layers: int = 8  # layers of w_plus that carry pose and expression (paper, section 3.2)
    mixing: float = 0.4  # share of a batch whose fine layers get another state
    gradient_weight: float = 1.0  # of the L1 distance between picture gradients
    detail_weight: float = 3.0  # extra weight of eyes and mouth
    config: GeneratorConfig = field(default_factory=lambda: PUPPET_GENERATOR)


class RenderSet:
    """All renders of some folders in memory, at one resolution."""

    def __init__(self, folders: Sequence[str | Path], resolution: int) -> None:
        """Load and shrink.

        Args:
            folders: Made by `d2animator.puppet.dataset.render_set`.
            resolution: Side of the pictures, a divisor of the rendered one.

        Raises:
            TrainingError: There is nothing in the folders.
        """
        images, details, codes = [], [], []
        for folder in folders:
            for shard in read_shards(folder):
                size = shard.images.shape[1]
                images.append(shrink(np.asarray(shard.images), size // resolution))
                details.append(detail_map(np.asarray(shard.landmarks) / size))
                codes.append(np.asarray(shard.z))
        if not images:
            raise TrainingError(f"no renders in {', '.join(map(str, folders))}")
        self.images = torch.from_numpy(np.concatenate(images))
        self.details = torch.from_numpy(np.concatenate(details))
        self.codes = torch.from_numpy(np.concatenate(codes))

    def __len__(self) -> int:
        """Number of renders."""
        return len(self.codes)

    def batch(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Codes (B, Z_DIM), pictures (B, 3, R, R) in [-1, 1] and detail maps (B, 1, R, R)."""
        images = self.images[index].permute(0, 3, 1, 2).float() / 127.5 - 1
        details = self.details[index, None].float() / 255
        size = images.shape[-2:]
        details = functional.interpolate(details, size, mode="bilinear", align_corners=False)
        return self.codes[index], images, details


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


def train_generator(
    folders: Sequence[str | Path],
    work: str | Path,
    options: GeneratorTraining | None = None,
    *,
    start: Generator | None = None,
    progress: training.Progress | None = None,
    minutes: float | None = None,
) -> Generator | None:
    """Train stage by stage; what is finished is not done again.

    Args:
        folders: Sets of renders.
        work: Folder of the checkpoints, one a stage.
        options: How; the defaults made the shipped weights.
        start: A generator of the same shape to go on from: the stages are left out and only the
            finish is trained.
        progress: Called with the step within a stage and metrics (``resolution`` among them).
        minutes: Stop after so long, to be resumed by the same call.

    Returns:
        The generator with averaged weights, or None when the time was up first.
    """
    options = options or GeneratorTraining()
    weights: dict[str, Tensor] = {}
    generator = start
    stages = options.stages if start is None else ()
    for index, stage in enumerate(stages):
        checkpoint = Path(work) / f"stage-{index}-{stage.resolution}.safetensors"
        generator = _stage_generator(stage, options, weights)
        result = _run_stage(generator, stage, folders, checkpoint, options, progress, minutes)
        if not result.finished:
            return None
        if not isinstance(result.ema, Generator):
            raise TypeError(type(result.ema))
        generator = result.ema
        weights = generator.state_dict()
    if generator is not None and options.finish.steps:
        generator.requires_grad_(True)
        checkpoint = Path(work) / "finish.safetensors"
        result = finish_generator(
            generator, folders, checkpoint, options, progress=progress, minutes=minutes
        )
        if not result.finished:
            return None
        if not isinstance(result.ema, Contest):
            raise TypeError(type(result.ema))
        generator = result.ema.generator
    if generator is not None:
        settle_average(generator, options.seed)
    return generator


def settle_average(generator: Generator, seed: int, samples: int = 20_000) -> None:
    """Set ``w_avg`` to the mean over many samples; training's running mean lags behind."""
    z = torch.randn(samples, generator.z_dim, generator=training.step_generator(seed, -2))
    with torch.no_grad():
        generator.mapping.w_avg.copy_(generator.mapping.single(z).mean(0))


def _stage_generator(
    stage: Stage, options: GeneratorTraining, weights: dict[str, Tensor]
) -> Generator:
    """A generator of the stage's resolution that starts from the weights of the stage before."""
    channels = {k: v for k, v in options.config.channels.items() if int(k) <= stage.resolution}
    torch.manual_seed(options.seed)
    generator = Generator(
        replace(options.config, img_resolution=stage.resolution, channels=channels)
    )
    state = generator.state_dict()
    with torch.no_grad():
        for name, value in state.items():
            if name in weights:
                value.copy_(weights[name])
            elif weights and name.endswith("torgb.weight"):
                value.mul_(0.1)  # a new resolution whispers at first
    generator.load_state_dict(state)
    return generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _run_stage(
    generator: Generator,
    stage: Stage,
    folders: Sequence[str | Path],
    checkpoint: Path,
    options: GeneratorTraining,
    progress: training.Progress | None,
    minutes: float | None,
) -> training.LoopResult:
    renders = RenderSet(folders, stage.resolution)

    def batch_loss(step: int, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        del step
        index = torch.randint(len(renders), (stage.batch,), generator=random)
        z, targets, details = renders.batch(index)
        images = generator.synthesis(mixed_codes(generator, z, options, random))
        loss = picture_loss(images, targets, details, options)
        error = functional.mse_loss(images.detach().float(), targets)
        return loss, {
            "psnr": 10 * torch.log10(4 / error),
            "resolution": torch.tensor(float(stage.resolution)),
        }

    return training.run(
        generator,
        batch_loss,
        training.LoopOptions(
            steps=stage.steps,
            minutes=minutes,
            seed=options.seed + stage.resolution,
            learning_rate=stage.learning_rate,
            final_rate=stage.final_rate,
            autocast=True,
            report_every=100,
            save_every=250,
            ema_decay=0.995,
        ),
        checkpoint=checkpoint,
        progress=progress,
    )
