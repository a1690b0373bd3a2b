"""Corrections that are carried over: the same whichever thread is first, and one look less."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
import torch
from torch import Tensor

from d2animator.errors import ShapeError
from d2animator.models.action import ActionNetwork, ActionNetworkConfig
from d2animator.performers.carried import LAG, CarriedMotion
from d2animator.performers.motion import ActionMotion
from tests.seeing import face_shape

FRAMES = 5 * LAG


@pytest.fixture(scope="module")
def network() -> ActionNetwork:
    torch.manual_seed(3)
    made = ActionNetwork(ActionNetworkConfig(w_dim=16, layers=2, directions=5, features=32)).eval()
    made.bank.copy_(torch.randn_like(made.bank))
    return made.requires_grad_(False)


def swaying() -> Tensor:
    """Landmarks (FRAMES, 98, 2) of a face that sways between two."""
    torch.manual_seed(4)
    way = 0.5 + 0.5 * torch.sin(torch.arange(FRAMES) / 6)
    return face_shape() + way[:, None, None] * 0.02 * torch.randn(98, 2)


class Looking:
    """Sees every face a little less moved than was wanted, and counts those it sees."""

    def __init__(self, wanted: Tensor, pause: bool = False) -> None:
        self.wanted, self.pause, self.seen, self.calls = wanted, pause, 0, 0

    def __call__(self, delta: Tensor) -> tuple[Tensor, Tensor]:
        self.seen, self.calls = self.seen + len(delta), self.calls + 1
        if self.pause and self.calls % 3 == 0:
            sleep(0.02)
        strength = delta.flatten(1).norm(dim=1).tanh()[:, None, None]
        return face_shape() + strength * (self.wanted[0] - face_shape()), torch.ones(len(delta))


def motion_of(network: ActionNetwork, look: Looking, corrections: int = 2) -> ActionMotion:
    return ActionMotion(network, face_shape(), look=look, corrections=corrections)


def in_batches(network: ActionNetwork, look: Looking, size: int) -> Tensor:
    motion = CarriedMotion(motion_of(network, look))
    wanted = swaying()
    return torch.cat([motion(i, wanted[i : i + size]) for i in range(0, FRAMES, size)])


def test_a_clip_takes_one_look_less_once_it_is_under_way(network: ActionNetwork) -> None:
    look = Looking(swaying())
    motions = in_batches(network, look, 8)
    assert look.seen == FRAMES + LAG
    plain = motion_of(network, Looking(swaying()))(swaying())
    assert torch.allclose(motions[:LAG], plain[:LAG], atol=1e-4)
    assert not torch.allclose(motions[LAG:], plain[LAG:], atol=1e-3)


@pytest.mark.parametrize("size", [1, 5, LAG, 40])
def test_batches_change_nothing(network: ActionNetwork, size: int) -> None:
    expected = in_batches(network, Looking(swaying()), 8)
    found = in_batches(network, Looking(swaying()), size)
    assert torch.allclose(found, expected, atol=1e-4)


def test_threads_change_nothing(network: ActionNetwork) -> None:
    wanted = swaying()
    motion = CarriedMotion(motion_of(network, Looking(wanted, pause=True)))
    starts = range(0, FRAMES, 8)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda start: motion(start, wanted[start : start + 8]), starts))
    expected = in_batches(network, Looking(wanted), 8)
    assert torch.equal(torch.cat(parts), expected)


def test_frames_that_fail_keep_nobody_waiting(network: ActionNetwork) -> None:
    wanted = swaying()
    motion = CarriedMotion(motion_of(network, Looking(wanted)))
    with pytest.raises(ShapeError):
        motion(0, wanted[:8, :5])
    assert motion(8, wanted[8:16]).isfinite().all()
    assert motion(16, wanted[16:24]).isfinite().all()
    assert motion(24, wanted[24:32]).isfinite().all()


@pytest.mark.parametrize("corrections", [0, 1])
def test_with_fewer_than_two_corrections_nothing_is_carried(
    network: ActionNetwork, corrections: int
) -> None:
    wanted, plain = swaying(), motion_of(network, Looking(swaying()), corrections)
    carried = CarriedMotion(plain)
    parts = [carried(i, wanted[i : i + 8]) for i in range(0, FRAMES, 8)]
    assert torch.equal(torch.cat(parts), torch.cat([plain(part) for part in wanted.split(8)]))


def test_a_face_at_rest_stays_at_rest(network: ActionNetwork) -> None:
    wanted = swaying()
    wanted[-8:] = face_shape()
    motion = CarriedMotion(motion_of(network, Looking(wanted)))
    parts = [motion(i, wanted[i : i + 8]) for i in range(0, FRAMES, 8)]
    assert float(parts[-2].norm()) > 0
    assert float(parts[-1].norm()) < 1e-5
