from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2animator.evaluate import measures
from d2animator.faces.layouts import FLIP98, MOUTH_LEFT, MOUTH_RIGHT, WFLW
from d2animator.puppet.geometry import head_rotation
from tests.distill.worlds import template

angle = st.floats(-25, 25)


def turned(yaw: float, pitch: float, roll: float) -> torch.Tensor:
    """A face (1, 98, 2) whose rigid points are a turned mean head's, y down."""
    head = measures._template() @ torch.from_numpy(head_rotation((yaw, pitch, roll))).double().T
    face = template()[None].clone()
    face[0, list(WFLW.rigid)] = 0.4 * (head[:, :2] * torch.tensor([1, -1])).float() + 0.5
    return face


def reading(face: torch.Tensor, name: str) -> float:
    return float(measures.expression_readings(face)[0, measures.EXPRESSIONS.index(name)])


@given(angle, angle, angle)
def test_angles_are_those_that_the_head_was_turned_by(yaw, pitch, roll):
    found = measures.head_angles_deg(turned(yaw, pitch, roll))[0]
    assert found.tolist() == pytest.approx([yaw, pitch, roll], abs=0.05)


def test_a_mirrored_face_looks_the_other_way():
    face = turned(12, 5, -7)
    mirrored = face[:, list(FLIP98)] * torch.tensor([-1, 1]) + torch.tensor([1, 0])
    found = measures.head_angles_deg(mirrored)[0]
    assert found.tolist() == pytest.approx([-12, 5, 7], abs=0.1)


@given(st.floats(-30, 30), st.floats(0.3, 4))
def test_expressions_see_neither_roll_nor_size(roll, size):
    face = template()[None]
    a = torch.deg2rad(torch.tensor(roll))
    turn = torch.stack([torch.stack([a.cos(), -a.sin()]), torch.stack([a.sin(), a.cos()])])
    torch.testing.assert_close(
        measures.expression_readings(size * face @ turn.T + 0.3),
        measures.expression_readings(face),
        rtol=1e-3,
        atol=1e-4,
    )


@pytest.mark.parametrize(
    ("name", "points", "step"),
    [
        ("mouth_open", (93, 94, 95), (0, 0.03)),
        ("smile", (MOUTH_LEFT, MOUTH_RIGHT), (0, -0.03)),
        ("mouth_width", (MOUTH_LEFT,), (0.03, 0)),
        ("right_eye_open", (61, 62, 63), (0, -0.02)),
        ("left_eye_open", (69, 70, 71), (0, -0.02)),
        ("right_brow", tuple(range(33, 38)), (0, -0.03)),
        ("left_brow", tuple(range(42, 47)), (0, -0.03)),
        ("gaze_across", (96, 97), (0.01, 0)),
        ("gaze_up", (96, 97), (0, -0.01)),
    ],
)
def test_a_part_that_moves_is_read(name, points, step):
    face, moved = template()[None], template()[None].clone()
    moved[0, list(points)] += torch.tensor(step)
    assert reading(moved, name) > reading(face, name) + 0.01
    rest = [other for other in measures.EXPRESSIONS if other != name]
    assert [reading(moved, other) for other in rest] == pytest.approx(
        [reading(face, other) for other in rest], abs=1e-5
    )


def test_errors_are_in_degrees_and_in_spreads():
    one, other = turned(10, 0, 0), turned(-5, 3, 0)
    assert float(measures.pose_error_deg(one, other)) == pytest.approx(6, abs=0.1)
    spread = torch.full((9,), 0.1)
    moved = template()[None].clone()
    moved[0, [93, 94, 95], 1] += 0.036  # a tenth of the eye distance
    error = float(measures.expression_error(moved, template()[None], spread))
    assert error == pytest.approx(1 / 9, rel=0.02)
    assert float(measures.expression_error(one, one, spread)) == 0


def test_all_readings_are_named():
    assert measures.all_readings(template()[None]).shape[1] == len(
        (*measures.ANGLES, *measures.EXPRESSIONS)
    )
