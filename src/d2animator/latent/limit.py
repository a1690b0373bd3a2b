"""How long a motion may be before what is drawn is no face any more.

The bound on codes (`latent.directions.bound_motion`) keeps each layer within W's ball. But most of
that ball is empty: a motion can stay within it and lead along axes where W hardly varies. So the
motion is measured in W's own units, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from d2animator.errors import check_shape
from d2animator.latent.statistics import WStatistics


@dataclass(frozen=True, eq=False)
class MotionLimit:
    """The longest motion, in standard deviations of W.

    Attributes:
        statistics: W's principal axes and the spread along them.
        longest: Length of the longest motion.
    """

    statistics: WStatistics
    longest: float

    def to(self, device: torch.device | str) -> MotionLimit:
        """Give the same limit on another device."""
        return replace(self, statistics=self.statistics.to(device))

    def lengths(self, delta: Tensor) -> Tensor:
        """Measure motions.

        Args:
            delta: Motions (B, l, D).

        Returns:
            Lengths (B,) in standard deviations along W's principal axes, the mean over the layers.
        """
        check_shape("delta", delta, ("B", "layers", "D"))
        found: Tensor = (delta @ self.statistics.axes.T / self.statistics.floored()).norm(dim=-1)
        return found.mean(1)

    def shorten(self, delta: Tensor) -> Tensor:
        """Shorten motions (B, l, D) that are too long; their direction is kept."""
        share = self.longest / self.lengths(delta).clamp_min(1e-12)
        return delta * share.clamp(max=1.0)[:, None, None]
