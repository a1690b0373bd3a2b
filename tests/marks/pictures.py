"""Pictures to mark, and what happens to them on their way."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]


def scene(height: int, width: int, seed: int = 0, moved: int = 0) -> Picture:
    """A picture like a photograph: a spectrum that falls with 1/f, flat parts, an edge.

    Args:
        height: In pixels.
        width: The same.
        seed: Another one, another picture.
        moved: Pixels by which everything has moved.
    """
    random = np.random.default_rng(seed)
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)
    fall = 1 / np.maximum(np.hypot(rows, columns), 1 / max(height, width)) ** 1.3
    channels = [np.fft.ifft2(np.fft.fft2(random.normal(size=(height, width))) * fall).real]
    channels += [np.fft.ifft2(np.fft.fft2(random.normal(size=(height, width))) * fall).real]
    light, tint = (channel / channel.std() for channel in channels)
    picture = np.stack([128 + 40 * light + 10 * tint, 118 + 38 * light, 108 + 36 * light], -1)
    picture[: height // 4] = 176  # a wall
    picture[:, : width // 8] *= 0.3  # an edge, and a dark part
    picture = np.roll(picture, moved, axis=1)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def jpeg(picture: Picture, quality: int = 70) -> Picture:
    """Write and read as JPEG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.array(Image.open(file))


def resized(picture: Picture, scale: float) -> Picture:
    """Resize both sides."""
    height, width = picture.shape[:2]
    size = (round(width * scale), round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how), dtype=np.uint8)


def cropped(picture: Picture, share: float = 0.7) -> Picture:
    """Cut out a part that begins at no round place."""
    height, width = picture.shape[:2]
    top, left = round(0.11 * height), round(0.17 * width)
    bottom, right = top + round(share * height), left + round(share * width)
    return np.ascontiguousarray(picture[top:bottom, left:right])


def psnr(one: Picture, other: Picture) -> float:
    """Peak signal to noise, dB."""
    error = np.mean((one.astype(np.float64) - other) ** 2)
    return float(10 * np.log10(255**2 / error))
