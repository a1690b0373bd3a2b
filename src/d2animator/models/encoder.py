"""The inversion encoder: a picture to the code of W+ that draws it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from d2animator.errors import check_shape
from d2animator.models.bounds import MOST_CHANNELS, MOST_CODES, check_sizes


@dataclass(frozen=True)
class EncoderConfig:
    """Shape of an encoder; everything needed to rebuild it before loading weights.

    Raises:
        ConfigError: A value is out of range.
    """

    # Layers of w_plus.
    num_ws: int
    # Size of a latent code.
    w_dim: int
    # Width and height that pictures are reduced to before the first convolution.
    input_size: int = 64
    # Channels of the stages; each stage halves the picture.
    channels: tuple[int, ...] = (32, 48, 80, 128)
    # Size of the description between the convolutions and the code.
    features: int = 256

    def __post_init__(self) -> None:
        check_sizes(self, num_ws=256, w_dim=MOST_CODES, input_size=1024)
        check_sizes(self, channels=MOST_CHANNELS, features=MOST_CHANNELS)


class _Block(nn.Module):
    """Two convolutions with a shortcut; the first one halves the picture."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.leaky_relu(self.first_norm(self.first(x)), 0.1)
        y = self.second_norm(self.second(y))
        shortcut = self.shortcut(functional.avg_pool2d(x, 2))
        return functional.leaky_relu(y + shortcut, 0.1)


class Encoder(nn.Module):
    """Predicts w_plus as the mean code plus a residual a layer, in units of W's spread.

    The buffers ``w_avg`` (w_dim,) and ``w_std`` (w_dim,) are those of the generator's mapping; a
    new encoder predicts exactly the mean face.
    """

    w_avg: Tensor
    w_std: Tensor

    def __init__(
        self, config: EncoderConfig, w_avg: Tensor | None = None, w_std: Tensor | None = None
    ) -> None:
        super().__init__()
        self.config = config
        widths = (3, *config.channels)
        self.blocks = nn.Sequential(
            *(_Block(inputs, outputs) for inputs, outputs in itertools.pairwise(widths))
        )
        cells = (config.input_size >> len(config.channels)) ** 2
        self.features = nn.Linear(config.channels[-1] * cells, config.features)
        self.code = nn.Linear(config.features, config.num_ws * config.w_dim)
        nn.init.zeros_(self.code.weight)
        nn.init.zeros_(self.code.bias)
        empty, ones = torch.zeros(config.w_dim), torch.ones(config.w_dim)
        self.register_buffer("w_avg", empty if w_avg is None else w_avg.detach().clone())
        self.register_buffer("w_std", ones if w_std is None else w_std.detach().clone())

    def forward(self, images: Tensor) -> Tensor:
        """Encode pictures.

        Args:
            images: Aligned pictures (B, 3, R, R) in [-1, 1]; R >= ``config.input_size``.

        Returns:
            Codes w_plus (B, num_ws, w_dim).

        Raises:
            ShapeError: ``images`` is not a batch of square colour pictures.
        """
        check_shape("images", images, ("B", 3, "R", "R"))
        if images.shape[-1] != self.config.input_size:
            # Pooling, not sampling: a photo's fine grain must not alias into the small picture.
            images = functional.adaptive_avg_pool2d(images, self.config.input_size)
        described = functional.leaky_relu(self.features(self.blocks(images).flatten(1)), 0.1)
        residual = self.code(described).view(-1, self.config.num_ws, self.config.w_dim)
        codes: Tensor = self.w_avg + self.w_std * residual
        return codes
