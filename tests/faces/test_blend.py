"""Masks: 1 on the face, exactly 0 away from it; colours that spread smoothly."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from d2animator.errors import ShapeError
from d2animator.faces.blend import face_box, face_distance, face_mask, spread_from
from tests.faces.shapes import frontal_face


def face(centre: tuple[float, float] = (60, 50), size: float = 40.0, turn: float = 0.0) -> Tensor:
    cos, sin = math.cos(turn), math.sin(turn)
    points = frontal_face() @ np.array([[cos, sin], [-sin, cos]]) * size + centre
    return torch.from_numpy(points).float()[None]


def test_the_face_is_inside_and_the_corners_are_not() -> None:
    points = face()
    mask = face_mask(points, (0, 0, 120, 110))[0, 0]
    inside = points[0].round().long().clamp(0, 109)
    assert float(mask[inside[:, 1], inside[:, 0]].min()) > 0.8
    assert float(mask[[0, 0, -1, -1], [0, -1, 0, -1]].abs().max()) == 0
    assert float(mask.max()) == 1
    # The forehead counts: above the brows, but not far above.
    top = int(points[0, 33:51, 1].min())
    assert float(mask[top - 6, 60]) == 1
    assert float(mask[max(top - 38, 0), 60]) == 0


def test_the_mask_falls_gently() -> None:
    mask = face_mask(face(), (0, 0, 120, 110))[0, 0]
    steps = torch.cat([mask.diff(dim=0).flatten(), mask.diff(dim=1).flatten()])
    assert float(steps.abs().max()) < 0.3


@given(
    x=st.floats(-50, 250),
    y=st.floats(-50, 250),
    size=st.floats(5, 300),
    turn=st.floats(-3, 3),
)
def test_outside_the_box_the_mask_is_zero(x: float, y: float, size: float, turn: float) -> None:
    points = torch.cat([face((x, y), size, turn), face((x + 5, y), size, 0.0)])
    left, top, right, bottom = face_box(points, 160, 120)
    assert 0 <= left < right <= 160
    assert 0 <= top < bottom <= 120
    columns, rows = torch.meshgrid(torch.arange(160) + 0.5, torch.arange(120) + 0.5, indexing="xy")
    distance = face_distance(points, torch.stack([columns, rows], -1))
    covered = distance.amin(0) < 1
    covered[top:bottom, left:right] = False
    assert not bool(covered.any())


@given(turn=st.floats(-3, 3), size=st.floats(20, 60))
def test_the_region_turns_with_the_face(turn: float, size: float) -> None:
    """Distances at a point of the face do not depend on how the face lies."""
    probe = np.array([[0.9, 0.1]])
    cos, sin = math.cos(turn), math.sin(turn)
    there = probe @ np.array([[cos, sin], [-sin, cos]]) * size + (60, 50)
    plain = face_distance(face(), torch.from_numpy(probe * 40 + (60, 50)).float()[None])
    turned = face_distance(face(turn=turn, size=size), torch.from_numpy(there).float()[None])
    assert float(turned) == pytest.approx(float(plain), abs=0.03)


def test_a_large_mask_is_like_a_small_one() -> None:
    small = face_mask(face(), (0, 0, 120, 110))
    large = face_mask(face((240, 200), 160.0), (0, 0, 480, 440))
    shrunk = torch.nn.functional.avg_pool2d(large, 4)
    assert float((small - shrunk).abs().max()) < 0.06


def test_known_values_stay_and_unknown_ones_follow() -> None:
    values = torch.zeros(1, 3, 64, 64)
    weight = torch.zeros(1, 1, 64, 64)
    values[..., :8], weight[..., :8] = 0.5, 1.0
    values[..., -8:], weight[..., -8:] = -0.5, 1.0
    field = spread_from(values, weight)
    assert float(field[..., 2].mean()) == pytest.approx(0.5, abs=0.1)
    assert float(field[..., -2].mean()) == pytest.approx(-0.5, abs=0.1)
    middle = field[0, 0, 32]
    assert float(middle.diff().max()) < 0.05
    assert float(middle.diff().abs().max()) < 0.15
    assert torch.equal(spread_from(values, torch.zeros_like(weight)), torch.zeros_like(values))


def test_only_98_points_are_a_face() -> None:
    with pytest.raises(ShapeError, match="landmarks"):
        face_mask(torch.zeros(1, 68, 2), (0, 0, 4, 4))
