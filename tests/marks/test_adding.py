from __future__ import annotations

import cv2
import numpy as np
import pytest

from d2animator.marks.adding import Adder
from d2animator.marks.strength import BLUE, GREEN


def slowly(image, patterns, strengths):
    """What `Adder` does, in floating point."""
    luma, chroma = (
        pattern * cv2.resize(strength, image.shape[1::-1])
        for pattern, strength in zip(patterns, strengths, strict=True)
    )
    change = np.stack([luma, luma + GREEN * chroma, luma + BLUE * chroma], axis=2)
    return np.clip(image + change, 0, 255)


# In one piece, and in several of which the last one is smaller.
@pytest.mark.parametrize(("height", "width"), [(60, 44), (301, 1000)])
def test_patterns_are_added_as_strongly_as_is_said(height, width):
    random = np.random.default_rng(height)
    image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    patterns = random.normal(size=(2, height, width)).clip(-2.5, 2.5).astype(np.float32)
    places = random.uniform(0, 3, (2, height // 4, width // 4)).astype(np.float32)
    adder = Adder(*patterns)
    expected = slowly(image, patterns, places)
    for _ in range(2):  # memory that was used before is as good
        difference = np.abs(adder.add(image, *places) - expected)
        assert difference.max() < 1.6  # three roundings
        assert difference.mean() < 0.4
