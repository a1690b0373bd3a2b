"""The bundled face finder and landmark network: two small convolutional networks.

`FaceFinder` looks at a whole picture and answers with a coarse map of face centres and sizes;
`LandmarkNetwork` looks at one square crop and answers with points, how sure it is of each, and
whether there is a face at all. Neither knows which points mean what: that is the layout's matter.
Both see pictures in [-1, 1], RGB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from d2animator.errors import ConfigError, ShapeError, check_shape
from d2animator.models.bounds import MOST_CHANNELS, check_positive, check_sizes
from d2animator.models.outline import OutlineNetwork

# log of the smallest and largest scale (fractions of the crop) a point may claim
LOG_SCALE_RANGE = (-6.0, 0.0)


@dataclass(frozen=True)
class FaceFinderConfig:
    """Shape of a `FaceFinder`.

    Raises:
        ConfigError: A value is out of range.
    """

    patch: int = 4  # side of the squares of pixels that become channels before the first stage
    channels: tuple[int, ...] = (48, 64)  # one stage each; all but the first halve the map
    blocks: tuple[int, ...] = (0, 3)  # residual blocks in a stage
    reference_size_px: float = 40.0  # face size that the network calls log-size 0
    smallest_px: float = 16.0  # sizes of faces it is trained to answer to
    largest_px: float = 80.0

    def __post_init__(self) -> None:
        check_sizes(self, patch=64, channels=MOST_CHANNELS)
        check_sizes(self, 0, blocks=64)
        check_positive(self, "reference_size_px", "smallest_px", "largest_px")
        if len(self.channels) != len(self.blocks):
            raise ConfigError("blocks", f"one number for each of the stages {self.channels}")

    @property
    def stride(self) -> int:
        """Pixels between neighbouring cells of the answer."""
        return self.patch << (len(self.channels) - 1)


@dataclass(frozen=True)
class LandmarkNetworkConfig:
    """Shape of a `LandmarkNetwork`.

    Raises:
        ConfigError: A value is out of range.
    """

    input_size: int = 96  # side of the square crop in pixels
    points: int = 98  # landmarks to answer
    patch: int = 4  # side of the squares of pixels that become channels before the first stage
    channels: tuple[int, ...] = (64, 96, 128)  # one stage each; all but the first halve the map
    blocks: tuple[int, ...] = (0, 1, 1)  # residual blocks in a stage
    decoder: int = 64  # channels on the way back up to the first stage's map
    squeeze: int = 16  # channels that keep their place on the way to the answers for the whole
    hidden: int = 128  # width of the layer before these answers
    outline: int = 0  # width of the layers that tell the visible contour; 0: it does not

    def __post_init__(self) -> None:
        check_sizes(self, input_size=1024, points=1024, patch=64, channels=MOST_CHANNELS)
        check_sizes(self, decoder=MOST_CHANNELS, squeeze=MOST_CHANNELS, hidden=MOST_CHANNELS)
        check_sizes(self, 0, blocks=64, outline=MOST_CHANNELS)
        if len(self.channels) != len(self.blocks):
            raise ConfigError("blocks", f"one number for each of the stages {self.channels}")

    @property
    def last_size(self) -> int:
        """Side of the last feature map."""
        return self.input_size // (self.patch << (len(self.channels) - 1))


class FinderMaps(NamedTuple):
    """What `FaceFinder` says about each cell; H, W are the picture's sides over the stride."""

    logits: Tensor  # (B,H,W) a face's centre lies in this cell
    log_sizes: Tensor  # (B,H,W) natural log of the face's size over the reference size
    offsets: Tensor  # (B,2,H,W) x, y of the centre from the cell's middle, in cells


class LandmarkPrediction(NamedTuple):
    """What `LandmarkNetwork` says about each crop."""

    landmarks: Tensor  # (B,P,2) x, y in crop widths, (0,0) the top-left corner
    log_scales: Tensor  # (B,P) natural log of each point's expected absolute error, crop widths
    face_logits: Tensor  # (B,) the crop holds a face, roughly where and as large as it should be


class FaceFinder(nn.Module):
    """Fully convolutional map of face centres for pictures of any size."""

    def __init__(self, config: FaceFinderConfig) -> None:
        super().__init__()
        self.config = config
        self.stages = _stages(config.patch, config.channels, config.blocks)
        self.head = nn.Conv2d(config.channels[-1], 4, 1)
        with torch.no_grad():
            # faces are rare: start at a probability of about 1 %
            self.head.bias[0] = -4.6  # type: ignore[index]

    def forward(self, images: Tensor) -> FinderMaps:
        """Look for faces.

        Args:
            images: (B,3,H,W) in [-1,1], RGB; H and W are multiples of the stride.

        Returns:
            Maps of H / stride x W / stride cells.

        Raises:
            ShapeError: The picture is not made of whole cells.
        """
        check_shape("images", images, ("B", 3, "H", "W"))
        stride = self.config.stride
        if images.shape[2] % stride or images.shape[3] % stride:
            cells = f"multiple of {stride}"
            raise ShapeError("images", ("B", 3, cells, cells), images.shape)
        answer = self.head(self.stages(images)).float()
        return FinderMaps(answer[:, 0], answer[:, 1], answer[:, 2:4])


