"""What the readers of foreign layouts hand over, and what they share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from d2animator.errors import BundleError, ConfigError
from d2animator.models import ops
from d2animator.models.generators import AnyGeneratorConfig, Generator
from d2animator.models.stylegan2 import GeneratorConfig

# Samples of the mean code where a file lacks it: its error is 1 % of the spread of w.
MEAN_SAMPLES = 10_000
MEAN_SEED = 0


@dataclass(frozen=True, eq=False)
class Found:
    """A generator found in a foreign file."""

    # Shape of the network.
    config: AnyGeneratorConfig
    # Weights by the names that `d2animator.models` uses.
    tensors: dict[str, Tensor]
    # Whose layout it was, in words.
    layout: str
    # What was assumed because the file does not say it, by name.
    assumed: dict[str, str] = field(default_factory=dict)


def stylegan2_config(
    path: Path,
    tensors: Mapping[str, Tensor],
    *,
    lr_multiplier: float = 0.01,
    conv_clamp: float | None = None,
) -> GeneratorConfig:
    """Read the shape of a StyleGAN2 generator off its weights.

    Args:
        path: For messages.
        tensors: By our names.
        lr_multiplier: Of the mapping network; weights do not show it.
        conv_clamp: Limit of activations; weights do not show it.

    Raises:
        BundleError: Tensors that say the shape are missing, or make no sense.
    """
    blocks = [re.fullmatch(r"synthesis\.b(\d{1,5})\.conv1\.weight", name) for name in tensors]
    sides = sorted(int(match[1]) for match in blocks if match)
    fully_connected = [name for name in tensors if re.match(r"mapping\.fc\d+\.weight$", name)]
    needed = ("mapping.fc0.weight", "synthesis.b4.conv1.affine.weight", "synthesis.b4.torgb.weight")
    missing = [name for name in needed if name not in tensors or tensors[name].ndim < 2]
    if missing or not sides:
        raise BundleError(path, "no whole StyleGAN2 generator", missing=missing)
    weights = {side: tensors[f"synthesis.b{side}.conv1.weight"] for side in sides}
    try:
        return GeneratorConfig(
            z_dim=tensors[needed[0]].shape[1],
            w_dim=tensors[needed[1]].shape[1],
            img_resolution=sides[-1],
            img_channels=len(tensors[needed[2]]),
            num_mapping_layers=len(fully_connected),
            mapping_lr_multiplier=lr_multiplier,
            channels={str(side): len(weight) for side, weight in weights.items()},
            conv_clamp=conv_clamp,
            noise=any(name.endswith("noise_const") for name in tensors),
        )
    except (ConfigError, TypeError) as error:  # a kernel without axes has no length
        raise BundleError(path, f"no generator that can be built: {error}") from error


def positive(path: Path, name: str, value: object, default: float | None) -> float | None:
    """A positive number that a file gives, or ``default`` where it gives none.

    Raises:
        BundleError: It gives something else.
    """
    if value is None:
        return default
    if not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise BundleError(path, f"{name}: expected a positive number, got {value!s:.40}")
    return float(value)


def add_filters(tensors: dict[str, Tensor]) -> None:
    """Add StyleGAN2's low-pass filters, which some layouts do not store with every layer."""
    for name in list(tensors):
        if match := re.match(r"(synthesis\.b\d+\.)(conv\d\.)?(?:weight|torgb\.weight)$", name):
            for owner in {match[1], match[1] + (match[2] or "")}:
                tensors.setdefault(f"{owner}resample_filter", ops.resample_filter())


def check_unconditional(path: Path, c_dim: int) -> None:
    """Refuse class-conditional generators.

    Raises:
        BundleError: ``c_dim`` is not 0.
    """
    if c_dim:
        reason = (
            f"a class-conditional generator (labels of length {c_dim}): animating needs one that "
            "draws faces without a label; give a generator trained with c_dim = 0"
        )
        raise BundleError(path, reason)


@torch.no_grad()
def estimate_mean(generator: Generator) -> None:
    """Set ``w_avg`` to the mean of w over seeded samples."""
    source = torch.Generator().manual_seed(MEAN_SEED)
    z = torch.randn(MEAN_SAMPLES, generator.z_dim, generator=source)
    generator.mapping.w_avg.copy_(generator.mapping.single(z).mean(dim=0))
