"""High dynamic range to ordinary pictures, by one simple curve.

Light is counted in units of diffuse white, 203 cd/m² (ITU-R BT.2408). PQ (SMPTE ST 2084) says
itself how much light a code stands for; HLG (ITU-R BT.2100) does for a display, taken to be one
of 1000 cd/m². Colours go from BT.2020's primaries to BT.709's. The brightest of a pixel's three
colours, m, is then mapped to

    T(m) = m                                        up to 0.8
    T(m) = 0.8 + 0.2 (1 - exp(-(m - 0.8) / 0.2))    above

which keeps what is darker than 80 % of white as it is and bends everything brighter below 1; the
other two are scaled with it, so that hues stay. The result is encoded as sRGB.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

PQ, HLG = 16, 18
"""libav's numbers for the two transfer functions."""

_WHITE_NITS, _DISPLAY_NITS = 203.0, 1000.0
_KNEE = 0.8
_FROM_2020_TO_709 = np.array(
    [
        [1.6605, -0.5876, -0.0728],
        [-0.1246, 1.1329, -0.0083],
        [-0.0182, -0.1006, 1.1187],
    ],
    np.float32,
)
_LUMINANCE_2020 = np.array([0.2627, 0.6780, 0.0593], np.float32)
_STEPS = 4096
_Light = NDArray[np.float32]


def to_sdr(codes: NDArray[np.uint16], transfer: int) -> NDArray[np.uint8]:
    """Map a picture.

    Args:
        codes: Coded RGB (H, W, 3), full range of 16 bits, BT.2020 primaries.
        transfer: `PQ` or `HLG`.

    Returns:
        sRGB picture (H, W, 3), uint8.
    """
    light = _light_of_codes(transfer)[codes >> 4]
    if transfer == HLG:
        # The display's own gamma acts on the whole pixel's luminance.
        luminance = np.maximum(light @ _LUMINANCE_2020, 1e-6)
        light = light * (luminance**0.2 * (_DISPLAY_NITS / _WHITE_NITS))[..., None]
    light = np.maximum(light @ _FROM_2020_TO_709.T, 0)
    brightest = np.maximum(light.max(-1, keepdims=True), 1e-6)
    bent = light * (_bent(brightest) / brightest)
    index = np.minimum(bent * (_STEPS - 1) + 0.5, _STEPS - 1).astype(np.int32)
    return np.asarray(_srgb_codes()[index], np.uint8)


def _bent(light: _Light) -> _Light:
    above = np.maximum(light - _KNEE, 0)
    room = 1 - _KNEE
    return np.where(light <= _KNEE, light, _KNEE + room * (1 - np.exp(-above / room)))


@cache
def _light_of_codes(transfer: int) -> _Light:
    """Light for each of 4096 codes: in units of white for PQ, of the scene's peak for HLG."""
    code = np.arange(_STEPS) / (_STEPS - 1)
    if transfer == PQ:
        m1, m2 = 2610 / 16384, 2523 / 4096 * 128
        c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
        root = code ** (1 / m2)
        nits = 10000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
        return np.asarray(nits / _WHITE_NITS, np.float32)
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    return np.asarray(scene, np.float32)


@cache
def _srgb_codes() -> NDArray[np.uint8]:
    """8-bit code for each of 4096 even steps of light.

    The darkest step is coarser than sRGB's; noise of video is larger still.
    """
    light = np.arange(_STEPS) / (_STEPS - 1)
    code = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * code), np.uint8)
