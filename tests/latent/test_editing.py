"""Edits by name: what was asked comes out, what was not stays, and nonsense is refused."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2animator.errors import ConfigError
from d2animator.faces.actions import ACTIONS
from d2animator.latent.directions import Directions
from d2animator.latent.editing import (
    EditOptions,
    editable_names,
    measured,
    read_edit,
    solve_edit,
)
from d2animator.latent.table import DirectionTable


def rich_bank(count: int = 60, seed: int = 3) -> Directions:
    """Directions that do a little of everything, and change nobody."""
    draw = torch.Generator().manual_seed(seed)
    ranges = torch.tensor([40.0, 15.0, 10.0] + [0.05] * (len(ACTIONS) - 3))
    effects = torch.randn(count, len(ACTIONS), generator=draw) * ranges
    found = DirectionTable.of(effects, ranges, torch.zeros(count, count))
    vectors = torch.randn(count, 2, 4, generator=draw)
    blank = ("",) * count
    return Directions(vectors, blank, ("pose",) * count, blank).measured(found)


def promised(bank: Directions, edit: dict[str, float], options: EditOptions) -> torch.Tensor:
    wish = read_edit(bank, edit)
    found = solve_edit(bank, wish, wish.change, options) + wish.fixed
    return found @ measured(bank).effects.double()


@given(
    amounts=st.dictionaries(
        st.sampled_from(ACTIONS), st.floats(-1, 1).filter(lambda x: abs(x) > 0.05), min_size=1
    )
)
def test_what_is_asked_for_comes_out_and_the_rest_stays(amounts: dict[str, float]) -> None:
    bank = rich_bank()
    units = measured(bank).ranges.double()
    edit = {
        name: amount * (float(units[ACTIONS.index(name)]) if ACTIONS.index(name) < 3 else 1)
        for name, amount in amounts.items()
    }
    change = promised(bank, edit, EditOptions(small=0.05)) / units
    wanted = torch.tensor([amounts.get(name, 0.0) for name in ACTIONS]).double()
    assert float((change - wanted).abs().max()) < 0.02


def test_both_sides_and_own_names() -> None:
    bank = rich_bank()
    wish = read_edit(bank, {"eyes": -0.5, bank.names[4]: 0.7})
    sides = [ACTIONS.index(name) for name in ("eye_right", "eye_left")]
    assert wish.change[sides].tolist() == pytest.approx([-0.025] * 2)
    assert wish.asked.nonzero()[:, 0].tolist() == sides
    assert wish.fixed.nonzero()[:, 0].tolist() == [4]
    assert {"yaw", "smile", "eyes", "brows"} <= set(editable_names(bank))


def test_a_person_costs() -> None:
    """Of two directions that turn the head, the one that changes the person is avoided."""
    effects = torch.zeros(2, len(ACTIONS))
    effects[:, 0] = 10.0
    ranges = torch.tensor([40.0, 15.0, 10.0] + [0.05] * (len(ACTIONS) - 3))
    found = DirectionTable.of(effects, ranges, torch.diag(torch.tensor([4.0, 0.0])))
    bank = Directions(torch.randn(2, 1, 3), ("", ""), ("pose",) * 2, ("", "")).measured(found)
    wish = read_edit(bank, {"yaw": 10})
    first, second = solve_edit(
        bank, wish, wish.change, EditOptions(small=0.05, identity=1)
    ).tolist()
    assert abs(first) < 0.05 * abs(second)
    assert 10 * (first + second) == pytest.approx(10, rel=0.1)


def test_nonsense_is_refused() -> None:
    bank = rich_bank()
    with pytest.raises(ConfigError, match=r"edit\.grin: no such action.*smile.*directions: "):
        read_edit(bank, {"grin": 1})
    with pytest.raises(ConfigError, match="expected a number, got nan"):
        read_edit(bank, {"yaw": float("nan")})
    blank = ("a",)
    unmeasured = Directions(torch.zeros(1, 1, 3), blank, ("pose",), blank)
    with pytest.raises(ConfigError, match="never measured"):
        read_edit(unmeasured, {"yaw": 1})
