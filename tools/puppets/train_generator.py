"""Trains the puppet generator: z in, the render of z out.

Every render comes with the z that it was drawn from, so a style-based generator can be trained by
plain regression. Two things make it a StyleGAN in use: *style mixing* (the fine layers often get
the code of the same look in another state, so that pose and expression must live in the coarse
ones) and *growing* (each resolution starts from the weights of the one before; the coarse stages
cost almost nothing). What regression leaves soft, `train_finish` sharpens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from d2animator.models.generators import Generator
from d2animator.progress import StepProgress
from d2animator.training import loop
from tools.puppets.generator_options import GeneratorTraining, Stage
from tools.puppets.regression import RenderSet, mixed_codes, picture_loss
from tools.puppets.train_finish import Contest, finish_generator
from tools.puppets.train_mapping import widened
from tools.puppets.wear import WORN_DIM


def train_generator(
    folders: Sequence[str | Path],
    work: str | Path,
    options: GeneratorTraining | None = None,
    *,
    start: Generator | None = None,
    progress: StepProgress | None = None,
    minutes: float | None = None,
) -> Generator | None:
    """Train stage by stage; what is finished is not done again.

    Args:
        folders: Sets of renders.
        work: Folder of the checkpoints, one a stage.
        options: How.
        start: A generator to go on from: the stages are left out and only the finish is trained.
            If its z has fewer entries, it first learns what the others mean, in stages of its own.
            Without one, the mapping network is told what is worn before anything is drawn, too.
        progress: Called with the step within a stage and metrics (``resolution`` among them).
        minutes: Stop after so long, to be resumed by the same call.

    Returns:
        The generator with averaged weights, or None when the time was up first.
    """
    options = options or GeneratorTraining()
    weights: dict[str, Tensor] = {}
    generator = start
    stages: tuple[Stage, ...] = ()
    if start is None or start.z_dim < options.config.z_dim:
        lessons = Path(work) / "mapping.safetensors"
        before = start or _untaught(options)
        wide = widened(before, options.config, options.seed, options.mapping, lessons)
        if start is None:
            weights, stages = _mapping_of(wide), options.stages
        else:
            weights, stages = wide.state_dict(), options.again
    for index, stage in enumerate(stages):
        checkpoint = Path(work) / f"stage-{index}-{stage.resolution}.safetensors"
        generator = _stage_generator(stage, options, weights)
        result = _run_stage(generator, stage, folders, checkpoint, options, progress, minutes)
        if not result.finished:
            return None
        if not isinstance(result.ema, Generator):
            raise TypeError(type(result.ema))
        generator = result.ema
        weights = weights | generator.state_dict()
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


def _untaught(options: GeneratorTraining) -> Generator:
    """A new generator that knows nothing of what is worn; its w is close to the rest of z."""
    torch.manual_seed(options.seed)
    return Generator(replace(options.config, z_dim=options.config.z_dim - WORN_DIM))


def _mapping_of(generator: Generator) -> dict[str, Tensor]:
    state = generator.state_dict()
    return {name: value for name, value in state.items() if name.startswith("mapping.")}


def settle_average(generator: Generator, seed: int, samples: int = 20_000) -> None:
    """Set ``w_avg`` to the mean over many samples; training's running mean lags behind."""
    z = torch.randn(samples, generator.z_dim, generator=loop.step_generator(seed, -2))
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
    grows = any(name.startswith("synthesis.") for name in weights)
    with torch.no_grad():
        for name, value in state.items():
            if name in weights:
                value.copy_(weights[name])
            elif grows and name.endswith("torgb.weight"):
                value.mul_(0.1)  # a new resolution whispers at first
    generator.load_state_dict(state)
    return generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _run_stage(
    generator: Generator,
    stage: Stage,
    folders: Sequence[str | Path],
    checkpoint: Path,
    options: GeneratorTraining,
    progress: StepProgress | None,
    minutes: float | None,
) -> loop.LoopResult:
    renders = RenderSet(folders, stage.resolution)

    def batch_loss(step: int, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        del step
        index = renders.draw(stage.batch, random)
        z, targets, details = renders.batch(index)
        images = generator.synthesis(mixed_codes(generator, z, options, random))
        loss = picture_loss(images, targets, details, options)
        error = functional.mse_loss(images.detach().float(), targets)
        return loss, {
            "psnr": 10 * torch.log10(4 / error),
            "resolution": torch.tensor(float(stage.resolution)),
        }

    return loop.run(
        generator,
        batch_loss,
        loop.LoopOptions(
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
