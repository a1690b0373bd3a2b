"""A generator whose pictures carry the truth about themselves, and a detector that reads it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from d2animator.faces.pose import HeadPose, mean_face, posed, rotations

SIZE, LAYERS, WIDTH = 64, 3, 6
UNITS = (25.0, 10.0, 0.1)  # of w's first entries: yaw, pitch in degrees, an open jaw


class Truthful(nn.Module):
    """A generator whose first layer's code is pose, jaw, face width and colour, as they are."""

    z_dim = w_dim = WIDTH
    num_ws = LAYERS

    def mapping(self, z: Tensor, truncation_psi: float = 1.0) -> Tensor:
        return (truncation_psi * z).unsqueeze(1).repeat(1, LAYERS, 1)

    def synthesis(self, w_plus: Tensor) -> Tensor:
        code = w_plus[:, 0]
        images = torch.zeros(len(code), 3, SIZE, SIZE)
        images += 0.3 * code[:, 4, None, None, None].tanh()
        # What the detector below reads: written into a corner that no face reaches.
        images[:, 0, 0, :WIDTH] = code
        return images


def read(images: Tensor) -> tuple[Tensor, Tensor]:
    """A detector for those pictures: it reads the code and knows the geometry."""
    code = images[:, 0, 0, :WIDTH].double()
    shape = mean_face()[None, :, :2].repeat(len(code), 1, 1)
    shape[:, :33, 0] *= 1 + 0.1 * code[:, 3:4]
    shape[:, [83, 84, 85, 86, 87, 93, 94, 95], 1] -= UNITS[2] * code[:, 2:3]
    angles = torch.stack([UNITS[0] * code[:, 0], UNITS[1] * code[:, 1], 0 * code[:, 0]], 1)
    size, zero = torch.full((len(code),), SIZE / 3).double(), torch.zeros(len(code), 2).double()
    middle = torch.full((len(code), 2), SIZE / 2).double()
    points = posed(shape, HeadPose(rotations(angles), size, zero, middle))
    return points, torch.ones(len(code))
