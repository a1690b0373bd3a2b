"""From the points of a face to its visible contour."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from d2animator.errors import check_shape
from d2animator.faces.layouts import FLIP98, PARTS, POINTS

CONTOUR = len(PARTS["contour"])
_SEEN = POINTS - len(PARTS["pupils"])  # where one looks says nothing of the contour
_FLIP = torch.tensor(FLIP98)
_MIRROR = torch.tensor([-1.0, 1.0])


class OutlineNetwork(nn.Module):
    """Tells where the edge of a face is seen, from points that keep their places on the head.

    A head's shape and turn decide where its outline lies, and 98 points tell both. Place and size
    are taken out before, and put back after; a mirrored face gets the mirrored answer.
    """

    def __init__(self, width: int = 96) -> None:
        """Start with the points' own contour.

        Args:
            width: Of both hidden layers.
        """
        super().__init__()
        last = nn.Linear(width, 2 * CONTOUR)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(
            nn.Linear(2 * _SEEN, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), last
        )

    def forward(self, landmarks: Tensor) -> Tensor:
        """Find the outline.

        Args:
            landmarks: (B,98,2) of layout ``wflw98``, in any unit.

        Returns:
            (B,33,2) in the same unit, from the person's right over the chin to the left, evenly
            spread on either side of it.

        Raises:
            ShapeError: Not such points.
        """
        check_shape("landmarks", landmarks, ("B", POINTS, 2))
        centre, size = frame(landmarks)
        points = (landmarks - centre) / size
        flip, mirror = _FLIP.to(points.device), _MIRROR.to(points)
        mirrored = self._answer(points[:, flip] * mirror).flip(1) * mirror
        outline = points[:, :CONTOUR] + (self._answer(points) + mirrored) / 2
        return outline * size + centre

    def _answer(self, points: Tensor) -> Tensor:
        moved: Tensor = self.layers(points[:, :_SEEN].flatten(1))
        return moved.view(-1, CONTOUR, 2)


def frame(landmarks: Tensor) -> tuple[Tensor, Tensor]:
    """Middle (B,1,2) and size (B,1,1) of faces: mean and spread of the points but the pupils."""
    seen = landmarks[:, :_SEEN]
    centre = seen.mean(1, keepdim=True)
    return centre, (seen - centre).square().mean((1, 2), keepdim=True).sqrt().clamp(min=1e-6)
