from __future__ import annotations

import numpy as np
import pytest

from d2animator.marks.strength import BLUE, GREEN, Strength, strength_map


@pytest.fixture
def half_busy():
    """Brightness that is flat on the left and noise on the right."""
    luma = np.full((128, 128), 128, np.uint8)
    luma[:, 64:] = np.random.default_rng(0).integers(60, 200, (128, 64), dtype=np.uint8)
    return luma


def test_busy_places_hide_more(half_busy):
    luma, chroma = strength_map(half_busy, Strength())
    assert luma.shape == chroma.shape == (64, 64)
    assert luma[:, 40:].min() > 4 * luma[:, :24].max()
    # Detail hides colour badly.
    assert 1.2 * chroma[:, :24].max() < chroma[:, 40:].min() < 2 * chroma[:, :24].min()


def test_all_of_it_stays_below_the_limit(half_busy):
    strength = Strength(limit=1.0)
    luma, chroma = strength_map(half_busy, strength)
    power = np.mean(luma**2) + (BLUE**2 + GREEN**2) / 3 * np.mean(chroma**2)
    assert power == pytest.approx(strength.limit**2, rel=1e-3)


def test_small_pictures_get_more_brightness():
    usual, small = Strength(), Strength().in_size(256, 400)
    assert small.luma == pytest.approx(np.sqrt(2) * usual.luma)
    assert small.chroma == usual.chroma
    assert Strength().in_size(1080, 1920) == usual
