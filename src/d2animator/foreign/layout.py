"""What the readers of foreign layouts hand over, and what they share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from d2animator.errors import BundleError, ConfigError
from d2animator.models import ops
from d2animator.models.generators import AnyGeneratorConfig, Generator
from d2animator.models.stylegan2 import GeneratorConfig

# Samples of the mean code where a file lacks it: its error is 1 % of the spread of w.
MEAN_SAMPLES = 10_000
MEAN_SEED = 0
# Products of numbers that they may cost: seconds. The usual networks need a quarter.
_MEAN_WORK = 10**11
USUAL_MULTIPLIERS = (0.01, 1.0, 0.1, 0.001)
"""Learning-rate factors of mapping networks; the first is that of all of NVIDIA's."""
# Shares of the spread that a multiplier makes at the start. Training makes it larger, if anything:
# that of the embedded generator, long trained, is 2.15 times as large.
_LEAST_SPREAD, _MOST_SPREAD = 0.67, 2.5
_WRAPPER = "module."


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


def told_multiplier(path: Path, tensors: Mapping[str, Tensor], given: float | None) -> float:
    """Tell the learning-rate factor of the mapping network where a file does not say it.

    Weights are stored divided by it, at unit variance before training, which hardly changes their
    spread: slow layers are what the factor is for.

    Args:
        path: For messages.
        tensors: By our names.
        given: What the user says; None to look at the weights.

    Raises:
        BundleError: Their spread fits none that is usual.
        ConfigError: What the user says is no positive number.
    """
    if given is not None:
        if not 0 < given < float("inf"):
            raise ConfigError("lr_multiplier", f"expected a positive number, got {given}")
        return given
    layers = [
        tensor for name, tensor in tensors.items() if re.match(r"mapping\.fc\d+\.weight$", name)
    ]
    spreads = sorted(float(layer.std(correction=0)) for layer in layers if layer.numel())
    spread = spreads[len(spreads) // 2] if spreads else 0.0
    for factor in USUAL_MULTIPLIERS:
        if _LEAST_SPREAD < spread * factor < _MOST_SPREAD:
            return factor
    usual = ", ".join(f"{1 / factor:g} for {factor:g}" for factor in USUAL_MULTIPLIERS)
    reason = (
        "the file does not say the learning-rate factor of its mapping network, and its weights' "
        f"spread of {spread:.3g} fits none that is usual ({usual}); name it with lr_multiplier "
        "(--lr-multiplier), as the generator was trained with"
    )
    raise BundleError(path, reason)


def without_wrapper(table: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Give tensors the names that they had before ``torch.nn.DataParallel`` wrapped the network."""
    names = [name for name in table if isinstance(name, str)]
    if not names or not all(name.startswith(_WRAPPER) for name in names):
        return table
    return {name.removeprefix(_WRAPPER): table[name] for name in names}


@torch.no_grad()
def estimate_mean(generator: Generator) -> int:
    """Set ``w_avg`` to the mean of w over seeded samples, and tell of how many.

    They are fewer where a network is so wide that they would take long.
    """
    mapping = generator.mapping
    steps = sum(parameter.numel() for parameter in mapping.parameters()) + mapping.z_dim
    samples = max(min(MEAN_SAMPLES, _MEAN_WORK // steps), 100)
    source = torch.Generator().manual_seed(MEAN_SEED)
    z = torch.randn(samples, generator.z_dim, generator=source)
    mapping.w_avg.copy_(mapping.single(z).mean(dim=0))
    return samples
