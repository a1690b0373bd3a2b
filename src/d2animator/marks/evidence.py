"""What a picture holds at the waves of the watermark's pattern, with tiles of a given size.

All tiles are laid on each other and transformed at once: a wave of r cycles a tile has r / period
cycles a pixel, so its amplitude is a sum over all pixels, which two products of matrices give for
all waves at any period, whole or not.

Convention: pixels are squares whose corners stay where they are when a picture is resized, and the
tile's first sample is `TILE` to the period wide; so pixel x lies (x + 1/2) / period - 1/2 / `TILE`
tiles to the right of that sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from d2animator.marks.pattern import TILE, Plane, Waves, chroma_waves, luma_waves
from d2animator.marks.residual import Detail, Residual

Spectrum = NDArray[np.complex128]


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
    return _evidence(_spectra(residual, period), mirrored)


def evidence_either_way(residual: Residual, period: float) -> tuple[Evidence, Evidence]:
    """Look at the waves of the pattern as it is, and as if the picture had been mirrored.

    Args:
        residual: Of one picture, or the mean of many.
        period: Pixels of the picture across a tile.
    """
    spectra = _spectra(residual, period)
    return _evidence(spectra, False), _evidence(spectra, True)


Spectra = tuple[NDArray[np.complex64], NDArray[np.complex64]]


def _evidence(spectra: Spectra, mirrored: bool) -> Evidence:
    sign = -1 if mirrored else 1
    return Evidence(
        _amplitudes(spectra[0], luma_waves(), sign), _amplitudes(spectra[1], chroma_waves(), sign)
    )


def _spectra(residual: Residual, period: float) -> Spectra:
    """Spectra of both channels, see `_spectrum`."""
    size = period * residual.scale
    highest = (int(waves.rows.max()) for waves in (luma_waves(), chroma_waves()))
    return (
        _spectrum(residual.luma, size, next(highest)),
        _spectrum(residual.chroma, size, next(highest)),
    )


def _spectrum(detail: Detail, period: float, highest: int) -> NDArray[np.complex64]:
    """Amplitudes at 0 to ``highest`` cycles a tile down, and as many either way across.

    Returns:
        (highest + 1, 2 highest + 1); its middle column is 0 cycles across.
    """
    plane, period = detail.sampled(period, highest)
    height, width = plane.shape
    across = plane @ _waves_along(width, period, highest)
    cosines, sines = np.split(_waves_along(height, period, highest).T @ across, 2)
    even = cosines[:, : highest + 1], sines[:, : highest + 1]
    odd = cosines[:, highest + 1 :], sines[:, highest + 1 :]
    spectrum = np.empty((highest + 1, 2 * highest + 1), np.complex64)
    right, left = spectrum[:, highest:], spectrum[:, highest::-1]
    left.real, left.imag = even[0] + odd[1], odd[0] - even[1]
    right.real, right.imag = even[0] - odd[1], -odd[0] - even[1]
    return spectrum


@lru_cache(maxsize=8)
def _waves_along(length: int, period: float, highest: int) -> Plane:
    """Cosines, then sines, of 0 to ``highest`` cycles a tile, (length, 2 highest + 2)."""
    places = (np.arange(length) + 0.5) / period - 0.5 / TILE
    angles = (2 * math.pi * np.outer(places, np.arange(highest + 1))).astype(np.float32)
    return np.hstack([np.cos(angles), np.sin(angles)])


def _amplitudes(spectrum: NDArray[np.complex64], waves: Waves, sign: int) -> Spectrum:
    """Pick the pattern's waves and even them out, (K,).

    Long waves are the louder ones in any picture: each counts as a share of those of its length. Of
    these, what is louder is mostly picture: it counts by the root of that share.
    """
    middle = spectrum.shape[1] // 2
    values = spectrum[waves.rows, middle + sign * waves.columns].astype(np.complex128)
    power = values.real**2 + values.imag**2
    usual = _around(power, _lengths(waves))
    evened = values / np.maximum(power * usual, 1e-18) ** 0.25
    total = float(np.mean(np.abs(evened) ** 2))
    return np.asarray(evened / math.sqrt(total) if total > 0 else evened)


def _around(power: NDArray[np.float64], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean power of the waves that are about as long, (K,)."""
    sums, counts = np.bincount(lengths, power), np.bincount(lengths)
    near = np.ones(3)
    means = np.convolve(sums, near, "same") / np.maximum(np.convolve(counts, near, "same"), 1)
    return np.asarray(means[lengths])


@lru_cache(maxsize=2)
def _lengths(waves: Waves) -> NDArray[np.int64]:
    """Cycles a tile of each wave, whole, (K,)."""
    return np.asarray(np.rint(np.hypot(waves.rows, waves.columns)).astype(np.int64))
