"""Keeping a face's colour out of what is found about its motion.

Clusters of landmarks also differ by chance, and by how the generator was trained, in the skin's
mean colour. A driver who opens the mouth must not change the source's complexion.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from d2animator.faces.layouts import layout_of


def skin_colours(images: Tensor, landmarks: Tensor) -> Tensor:
    """Colour of the skin: the mean over both cheeks and the bridge of the nose.

    Args:
        images: Pictures (N, 3, S, S), uint8.
        landmarks: Landmarks (N, P, 2) in picture widths.

    Returns:
        Colours (N, 3) in [0, 1].
    """
    layout = layout_of(landmarks.shape[1])
    eyes = [landmarks[:, list(rim)].mean(1) for rim in (layout.right_eye, layout.left_eye)]
    cheeks = [
        (eye + landmarks[:, corner]) / 2
        for eye, corner in zip(eyes, (layout.mouth_right, layout.mouth_left), strict=True)
    ]
    points = torch.stack([*cheeks, landmarks[:, layout.nose_bridge]], 1).unsqueeze(2) * 2 - 1
    found = []
    for part, places in zip(torch.split(images, 512), torch.split(points, 512), strict=True):
        picked = functional.grid_sample(part.float() / 255, places.float(), align_corners=False)
        found.append(picked.mean((2, 3)))
    return torch.cat(found)


def reading_axes(codes: Tensor, told: Tensor, ridge: float = 1e-2) -> Tensor:
    """Find the directions of codes along which something can be read off them linearly.

    Args:
        codes: Whitened codes (N, F).
        told: What can be read off them (N, C), C far less than F.
        ridge: Weight of the ridge, in units of the codes' variance.

    Returns:
        Orthonormal axes (F, C).
    """
    centred = (codes - codes.mean(0)).double()
    wanted = (told - told.mean(0)).double()
    gram = centred.T @ centred / len(centred)
    gram.diagonal().add_(ridge)
    reading = torch.linalg.solve(gram, centred.T @ wanted / len(centred))
    return torch.as_tensor(torch.linalg.qr(reading).Q.to(codes.dtype))


def take_out(codes: Tensor, axes: Tensor) -> Tensor:
    """Project codes (N, F) onto what is at right angles to orthonormal axes (F, C)."""
    clean: Tensor = codes - (codes @ axes) @ axes.T
    return clean
