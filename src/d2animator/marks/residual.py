"""What is left of a picture when the picture is taken away: where a watermark would be.

The detector never sees the unmarked picture. It removes what is smooth, evens out the contrast so
that no edge outweighs the rest, and lays all tiles on each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from d2animator.errors import check_shape
from d2animator.marks.pattern import TILE, Plane, Waves, chroma_waves, luma_waves

Picture = NDArray[np.uint8]
Spectrum = NDArray[np.complex128]

# Larger pictures are shrunk before: their tiles are large, and nothing is lost.
_LARGEST_SIDE = 800
# Pixels by which the picture is smoothed, and levels of contrast below which nothing is evened.
_LUMA_BLUR, _CHROMA_BLUR = 6.0, 12.0
_LUMA_FLOOR, _CHROMA_FLOOR = 1.0, 0.5
_CUT = 2.5
_COARSE = 4  # pixels in one where a picture is blurred strongly
# 0 keeps what a spectrum is, 1 leaves its phases alone: loud waves are mostly picture.
_WHITENING = 0.7


@dataclass(frozen=True, eq=False)
class Residual:
    """A picture without what is smooth in it.

    Attributes:
        luma: Brightness, (H, W), evened out to about -2.5 to 2.5.
        chroma: Blue-yellow difference, (H, W), the same.
        scale: Its pixels for one of the picture's, at most 1.
    """

    luma: Plane
    chroma: Plane
    scale: float


def residual_of(image: Picture) -> Residual:
    """Take a picture away from itself.

    Args:
        image: RGB (H, W, 3), uint8.

    Raises:
        ShapeError: The array is no such picture.
    """
    check_shape("image", image, ("H", "W", 3))
    height, width = image.shape[:2]
    scale = min(1.0, _LARGEST_SIDE / min(height, width))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    luma, _, chroma = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb))
    return Residual(
        _evened(luma, _LUMA_BLUR, _LUMA_FLOOR), _evened(chroma, _CHROMA_BLUR, _CHROMA_FLOOR), scale
    )


class RunningMean:
    """Mean of residuals of one size: what stays is what does not move.

    Attributes:
        count: How many were added.
    """

    def __init__(self) -> None:
        self.count = 0
        self._luma: Plane | None = None
        self._chroma: Plane | None = None
        self._scale = 1.0

    def add(self, residual: Residual) -> None:
        """Take one more into account."""
        self.count += 1
        self._scale = residual.scale
        if self._luma is None or self._chroma is None:
            self._luma, self._chroma = residual.luma.copy(), residual.chroma.copy()
        else:
            self._luma += residual.luma
            self._chroma += residual.chroma

    def mean(self) -> Residual:
        """The mean.

        Raises:
            ValueError: Nothing was added.
        """
        if self._luma is None or self._chroma is None:
            raise ValueError("there is no mean of nothing, add a residual first")
        share = np.float32(1 / self.count)
        return Residual(self._luma * share, self._chroma * share, self._scale)


def _evened(channel: ArrayLike, blur: float, floor: float) -> Plane:
    """Take the smooth part off and divide by the contrast around each place, (H, W)."""
    values = np.asarray(channel, dtype=np.float32)
    detail = values - _blurred(values, blur)
    contrast = np.sqrt(np.maximum(_blurred(detail * detail, 1.5 * blur), 0))
    return np.asarray(np.clip(detail / (contrast + floor), -_CUT, _CUT), dtype=np.float32)


def _blurred(values: Plane, sigma: float) -> Plane:
    """Blur strongly, (H, W): at a quarter of the size, where it costs little."""
    height, width = values.shape
    size = (-(-width // _COARSE), -(-height // _COARSE))
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / _COARSE)
    return np.asarray(cv2.resize(small, (width, height)), dtype=np.float32)


def folded(plane: Plane, period: float) -> Plane:
    """Lay all tiles of a plane on each other.

    Args:
        plane: (H, W).
        period: Pixels across a tile; need not be whole.

    Returns:
        Their sum at `TILE` samples across, or at half as many where the tile has no more pixels.
    """
    samples = TILE if period > TILE // 2 else TILE // 2
    scale = samples / period
    height, width = (math.ceil(side * scale) for side in plane.shape)
    if scale != 1:
        if scale < 0.7:  # keep fine detail from showing up as coarse
            plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.45 / scale), np.float32)
        shift = (scale - 1) / 2  # pixels are squares whose corners stay where they are
        matrix = np.array([[scale, 0, shift], [0, scale, shift]])
        plane = np.asarray(cv2.warpAffine(plane, matrix, (width, height)), np.float32)
    padded = np.pad(plane, ((0, -height % samples), (0, -width % samples)))
    tiles = padded.reshape(-1, samples, padded.shape[1] // samples, samples)
    return np.asarray(tiles.sum((0, 2)))


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a picture, or many, hold at the waves of the pattern.

    Attributes:
        luma: Complex amplitude at each of `luma_waves`, (K,).
        chroma: The same at `chroma_waves`.
    """

    luma: Spectrum
    chroma: Spectrum

    def __add__(self, other: Evidence) -> Evidence:
        """Add that of another frame, of the same geometry."""
        return Evidence(self.luma + other.luma, self.chroma + other.chroma)


def evidence_of(residual: Residual, period: float, mirrored: bool = False) -> Evidence:
    """Look at the waves of the pattern, with tiles of a given size.

    Args:
        residual: Of one picture, or the mean of many.
        period: Pixels of the picture across a tile.
        mirrored: Whether the picture is taken for one that was mirrored left to right.
    """
    return evidence_either_way(residual, period)[mirrored]


def evidence_either_way(residual: Residual, period: float) -> tuple[Evidence, Evidence]:
    """Look at the waves of the pattern as it is, and as if the picture had been mirrored.

    Args:
        residual: Of one picture, or the mean of many.
        period: Pixels of the picture across a tile.
    """
    size = period * residual.scale
    # Rows 0 and up only: the waves have no others, and a real picture's other half says the same.
    luma, chroma = (
        fft.rfft2(folded(plane, size), axes=(1, 0)) for plane in (residual.luma, residual.chroma)
    )
    plain, mirrored = (
        Evidence(_amplitudes(luma, luma_waves(), sign), _amplitudes(chroma, chroma_waves(), sign))
        for sign in (1, -1)
    )
    return plain, mirrored


def _amplitudes(spectrum: NDArray[np.complexfloating], waves: Waves, sign: int) -> Spectrum:
    values = spectrum[waves.rows, sign * waves.columns].astype(np.complex128)
    size = np.abs(values)
    evened = values / np.maximum(size, 1e-9) ** _WHITENING
    power = float(np.mean(np.abs(evened) ** 2))
    return np.asarray(evened / math.sqrt(power) if power > 0 else evened)
