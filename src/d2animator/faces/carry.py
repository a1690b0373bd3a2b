"""A driver's change carried over to another face.

Landmarks change by what the driver's change by, all but the lids: eyes that are half as open as
they were leave the other face's half open, too. By the difference alone small eyes would close too
early and large ones never.
"""

from __future__ import annotations

import torch
from torch import Tensor

from d2animator.errors import check_shape
from d2animator.faces.layouts import layout_of

# Eyes less open than this, over their width, tell no share.
_LEAST_OPEN = 0.05


def carried_over(own: Tensor, reference: Tensor, landmarks: Tensor) -> Tensor:
    """Change a face as a driver changed.

    Args:
        own: Normalised landmarks (P, 2) of the face.
        reference: Normalised landmarks (P, 2) of the driver in the frame that changes go from.
        landmarks: Normalised landmarks (B, P, 2) of the driver.

    Returns:
        Normalised landmarks (B, P, 2) of the face.

    Raises:
        ShapeError: The shapes differ.
    """
    check_shape("landmarks", landmarks, ("B", *own.shape))
    check_shape("reference", reference, tuple(own.shape))
    wanted = own + landmarks - reference
    layout = layout_of(len(own))
    for rim in (layout.right_eye, layout.left_eye):
        wanted = _with_lids(wanted, own, reference, landmarks, rim)
    return wanted


def _with_lids(
    wanted: Tensor, own: Tensor, reference: Tensor, landmarks: Tensor, rim: tuple[int, ...]
) -> Tensor:
    """Let one eye close by the share by which the driver's did."""
    half = len(rim) // 2
    upper, lower = list(rim[1:half]), list(rim[:half:-1])
    before, width, _ = _openings(reference, rim)
    before = before.mean(-1)
    if float(before) < _LEAST_OPEN * float(width):
        return wanted
    share = _openings(landmarks, rim)[0].mean(-1) / before
    ours = _openings(own, rim)[0]
    now, _, down = _openings(wanted, rim)
    # At a share of one nothing is missing: opening further is carried over as all else is.
    missing = torch.where(share < 1, ours.mean() * share.clamp_min(0) - now.mean(-1), 0.0)
    weights = ours / ours.mean().clamp_min(1e-6)
    step = (missing[:, None] * weights)[..., None] * down[:, None] / 2
    changed = wanted.clone()
    changed[:, lower] += step
    changed[:, upper] -= step
    return changed


def _openings(points: Tensor, rim: tuple[int, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """Measure an eye of faces (..., P, 2).

    Returns:
        How far it is open at each pair of lid points (..., k), its width (...), and the unit
        vector (..., 2) from the upper lid down.
    """
    half = len(rim) // 2
    across = points[..., rim[half], :] - points[..., rim[0], :]
    width = across.norm(dim=-1)
    down = torch.stack([-across[..., 1], across[..., 0]], -1)
    down = down / width.clamp_min(1e-6)[..., None]
    gaps = points[..., list(rim[:half:-1]), :] - points[..., list(rim[1:half]), :]
    return (gaps * down[..., None, :]).sum(-1), width, down
