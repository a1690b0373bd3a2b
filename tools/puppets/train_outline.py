"""Training of the network that tells a face's visible contour; needs the head, and no pictures."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from d2animator.bundles.bundle import BundleConfig, load_bundle, save_bundle
from d2animator.errors import ConfigError, TrainingError
from d2animator.head.model import load_head
from d2animator.models.outline import OutlineNetwork, frame
from d2animator.training.loop import LoopOptions, run
from tools.puppets.outline import OutlineMarker
from tools.puppets.world import sample_z


@dataclass(frozen=True)
class OutlineTraining:
    """How the network is trained."""

    puppets: int = 12_000  # marked ones
    seed: int = 0  # of the puppets; the same as the renders' of that seed
    width: int = 96  # of the network's layers
    batch: int = 256
    noise: float = 0.02  # spread of the points' errors, in sizes of the face
    tilt_deg: float = 25.0  # faces are tilted by no more than this
    loop: LoopOptions = field(
        default_factory=lambda: LoopOptions(steps=4000, learning_rate=2e-3, ema_decay=0.995)
    )

    def __post_init__(self) -> None:
        if min(self.puppets, self.width, self.batch) < 1:
            raise ConfigError("puppets, width, batch", "must be at least 1")


def mark_puppets(marker: OutlineMarker, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Points (count,98,2) and outlines (count,33,2) of the first puppets of a seed, in pixels."""
    marked = [marker.mark(sample_z(seed, index), 256) for index in range(count)]
    # Pupils play no part; there is a place for them in the layout.
    points = np.stack([np.concatenate([face.landmarks, face.landmarks[-2:]]) for face in marked])
    return torch.from_numpy(points), torch.from_numpy(np.stack([face.outline for face in marked]))


def train_outline(
    marker: OutlineMarker,
    options: OutlineTraining,
    progress: Callable[[int, dict[str, float]], None] | None = None,
) -> OutlineNetwork:
    """Train the network on tilted puppets whose points are a little wrong, as a network's are.

    Args:
        marker: Marks the puppets.
        options: How many, how long.
        progress: Called with (step, metrics).
    """
    points, outlines = mark_puppets(marker, options.puppets, options.seed)
    torch.manual_seed(options.loop.seed)

    def batch_loss(step: int, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        del step
        index = torch.randint(len(points), (options.batch,), generator=random)
        turn = _tilts(options.batch, options.tilt_deg, random)
        tilted, wanted = points[index] @ turn, outlines[index] @ turn
        _, size = frame(tilted)
        noise = torch.randn(tilted.shape, generator=random) * options.noise * size
        missed = ((network(tilted + noise) - wanted) / size).abs().mean()
        return missed, {"outline": missed.detach()}

    network = OutlineNetwork(options.width)
    return run(network, batch_loss, options.loop, progress=progress).ema.eval()  # type: ignore[return-value]


def add_outline(
    head: str | Path,
    base: str | Path,
    target: str | Path,
    options: OutlineTraining | None = None,
    *,
    progress: Callable[[int, dict[str, float]], None] | None = None,
) -> BundleConfig:
    """Teach a bundle's landmark network the visible contour; its points stay as they are.

    Args:
        head: Packed head model.
        base: Bundle with a landmark network.
        target: Folder of the bundle to write; may be ``base``.
        options: How.
        progress: Called with (step, metrics).

    Returns:
        What was written.

    Raises:
        MediaError: No such head model.
        TrainingError: The base has no landmark network.
        UnknownModelError: No such base.
        OutputError: The target cannot be written.
    """
    options = options or OutlineTraining()
    bundle = load_bundle(base)
    before = bundle.landmark_network
    if before is None:
        raise TrainingError(f"{base}: has no landmark network")
    network = copy.deepcopy(before)
    network.config = replace(before.config, outline=options.width)
    network.outline = train_outline(OutlineMarker(load_head(head)), options, progress)
    recipe = (
        f"{options.puppets:,} marked puppets of seed {options.seed}, "
        f"{options.loop.steps} x {options.batch}"
    )
    config = replace(bundle.config, provenance={**bundle.config.provenance, "outline": recipe})
    return save_bundle(replace(bundle, config=config, landmark_network=network), target)


def _tilts(count: int, degrees: float, random: torch.Generator) -> Tensor:
    """Rotations (count,2,2) by angles up to so many degrees, either way."""
    angle = torch.deg2rad((2 * torch.rand(count, generator=random) - 1) * degrees)
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], 1)
