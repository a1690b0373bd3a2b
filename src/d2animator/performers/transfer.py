"""From what a driver does to what a source shall do, on landmarks alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from d2animator.faces.actions import Region, part_motion
from d2animator.faces.carry import carried_over
from d2animator.faces.limit import LandmarkLimit, limited
from d2animator.faces.motion import Observation


@dataclass(frozen=True, eq=False)
class Transfer:
    """How a driver's landmarks become those that a source is to have.

    Absolute motion ends at the driver's landmarks, so that the source takes over the driver's pose
    and expression. Relative motion ends at the source's own landmarks, changed as the driver's are
    from its reference frame (`carried_over`): the driver's proportions stay with the driver. Where
    only some regions move, or move more or less, the motion is taken apart (`part_motion`).

    Attributes:
        own: Normalised landmarks (P, 2) of the source at rest.
        reference: Normalised landmarks (P, 2) of the driver's reference frame, for relative motion;
            None for absolute motion.
        gains: How far each region follows; a missing one wholly.
        limit: How far landmarks may go; None for any distance.
    """

    own: Tensor
    reference: Tensor | None = None
    gains: Mapping[Region, float] = field(default_factory=dict)
    limit: LandmarkLimit | None = None

    def __call__(self, observations: Iterator[Observation]) -> Iterator[tuple[Observation, Tensor]]:
        """Tell what the source shall do in every frame of a driver.

        Args:
            observations: The driver; where it has shown no face yet the source rests.

        Yields:
            Each observation, ``limited`` where its motion was too large and made smaller, and the
            wanted normalised landmarks (P, 2).
        """
        rest = self.own if self.reference is None else self.reference
        if self.limit is not None:
            start = rest.double().cpu().numpy().astype(np.float64)
            observations = limited(observations, self.limit, start)
        for observation in observations:
            landmarks = rest
            if observation.landmarks is not None:
                landmarks = torch.from_numpy(observation.landmarks).to(rest)
            yield observation, self.carried(landmarks.unsqueeze(0))[0]

    def carried(self, landmarks: Tensor) -> Tensor:
        """Carry a driver's landmarks (B, P, 2), normalised, over to the source's (B, P, 2)."""
        if self.reference is not None:
            landmarks = carried_over(self.own, self.reference, landmarks)
        return part_motion(self.own, landmarks, self.gains)