class LandmarkNetwork(nn.Module):
    """Points of one face in one square crop.

    A point is the mean of a heat map of the first stage's size (a soft argmax, exact below the
    size of a cell), so it moves with what the picture shows. A small layer that sees the whole
    crop adds to it, which lets points lie outside of the map, and answers how vague each point is
    and whether there is a face at all.

    Attributes:
        outline: Tells from points where the visible contour lies, which they do not follow; None
            without.
    """

    def __init__(self, config: LandmarkNetworkConfig) -> None:
        super().__init__()
        if config.input_size % (config.patch << (len(config.channels) - 1)):
            raise ConfigError("input_size", f"{config.input_size} is no multiple of the stride")
        self.config = config
        self.stages = _stages(config.patch, config.channels, config.blocks)
        last = config.channels[-1]
        self.laterals = nn.ModuleList(
            _conv_norm(width, config.decoder, kernel=1) for width in config.channels
        )
        self.smooths = nn.ModuleList(
            _conv_norm(config.decoder, config.decoder) for _ in config.channels[:-1]
        )
        self.heat = nn.Conv2d(config.decoder, config.points, 1)
        self.squeeze = _conv_norm(last, config.squeeze, kernel=1)
        self.hidden = nn.Linear(config.squeeze * config.last_size**2, config.hidden)
        self.activation = nn.ReLU(inplace=True)
        self.outline = OutlineNetwork(config.outline) if config.outline else None
        self.answer = nn.Linear(config.hidden, 3 * config.points + 1)
        with torch.no_grad():
            # flat maps: every point starts in the middle
            self.heat.weight.zero_()
            self.answer.weight.mul_(0.1)
            self.answer.bias[: 2 * config.points] = 0.5
            self.answer.bias[2 * config.points :] = 0.0
            self.answer.bias[2 * config.points : 3 * config.points] = -3.0

    def forward(self, images: Tensor) -> LandmarkPrediction:
        """Find the points.

        Args:
            images: (B,3,S,S) in [-1,1], RGB, S the configuration's ``input_size``.

        Returns:
            Points, their scales and the face logits, always in single precision.
        """
        size = self.config.input_size
        check_shape("images", images, ("B", 3, size, size))
        maps = []
        for stage in self.stages:
            images = stage(images)
            maps.append(images)
        features = self.squeeze(maps[-1]).flatten(1)
        answer = self.answer(self.activation(self.hidden(features))).float()
        points = self.config.points
        means = heat_means(self._heat(maps[1:]))  # the first of them is the picture in squares
        return LandmarkPrediction(
            means - 0.5 + answer[:, : 2 * points].unflatten(1, (points, 2)),
            answer[:, 2 * points : 3 * points].clamp(*LOG_SCALE_RANGE),
            answer[:, 3 * points],
        )

    def _heat(self, maps: list[Tensor]) -> Tensor:
        """Logits (B,P,h,w) of the points' places, from the stages' maps, the finest first."""
        x: Tensor = self.laterals[-1](maps[-1])
        for index in range(len(maps) - 2, -1, -1):
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = self.smooths[index](x + self.laterals[index](maps[index]))
        heat: Tensor = self.heat(x)
        return heat


def heat_means(logits: Tensor) -> Tensor:
    """Means of heat maps.

    Args:
        logits: Natural logs (B,P,h,w) of the heat, up to a constant.

    Returns:
        Places (B,P,2), x and y in map widths and heights: (0,0) is the top-left corner.
    """
    height, width = logits.shape[-2:]
    heat = logits.float().flatten(2).softmax(-1).view(logits.shape)
    x = (torch.arange(width, device=logits.device) + 0.5) / width
    y = (torch.arange(height, device=logits.device) + 0.5) / height
    return torch.stack([heat.sum(2) @ x, heat.sum(3) @ y], -1)


class _Residual(nn.Module):
    """Two 3x3 convolutions beside an identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv_norm(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.activation(x + self.second(self.first(x)))
        return out


def _conv_norm(
    channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1
) -> nn.Sequential:
    # ReLU: the smoother activations cost as much as the convolutions on a CPU
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )


def _stages(patch: int, channels: tuple[int, ...], blocks: tuple[int, ...]) -> nn.Sequential:
    if not channels or len(channels) != len(blocks):
        raise ConfigError(
            "blocks", f"one number for each stage is needed, got {len(blocks)} for {len(channels)}"
        )
    # Squares of pixels as channels: full-size feature maps would take most of the time.
    stages: list[nn.Module] = [nn.PixelUnshuffle(patch)]
    previous = 3 * patch * patch
    for index, (width, count) in enumerate(zip(channels, blocks, strict=True)):
        first = _conv_norm(previous, width, stride=1 if index == 0 else 2)
        stages.append(nn.Sequential(first, *(_Residual(width) for _ in range(count))))
        previous = width
    return nn.Sequential(*stages)
