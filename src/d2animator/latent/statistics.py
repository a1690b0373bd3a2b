"""What W looks like: its mean, its spread and its principal axes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from d2animator.errors import check_shape
from d2animator.latent.generator import GeneratorLike


@dataclass(frozen=True, eq=False)
class WStatistics:
    """Statistics of W over many samples of z.

    Attributes:
        w_avg: Mean code (D,).
        w_std: Standard deviation in each dimension (D,), positive.
        axes: Principal axes (D, D), one a row, unit length, the widest first.
        spreads: Standard deviation along each axis (D,).
        limits: Distance from ``w_avg`` that codes rarely exceed, for each layer (L,): the bound of
            the augmentation and of edits.
    """

    w_avg: Tensor
    w_std: Tensor
    axes: Tensor
    spreads: Tensor
    limits: Tensor

    def to(self, device: torch.device | str) -> WStatistics:
        """Give the same statistics on another device."""
        fields = (self.w_avg, self.w_std, self.axes, self.spreads, self.limits)
        return WStatistics(*(field.to(device) for field in fields))

    def whiten(self, codes: Tensor, floor: float = 0.01) -> Tensor:
        """Express codes (..., D) along the principal axes in units of their spread.

        Args:
            codes: Codes of W.
            floor: Least spread, as a share of the widest: W is nearly flat along some axes.

        Returns:
            Coordinates (..., D), about standard normal for codes of W.
        """
        return (codes - self.w_avg) @ self.axes.T / self.floored(floor)

    def unwhiten(self, coordinates: Tensor, floor: float = 0.01) -> Tensor:
        """Undo `whiten`."""
        return (coordinates * self.floored(floor)) @ self.axes + self.w_avg

    def floored(self, floor: float = 0.01) -> Tensor:
        """Give the spreads (D,), none below ``floor`` times the widest."""
        return self.spreads.clamp_min(floor * float(self.spreads[0]))


def w_statistics(codes: Tensor, num_ws: int, percentile: float = 99.0) -> WStatistics:
    """Measure W.

    Args:
        codes: Samples (N, D) of W, N of some thousands.
        num_ws: Layers of w_plus; every layer gets the same limit, as all share W.
        percentile: Share of the samples (in percent) within the limit.

    Returns:
        The statistics, float32.

    Raises:
        ShapeError: ``codes`` is not (N, D).
    """
    check_shape("codes", codes, ("N", "D"))
    codes = codes.double()
    mean = codes.mean(0)
    centred = codes - mean
    covariance = centred.T @ centred / max(len(codes) - 1, 1)
    values, vectors = torch.linalg.eigh(covariance)
    limit = torch.quantile(centred.norm(dim=1), percentile / 100)
    std = centred.std(0).clamp_min(1e-8)
    return WStatistics(
        mean.float(),
        std.float(),
        vectors.T.flip(0).contiguous().float(),
        values.clamp_min(0).sqrt().flip(0).float(),
        limit.float().repeat(num_ws),
    )


@torch.no_grad()
def measure_w(
    generator: GeneratorLike, *, samples: int = 20000, seed: int = 0, percentile: float = 99.0
) -> WStatistics:
    """Sample a generator's mapping and measure W.

    Args:
        generator: Anything with ``z_dim`` and ``mapping``.
        samples: Number of z drawn.
        seed: Seed of the draw.
        percentile: See `w_statistics`.

    Returns:
        The statistics.
    """
    draw = torch.Generator().manual_seed(seed)
    z = torch.randn(samples, generator.z_dim, generator=draw)
    device = next(generator.parameters()).device
    codes = [generator.mapping(part.to(device)).cpu() for part in torch.split(z, 1024)]
    return w_statistics(torch.cat([code[:, 0] for code in codes]), codes[0].shape[1], percentile)
