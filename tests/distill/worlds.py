"""A world small enough to know: landmarks are a linear map of z, and pictures carry landmarks.

Its generator is a real module with the field's interface; its "pictures" hold the landmarks'
coordinates as pixel values, so that its detector is exact.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from d2animator.faces.layouts import PARTS

STATES = ("jaw", "brows", "gaze", "yaw")
LOOKS = 8
SIDE = 16


def template() -> Tensor:
    """A schematic frontal face (98, 2) in picture widths."""
    points = torch.zeros(98, 2)

    def ring(indices: range, x: float, y: float, wide: float, tall: float, start: float) -> None:
        for order, index in enumerate(indices):
            angle = start + 2 * math.pi * order / len(indices)
            points[index] = torch.tensor([x + wide * math.cos(angle), y + tall * math.sin(angle)])

    for index in range(33):
        angle = math.pi * (1 - index / 32)
        points[index] = torch.tensor([0.5 + 0.3 * math.cos(angle), 0.45 + 0.4 * math.sin(angle)])
    for order in range(9):
        lift = 0.03 * math.sin(math.pi * order / 8)
        points[33 + order] = torch.tensor([0.28 + 0.02 * order, 0.36 - lift])
        points[42 + order] = torch.tensor([0.56 + 0.02 * order, 0.36 - lift])
    for order in range(4):
        points[51 + order] = torch.tensor([0.5, 0.45 + 0.05 * order])
    for order in range(5):
        points[55 + order] = torch.tensor([0.45 + 0.025 * order, 0.63])
    ring(range(60, 68), 0.37, 0.44, 0.05, 0.02, math.pi)
    ring(range(68, 76), 0.63, 0.44, 0.05, 0.02, math.pi)
    ring(range(76, 88), 0.5, 0.74, 0.09, 0.03, math.pi)
    ring(range(88, 96), 0.5, 0.74, 0.06, 0.012, math.pi)
    points[96], points[97] = torch.tensor([0.37, 0.44]), torch.tensor([0.63, 0.44])
    return points


def _fields() -> Tensor:
    """Motion of the landmarks for one unit of each entry of z, (4 + LOOKS, 98, 2)."""
    face = template()
    fields = torch.zeros(len(STATES) + LOOKS, 98, 2)
    lower = list(range(83, 88)) + list(range(93, 96)) + list(range(10, 23))
    fields[0, lower, 1] = 0.02
    fields[1, list(PARTS["brows"]), 1] = -0.012
    fields[2, list(PARTS["pupils"]), 0] = 0.01
    # A turn of the head: points in front move farther than those behind.
    depth = 1 - ((face - torch.tensor([0.5, 0.6])).square().sum(1) / 0.12).clamp_max(1)
    depth[51:55] += torch.tensor([0.2, 0.4, 0.6, 0.8])
    depth[55:60] += 0.5
    fields[3, :, 0] = 0.03 * depth
    random = torch.Generator().manual_seed(11)
    for look in range(LOOKS):
        # Smooth changes of the face's proportions, a third of the size of the states'.
        phase = 2 * math.pi * torch.rand(2, 2, generator=random)
        turns = 1 + 2 * torch.rand(2, 2, generator=random)
        for axis in range(2):
            wave = torch.sin(face @ turns[axis] * 2 + phase[axis, 0])
            fields[len(STATES) + look, :, axis] = 0.002 * wave
    return fields


class LinearWorld(nn.Module):
    """z (B, 12) -> w = E z with orthonormal E -> landmarks, linear in w's first eight layers."""

    embedding: Tensor
    fields: Tensor
    face: Tensor

    def __init__(self, w_dim: int = 24, num_ws: int = 10) -> None:
        super().__init__()
        self.z_dim, self.w_dim, self.num_ws = len(STATES) + LOOKS, w_dim, num_ws
        random = torch.Generator().manual_seed(3)
        basis, _ = torch.linalg.qr(torch.randn(w_dim, self.z_dim, generator=random))
        self.register_buffer("embedding", basis)
        self.register_buffer("fields", _fields())
        self.register_buffer("face", template())
        self.gain = nn.Parameter(torch.ones(()))

    def mapping(self, z: Tensor, truncation_psi: float = 1.0) -> Tensor:
        return (truncation_psi * z @ self.embedding.T).unsqueeze(1).repeat(1, self.num_ws, 1)

    def landmarks(self, w_plus: Tensor) -> Tensor:
        z = w_plus[:, :8].mean(1) @ self.embedding
        return self.face + torch.einsum("bz,zpc->bpc", z, self.fields)

    def synthesis(self, w_plus: Tensor) -> Tensor:
        with torch.autocast("cpu", enabled=False):  # its pixels are coordinates: keep them exact
            flat = self.landmarks(w_plus).flatten(1) * 2 - 1
        rest = w_plus[:, -1, :3].repeat(1, 200)[:, : 3 * SIDE * SIDE - 196] * 0.2
        return self.gain * torch.cat([flat, rest], 1).view(-1, 3, SIDE, SIDE)


def detect(images: Tensor) -> tuple[Tensor, Tensor]:
    """Read the landmarks off, in pixels; a face that leaves the picture is not confident."""
    points = (images.flatten(1)[:, :196].view(-1, 98, 2) + 1) / 2
    inside = ((points > 0.02) & (points < 0.98)).all(-1).all(-1)
    return points * images.shape[-1], inside.float()


def true_direction(world: LinearWorld, state: str) -> Tensor:
    """The direction of W (D,) that moves one state and nothing else."""
    return world.embedding[:, STATES.index(state)]
