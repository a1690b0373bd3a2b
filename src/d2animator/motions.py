"""From a driver's landmarks to motions in W+: the facial action network, and a second look.

The network knows a face by its landmarks alone, and how far a direction moves them differs from
face to face. So its first answer is drawn, the drawn face's landmarks are found, and what is still
missing to the wanted ones is asked for again. The paper (section 3.3) stops at the first answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch import Tensor

from d2animator.errors import check_shape
from d2animator.faces.actions import Region, part_motion
from d2animator.faces.carry import carried_over
from d2animator.latent.limit import MotionLimit
from d2animator.models.action import ActionNetwork

See = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Draws motions (B, l, D) and finds the landmarks: normalised points (B, P, 2), and how sure each
face is (B,), 0 to 1."""

# A correction is at most so long, in lengths of the motion that it corrects: what was misread in a
# drawn face must not throw it about, and no motion needs no correction.
MOST_CORRECTED = 0.5
# Faces that were found less surely than this are not corrected.
_LEAST_SURE = 0.5


class MotionSource(Protocol):
    """Anything that turns a driver's landmarks into motions in W+."""

    def motions(self, landmarks: Tensor) -> Tensor:
        """Turn normalised landmarks (B, P, 2) into motions (B, l, D)."""
        ...


def correct(
    network: ActionNetwork,
    delta: Tensor,
    wanted: Tensor,
    see: See,
    times: int = 1,
    limit: MotionLimit | None = None,
) -> Tensor:
    """Correct motions by what is seen once they are drawn.

    Args:
        network: The facial action network.
        delta: Motions (B, l, D) that it predicted.
        wanted: Normalised landmarks (B, P, 2) that they were to lead to.
        see: Draws and finds.
        times: How often; 0 changes nothing.
        limit: How long motions may be; None for no limit.

    Returns:
        Motions (B, l, D). One of zero stays zero.

    Raises:
        ShapeError: What was seen has another shape than what was wanted.
    """
    for _ in range(times):
        seen, sure = see(delta)
        check_shape("seen", seen, tuple(wanted.shape))
        found = (sure >= _LEAST_SURE) & seen.isfinite().flatten(1).all(1)
        # Where nothing was found, nothing is missing.
        step = network(torch.where(found[:, None, None], seen, wanted), wanted)
        longest = MOST_CORRECTED * delta.flatten(1).norm(dim=1)
        length = step.flatten(1).norm(dim=1).clamp_min(1e-12)
        delta = delta + step * (longest / length).clamp(max=1.0)[:, None, None]
        delta = delta if limit is None else limit.shorten(delta)
    return delta


class ActionMotion:
    """The facial action network with its starting face fixed.

    The motion starts from the source. Absolute motion ends at the driver's landmarks, so that the
    source takes over the driver's pose and expression. Relative motion ends at the source's own
    landmarks, changed as the driver's are from its reference frame (`carried_over`): what the
    network sees is one face, the source's, as in its training, and the driver's proportions stay
    with the driver. Where only some regions move, or move more or less, the motion is taken apart
    before the network sees it. Then it is drawn and corrected (`correct`).
    """

    def __init__(
        self,
        network: ActionNetwork,
        start: Tensor,
        reference: Tensor | None = None,
        gains: Mapping[Region, float] | None = None,
        *,
        see: See | None = None,
        corrections: int = 1,
        limit: MotionLimit | None = None,
    ) -> None:
        """Describe the starting face once for the whole clip.

        Args:
            network: The facial action network.
            start: Normalised landmarks (P, 2) of the source.
            reference: Normalised landmarks (P, 2) of the driver's reference frame, for relative
                motion; None for absolute motion.
            gains: How far each region follows, see `d2animator.faces.actions.part_motion`; None
                for the whole motion.
            see: Draws the source in motion and finds its landmarks; None for no corrections.
            corrections: How often a motion is corrected by what is seen, see `correct`.
            limit: How long motions may be; None for no limit.
        """
        self._network = network
        self._own, self._reference, self._gains = start, reference, gains or {}
        self._see, self._times, self._limit = see, corrections, limit
        with torch.inference_mode():
            self._start = network.describe(start.unsqueeze(0))

    @torch.inference_mode()
    def motions(self, landmarks: Tensor) -> Tensor:
        """Predict the motions from the starting face.

        Args:
            landmarks: Normalised landmarks (B, P, 2).

        Returns:
            Motions (B, l, D).
        """
        if self._reference is not None:
            landmarks = carried_over(self._own, self._reference, landmarks)
        wanted = part_motion(self._own, landmarks, self._gains)
        targets = self._network.describe(wanted)
        delta = self._network.delta(self._network.motion(self._start.expand_as(targets), targets))
        if self._limit is not None:
            delta = self._limit.shorten(delta)
        if self._see is None:
            return delta
        return correct(self._network, delta, wanted, self._see, self._times, self._limit)
