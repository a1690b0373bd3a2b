"""The second look: drawn faces are compared with what was wanted."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from d2animator.errors import ShapeError
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.performers.motion import MOST_CORRECTED, ActionMotion, correct
from tests.seeing import face_shape


@pytest.fixture
def network() -> ActionNetwork:
    torch.manual_seed(3)
    made = ActionNetwork(ActionNetworkConfig(w_dim=16, layers=2, directions=5, features=32)).eval()
    made.bank.copy_(torch.randn_like(made.bank))
    return made.requires_grad_(False)


def faces(count: int, size: float = 0.02) -> Tensor:
    torch.manual_seed(4)
    return face_shape() + size * torch.randn(count, 98, 2)


def sure(points: Tensor) -> tuple[Tensor, Tensor]:
    return points, torch.ones(len(points))


def test_a_face_that_is_where_it_was_wanted_needs_no_correction(network: ActionNetwork) -> None:
    wanted = faces(3)
    delta = network(face_shape().expand(3, -1, -1), wanted)
    assert torch.equal(correct(network, delta, wanted, lambda _: sure(wanted)), delta)


def test_what_is_missing_is_added(network: ActionNetwork) -> None:
    start, wanted = face_shape().expand(3, -1, -1), faces(3)
    almost = start + 0.9 * (wanted - start)
    delta = network(start, wanted)
    missing = network(almost, wanted)
    assert bool(
        (missing.flatten(1).norm(dim=1) < MOST_CORRECTED * delta.flatten(1).norm(dim=1)).all()
    )
    found = correct(network, delta, wanted, lambda _: sure(almost))
    assert torch.allclose(found, delta + missing, atol=1e-6)


def test_each_time_looks_at_what_was_corrected_before(network: ActionNetwork) -> None:
    wanted, drawn = faces(2), []

    def see(delta: Tensor) -> tuple[Tensor, Tensor]:
        drawn.append(delta)
        return sure(face_shape().expand(2, -1, -1))

    delta = network(face_shape().expand(2, -1, -1), wanted)
    assert torch.equal(correct(network, delta, wanted, see, times=0), delta)
    assert not drawn
    last = correct(network, delta, wanted, see, times=2)
    assert torch.equal(drawn[0], delta)
    assert not torch.equal(drawn[1], delta)
    assert not torch.equal(last, drawn[1])


def test_corrections_are_no_longer_than_a_share_of_the_motion(network: ActionNetwork) -> None:
    wanted = faces(4)
    delta = 0.01 * network(face_shape().expand(4, -1, -1), wanted)
    far = faces(4, 0.2).flip(0)
    step = correct(network, delta, wanted, lambda _: sure(far)) - delta
    longest = MOST_CORRECTED * delta.flatten(1).norm(dim=1)
    assert torch.allclose(step.flatten(1).norm(dim=1), longest, rtol=1e-4)


@pytest.mark.parametrize("case", ["unsure", "lost"])
def test_a_face_that_was_not_found_is_not_corrected(network: ActionNetwork, case: str) -> None:
    wanted, seen = faces(2), faces(2, 0.1)
    scores = torch.ones(2)
    if case == "unsure":
        scores[0] = 0.1
    else:
        seen[0] = torch.nan
    delta = network(face_shape().expand(2, -1, -1), wanted)
    found = correct(network, delta, wanted, lambda _: (seen, scores))
    assert torch.equal(found[0], delta[0])
    assert not torch.equal(found[1], delta[1])


def test_no_motion_stays_no_motion(network: ActionNetwork) -> None:
    rest = face_shape()
    see = lambda delta: sure(faces(len(delta), 0.1))  # noqa: E731
    motion = ActionMotion(network, rest, look=see, corrections=1)(rest.expand(3, -1, -1))
    assert float(motion.abs().max()) < 1e-6


def test_other_points_than_wanted_are_refused(network: ActionNetwork) -> None:
    wanted = faces(2)
    delta = network(face_shape().expand(2, -1, -1), wanted)
    with pytest.raises(ShapeError, match="drawn"):
        correct(network, delta, wanted, lambda _: sure(wanted[:, :68]))
