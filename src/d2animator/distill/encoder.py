"""Training of the inversion encoder on a generator's own pictures.

Pairs (picture, code) cost nothing but drawing. Photos are not like them in two ways, and the
augmentation brings both in: colours, sharpness and noise differ, and a photo is cropped with the
face in the middle and upright, while a generator with a fixed camera draws a turned head off the
middle. So pictures are shifted, scaled and turned at random, and often cropped by their landmarks
as a photo would be; the code to be found stays that of the picture as it was drawn.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from d2animator.arguments import check_fields
from d2animator.distill.samples import Pictures
from d2animator.errors import TrainingError
from d2animator.faces.layouts import layout_of
from d2animator.latent.distance import picture_distance
from d2animator.latent.generator import GeneratorLike
from d2animator.models.encoder import Encoder
from d2animator.progress import StepProgress
from d2animator.training import processes
from d2animator.training.checks import at_least, within
from d2animator.training.loop import LoopOptions, Metrics, run


@dataclass(frozen=True)
class EncoderOptions:
    """How the encoder is trained."""

    # Pictures in a step of the first part (codes) and of the second (pictures through the
    # generator, far slower).
    batch: int = 48
    picture_batch: int = 8
    # Share of the pictures that are cropped as photos are: face in the middle, upright.
    cropped: float = 0.6
    # Largest shift in picture widths, scaling and turn in degrees on top.
    shift: float = 0.05
    zoom: float = 0.08
    turn_deg: float = 6.0
    # Share of the pictures whose colours, sharpness and noise stay as they are.
    unchanged: float = 0.0
    # Weight of the codes' distance in the second part.
    code_weight: float = 0.3

    def __post_init__(self) -> None:
        check_fields(self)
        at_least(self, {"batch": 1, "picture_batch": 1, "code_weight": 0})
        within(self, 0, 1, "cropped", "shift", "zoom", "unchanged")


def photo_crops(landmarks: Tensor) -> Tensor:
    """Where a photo of these faces would be cropped (the rule of ``faces.align.ffhq_crop``).

    Args:
        landmarks: Landmarks (B, P, 2) in picture widths.

    Returns:
        Crops (B, 4): centre x, y and half side in picture widths, turn in radians.
    """
    layout = layout_of(landmarks.shape[1])
    right, left = (landmarks[:, list(rim)].mean(1) for rim in (layout.right_eye, layout.left_eye))
    middle, across = (left + right) / 2, left - right
    down = (landmarks[:, layout.mouth_right] + landmarks[:, layout.mouth_left]) / 2 - middle
    turned = torch.stack([-down[:, 1], down[:, 0]], 1)
    upper = across - turned
    half = torch.maximum(2 * across.norm(dim=1), 1.8 * down.norm(dim=1))
    angle = torch.atan2(upper[:, 1], upper[:, 0])
    return torch.cat([middle + 0.1 * down, half[:, None], angle[:, None]], 1)


def move_pictures(
    images: Tensor, landmarks: Tensor, options: EncoderOptions, random: torch.Generator
) -> Tensor:
    """Crop pictures as photos are cropped, and shift, scale and turn them a little.

    Args:
        images: Pictures (B, 3, S, S).
        landmarks: Landmarks (B, P, 2) in picture widths.
        options: How often, how much.
        random: Source of chance.

    Returns:
        Pictures (B, 3, S, S), what lies outside reflected.
    """
    count = len(images)
    whole = torch.tensor([0.5, 0.5, 0.5, 0.0]).expand(count, 4)
    cropped = torch.rand(count, 1, generator=random) < options.cropped
    crops = torch.where(cropped, photo_crops(landmarks), whole)
    noise = 2 * torch.rand(count, 4, generator=random) - 1
    centre = crops[:, :2] + options.shift * noise[:, :2]
    half = crops[:, 2] * (1 + options.zoom * noise[:, 2])
    angle = crops[:, 3] + math.radians(options.turn_deg) * noise[:, 3]
    cos, sin = torch.cos(angle) * 2 * half, torch.sin(angle) * 2 * half
    # affine_grid works in [-1, 1]: a picture width is 2 there.
    theta = torch.stack(
        [
            torch.stack([cos, -sin, 2 * centre[:, 0] - 1], 1),
            torch.stack([sin, cos, 2 * centre[:, 1] - 1], 1),
        ],
        1,
    )
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def change_colours(images: Tensor, random: torch.Generator) -> Tensor:
    """Change gain, gamma, colour balance, saturation, sharpness and noise of pictures at random.

    Args:
        images: Pictures (B, 3, S, S) in [-1, 1].
        random: Source of chance.

    Returns:
        Pictures of the same shape, in [-1, 1].
    """
    count = len(images)

    def draw(*shape: int) -> Tensor:
        return 2 * torch.rand(count, *shape, generator=random) - 1

    unit = (images / 2 + 0.5).clamp(1e-3, 1)
    unit = unit ** torch.exp(0.3 * draw(1, 1, 1))
    unit = unit * torch.exp(0.12 * draw(3, 1, 1)) * torch.exp(0.2 * draw(1, 1, 1))
    grey = unit.mean(1, keepdim=True)
    # One in ten loses nearly all colour, as old photographs have.
    saturation = torch.where(draw(1, 1, 1) > 0.8, 0.1, 1 + 0.35 * draw(1, 1, 1))
    unit = grey + (unit - grey) * saturation
    soft = functional.avg_pool2d(functional.pad(unit, (1, 1, 1, 1), mode="replicate"), 3, 1)
    unit = torch.lerp(unit, soft, torch.rand(count, 1, 1, 1, generator=random))
    strength = 0.03 * torch.rand(count, 1, 1, 1, generator=random)
    unit = unit + strength * torch.randn(unit.shape, generator=random)
    return unit.clamp(0, 1) * 2 - 1


class EncoderTask:
    """Batches for the encoder's two parts of training."""

    def __init__(
        self,
        encoder: Encoder,
        generator: GeneratorLike,
        pictures: Pictures,
        options: EncoderOptions,
    ) -> None:
        if not len(pictures.images):
            raise TrainingError("no pictures to train the encoder on")
        self.encoder, self.generator = encoder, generator
        self.pictures, self.options = pictures, options
        self.device = next(encoder.parameters()).device

    def _batch(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Draw pictures as they are, as the encoder is to see them, and their codes.

        Of several processes each gets its share of ``count``.
        """
        indices = torch.randint(len(self.pictures.images), (count,), generator=random)
        images = self.pictures.batch(indices)
        seen = move_pictures(images, self.pictures.landmarks[indices], self.options, random)
        mine = processes.current().share(count)
        kept = torch.rand(count, 1, 1, 1, generator=random) < self.options.unchanged
        shown = torch.where(kept, seen, change_colours(seen, random))
        batch = (images, shown, self.pictures.codes[indices])
        images, seen, codes = (tensor[mine].to(self.device) for tensor in batch)
        return images, seen, codes

    def _code_loss(self, found: Tensor, codes: Tensor) -> Tensor:
        error = (found - codes.unsqueeze(1)) / self.encoder.w_std
        return functional.smooth_l1_loss(error, torch.zeros_like(error))

    def code_loss(self, step: int, random: torch.Generator) -> tuple[Tensor, Metrics]:
        """Give the loss of one batch of the first part, for ``training.run``."""
        del step
        _, seen, codes = self._batch(self.options.batch, random)
        found = self.encoder(seen)
        error = (found - codes.unsqueeze(1)).detach() / self.encoder.w_std
        spread = (codes - self.encoder.w_avg) / self.encoder.w_std
        explained = 1 - error.square().mean() / spread.square().mean()
        weight = processes.current().weight(self.options.batch)
        return weight * self._code_loss(found, codes), {"explained": explained}

    def picture_loss(self, step: int, random: torch.Generator) -> tuple[Tensor, Metrics]:
        """Give the loss of one batch of the second part, for ``training.run``."""
        del step
        images, seen, codes = self._batch(self.options.picture_batch, random)
        found = self.encoder(seen)
        drawn = functional.adaptive_avg_pool2d(self.generator.synthesis(found), images.shape[-1])
        distance = picture_distance(drawn, images, torch.ones_like(images[:, :1]), 1.0)
        loss = distance + self.options.code_weight * self._code_loss(found, codes)
        weight = processes.current().weight(self.options.picture_batch)
        return weight * loss, {"picture": distance.detach()}


def _report_after(progress: StepProgress, done: int, step: int, metrics: dict[str, float]) -> None:
    progress(done + step, metrics)


def train_encoder(
    encoder: Encoder,
    generator: GeneratorLike,
    pictures: Pictures,
    options: EncoderOptions,
    code_loop: LoopOptions,
    picture_loop: LoopOptions,
    *,
    work: Path | None = None,
    progress: StepProgress | None = None,
) -> Encoder:
    """Train an encoder: first on codes, then on pictures through the generator.

    Args:
        encoder: What is trained; changed in place.
        generator: Draws in the second part; its weights stay.
        pictures: Pictures and codes.
        options: Batches and augmentation.
        code_loop: Length and speed of the first part.
        picture_loop: Length and speed of the second part; 0 steps leave it out.
        work: Folder of the two checkpoints to resume from.
        progress: Called with the step, counted over both parts, and metrics.

    Returns:
        The encoder with averaged weights.
    """
    result = encoder
    parts = (("codes", code_loop), ("pictures", picture_loop))
    for name, loop in parts:
        task = EncoderTask(result, generator, pictures, options)
        loss = task.code_loss if name == "codes" else task.picture_loss
        checkpoint = None if work is None else work / f"encoder-{name}.safetensors"
        result.requires_grad_(True)
        done = 0 if name == "codes" else code_loop.steps
        report = progress and functools.partial(_report_after, progress, done)
        averaged = run(result, loss, loop, checkpoint=checkpoint, progress=report).ema
        if not isinstance(averaged, Encoder):
            raise TypeError(f"expected an Encoder, got {type(averaged).__name__}")
        result = averaged
    return result.eval()
