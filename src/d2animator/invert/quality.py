"""How well an inversion kept the person: figures, and what would help where they are poor."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from d2animator.invert.optimise import UNREACHED_DISTANCE, Effort, Level
from d2animator.latent.distance import detail_likeness, weighted_distance

Embed = Callable[[Tensor], Tensor]
"""images (B, 3, R, R) in [-1, 1], aligned as in FFHQ -> embeddings (B, E) of who it is."""

# Beyond these the person is no longer the one in the picture: sheets of held-out renders and of
# photos of people, inverted with the embedded model, were looked at.
POOR_DISTANCE = 0.19
POOR_IDENTITY = 0.5


def on_device(embed: Embed | None, device: torch.device) -> Embed | None:
    """Give what tells people apart on a device; the same where it belongs to no network."""
    return copy.deepcopy(embed).to(device) if isinstance(embed, torch.nn.Module) else embed


@dataclass(frozen=True)
class Glance:
    """How near a generator comes to a face at a glance, where the face counts most.

    Attributes:
        distance: Mean absolute difference of drawn and given picture, 0 to 2.
        likeness: Correlation of their details, -1 to 1; see `detail_likeness`.
    """

    distance: float
    likeness: float

    @classmethod
    def of(cls, drawn: Tensor, given: Tensor, weight: Tensor) -> Glance:
        """Compare a drawn and a given picture (1, 3, R, R), weighted by (1, 1, R, R)."""
        return cls(weighted_distance(drawn, given, weight), detail_likeness(drawn, given, weight))


@dataclass(frozen=True)
class InversionReport:
    """How a source was inverted and how near its drawn picture came.

    Attributes:
        level: How it was inverted; see ``InversionOptions``.
        effort: What "tune" did, None for the other levels.
        distance: Mean absolute difference of drawn and given picture, 0 to 2, where the face
            counts most.
        start_distance: The same for the encoder's answer.
        psnr: Peak signal-to-noise ratio in dB, with the same weights.
        identity: Cosine of the two pictures' identity embeddings, -1 to 1; None without an
            identity network.
        seconds: Time it took, when it was computed.
        cached: Whether it came from the cache.
    """

    level: Level
    effort: Effort | None
    distance: float
    start_distance: float
    psnr: float
    identity: float | None
    seconds: float
    cached: bool

    @property
    def poor(self) -> bool:
        """Whether the drawn face is hardly the given one."""
        if self.distance > POOR_DISTANCE:
            return True
        # Identity is judged by a network that knows what the generator draws, and nothing else.
        if self.identity is None or self.distance > UNREACHED_DISTANCE:
            return False
        return self.identity < POOR_IDENTITY

    def describe(self) -> str:
        """Say it in a few words."""
        how = self.level if self.effort is None else f"{self.level}, {self.effort}"
        who = "" if self.identity is None else f", identity {self.identity:.2f}"
        return f"{how}: distance {self.distance:.3f}, {self.psnr:.1f} dB{who}"

    def advice(self) -> str | None:
        """Say what would help, None if nothing needs to."""
        if not self.poor:
            return None
        start = f"the drawn face is not very like the source ({self.describe()})"
        if self.level == "encoder":
            return f"{start}; inversion optimise or tune comes nearer"
        if self.level == "optimise":
            return f"{start}; inversion tune comes nearer, at the cost of time"
        if self.effort == "fast":
            return f"{start}; tune full comes nearer, at the cost of time"
        return f"{start}; a model that was trained on such pictures would help"


def weighted_psnr(one: Tensor, other: Tensor, weight: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of pictures (1, 3, R, R) in [-1, 1]; at most 100."""
    error = (one.clamp(-1, 1) - other.clamp(-1, 1)).square()
    mean = float((error * weight / weight.mean()).mean())
    return 10 * math.log10(4 / max(mean, 4e-10))


@torch.no_grad()
def identity_similarity(one: Tensor, other: Tensor, embed: Embed) -> float:
    """Cosine of the identity embeddings of two pictures (1, 3, R, R), -1 to 1."""
    first, second = (embed(image.clamp(-1, 1)).flatten(1) for image in (one, other))
    return float(functional.cosine_similarity(first, second)[0])
