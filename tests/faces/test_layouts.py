from __future__ import annotations

from d2animator.faces.layouts import (
    FLIP98,
    LID_PAIRS,
    LIP_PAIRS,
    NAMES,
    PARTS,
    POINTS,
    WFLW98_TO_IBUG68,
)


def test_parts_cover_every_point_once():
    assert sorted(i for part in PARTS.values() for i in part) == list(range(POINTS))


def test_every_point_has_its_own_name():
    assert len(set(NAMES)) == POINTS == len(NAMES)


def test_mirroring_twice_changes_nothing():
    assert [FLIP98[FLIP98[i]] for i in range(POINTS)] == list(range(POINTS))


def test_mirroring_stays_within_a_part():
    for part in PARTS.values():
        assert {FLIP98[i] for i in part} == set(part)


def test_mirroring_swaps_right_and_left_names():
    for index, name in enumerate(NAMES):
        side = name.split("_")[0]
        if side in {"right", "left"}:
            assert NAMES[FLIP98[index]].startswith("left" if side == "right" else "right")


def test_lids_and_lips_are_mirrored_into_lids_and_lips():
    pairs = {frozenset(pair) for pair in LID_PAIRS + LIP_PAIRS}
    assert {frozenset((FLIP98[a], FLIP98[b])) for a, b in LID_PAIRS + LIP_PAIRS} == pairs


def test_the_68_points_are_different_ones_of_the_98():
    assert len(WFLW98_TO_IBUG68) == 68 == len(set(WFLW98_TO_IBUG68))
    assert WFLW98_TO_IBUG68[36] == 60
    assert WFLW98_TO_IBUG68[45] == 72
    assert WFLW98_TO_IBUG68[48:] == tuple(range(76, 96))
