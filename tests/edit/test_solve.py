"""Edits that look at themselves: they end nearer than the table alone leads."""

from __future__ import annotations

from typing import Any, cast

import pytest
import torch
from torch import Tensor

from d2animator.edit.anonymise import strangeness
from d2animator.edit.solve import solve_seen
from d2animator.faces.actions import ACTIONS, measure_actions
from d2animator.latent.directions import Directions
from d2animator.latent.editing import EditOptions, read_edit
from d2animator.latent.table import DirectionTable
from d2animator.performers.portrait import Portrait
from tests.latent.truthful import LAYERS, WIDTH, Truthful, read


def look(images: Tensor) -> Tensor:
    return measure_actions(read(images)[0])[0]


@pytest.fixture
def portrait() -> Portrait:
    w_plus = torch.zeros(1, LAYERS, WIDTH)
    w_plus[:, :, :2] = 0.2
    return Portrait(cast(Any, Truthful()), w_plus, torch.zeros(98, 2))


@pytest.fixture
def bank() -> Directions:
    """Yaw and an open jaw, with a table that is a third off."""
    vectors = torch.zeros(2, LAYERS, WIDTH)
    vectors[0, :, 0], vectors[1, :, 2] = 0.6, 1.0
    effects = torch.zeros(2, len(ACTIONS))
    effects[0, 0] = 15 / 1.5
    effects[1, ACTIONS.index("mouth_open")] = 0.1 * 1.5
    ranges = torch.tensor([40.0, 15.0, 10.0] + [0.1] * (len(ACTIONS) - 3))
    blank = ("", "")
    found = DirectionTable.of(effects, ranges, torch.zeros(2, 2))
    return Directions(vectors, blank, ("pose", "pose"), blank).measured(found)


@pytest.mark.parametrize("edit", [{"yaw": 12.0}, {"yaw": -8.0, "mouth_open": 0.7}])
def test_looking_mends_a_wrong_table(
    portrait: Portrait, bank: Directions, edit: dict[str, float]
) -> None:
    wish = read_edit(bank, edit)
    amiss = []
    for rounds in (0, 8):
        options = EditOptions(small=0.02, rounds=rounds)
        delta = solve_seen(portrait, bank, wish, look, options)
        change = look(portrait.render(delta)) - look(portrait.reconstruction())
        amiss.append(float(((change - wish.change)[wish.asked]).abs().max() / 10))
    assert amiss[1] < 0.25 * amiss[0]


@pytest.mark.parametrize("asked", [0.3, 0.6, 0.9])
def test_a_jaw_that_falls_open_is_caught_half_way(
    portrait: Portrait, bank: Directions, asked: float
) -> None:
    """As lids do: nothing for a while, then everything at once, and the table knows only that."""
    place = ACTIONS.index("mouth_open")
    rest = float(look(portrait.reconstruction())[place])

    def falling(images: Tensor) -> Tensor:
        seen = look(images)
        seen[place] = rest + 0.1 * torch.sigmoid(400 * (seen[place] - rest - 0.03))
        return seen

    wish = read_edit(bank, {"mouth_open": asked})
    delta = solve_seen(portrait, bank, wish, falling, EditOptions(small=0.02, rounds=16))
    change = falling(portrait.render(delta)) - falling(portrait.reconstruction())
    assert float(change[place]) == pytest.approx(0.1 * asked, abs=0.01)


def test_what_cannot_be_had_does_not_pile_up(portrait: Portrait, bank: Directions) -> None:
    """Nothing here can smile: the answer is to leave the face about as it is."""
    wish = read_edit(bank, {"smile": 1.0})
    delta = solve_seen(portrait, bank, wish, look, EditOptions(rounds=20))
    assert float(delta.abs().max()) < 1


def test_a_direction_of_its_own_name_keeps_its_side_effects(
    portrait: Portrait, bank: Directions
) -> None:
    delta = solve_seen(portrait, bank, read_edit(bank, {"yaw left": 0.5}), look, EditOptions())
    torch.testing.assert_close(delta[0], 0.5 * bank.vectors[0])


def test_strangers_are_as_far_as_they_are() -> None:
    line = torch.arange(4.0)[:, None].double()

    def place(images: Tensor, landmarks: Tensor) -> Tensor:
        return landmarks[:, 0, :1].double()

    points, own = torch.zeros(4, 98, 2), torch.zeros(1, 98, 2)
    points[:, 0, :1] = line.float()
    blank = torch.zeros(4, 3, 8, 8)
    found = strangeness(blank, points, blank[:1], own, place)
    assert found.tolist() == pytest.approx((line[:, 0] / line.std() / 2**0.5).tolist())
