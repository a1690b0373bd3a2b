"""A bundle's networks on a stage: they draw faces, move them and look at what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from d2animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.bundles.locate import EMBEDDED
from d2animator.errors import BundleError
from d2animator.faces.actions import ACTIONS, POSE_ACTIONS
from d2animator.faces.align import normalise_landmarks
from d2animator.latent.directions import Directions, DirectionTable, add_motion, bound_motion
from d2animator.performers.portrait import Portrait
from tools.puppets.world import Z_DIM

TRUNCATION = 0.8


@dataclass(frozen=True, eq=False)
class Faces:
    """Drawn faces.

    Attributes:
        codes: (N, L, D).
        images: (N, 3, R, R).
        landmarks: Pixels (N, 98, 2).
    """

    codes: Tensor
    images: Tensor
    landmarks: Tensor


class Stage:
    """A bundle's networks, to draw and to look."""

    def __init__(self, animator: D2Animator) -> None:
        bundle: Bundle = animator.bundle
        bank, parts = bundle.bank(), bundle.animating()
        if bank.table is None:
            raise BundleError(bundle.config.name, "its directions were never measured")
        self.animator = animator
        self.generator, self.network = bundle.generator, parts.action_network
        self.bank: Directions = bank
        self.table: DirectionTable = bank.table
        self.draws_puppets = bundle.config.name == EMBEDDED and self.generator.z_dim == Z_DIM
        self._bounds = parts.statistics.w_avg, parts.statistics.limits
        self.tracker = bundle.tracker()

    def draw(self, codes: Tensor) -> Faces:
        """Draw codes (N, L, D) and read their landmarks."""
        with torch.inference_mode():
            images = torch.cat([self.generator.synthesis(part) for part in torch.split(codes, 8)])
        points = torch.cat([self.tracker.landmarks_batch(part) for part in torch.split(images, 8)])
        return Faces(codes, images.clone(), points)

    def noise(self, count: int, seed: int) -> Tensor:
        """Codes z (N, z_dim) at random."""
        draw = torch.Generator().manual_seed(seed)
        return torch.randn(count, self.generator.z_dim, generator=draw)

    def from_noise(self, z: Tensor) -> Faces:
        """Faces of codes z (N, z_dim)."""
        with torch.inference_mode():
            return self.draw(self.generator.mapping(z, truncation_psi=TRUNCATION).clone())

    def random(self, count: int, seed: int) -> Faces:
        """Faces at random."""
        return self.from_noise(self.noise(count, seed))

    def moved(self, faces: Faces, delta: Tensor) -> Faces:
        """Faces after motions (N, l, D)."""
        return self.draw(add_motion(faces.codes, bound_motion(faces.codes, delta, *self._bounds)))

    def portrait(self, faces: Faces, index: int) -> Portrait:
        """One of them, to be handed to the animator."""
        own = normalise_landmarks(faces.landmarks)[index]
        average, limits = self._bounds
        code = faces.codes[index : index + 1]
        return Portrait(self.generator, code, own, w_avg=average, limits=limits)


def relative(table: DirectionTable, change: Tensor) -> Tensor:
    """Changes of actions (N, A) in units of their ranges."""
    return change / table.ranges.double()


def amount(table: DirectionTable, change: Tensor, names: Sequence[str]) -> Tensor:
    """How much (N,) some actions change, root mean square in units of their ranges."""
    columns = [ACTIONS.index(name) for name in names]
    return relative(table, change)[:, columns].square().mean(1).sqrt()


EXPRESSIONS = tuple(name for name in ACTIONS if name not in POSE_ACTIONS)
