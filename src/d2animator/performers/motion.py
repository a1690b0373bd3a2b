"""From wanted landmarks to motions in W+: the facial action network, and a second look.

The network knows a face by its landmarks alone, and how far a direction moves them differs from
face to face. So its first answer is drawn, the drawn face's landmarks are found, and what is still
missing to the wanted ones is asked for again. The paper (section 3.3) stops at the first answer.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from d2animator.errors import check_shape
from d2animator.latent.limit import MotionLimit
from d2animator.models.action import ActionNetwork

Look = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Draws motions (B, l, D) and finds the landmarks: normalised points (B, P, 2), and how sure each
face is (B,), 0 to 1."""

# A correction is at most so long, in lengths of the motion that it corrects: what was misread in a
# drawn face must not throw it about, and no motion needs no correction.
MOST_CORRECTED = 0.5
# Faces that were found less surely than this are not corrected.
_LEAST_SURE = 0.5


class ActionMotion:
    """The facial action network from the paper, FAN(k_s, k_t), with the source's landmarks fixed.

    What the network sees is one face, the source's, as in its training. Its answer is no longer
    than the limit, and then drawn and corrected (`correct`).
    """

    def __init__(
        self,
        network: ActionNetwork,
        own: Tensor,
        *,
        look: Look | None = None,
        corrections: int = 0,
        limit: MotionLimit | None = None,
    ) -> None:
        """Describe the source's face once for the whole clip.

        Args:
            network: The facial action network.
            own: Normalised landmarks k_s of the source (P, 2); or of as many sources as there
                will be wanted landmarks (B, P, 2), each with its own.
            look: Draws the sources in motion and finds their landmarks; None for no corrections.
            corrections: How often a motion is corrected by what is seen.
            limit: How long motions may be; None for no limit.
        """
        self._network, self._look = network, look
        self._corrections, self._limit = corrections, limit
        with torch.inference_mode():
            self._own = network.describe(own if own.ndim == 3 else own.unsqueeze(0))

    @property
    def corrections(self) -> int:
        """How often a motion is corrected by what is seen."""
        return 0 if self._look is None else self._corrections

    @torch.inference_mode()
    def __call__(self, wanted: Tensor) -> Tensor:
        """Predict the motions that lead from the source's landmarks to the wanted ones.

        Args:
            wanted: Normalised landmarks k_t (B, P, 2).

        Returns:
            Motions Δw (B, l, D).
        """
        return self.corrected(self.predicted(wanted), wanted, self.corrections)

    @torch.inference_mode()
    def predicted(self, wanted: Tensor) -> Tensor:
        """The network's first answer to wanted landmarks (B, P, 2): motions (B, l, D)."""
        network = self._network
        targets = network.describe(wanted)
        delta = network.delta(network.motion(self._own.expand_as(targets), targets))
        return self.limited(delta)

    @torch.inference_mode()
    def corrected(self, delta: Tensor, wanted: Tensor, times: int) -> Tensor:
        """Correct motions (B, l, D) towards wanted landmarks (B, P, 2) some times."""
        if self._look is None:
            return delta
        return correct(self._network, delta, wanted, self._look, times, self._limit)

    def limited(self, delta: Tensor) -> Tensor:
        """Motions (B, l, D) no longer than the limit."""
        return delta if self._limit is None else self._limit.shorten(delta)


def correct(
    network: ActionNetwork,
    delta: Tensor,
    wanted: Tensor,
    look: Look,
    times: int = 1,
    limit: MotionLimit | None = None,
) -> Tensor:
    """Correct motions by what is seen once they are drawn.

    Args:
        network: The facial action network.
        delta: Motions (B, l, D) that it predicted.
        wanted: Normalised landmarks (B, P, 2) that they were to lead to.
        look: Draws motions and finds their landmarks.
        times: How often; 0 changes nothing.
        limit: How long motions may be; None for no limit.

    Returns:
        Motions (B, l, D). One of zero stays zero.

    Raises:
        ShapeError: What was seen has another shape than what was wanted.
    """
    for _ in range(times):
        drawn, sure = look(delta)
        check_shape("landmarks of what was drawn", drawn, tuple(wanted.shape))
        usable = (sure >= _LEAST_SURE) & drawn.isfinite().flatten(1).all(1)
        # Where no face was found, nothing is missing.
        step = network(torch.where(usable[:, None, None], drawn, wanted), wanted)
        delta = delta + bounded(step, delta)
        delta = delta if limit is None else limit.shorten(delta)
    return delta


def bounded(correction: Tensor, delta: Tensor) -> Tensor:
    """Corrections (B, l, D) of motions (B, l, D), no longer than `MOST_CORRECTED` of each."""
    longest = MOST_CORRECTED * delta.flatten(1).norm(dim=1)
    length = correction.flatten(1).norm(dim=1).clamp_min(1e-12)
    kept: Tensor = correction * (longest / length).clamp(max=1.0)[:, None, None]
    return kept
