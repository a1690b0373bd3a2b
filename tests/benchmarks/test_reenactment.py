"""Figures of photos that are their driver's first frame."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import reenactment

FACES = np.random.default_rng(0).uniform(8, 56, (3, 478, 2))


def pictures(seed: int) -> list[reenactment.Picture]:
    noise = np.random.default_rng(seed)
    return [noise.integers(0, 256, (64, 64, 3), dtype=np.uint8) for _ in range(3)]


def test_likeness_leaves_the_first_frame_out_and_knows_equal_pictures() -> None:
    truth, other = pictures(1), pictures(2)
    same = reenactment.likeness([other[0], *truth[1:]], truth, FACES)
    assert same["ssim"] == pytest.approx(1.0)
    assert same["psnr"] > 100
    different = reenactment.likeness([truth[0], *other[1:]], truth, FACES)
    assert different["psnr"] < 12
    assert different["ssim"] < 0.2


def test_a_known_error_gives_its_psnr() -> None:
    truth = [np.full((64, 64, 3), 100, np.uint8)] * 3
    drawn = [np.full((64, 64, 3), 110, np.uint8)] * 3
    assert reenactment.likeness(drawn, truth, FACES)["psnr"] == pytest.approx(28.13, abs=0.01)


def test_point_errors_are_in_eye_distances() -> None:
    moved = FACES + np.array([0.0, 3.0])
    eyes = np.linalg.norm(FACES[1:, 33] - FACES[1:, 263], axis=-1)
    assert reenactment.point_error(moved, FACES) == pytest.approx(float((3 / eyes).mean()))


def test_tables_tell_means_and_clips() -> None:
    row = {"psnr": 24.0, "ssim": 0.8, "nme": 0.02, "identity": 0.2}
    told = {"rest_bytes": 0.0, "outside_bytes": 0.0}
    rows = {"a, no motion": {"psnr": 20.0, "ssim": 0.7}}
    rows |= {f"a, {way}": row | told for way in reenactment.WAYS}
    text = reenactment.tables(rows)
    assert "| first | 24.00 | 0.800 | 0.020 | 0.20 | 0 | 0 |" in text
    assert "| a, no motion | 20.00 | 0.700 | – | – | – | – |" in text
