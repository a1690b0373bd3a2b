"""The adversarial finish of the puppet generator: hair, lashes and teeth.

Regression leaves soft what it cannot place to the pixel. A critic is shown each render beside the
generator's picture of the same code and says, place by place, which looks more rendered (a paired
relativistic loss, Jolicoeur-Martineau 2018, with a penalty on its gradients, Mescheder et al.
2018); the generator must win, stay near the render, and look the same to the critic's own features.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss, mse_loss, softplus

from d2animator.models.generators import Generator
from d2animator.progress import StepProgress
from d2animator.training import loop
from tools.puppets.critic import Critic, Opinion
from tools.puppets.generator_options import GeneratorTraining
from tools.puppets.regression import RenderSet, mixed_codes, picture_loss


class Contest(nn.Module):
    """Generator and critic, trained together in one loop."""

    def __init__(self, generator: Generator, critic: Critic) -> None:
        super().__init__()
        self.generator, self.critic = generator, critic


def finish_generator(
    generator: Generator,
    folders: Sequence[str | Path],
    checkpoint: Path,
    options: GeneratorTraining,
    *,
    progress: StepProgress | None = None,
    minutes: float | None = None,
) -> loop.LoopResult:
    """Train a generator on against a critic.

    Args:
        generator: At full resolution; changed in place.
        folders: Sets of renders.
        checkpoint: Where to resume from and to leave the state.
        options: ``finish``, and what holds for all stages.
        progress: Called with the step and metrics.
        minutes: Stop after so long, to be resumed by the same call.

    Returns:
        The result of the loop; its modules are `Contest`.
    """
    finish = options.finish
    torch.manual_seed(options.seed + 1)
    contest = Contest(generator, Critic(finish.critic))
    contest.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return loop.run(
        contest,
        _batch_loss(contest, folders, options),
        loop.LoopOptions(
            steps=finish.steps,
            minutes=minutes,
            seed=options.seed + 1,
            learning_rate=finish.learning_rate,
            final_rate=0.05,
            betas=(0.5, 0.99),
            clip_norm=None,
            autocast=True,
            report_every=50,
            save_every=250,
            ema_decay=0.998,
        ),
        checkpoint=checkpoint,
        progress=progress,
        groups=[
            {"params": list(generator.parameters())},
            {"params": list(contest.critic.parameters()), "scale": finish.critic_rate},
        ],
    )


def _batch_loss(
    contest: Contest, folders: Sequence[str | Path], options: GeneratorTraining
) -> loop.BatchLoss:
    """What both pay for one batch of renders, as one sum: neither's share trains the other."""
    generator, critic, finish = contest.generator, contest.critic, options.finish
    renders = RenderSet(folders, generator.img_resolution)

    def batch_loss(step: int, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        index = renders.draw(finish.batch, random)
        z, targets, details = renders.batch(index)
        images = generator.synthesis(mixed_codes(generator, z, options, random))
        pixels = picture_loss(images, targets, details, options)
        won, alike = generator_losses(critic, images, targets)
        lost = critic_loss(critic, images.detach(), targets)
        if step % finish.penalty_every == 0:
            lost = lost + finish.penalty_every * finish.penalty * gradient_penalty(critic, targets)
        loss = pixels + finish.adversarial * won + finish.features * alike + lost
        return loss, {
            "psnr": 10 * torch.log10(4 / mse_loss(images.detach().float(), targets)),
            "critic": lost.detach(),
            "alike": alike.detach(),
            "sharpness": _gradients(images.detach()) / _gradients(targets),
            "resolution": torch.tensor(float(generator.img_resolution)),
        }

    return batch_loss


def generator_losses(critic: Critic, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """What the generator pays: for losing against each render, and for looking different.

    Args:
        critic: Not trained by this.
        images: The generator's pictures (B,3,R,R).
        targets: The renders of the same codes (B,3,R,R).

    Returns:
        Two scalars; the second is the mean distance of the critic's features in units of their
        own size.
    """
    critic.requires_grad_(False)
    with torch.no_grad():
        true = critic(targets)
    mine = critic(images)
    critic.requires_grad_(True)
    won = torch.stack(_margins(true, mine)).mean()
    alike = torch.stack(
        [
            l1_loss(own.float(), other.float()) / other.float().abs().mean()
            for own, other in zip(mine.features, true.features, strict=True)
        ]
    ).mean()
    return won, alike


def critic_loss(critic: Critic, images: Tensor, targets: Tensor) -> Tensor:
    """What the critic pays for not telling renders from pictures; arguments as above, detached."""
    return torch.stack(_margins(critic(images), critic(targets))).mean()


def gradient_penalty(critic: Critic, targets: Tensor) -> Tensor:
    """Mean over pictures of the squared gradient of the summed mean scores by the pixels."""
    with torch.autocast(targets.device.type, enabled=False):
        pictures = targets.detach().requires_grad_(True)
        total = sum(score.mean((1, 2, 3)).sum() for score in critic(pictures).scores)
        (slope,) = torch.autograd.grad(total, pictures, create_graph=True)
        # Scores are means over places, so that the slope shrinks with their number.
        penalty: Tensor = slope.square().sum((1, 2, 3)).mean()
        return penalty


def _margins(lower: Opinion, higher: Opinion) -> list[Tensor]:
    """How far the scores of ``higher`` are from lying above those of ``lower``; one a scale."""
    pairs = zip(lower.scores, higher.scores, strict=True)
    return [softplus(low.float() - high.float()).mean() for low, high in pairs]


def _gradients(images: Tensor) -> Tensor:
    grey = images.float().mean(1)
    return grey.diff(dim=1).square().mean() + grey.diff(dim=2).square().mean()
