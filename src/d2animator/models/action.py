"""The facial action network (the paper's "FAN", section 3.2): two landmark sets to a motion in W+.

It has nothing to do with the landmark detector of the same short name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from d2animator.errors import ConfigError, ShapeError, check_shape
from d2animator.models.bounds import MOST_CHANNELS, MOST_CODES, check_positive, check_sizes
from d2animator.models.heatmaps import gaussian_profiles
from d2animator.models.mapping import start_weight


@dataclass(frozen=True)
class ActionNetworkConfig:
    """Shape of a facial action network; everything needed to rebuild it before loading weights.

    Raises:
        ConfigError: A value is out of range.
    """

    # Size of a latent code.
    w_dim: int
    # Layers of w_plus that move; the paper's first 8 carry pose and expression.
    layers: int = 8
    # Directions of the bank the network combines; 0: the motion is predicted freely.
    directions: int = 0
    # Landmarks of a face.
    points: int = 98
    # Width and height of the heatmaps in pixels.
    heatmap_size: int = 32
    # Standard deviation of a landmark's Gaussian in pixels of the heatmap.
    sigma: float = 1.5
    # Filters on each heatmap.
    filters: int = 12
    # What the network sees of a face: its landmarks as heatmaps (the paper's), or as numbers.
    input: Literal["heatmaps", "coordinates"] = "heatmaps"
    # Size of a face's description, and of the head's hidden layers.
    features: int = 256

    def __post_init__(self) -> None:
        check_sizes(self, w_dim=MOST_CODES, layers=256, points=1024, heatmap_size=1024)
        check_sizes(self, filters=MOST_CHANNELS, features=MOST_CHANNELS)
        check_sizes(self, 0, directions=2**16)
        check_positive(self, "sigma")
        if self.input not in ("heatmaps", "coordinates"):
            raise ConfigError("input", f"expected heatmaps or coordinates, got {self.input!r}")


class HeatmapFilters(nn.Module):
    """Filters of a heatmap's full size, each the sum of a row filter and a column filter.

    A landmark's heatmap is the product of two profiles, so the response to such a filter,
    ``sum over y, x of H[y, x] * (across[x] + down[y])``, needs the profiles alone: 2 * size
    numbers in place of size * size. It is the same number (a test compares), about fifteen times
    faster to train than convolutions over drawn heatmaps, and measured better after equal steps.
    Responses are divided by the mass of a Gaussian, so that they do not depend on sigma.
    """

    def __init__(self, points: int, size: int, sigma: float, filters: int) -> None:
        super().__init__()
        self.size, self.sigma = size, sigma
        self.mass = math.sqrt(2 * math.pi) * sigma
        # Rows: `across` then `down`.
        self.weight = nn.Parameter(start_weight((points, 2 * size, filters), math.sqrt(2 * sigma)))
        self.bias = nn.Parameter(torch.zeros(points, 1, filters))

    def forward(self, points: Tensor) -> Tensor:
        """Responses (B, P, filters) to the heatmaps of points (B, P, 2) in [0, 1]."""
        profiles = gaussian_profiles(points, self.size, self.sigma)  # (B, P, 2, size), x before y
        # A column filter sums over rows: its response carries the mass of the row profile.
        masses = profiles.sum(-1, keepdim=True).flip(2) / self.mass
        weighted = (profiles * masses).flatten(2).transpose(0, 1)  # (P, B, 2 * size)
        return torch.baddbmm(self.bias, weighted, self.weight).transpose(0, 1)


class CoordinateFilters(nn.Module):
    """The measured alternative to `HeatmapFilters`: responses to the coordinates themselves."""

    # Normalised faces fill about half of the unit square around its middle.
    GAIN = 4.0

    def __init__(self, points: int, filters: int) -> None:
        super().__init__()
        self.points, self.count = points, filters
        self.weight = nn.Linear(2 * points, points * filters)

    def forward(self, points: Tensor) -> Tensor:
        """Responses (B, P, filters) to points (B, P, 2) in [0, 1]."""
        responses: Tensor = self.weight((points - 0.5).flatten(1) * self.GAIN)
        return responses.view(-1, self.points, self.count)


class ActionNetwork(nn.Module):
    """Predicts the motion that takes one landmark set to another.

    Both sets are seen as heatmaps (P channels each; or as numbers) and described by the same small
    network ``e``; a head ``h`` sees the source's description and the difference of the two, and
    the motion is ``h(e_s, e_t - e_s) - h(e_s, 0)``. So equal landmarks give exactly no motion: a
    driver at rest leaves the source as it is, whatever the network has learned, and what the head
    would always add cancels.

    The motion is ``coefficients @ bank`` with ``config.directions`` > 0 (the bank is a buffer, set
    by whoever found the directions), or all layers freely. ``scale`` (layers, w_dim) holds the
    typical size of a motion in each dimension, so that a free head works in units of about one.
    """

    bank: Tensor
    scale: Tensor

    # A change is some ten times smaller than a face; both halves of the head's input are to be
    # of one size.
    CHANGE_GAIN = 6.0

    def __init__(self, config: ActionNetworkConfig) -> None:
        super().__init__()
        self.config = config
        wide = config.features
        self.filters: nn.Module = (
            CoordinateFilters(config.points, config.filters)
            if config.input == "coordinates"
            else HeatmapFilters(config.points, config.heatmap_size, config.sigma, config.filters)
        )
        self.features = nn.Linear(config.points * config.filters, wide)
        self.head = nn.Sequential(
            nn.Linear(2 * wide, wide),
            nn.SiLU(),
            nn.Linear(wide, wide),
            nn.SiLU(),
            nn.Linear(wide, config.directions or config.layers * config.w_dim),
        )
        self.register_buffer("bank", torch.zeros(config.directions, config.layers, config.w_dim))
        self.register_buffer("scale", torch.ones(config.layers, config.w_dim))

    def describe(self, landmarks: Tensor) -> Tensor:
        """Describe a face's pose and expression.

        Args:
            landmarks: Normalised landmarks (B, P, 2), about [0, 1]: translation and scale removed
                by the rule of the FFHQ crop, roll kept.

        Returns:
            Descriptions (B, features).

        Raises:
            ShapeError: The landmarks have another shape.
        """
        check_shape("landmarks", landmarks, ("B", self.config.points, 2))
        responses = functional.silu(self.filters(landmarks))
        described: Tensor = self.features(responses.flatten(1))
        return described

    def motion(self, source: Tensor, target: Tensor) -> Tensor:
        """Predict what `forward` does, in the head's own terms.

        Args:
            source: Descriptions (B, features) of the face to start from.
            target: Descriptions (B, features) of the face to end with.

        Returns:
            Coefficients (B, K) over the bank, or the motion (B, layers * w_dim) in units of
            ``scale`` when the network has no bank. Exactly zero for equal descriptions.
        """
        change = (target - source) * self.CHANGE_GAIN
        pairs = torch.cat(
            [torch.cat([source, change], 1), torch.cat([source, torch.zeros_like(change)], 1)]
        )
        moved, still = self.head(pairs).chunk(2)
        difference: Tensor = moved - still
        # A kernel may round rows of one batch differently; no change is no motion all the same.
        return difference * (change != 0).any(dim=1, keepdim=True)

    def delta(self, motion: Tensor) -> Tensor:
        """Turn what `motion` gives into a change of W+ (B, layers, w_dim)."""
        if self.config.directions:
            return torch.einsum("bk,kld->bld", motion, self.bank.to(motion.dtype))
        return motion.view(-1, self.config.layers, self.config.w_dim) * self.scale

    def forward(self, landmarks_source: Tensor, landmarks_target: Tensor) -> Tensor:
        """Predict the motion (paper, equation 3).

        Args:
            landmarks_source: Normalised landmarks (B, P, 2) of the face to start from.
            landmarks_target: Normalised landmarks (B, P, 2) of the face to end with.

        Returns:
            Change (B, layers, w_dim) to add to the first layers of w_plus.

        Raises:
            ShapeError: The landmarks have another shape, or the two batches differ.
        """
        if landmarks_source.shape != landmarks_target.shape:
            raise ShapeError("landmarks_target", landmarks_source.shape, landmarks_target.shape)
        source, target = self.describe(landmarks_source), self.describe(landmarks_target)
        return self.delta(self.motion(source, target))
