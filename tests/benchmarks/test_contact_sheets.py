"""Sheets of photos in motion, to look at."""

from __future__ import annotations

import numpy as np

from benchmarks import contact_sheets
from benchmarks.contact_sheets import CONSECUTIVE, SIDE
from d2animator.performers.photo.shapes import Box


def pictures(count: int) -> list[np.ndarray]:
    return [np.full((90, 120, 3), 10 * index, np.uint8) for index in range(count)]


def test_a_driver_stands_above_the_photo() -> None:
    above, below = contact_sheets.contact(pictures(9), pictures(9), Box(10, 5, 90, 85))
    assert len(above) == len(below) == contact_sheets.COLUMNS
    assert above[0].shape == below[-1].shape == (SIDE, SIDE, 3)
    assert below[-1].mean() == 80


def test_ten_frames_are_shown_from_where_the_mouth_moves_most() -> None:
    landmarks = np.zeros((98, 2))
    landmarks[33:51] = np.linspace((30, 20), (90, 30), 18)
    landmarks[76:96] = np.linspace((45, 60), (75, 70), 20)
    moved = [np.zeros((90, 120, 3), np.uint8) for _ in range(40)]
    for index in range(20, 30):
        moved[index][60:70] = 200 * (index % 2)
    eyes, mouth = contact_sheets.close(moved, landmarks)
    assert len(eyes) == len(mouth) == CONSECUTIVE
    assert eyes[0].shape[1] > mouth[0].shape[1] >= 30
    assert sum(picture.max() > 0 for picture in mouth) >= 4
