"""Samples of a generator: codes, and the landmarks of their pictures (METHOD: sampling, detecting).

Sample ``i`` of seed ``s`` depends on (s, i) alone, whatever the batch or shard it is made in. They
are kept in a `store`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from d2animator.arguments import check_fields
from d2animator.errors import ConfigError, TrainingError
from d2animator.faces.pixels import from_bytes, to_bytes
from d2animator.latent.generator import GeneratorLike
from d2animator.training.checks import at_least, within
from d2animator.training.loop import step_generator

Detect = Callable[[Tensor], tuple[Tensor, Tensor]]
"""images (B, 3, H, W) in [-1, 1] -> landmarks (B, 98, 2) in pixels, confidence (B,) in [0, 1]."""

Mixing = Literal["none", "fine", "groups"]


@dataclass(frozen=True)
class SampleOptions:
    """How many samples, and of which kind."""

    # Samples drawn; those without a confident face are left out of this number.
    count: int = 12000
    # Everything random follows from it.
    seed: int = 0
    # "none": one w a sample. "fine": the layers after the first 8 come from another w, so that
    # geometry and colour vary independently. "groups": every four layers from their own w; only
    # for generators that were trained with such mixing.
    mixing: Mixing = "none"
    # Layers that count as coarse (the paper's first 8).
    coarse_layers: int = 8
    # Truncation of w towards the mean; 1: none.
    truncation: float = 1.0
    # Least confidence of the detector for a sample to stay.
    least_confidence: float = 0.5
    # Pictures rendered at once.
    batch: int = 16
    # Samples in one file.
    shard: int = 1000
    # Width of the small pictures kept for the encoder; 0: none.
    picture_size: int = 64
    # Of so many samples, the first, a picture is kept: they are most of a store.
    pictures: int = 50_000

    def __post_init__(self) -> None:
        check_fields(self)
        at_least(self, {"count": 1, "coarse_layers": 1, "batch": 1, "shard": 1})
        at_least(self, {"picture_size": 0, "pictures": 0})
        within(self, 0, 1, "least_confidence")
        if self.mixing not in ("none", "fine", "groups"):
            raise ConfigError("mixing", f"must be none, fine or groups, got {self.mixing!r}")


@dataclass(frozen=True, eq=False)
class Pictures:
    """Small pictures with their codes.

    Attributes:
        images: Pictures (N, 3, S, S), uint8.
        codes: Codes w (N, D).
        landmarks: Landmarks (N, 98, 2) in picture widths.
    """

    images: Tensor
    codes: Tensor
    landmarks: Tensor

    def batch(self, indices: Tensor) -> Tensor:
        """Give pictures (B, 3, S, S) in [-1, 1]."""
        return from_bytes(self.images[indices])


@dataclass(frozen=True, eq=False)
class SampleSet:
    """Samples that have a face.

    Attributes:
        codes: One w for each group of layers, (N, G, D).
        layer_groups: For each layer of w_plus the group it takes its w from, length L.
        landmarks: Landmarks (N, 98, 2) in picture widths.
        left_out: How many samples had no confident face.
        images: Small pictures (N, 3, S, S), uint8; None when none were kept.
    """

    codes: Tensor
    layer_groups: tuple[int, ...]
    landmarks: Tensor
    left_out: int
    images: Tensor | None = None

    def __len__(self) -> int:
        """Give the number of samples."""
        return len(self.codes)

    def w_plus(self, indices: Sequence[int] | Tensor) -> Tensor:
        """Give the full codes (B, L, D) of some samples."""
        return self.codes[torch.as_tensor(indices)][:, list(self.layer_groups)]

    def small_pictures(self) -> Pictures:
        """Give the small pictures with the code of their coarsest layers.

        Raises:
            TrainingError: None were kept.
        """
        if self.images is None:
            raise TrainingError("samples without pictures: set SampleOptions.picture_size")
        return Pictures(self.images, self.codes[:, 0], self.landmarks)


def layer_groups(num_ws: int, coarse_layers: int, mixing: Mixing) -> tuple[int, ...]:
    """Say which group of codes each layer belongs to.

    Args:
        num_ws: Layers of w_plus.
        coarse_layers: Layers that count as coarse.
        mixing: See `SampleOptions`.

    Returns:
        Group index for each layer, starting at 0 and rising.

    Raises:
        ConfigError: No such mixing.
    """
    if mixing == "none":
        return (0,) * num_ws
    if mixing == "fine":
        return tuple(int(layer >= coarse_layers) for layer in range(num_ws))
    if mixing == "groups":
        return tuple(layer // 4 for layer in range(num_ws))
    raise ConfigError("mixing", f"must be none, fine or groups, got {mixing!r}")


@torch.no_grad()
def draw_codes(
    generator: GeneratorLike,
    indices: Sequence[int],
    groups: int,
    seed: int,
    truncation: float = 1.0,
) -> Tensor:
    """Draw the codes of some samples.

    Args:
        generator: Gives ``mapping``.
        indices: Which samples, B of them, from 0.
        groups: Independent codes a sample.
        seed: Seed of the set.
        truncation: Truncation of w; 1: none.

    Returns:
        Codes (B, groups, D).
    """
    z = torch.stack(
        [
            torch.randn(groups, generator.z_dim, generator=step_generator(seed, index))
            for index in indices
        ]
    )
    device = next(generator.parameters()).device
    codes = generator.mapping(z.flatten(0, 1).to(device), truncation_psi=truncation)[:, 0]
    return torch.as_tensor(codes.view(len(indices), groups, -1).cpu())


def draw_fast(generator: GeneratorLike, w_plus: Tensor) -> Tensor:
    """Draw codes (B, L, D), on the generator's device, as pictures (B, 3, R, R), not clipped.

    In bfloat16 where the generator allows it: half the time on a CPU, and landmarks move by less
    than a twentieth of a percent of the eye distance. Gradients pass.
    """
    with torch.autocast(w_plus.device.type, dtype=torch.bfloat16):
        images: Tensor = generator.synthesis(w_plus)
    return images.float()


@torch.no_grad()
def render(generator: GeneratorLike, w_plus: Tensor) -> Tensor:
    """Draw codes (B, L, D) by `draw_fast`, clipped to [-1, 1], on the codes' device."""
    device = next(generator.parameters()).device
    return draw_fast(generator, w_plus.to(device)).clamp(-1, 1).to(w_plus.device)


