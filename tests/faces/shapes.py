"""A face in 98 points, drawn by formula, for tests that need no picture of one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from d2animator.faces.layouts import FLIP98


def frontal_face() -> npt.NDArray[np.float64]:
    """A symmetric face (98,2), about 1 wide and high, centred near (0, 0)."""
    points = np.zeros((98, 2))
    turn = np.linspace(np.pi, 0, 33)
    points[:33] = np.stack([0.5 * np.cos(turn), -0.3 + 0.8 * np.sin(turn)], 1)
    points[33:38] = np.stack([np.linspace(-0.38, -0.1, 5), np.full(5, -0.36)], 1)
    points[38:42] = np.stack([np.linspace(-0.1, -0.34, 4), np.full(4, -0.32)], 1)
    points[51:55] = np.stack([np.zeros(4), np.linspace(-0.2, 0.05, 4)], 1)
    points[55:58] = np.stack([np.linspace(-0.1, 0.0, 3), np.full(3, 0.1)], 1)
    lid = np.pi - np.arange(8) * np.pi / 4
    eye = np.stack([0.09 * np.cos(lid), -0.04 * np.sin(lid)], 1)
    points[60:68] = eye + np.array((-0.22, -0.2))
    lip = np.pi - np.arange(12) * np.pi / 6
    points[76:88] = np.stack([0.17 * np.cos(lip), 0.26 - 0.07 * np.sin(lip)], 1)
    inner = np.pi - np.arange(8) * np.pi / 4
    points[88:96] = np.stack([0.13 * np.cos(inner), 0.26 - 0.03 * np.sin(inner)], 1)
    points[96] = (-0.22, -0.2)
    for index in (*range(42, 51), *range(58, 60), *range(68, 76), 97):
        points[index] = points[FLIP98[index]] * (-1, 1)
    return points
