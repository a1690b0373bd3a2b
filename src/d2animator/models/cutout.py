"""The network that tells a person's head and body from what is around them."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

CUT_MIDDLE_CM = (0.0, -3.0, 0.0)
"""What is in the middle of the network's picture, in the head's frame."""
CUT_REACH_CM = 26.0
"""From there to the picture's sides."""
CUT_SIZE = 128
"""Side of the network's pictures, in pixels."""
CLASSES = ("background", "head", "body")
"""What a pixel may show: the head is with hair and neck, the body with clothes."""

# Widths of the levels, of which each has half of the pixels along a side of the one before.
_WIDTHS = (16, 32, 48, 64, 96)


class CutoutNetwork(nn.Module):
    """A small U-net over pictures in which a head has always the same place and size."""

    places: Tensor

    def __init__(self) -> None:
        """Make the network with random weights."""
        super().__init__()
        self.stem = _conv(6, _WIDTHS[0])
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        for fine, coarse in pairwise(_WIDTHS):
            self.down.append(nn.Sequential(_conv(fine, coarse, stride=2), _Block(coarse)))
            self.up.append(_Up(fine, coarse))
        self.deep = nn.Sequential(_Block(_WIDTHS[-1]), _Everywhere(_WIDTHS[-1]))
        self.head = nn.Conv2d(_WIDTHS[0], len(CLASSES), 1)
        line = (torch.arange(CUT_SIZE) + 0.5) / CUT_SIZE * 2 - 1
        y, x = torch.meshgrid(line, line, indexing="ij")
        self.register_buffer("places", torch.stack([x, y]), persistent=False)

    def forward(self, images: Tensor, there: Tensor) -> Tensor:
        """Tell what pixels show.

        Args:
            images: Pictures (B, 3, S, S) in [0, 1], black where the photo has ended.
            there: 1 inside the photo, (B, 1, S, S).

        Returns:
            Logits (B, 3, S, S) of `CLASSES`.
        """
        places = self.places.expand(len(images), -1, -1, -1)
        level = self.stem(torch.cat([2 * images - 1, there, places], 1))
        kept = []
        for down in self.down:
            kept.append(level)
            level = down(level)
        level = self.deep(level)
        for up, fine in zip(reversed(self.up), reversed(kept), strict=True):
            level = up(fine, level)
        logits: Tensor = self.head(level)
        return logits


class _Block(nn.Module):
    """Two convolutions that add to what comes in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(width, width), nn.Conv2d(width, width, 3, padding=1))
        self.norm = nn.GroupNorm(8, width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.norm(self.body(x)))


class _Up(nn.Module):
    """One level further up: what was understood there, with what was seen here."""

    def __init__(self, fine: int, coarse: int) -> None:
        super().__init__()
        self.understood = nn.Conv2d(coarse, fine, 1)
        self.both = _conv(2 * fine, fine)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        larger = interpolate(self.understood(coarse), size=fine.shape[-2:], mode="nearest")
        together: Tensor = self.both(torch.cat([fine, larger], 1))
        return together


class _Everywhere(nn.Module):
    """Adds to every pixel what the whole picture is like."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.told = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        told: Tensor = self.told(x.mean((2, 3)))
        return x + told[:, :, None, None]


def _conv(entries: int, width: int, stride: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(entries, width, 3, stride, 1, bias=False)
    return nn.Sequential(layer, nn.GroupNorm(8, width), nn.ReLU())