@torch.no_grad()
def detect_codes(
    generator: GeneratorLike, detect: Detect, w_plus: Tensor, batch: int = 16
) -> tuple[Tensor, Tensor]:
    """Draw codes and detect the landmarks of the pictures.

    Args:
        generator: Draws.
        detect: Finds landmarks.
        w_plus: Codes (N, L, D).
        batch: Pictures at once.

    Returns:
        Landmarks (N, 98, 2) in pixels of the picture and confidences (N,).
    """
    found = [detect(render(generator, part)) for part in torch.split(w_plus, batch)]
    return torch.cat([points for points, _ in found]), torch.cat([sure for _, sure in found])


def fingerprint(generator: GeneratorLike | None, *parts: object) -> str:
    """Name what results depend on: the generator by its weights, anything else by its text."""
    digest = hashlib.sha256()
    for part in (generator, *parts):
        if part is generator and generator is not None:
            for name, value in sorted(generator.state_dict().items()):
                digest.update(name.encode())
                digest.update(value.detach().cpu().contiguous().numpy().tobytes())
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()[:16]


def make_shard(
    generator: GeneratorLike,
    detect: Detect,
    options: SampleOptions,
    indices: range,
    groups: list[int],
) -> dict[str, Tensor]:
    """Draw some samples and detect their landmarks.

    Args:
        generator: Draws.
        detect: Finds landmarks.
        options: Which samples; whether pictures are kept goes by the first index.
        indices: Which samples, N of them.
        groups: Group of codes of each layer.

    Returns:
        ``codes`` (N, G, D), ``landmarks`` (N, 98, 2) in picture widths, ``confidence`` (N,) and,
        if kept, ``images`` (N, 3, S, S) uint8.
    """
    codes = draw_codes(generator, indices, max(groups) + 1, options.seed, options.truncation)
    parts: dict[str, list[Tensor]] = {"landmarks": [], "confidence": [], "images": []}
    for batch in torch.split(codes, options.batch):
        images = render(generator, batch[:, groups])
        landmarks, confidence = detect(images)
        parts["landmarks"].append(landmarks.float() / images.shape[-1])
        parts["confidence"].append(confidence.float())
        if options.picture_size and indices.start < options.pictures:
            small = functional.adaptive_avg_pool2d(images, options.picture_size)
            parts["images"].append(to_bytes(small))
    joined = {name: torch.cat(values) for name, values in parts.items() if values}
    return {"codes": codes, **joined}
