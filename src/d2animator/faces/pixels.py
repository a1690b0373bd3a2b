"""Pictures of bytes and images of numbers: the one rule between 0..255 and [-1, 1]."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from d2animator.errors import check_shape


def to_bytes(images: Tensor) -> Tensor:
    """Turn images (..., H, W), about [-1, 1], into the nearest bytes, on the same device."""
    return ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def from_bytes(pictures: Tensor) -> Tensor:
    """Turn bytes (...) into numbers in [-1, 1], float32, on the same device."""
    return torch.div(pictures, 127.5).sub_(1)


def to_image(picture: NDArray[np.uint8]) -> Tensor:
    """Turn an RGB picture (H, W, 3), uint8, into an image (1, 3, H, W) in [-1, 1].

    Raises:
        ShapeError: Not (H, W, 3).
    """
    check_shape("image", picture, ("H", "W", 3))
    # torch warns about arrays that it could not write to; those are copied
    values = np.require(picture, requirements=["C", "W"])
    # ... and refuses steps backwards, even along the one pixel of an axis
    tensor = torch.from_numpy(values if min(values.strides) >= 0 else values.copy())
    # The axis in front comes last: as a batch of one, convolutions would take other ways.
    return from_bytes(tensor.permute(2, 0, 1).unsqueeze(0))


def to_picture(image: Tensor) -> NDArray[np.uint8]:
    """Turn an image (1, 3, H, W) or (3, H, W), about [-1, 1], into RGB (H, W, 3), uint8."""
    picture: NDArray[np.uint8] = to_pictures(image.reshape(1, *image.shape[-3:]))[0]
    return picture


def to_pictures(images: Tensor) -> NDArray[np.uint8]:
    """Turn drawn images into what files hold.

    Args:
        images: (B, 3, H, W), about [-1, 1].

    Returns:
        RGB pictures (B, H, W, 3), uint8.
    """
    return np.ascontiguousarray(to_bytes(images).permute(0, 2, 3, 1).cpu().numpy())


def to_images(pictures: NDArray[np.uint8]) -> Tensor:
    """Turn RGB pictures (B, H, W, 3), uint8, into images (B, 3, H, W) in [-1, 1]."""
    return from_bytes(torch.from_numpy(pictures).permute(0, 3, 1, 2))
