"""Pose: what was turned is found again, and what a pose does can be undone."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from d2animator.errors import ShapeError
from d2animator.faces.layouts import FLIP98
from d2animator.faces.pose import HeadPose, frontal, mean_face, posed, rotations, solve_pose

ANGLES = st.tuples(st.floats(-45, 45), st.floats(-20, 20), st.floats(-30, 30))


def seen(angles: tuple[float, float, float], scale: float = 80.0, x: float = 200.0) -> Tensor:
    """The mean face, turned, as a camera sees it: landmarks (1, 98, 2)."""
    turn = rotations(torch.tensor([angles], dtype=torch.float64))
    middle = torch.tensor([[x, 150.0]], dtype=torch.float64)
    pose = HeadPose(turn, torch.tensor([scale]).double(), torch.zeros(1, 2).double(), middle)
    return posed(mean_face()[None, :, :2], pose)


@given(angles=ANGLES, scale=st.floats(5, 500), x=st.floats(-300, 300))
def test_a_turn_is_found_again(angles: tuple[float, float, float], scale: float, x: float) -> None:
    found = solve_pose(seen(angles, scale, x)).angles()[0]
    # The points are centred on the visible face, not on the axis of the camera.
    assert found.tolist() == pytest.approx(angles, abs=4)
    again = solve_pose(seen(angles, 2 * scale, x + 50)).angles()[0]
    assert found.tolist() == pytest.approx(again.tolist(), abs=1e-4)


@given(angles=ANGLES, seed=st.integers(0, 100))
def test_frontal_and_posed_undo_each_other(angles: tuple[float, float, float], seed: int) -> None:
    noise = torch.randn(1, 98, 2, generator=torch.Generator().manual_seed(seed))
    points = seen(angles) + noise
    pose = solve_pose(points)
    torch.testing.assert_close(posed(frontal(points, pose), pose), points)


def test_a_turned_face_looks_the_same_from_the_front() -> None:
    straight = seen((0, 0, 0))
    front = frontal(straight, solve_pose(straight))
    for angles in ((25.0, 0.0, 0.0), (0.0, 12.0, 0.0), (-20.0, 8.0, 15.0)):
        points = seen(angles)
        again = frontal(points, solve_pose(points))
        assert float((again - front).abs().max()) < 0.06
    far = float((seen((25, 0, 0)) - straight).abs().max() / 80)
    assert far > 0.15


def test_signs() -> None:
    # The tip of the nose goes to the person's left, which is the picture's right.
    tip = seen((20, 0, 0))[0, 54] - seen((0, 0, 0))[0, 54]
    assert tip[0] > 5
    assert (seen((0, 10, 0))[0, 54] - seen((0, 0, 0))[0, 54])[1] > 5
    # The crown goes to the person's right, so that the brows' middle moves left.
    assert (seen((0, 0, 10))[0, 33:51].mean(0) - seen((0, 0, 0))[0, 33:51].mean(0))[0] < -1


@given(angles=ANGLES)
def test_a_mirrored_face_is_turned_the_other_way(angles: tuple[float, float, float]) -> None:
    points = seen(angles)
    mirrored = points[:, list(FLIP98)] * torch.tensor([-1.0, 1.0])
    yaw, pitch, roll = solve_pose(points).angles()[0].tolist()
    other = solve_pose(mirrored).angles()[0].tolist()
    assert other == pytest.approx([-yaw, pitch, -roll], abs=1e-6)


def test_a_profile_gives_no_endless_numbers() -> None:
    points = seen((85, 0, 0))
    assert bool(frontal(points, solve_pose(points)).isfinite().all())
    with pytest.raises(ShapeError, match="landmarks"):
        solve_pose(torch.zeros(2, 68, 2))
