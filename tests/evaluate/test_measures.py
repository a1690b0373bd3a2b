"""Errors of pose and expression: in degrees, and in spreads; who is compared does not matter."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from d2animator.evaluate import measures
from d2animator.faces.actions import ACTIONS, measure_actions
from d2animator.faces.pose import HeadPose, mean_face, posed, rotations
from d2animator.latent.table import LEAST_RANGE

angle = st.floats(-25, 25)


def turned(yaw: float, pitch: float, roll: float) -> Tensor:
    """The mean face as a camera sees it, turned (1, 98, 2)."""
    one, zero = torch.ones(1).double(), torch.zeros(1, 2).double()
    turn = rotations(torch.tensor([[yaw, pitch, roll]], dtype=torch.float64))
    return posed(mean_face()[None, :, :2], HeadPose(turn, one, zero, zero))


@given(angle, angle)
def test_a_roll_is_an_error_of_as_many_degrees(first: float, second: float) -> None:
    error = measures.pose_error_deg(turned(0, 0, first), turned(0, 0, second))
    assert float(error) == pytest.approx(abs(first - second) / 3, rel=0.05, abs=0.1)


def test_errors_are_about_those_of_the_heads() -> None:
    error = measures.pose_error_deg(turned(10, 0, 0), turned(-5, 6, 0))
    assert float(error) == pytest.approx(7, abs=0.5)
    assert float(measures.pose_error_deg(turned(10, 3, 2), turned(10, 3, 2))) == 0


def test_an_expression_is_an_error_in_spreads() -> None:
    face, moved = turned(0, 0, 0), turned(0, 0, 0)
    moved[0, [93, 94, 95], 1] += 0.1  # lower lip, a tenth of the eye distance
    spread = torch.full((len(measures.EXPRESSIONS),), 0.1).double()
    assert float(measures.expression_error(moved, face, spread)) == pytest.approx(0.1, rel=0.25)
    assert float(measures.expression_error(face, face, spread)) == 0


@given(angle, angle, st.floats(-15, 15))
def test_a_turn_is_hardly_an_expression(yaw: float, pitch: float, roll: float) -> None:
    spread = torch.full((len(measures.EXPRESSIONS),), 0.05).double()
    error = measures.expression_error(turned(yaw, pitch, roll), turned(0, 0, 0), spread)
    assert float(error) < 0.6


def test_what_trembles_has_a_least_spread() -> None:
    still = turned(0, 0, 0).repeat(3, 1, 1)
    torch.testing.assert_close(
        measures.expression_spread(still), torch.full((10,), LEAST_RANGE / 2).double()
    )
    assert (*measures.ANGLES, *measures.EXPRESSIONS) == ACTIONS
    assert measure_actions(still).shape == (3, len(ACTIONS))
