"""Two small networks that judge pictures of puppets: who it is, and what it looks like.

They stand in evaluation where ArcFace and Inception stand for photographs. Both see aligned faces
(FFHQ's crop), RGB in [-1,1]. They know no names: the configuration's lists say what each number
of an answer means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from d2animator.errors import ConfigError, check_shape
from d2animator.models.bounds import MOST_CHANNELS, check_sizes


@dataclass(frozen=True)
class TrunkConfig:
    """Shape of the convolutions that both networks begin with."""

    input_size: int = 80  # side that pictures are reduced to
    patch: int = 4  # side of the squares of pixels that become channels before the first stage
    channels: tuple[int, ...] = (48, 80, 112)  # one stage each; all but the first halve the map
    blocks: tuple[int, ...] = (1, 1, 1)  # residual blocks in a stage
    squeeze: int = 16  # channels that keep their place on the way to the description

    def __post_init__(self) -> None:
        check_sizes(self, input_size=1024, patch=64, channels=MOST_CHANNELS, squeeze=MOST_CHANNELS)
        check_sizes(self, 0, blocks=64)
        if len(self.channels) != len(self.blocks):
            raise ConfigError("blocks", f"one number for each of the stages {self.channels}")
        if self.input_size % (self.patch << (len(self.channels) - 1)):
            raise ConfigError("input_size", f"{self.input_size} is no multiple of the stride")

    @property
    def described(self) -> int:
        """Numbers that the trunk answers for a picture."""
        side = self.input_size // (self.patch << (len(self.channels) - 1))
        return self.squeeze * side**2


@dataclass(frozen=True)
class IdentityNetworkConfig:
    """Shape of an `IdentityNetwork`."""

    embedding: int = 96  # E
    trunk: TrunkConfig = TrunkConfig()

    def __post_init__(self) -> None:
        check_sizes(self, embedding=MOST_CHANNELS)


@dataclass(frozen=True)
class FeatureNetworkConfig:
    """Shape of a `FeatureNetwork`."""

    expressions: tuple[str, ...] = ()  # names of the expression weights that are answered, N
    classes: int = 16  # K, kinds of looks that the logits are about
    looks: int = 60  # numbers of the look that training asks for, M
    features: int = 80  # F
    trunk: TrunkConfig = TrunkConfig()

    def __post_init__(self) -> None:
        check_sizes(self, classes=MOST_CHANNELS, looks=MOST_CHANNELS, features=MOST_CHANNELS)


class FeaturePrediction(NamedTuple):
    """What `FeatureNetwork` says about each picture."""

    features: Tensor  # (B,F) description, for Fréchet distances; no unit
    logits: Tensor  # (B,K) of the kinds of looks; their softmax serves as Inception's classes do
    pose_deg: Tensor  # (B,3) yaw, pitch, roll, signs as in the puppet world's state
    gaze_deg: Tensor  # (B,2) yaw and pitch of the eyes relative to the head
    expression: Tensor  # (B,N) weights in the order of the configuration's ``expressions``
    look: Tensor  # (B,M) numbers of the look, standardised


class IdentityNetwork(nn.Module):
    """Picture to a unit vector that is the same for the same person."""

    def __init__(self, config: IdentityNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk = _Trunk(config.trunk)
        self.embed = nn.Linear(config.trunk.described, config.embedding)

    def forward(self, images: Tensor) -> Tensor:
        """Recognise.

        Args:
            images: Aligned faces (B,3,R,R) in [-1,1].

        Returns:
            Embeddings (B,E) of length one, in single precision: the dot product of two is the
            cosine similarity of identity (CSIM).

        Raises:
            ShapeError: ``images`` is not a batch of square colour pictures.
        """
        return functional.normalize(self.embed(self.trunk(images)).float(), dim=1)


class FeatureNetwork(nn.Module):
    """Picture to what it shows: a description, and the puppet's own parameters read from it."""

    def __init__(self, config: FeatureNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk = _Trunk(config.trunk)
        self.describe = nn.Linear(config.trunk.described, config.features)
        # Answers are affine in the features: a distance between features is one between answers.
        self.answer = nn.Linear(config.features, sum(self._parts()))

    def forward(self, images: Tensor) -> FeaturePrediction:
        """Describe.

        Args:
            images: Aligned faces (B,3,R,R) in [-1,1].

        Returns:
            Features and what follows from them, in single precision.

        Raises:
            ShapeError: ``images`` is not a batch of square colour pictures.
        """
        features = self.describe(self.trunk(images)).float()
        logits, pose, gaze, expression, look = (
            self.answer(features).float().split(self._parts(), dim=1)
        )
        return FeaturePrediction(features, logits, 20 * pose, 10 * gaze, expression, look)

    def _parts(self) -> list[int]:
        config = self.config
        return [config.classes, 3, 2, len(config.expressions), config.looks]


class _Trunk(nn.Module):
    """Picture (B,3,R,R) to a description (B,C) that keeps where things are."""

    def __init__(self, config: TrunkConfig) -> None:
        super().__init__()
        self.input_size = config.input_size
        # Squares of pixels as channels: full-size feature maps would take most of the time.
        layers: list[nn.Module] = [nn.PixelUnshuffle(config.patch)]
        width = 3 * config.patch**2
        for index, (channels, count) in enumerate(zip(config.channels, config.blocks, strict=True)):
            layers.append(_ConvNorm(width, channels, stride=1 if index == 0 else 2))
            layers += [_Residual(channels) for _ in range(count)]
            width = channels
        self.layers = nn.Sequential(*layers, _ConvNorm(width, config.squeeze, kernel=1))

    def forward(self, images: Tensor) -> Tensor:
        check_shape("images", images, ("B", 3, "R", "R"))
        side, size = images.shape[-1], self.input_size
        if side > size:
            # Weighted over all pixels that a new one covers: fine grain must not alias.
            images = functional.interpolate(
                images, (size, size), mode="bilinear", antialias=True, align_corners=False
            )
        elif side < size:
            images = functional.interpolate(
                images, (size, size), mode="bilinear", align_corners=False
            )
        described: Tensor = self.layers(images).flatten(1)
        return described


class _ConvNorm(nn.Module):
    """Convolution, batch norm and, unless told otherwise, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, *, active: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.active = active

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(self.conv(x))
        return functional.relu(y) if self.active else y


class _Residual(nn.Module):
    """Two 3x3 convolutions beside an identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _ConvNorm(channels, channels)
        self.second = _ConvNorm(channels, channels, active=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(self.first(x)))
