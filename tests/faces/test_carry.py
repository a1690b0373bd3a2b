"""A driver's change, carried over to another face."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from d2animator.errors import ShapeError
from d2animator.faces.carry import carried_over
from d2animator.faces.layouts import LID_PAIRS, WFLW98_TO_IBUG68
from tests.seeing import face_shape

UPPER, LOWER = (list(side) for side in zip(*LID_PAIRS, strict=True))


def lids(points: Tensor) -> Tensor:
    """How far each pair of lid points is open (..., 6)."""
    return points[..., LOWER, 1] - points[..., UPPER, 1]


def with_eyes(points: Tensor, factor: float) -> Tensor:
    """Open or close a face's eyes."""
    changed, change = points.clone(), lids(points) * (factor - 1) / 2
    changed[..., LOWER, 1] += change
    changed[..., UPPER, 1] -= change
    return changed


@pytest.mark.parametrize("size", [0.5, 1.0, 1.7])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_eyes_close_by_the_drivers_share(size: float, share: float) -> None:
    driver = face_shape()
    own = with_eyes(driver, size)
    wanted = carried_over(own, driver, with_eyes(driver, share)[None])
    assert torch.allclose(lids(wanted).mean(), share * lids(own).mean(), atol=1e-5)
    others = [k for k in range(98) if k not in (*UPPER, *LOWER)]
    assert torch.allclose(wanted[0, others], own[others], atol=1e-6)


def test_all_else_changes_by_the_difference() -> None:
    torch.manual_seed(0)
    driver, own = face_shape(), face_shape() + 0.01 * torch.randn(98, 2)
    open_wide = with_eyes(driver + 0.02, 1.3)[None]
    assert torch.allclose(carried_over(own, driver, open_wide), own + open_wide - driver, atol=1e-6)
    assert torch.allclose(carried_over(own, driver, driver[None]), own[None], atol=1e-6)


def test_it_is_continuous_where_eyes_begin_to_close() -> None:
    driver = face_shape()
    own = with_eyes(driver, 0.4)
    above = carried_over(own, driver, with_eyes(driver, 1.0001)[None])
    below = carried_over(own, driver, with_eyes(driver, 0.9999)[None])
    assert torch.allclose(above, below, atol=1e-4)


def test_a_reference_with_closed_eyes_tells_no_share() -> None:
    own, closed = face_shape(), with_eyes(face_shape(), 0.0)
    moved = with_eyes(face_shape(), 0.1)[None]
    assert torch.allclose(carried_over(own, closed, moved), own + moved - closed, atol=1e-6)


def test_a_turned_eye_closes_along_its_own_axis() -> None:
    angle = torch.tensor(0.5)
    turn = torch.stack(
        [torch.stack([angle.cos(), angle.sin()]), torch.stack([-angle.sin(), angle.cos()])]
    )
    driver, own = face_shape(), with_eyes(face_shape(), 0.6)
    upright = carried_over(own, driver, with_eyes(driver, 0.2)[None])
    turned = carried_over(
        (own - 0.5) @ turn, (driver - 0.5) @ turn, (with_eyes(driver, 0.2)[None] - 0.5) @ turn
    )
    assert torch.allclose(turned, (upright - 0.5) @ turn, atol=1e-5)


def test_sixty_eight_points_have_lids_too() -> None:
    chosen = list(WFLW98_TO_IBUG68)
    driver, own = face_shape(), with_eyes(face_shape(), 0.5)
    closed = with_eyes(driver, 0.0)
    wanted = carried_over(own[chosen], driver[chosen], closed[chosen][None])
    pairs = ((37, 41), (38, 40), (43, 47), (44, 46))
    gaps = torch.stack([wanted[0, low, 1] - wanted[0, up, 1] for up, low in pairs])
    assert torch.allclose(gaps.mean(), torch.tensor(0.0), atol=2e-3)


def test_shapes_are_checked() -> None:
    with pytest.raises(ShapeError, match="landmarks"):
        carried_over(face_shape(), face_shape(), face_shape())
    with pytest.raises(ShapeError, match="reference"):
        carried_over(face_shape(), face_shape()[:68], face_shape()[None])
