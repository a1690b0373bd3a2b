"""The table of what directions do: names, regions, groups, and its way to a file and back."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch
from torch import Tensor

from d2animator.errors import ConfigError, ShapeError
from d2animator.faces.actions import ACTIONS
from d2animator.latent.directions import Directions
from d2animator.latent.table import DirectionTable, floored_ranges


def table(*rows: dict[str, float]) -> DirectionTable:
    """A table of effects by name; ranges are 10 degrees and a tenth of the eye distance."""
    effects = torch.zeros(len(rows), len(ACTIONS))
    for index, row in enumerate(rows):
        for name, value in row.items():
            effects[index, ACTIONS.index(name)] = value
    ranges = torch.tensor([10.0] * 3 + [0.1] * (len(ACTIONS) - 3))
    return DirectionTable.of(effects, ranges, torch.eye(len(rows)) * 0.25)


def bank(found: DirectionTable | None, count: int) -> Directions:
    names = tuple(f"d{index}" for index in range(count))
    vectors = torch.randn(count, 2, 4)
    return Directions(vectors, names, ("expression",) * count, ("random",) * count, found)


def test_names_say_what_a_direction_does_most() -> None:
    found = table(
        {"yaw": 12, "mouth_open": 0.03},
        {"yaw": 9, "pitch": 3},
        {"yaw": -9},
        {"mouth_open": 0.2, "smile": -0.1},
        {"eye_left": -0.05, "eye_right": -0.04},
        {"eye_left": -0.05, "eye_right": 0.01},
        {"brow_left": 0.05, "brow_right": 0.06},
        {"gaze_pitch": -0.1},
    )
    assert found.names() == (
        "yaw left",
        "yaw left 2",
        "yaw right",
        "jaw open",
        "eyes shut",
        "left eye shut",
        "brows up",
        "gaze down",
    )
    assert found.groups() == ("pose",) * 3 + ("expression",) * 5
    assert found.regions == ("pose",) * 3 + ("mouth", "eyes", "eyes", "brows", "gaze")
    assert found.identity_changes().tolist() == pytest.approx([0.5] * 8)


def test_trembling_is_no_range() -> None:
    ranges = floored_ranges(torch.full((len(ACTIONS),), 1e-4))
    assert ranges[ACTIONS.index("yaw")] == 5
    assert 0.005 < ranges[ACTIONS.index("smile")] < 0.05
    wide = torch.full((len(ACTIONS),), 7.0)
    assert torch.equal(floored_ranges(wide), 2 * wide)


def test_a_measured_bank_takes_names_and_groups_over() -> None:
    found = bank(None, 2).measured(table({"smile": 0.1}, {"roll": 4}))
    assert found.names == ("smile", "roll right")
    assert found.groups == ("expression", "pose")
    pose = found.only("pose")
    assert pose.table is not None
    assert pose.table.regions == ("pose",)
    assert torch.equal(pose.table.effects, found.table.effects[1:])
    assert pose.table.identity.shape == (1, 1)


@pytest.mark.parametrize("measured", [True, False])
def test_packed_and_unpacked_it_is_the_same(measured: bool) -> None:
    before = bank(table({"smile": 0.1}, {"roll": 4}) if measured else None, 2)
    after = Directions.unpack(*before.pack())
    assert torch.equal(after.vectors, before.vectors)
    assert (after.names, after.groups, after.sources) == (
        before.names,
        before.groups,
        before.sources,
    )
    assert (after.table is None) == (not measured)
    if before.table is not None and after.table is not None:
        for field in dataclasses.fields(DirectionTable):
            one, other = getattr(before.table, field.name), getattr(after.table, field.name)
            assert torch.equal(one, other) if isinstance(one, Tensor) else one == other


def test_labels_that_lack_something_are_told() -> None:
    tensors, labels = bank(table({"smile": 0.1}), 1).pack()
    with pytest.raises(KeyError, match="effects"):
        Directions.unpack({"vectors": tensors["vectors"]}, labels)
    told = json.loads(labels)
    told["regions"] = ["nose"]
    with pytest.raises(ConfigError, match="nose"):
        Directions.unpack(tensors, json.dumps(told))


def test_what_does_not_fit_is_named() -> None:
    good = table({"smile": 0.1})
    with pytest.raises(ShapeError, match="table"):
        bank(good, 2)
    with pytest.raises(ShapeError, match="ranges"):
        dataclasses.replace(good, ranges=torch.ones(3))
    with pytest.raises(ShapeError, match="identity"):
        dataclasses.replace(good, identity=torch.ones(2, 2))
    with pytest.raises(ConfigError, match="wink"):
        dataclasses.replace(good, actions=("wink", *ACTIONS[1:]))
