"""Line charts."""

from __future__ import annotations

import numpy as np

from d2animator.media.charts import Panel, draw_panels


def test_a_falling_line_falls() -> None:
    picture = draw_panels([Panel("fall", tuple((x, 10.0 - x) for x in range(11)))])
    line = np.argwhere((picture == (0, 128, 128)).all(-1))
    rows, columns = line[:, 0].astype(float), line[:, 1].astype(float)
    assert np.corrcoef(rows, columns)[0, 1] > 0.98


def test_a_constant_and_a_single_point_are_drawn() -> None:
    for points in (((0.0, 2.0), (5.0, 2.0)), ((3.0, 0.0),)):
        picture = draw_panels([Panel("flat", points)])
        assert (picture == (0, 128, 128)).all(-1).any()


def test_charts_stand_in_a_grid() -> None:
    one = draw_panels([Panel("a", ((0.0, 1.0), (1.0, 0.0)))])
    three = draw_panels([Panel("a", ((0.0, 1.0), (1.0, 0.0)))] * 3)
    assert three.shape == (2 * one.shape[0], 2 * one.shape[1], 3)
