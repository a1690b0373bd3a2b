"""Cropping a face to where a generator draws it, before it is inverted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from d2animator.faces.align import Similarity, ffhq_crop, fit_similarity
from d2animator.faces.warp import warp_tensor

# Beyond such a change of scale the encoder's answer is no face at all.
_LARGEST_RESCALE = 2.0


@torch.no_grad()
def place_face(
    image: NDArray[np.uint8],
    landmarks: NDArray[np.float64],
    size: int,
    redraw: Callable[[Tensor], Tensor],
    read_landmarks: Callable[[Tensor], Tensor],
    device: torch.device | str = "cpu",
) -> tuple[Tensor, NDArray[np.float64], Similarity]:
    """Crop a face to where the generator draws the encoder's first answer to it.

    FFHQ's crop has the face in the middle. A generator whose camera stands still draws a turned
    head off the middle, and pixels can be compared only where both faces lie on each other.

    Args:
        image: Picture (H, W, 3), uint8.
        landmarks: The face's landmarks (P, 2) in its pixels.
        size: Side of the generator's pictures, R.
        redraw: Encodes a crop (1, 3, R, R) and draws the code.
        read_landmarks: Finds the landmarks (B, P, 2), in pixels, of drawn pictures (B, 3, R, R).
        device: Where ``redraw`` computes.

    Returns:
        The crop (1, 3, R, R) in [-1, 1], landmarks (P, 2) in its pixels, and the map from the
        picture's pixels to the crop's, by whose inverse a drawn face is put back.
    """
    usual = ffhq_crop(landmarks, size)
    crop = warp_tensor(image, usual, size).to(device)
    drawn = read_landmarks(redraw(crop))[0].double().cpu().numpy()
    fitted = fit_similarity(landmarks, drawn)
    if not 1 / _LARGEST_RESCALE < fitted.scale / usual.scale < _LARGEST_RESCALE:
        return crop, usual.apply(landmarks), usual
    return warp_tensor(image, fitted, size).to(device), drawn, fitted
