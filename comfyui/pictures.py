"""Between ComfyUI's pictures and ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from d2animator.errors import ConfigError

if TYPE_CHECKING:
    from d2animator import D2Animator

Picture = NDArray[np.uint8]


def to_pictures(images: Tensor) -> list[Picture]:
    """Make RGB pictures (H, W, 3) uint8 of ComfyUI's images (B, H, W, C) in [0, 1]."""
    levels = (images[..., :3].clamp(0, 1) * 255).round().to(torch.uint8)
    return list(levels.cpu().numpy())


def to_images(pictures: Sequence[Picture]) -> Tensor:
    """Make ComfyUI's images (B, H, W, 3) in [0, 1] of pictures of one size; none is lost."""
    return torch.from_numpy(np.stack(pictures)).float() / 255


def face_masks(animator: D2Animator, pictures: Sequence[Picture], face: str) -> Tensor:
    """Tell where the face is: masks (B, H, W), 1 within the outline of its landmarks."""
    masks = np.zeros((len(pictures), *pictures[0].shape[:2]), np.uint8)
    for mask, record in zip(masks, animator.landmarks(pictures, face=face), strict=True):
        if record.points is not None:
            hull = cv2.convexHull(record.points.round().astype(np.int32))
            cv2.fillConvexPoly(mask, hull, 1)
    return torch.from_numpy(masks).float()


@dataclass(frozen=True)
class Moving:
    """What moves, as d2animator takes it.

    Attributes:
        driver: A picture, pictures, or a motion template.
        frame_rate: Frames a second of pictures.
    """

    driver: Any
    frame_rate: Fraction


def moving(frames: Tensor | None, video: Any, template: Any, frame_rate: float) -> Moving:
    """Take the one driver that was connected.

    Args:
        frames: Images (B, H, W, 3); one of them is a still driver.
        video: ComfyUI's VIDEO.
        template: A motion template.
        frame_rate: Frames a second of ``frames``.

    Raises:
        ConfigError: None is connected, or several are.
    """
    given = [
        name
        for name, value in (("frames", frames), ("video", video), ("template", template))
        if value is not None
    ]
    if len(given) != 1:
        got = " and ".join(given) or "none"
        raise ConfigError("driver", f"expected one of frames, video and template, got {got}")
    rate = Fraction(frame_rate).limit_denominator(1001)
    if video is not None:
        parts = video.get_components()
        frames, rate = parts.images, Fraction(parts.frame_rate)
    if frames is None:
        return Moving(template, rate)
    pictures = to_pictures(frames)
    return Moving(pictures[0] if len(pictures) == 1 else pictures, rate)
