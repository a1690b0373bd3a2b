"""What detectors share that read pictures one at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from d2animator.errors import check_shape
from d2animator.faces.detector import Face, Picture
from d2animator.faces.layouts import Layout
from d2animator.faces.pixels import to_picture


def one_by_one(
    detect: Callable[[Picture], list[Face]], layout: Layout, images: Tensor
) -> tuple[Tensor, Tensor]:
    """Read a batch of pictures one after the other, the largest face of each.

    Args:
        detect: Finds the faces of a picture, largest first.
        layout: Meaning of the points.
        images: Pictures (B,3,H,H) in [-1,1].

    Returns:
        Points (B,P,2) in pixels and scores (B,), on the pictures' device. A picture without a face
        has the score 0 and `stand_in` as its points.

    Raises:
        ShapeError: Not such pictures.
    """
    check_shape("images", images, ("B", 3, "H", "H"))
    points, scores = [], []
    for image in images:
        faces = detect(to_picture(image))
        found = faces[0].landmarks if faces else stand_in(layout, image.shape[-1])
        points.append(torch.from_numpy(found.astype(np.float32)))
        scores.append(faces[0].score if faces else 0.0)
    return torch.stack(points).to(images.device), torch.tensor(scores, device=images.device)


def stand_in(layout: Layout, size: int) -> np.ndarray:
    """Points (P,2) for a picture without a face: finite and of some extent, but no face.

    Whoever normalises a whole batch before leaving out what has no face must not meet a division
    by zero.
    """
    angle = np.arange(layout.points) * (2 * np.pi / layout.points)
    ring = 0.5 + 0.3 * np.stack([np.cos(angle), np.sin(angle)], 1)
    return (size * ring).astype(np.float32)
