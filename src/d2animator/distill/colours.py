"""Keeping a face's look out of what is found about its motion.

Clusters of landmarks also differ by chance, and by how the generator was trained, in the skin's
mean colour and in what surrounds the face. A driver who opens the mouth must not change the
source's complexion, nor one who smiles the hair.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from d2animator.faces.layouts import layout_of

# Places around a face, across and down from between its eyes, in units of the face's size: the
# distance of the eyes' middles.
_AROUND = (
    *((x, -1.7) for x in (0.0, 0.6, 1.2)),
    *((x, -1.3) for x in (0.0, 0.7, 1.2)),
    *((1.4, y) for y in (-0.8, -0.2, 0.4, 1.0, 1.6)),
    *((1.9, y) for y in (-0.6, 0.4, 1.4)),
    *((x, 2.3) for x in (0.5, 1.1, 1.7)),
)


LEAST_READING = 1e-4
"""Least change of what is read along one standard deviation of the codes: 1/40 of a grey level."""


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
    points = torch.stack([*cheeks, landmarks[:, layout.nose_bridge]], 1).unsqueeze(1)
    return _picked(images, points, padding="zeros").squeeze(2)


def surroundings(images: Tensor, landmarks: Tensor) -> Tensor:
    """Colours around the face: of the hair above and beside it, and of what is below the jaw.

    They are taken in the face's own frame, the means of mirrored places, so that a turn or a tilt
    of the head changes them little.

    Args:
        images: Pictures (N, 3, S, S), uint8.
        landmarks: Landmarks (N, P, 2) in picture widths.

    Returns:
        Colours (N, 3 * places) in [0, 1].
    """
    layout = layout_of(landmarks.shape[1])
    eyes = [landmarks[:, list(rim)].mean(1) for rim in (layout.right_eye, layout.left_eye)]
    mouth = (landmarks[:, layout.mouth_right] + landmarks[:, layout.mouth_left]) / 2
    middle, across = (eyes[0] + eyes[1]) / 2, eyes[1] - eyes[0]
    # A turned head brings the eyes together, a nod the eyes and the mouth.
    size = torch.maximum(across.norm(dim=1), (mouth - middle).norm(dim=1))
    x_axis = across * (size / across.norm(dim=1).clamp_min(1e-6))[:, None]
    y_axis = torch.stack([-x_axis[:, 1], x_axis[:, 0]], 1)
    x, y = torch.tensor(_AROUND, dtype=landmarks.dtype, device=landmarks.device).unbind(1)
    down = middle[:, None] + y[:, None] * y_axis[:, None]
    aside = x[:, None] * x_axis[:, None]
    points = torch.stack([down - aside, down + aside], 2)  # (N, places, 2, 2)
    return _picked(images, points, padding="border").flatten(1)


def _picked(images: Tensor, points: Tensor, padding: str) -> Tensor:
    """Mean colours (N, 3, A) of pictures (N, 3, S, S), uint8, at B points each (N, A, B, 2)."""
    found = []
    for part, places in zip(torch.split(images, 512), torch.split(points, 512), strict=True):
        where = (places * 2 - 1).float()
        picked = functional.grid_sample(
            part.float() / 255, where, padding_mode=padding, align_corners=False
        )
        found.append(picked.mean(3))
    return torch.cat(found)


def main_components(values: Tensor, count: int) -> Tensor:
    """Give values (N, F) along their first principal components, (N, count)."""
    centred = (values - values.mean(0)).double()
    some = centred[:: max(1, len(centred) // 20_000)]
    axes = torch.linalg.svd(some, full_matrices=False).Vh[:count]
    found: Tensor = (centred @ axes.T).to(values.dtype)
    return found


def reading_axes(codes: Tensor, told: Tensor, ridge: float = 1e-2) -> Tensor:
    """Find the directions of codes along which something can be read off them linearly.

    Args:
        codes: Whitened codes (N, F).
        told: What can be read off them (N, C), such as colours in [0, 1]; C far less than F.
        ridge: Weight of the ridge, in units of the codes' variance.

    Returns:
        Orthonormal axes (F, A): as many as what is told varies in, none for what is constant.
    """
    centred = (codes - codes.mean(0)).double()
    wanted = (told - told.mean(0)).double()
    gram = centred.T @ centred / len(centred)
    gram.diagonal().add_(ridge)
    reading = torch.linalg.solve(gram, centred.T @ wanted / len(centred))
    axes, sizes, _ = torch.linalg.svd(reading, full_matrices=False)
    # Where there is nothing to be read, as off grey pictures' second colour, axes are rounding's.
    return torch.as_tensor(axes[:, sizes > LEAST_READING].to(codes.dtype))


def take_out(codes: Tensor, axes: Tensor) -> Tensor:
    """Project codes (N, F) onto what is at right angles to orthonormal axes (F, C)."""
    clean: Tensor = codes - (codes @ axes) @ axes.T
    return clean
