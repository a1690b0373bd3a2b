from __future__ import annotations

import numpy as np
import pytest

from d2animator.live.watching import shrunk


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (3840, 2160), (801, 600), (900, 3)])
def test_a_smaller_frame_keeps_places_and_brightness(width: int, height: int) -> None:
    ramp = np.linspace(0, 255, width)[None].repeat(height, 0)
    frame = np.repeat(ramp[..., None], 3, 2).astype(np.uint8)
    small = shrunk(frame, (800, max(1, round(height * 800 / width))))
    expected = np.interp((np.arange(800) + 0.5) / 800, (np.arange(width) + 0.5) / width, ramp[0])
    assert small.dtype == np.uint8
    assert np.abs(small[0, :, 0] - expected).max() < 1.5


def test_fine_patterns_of_large_frames_become_grey() -> None:
    stripes = np.zeros((2160, 3840, 3), np.uint8)
    stripes[:, ::2] = 200
    assert np.abs(shrunk(stripes, (800, 450)).astype(int) - 100).max() <= 2
