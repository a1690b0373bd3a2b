"""The critic of the adversarial finish: says, place by place, how much a picture looks rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from d2animator.errors import ConfigError, check_shape


@dataclass(frozen=True)
class CriticConfig:
    """Shape of a `Critic`."""

    patch: int = 2  # side of the squares of pixels that become channels at the start
    channels: tuple[int, ...] = (32, 64, 96, 128)  # one stage each; all but the first halve the map

    def __post_init__(self) -> None:
        if self.patch < 1 or len(self.channels) < 2 or min(self.channels) < 1:
            raise ConfigError("patch, channels", "at least 1, and at least two stages")


class Opinion(NamedTuple):
    """What a `Critic` says of pictures."""

    scores: tuple[Tensor, ...]  # maps (B,1,h,w), fine and coarse; higher is more like a render
    features: tuple[Tensor, ...]  # (B,C,h,w) after each stage


class Critic(nn.Module):
    """Convolutions over patches, with a score after a middle and after the last stage.

    The fine score sees strands of hair, lashes and teeth, the coarse one an eye or a mouth.
    """

    def __init__(self, config: CriticConfig) -> None:
        super().__init__()
        self.patch = config.patch
        width = 3 * config.patch**2
        stages = []
        for index, channels in enumerate(config.channels):
            stages.append(nn.Conv2d(width, channels, 3, 1 if index == 0 else 2, 1))
            width = channels
        self.stages = nn.ModuleList(stages)
        self.scored = sorted({len(stages) // 2 - 1, len(stages) - 1})
        self.heads = nn.ModuleList(nn.Conv2d(config.channels[i], 1, 1) for i in self.scored)

    def forward(self, images: Tensor) -> Opinion:
        """Judge pictures (B,3,R,R) in [-1,1].

        Raises:
            ShapeError: ``images`` is not a batch of colour pictures.
        """
        check_shape("images", images, ("batch", 3, "R", "R"))
        x = functional.pixel_unshuffle(images, self.patch)
        x = x.contiguous(memory_format=torch.channels_last)
        features = []
        for stage in self.stages:
            x = functional.leaky_relu(stage(x), 0.2)
            features.append(x)
        scores = tuple(
            head(features[index]) for index, head in zip(self.scored, self.heads, strict=True)
        )
        return Opinion(scores, tuple(features))
