"""The watermark's pattern: what is added to a picture, and looked for in one.

A square tile of noise is repeated over the picture, once in brightness and once, coarser, in the
blue-yellow difference, which eyes resolve badly and video coders keep well. Each tile is a sum of
waves of one band whose phases follow from a fixed key. The waves are dealt to three groups: one
lies as it is, the other two are shifted within the tile by one of 16 x 16 steps, and these two
shifts are the 16 bits of the payload. Repetition makes a cropped picture readable; a shift, unlike
a sign, needs no redundancy of its own (Kalker et al., "A video watermarking system for broadcast
monitoring", SPIE 3657, 1999).

Convention: waves are numbered by (row, column) frequency in cycles a tile, one of each conjugate
pair; a shift is (rows, columns) in samples of a tile of `TILE` by `TILE` samples. A wave of
frequency f and phase p, shifted by s, is cos(2 pi f.(x - s) / TILE + p) at x.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import ConfigError

Plane = NDArray[np.float32]

TILE = 256
"""Samples across a tile, as the detector sees it."""

SHIFTS = 16
"""Steps of a shift along each side of the tile: 16 x 16 are eight bits."""

STEP = TILE // SHIFTS
GROUPS = 3
MAX_PAYLOAD = 2**16 - 1

# What the mark says. Its hash is the key, which no release may change.
_KEY = "d2animator, synthetic, 1"
_USUAL_SIDE = 512
# Larger values are cut off: rare peaks are what an eye would find first.
_PEAK = 2.5


@dataclass(frozen=True, eq=False)
class Waves:
    """Waves of one channel's tile.

    Attributes:
        rows: Frequencies down, cycles a tile, (K,).
        columns: Frequencies across, (K,).
        phases: Radians, (K,).
        groups: 0 for a wave that stays, 1 and 2 for those that the payload's bytes shift, (K,).
        amplitudes: Relative to each other, (K,).
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    phases: NDArray[np.float64]
    groups: NDArray[np.int64]
    amplitudes: NDArray[np.float64]


@cache
def luma_waves() -> Waves:
    """Waves in brightness: 7 to 32 pixels long in a picture of 512."""
    return _waves("luma", 8, 36)


@cache
def chroma_waves() -> Waves:
    """Waves in the blue-yellow difference: 11 to 64 pixels long in a picture of 512."""
    return _waves("chroma", 4, 24)


def _waves(name: str, lowest: int, highest: int) -> Waves:
    """Draw the waves whose frequency lies within a ring, in cycles a tile."""
    rows, columns = np.mgrid[-highest : highest + 1, -highest : highest + 1]
    radius = np.hypot(rows, columns)
    one_of_pair = (rows > 0) | ((rows == 0) & (columns > 0))
    ring = one_of_pair & (radius >= lowest) & (radius <= highest)
    count = int(ring.sum())
    # A hash instead of numpy's generators, whose streams a later release may change.
    stream = hashlib.shake_256(f"{_KEY}, {name}".encode()).digest(8 * count)
    words = np.frombuffer(stream, dtype="<u4").reshape(2, count)
    return Waves(
        rows[ring],
        columns[ring],
        words[0] * (2 * math.pi / 2**32),
        (words[1] % GROUPS).astype(np.int64),
        # Longer waves survive coding better, shorter ones are seen less.
        radius[ring] ** -0.5,
    )


def check_payload(payload: int) -> int:
    """Check that a payload fits.

    Raises:
        ConfigError: It is not within 0 to 65535.
    """
    if not 0 <= payload <= MAX_PAYLOAD:
        raise ConfigError("payload", f"expected 0 to {MAX_PAYLOAD} (16 bits), got {payload}")
    return payload


def shifts_of(payload: int) -> NDArray[np.int64]:
    """Shift of each group in samples, (3, 2): none, the upper byte's, the lower byte's."""
    steps = [divmod(byte, SHIFTS) for byte in (0, payload >> 8, payload & 255)]
    return STEP * np.array(steps, dtype=np.int64)


def tile_side(height: int, width: int) -> int:
    """Pixels across a tile in a picture of some size: 256, 512, 1024 and so on.

    It grows with the picture, as a large one is seen, and sent on, at a smaller size: up to a
    shorter side of 724 pixels it is 256, up to 1448 it is 512.
    """
    doublings = round(math.log2(max(min(height, width), 1) / _USUAL_SIDE))
    return TILE << max(0, doublings)


def make_tile(waves: Waves, payload: int, side: int = TILE) -> Plane:
    """Draw a channel's tile.

    Args:
        waves: Of the channel.
        payload: 0 to 65535.
        side: Pixels across, `TILE` or more.

    Returns:
        (side, side), mean 0 and standard deviation 1, continuous over opposite edges.
    """
    rows, columns = waves.rows, waves.columns
    shift = shifts_of(payload)[waves.groups]
    turn = 2 * math.pi / TILE * (rows * shift[:, 0] + columns * shift[:, 1])
    values = waves.amplitudes * np.exp(1j * (waves.phases - turn))
    spectrum = np.zeros((side, side), dtype=np.complex128)
    spectrum[rows, columns] = values
    spectrum[-rows, -columns] = values.conj()
    tile = np.fft.ifft2(spectrum).real
    tile = np.clip(tile / tile.std(), -_PEAK, _PEAK)
    return np.asarray(tile / tile.std(), dtype=np.float32)


def repeated(tile: Plane, height: int, width: int) -> Plane:
    """Cover (height, width) with a tile (side, side), from the upper left corner."""
    side = len(tile)
    covering = np.tile(tile, (-(-height // side), -(-width // side)))
    return np.ascontiguousarray(covering[:height, :width])
