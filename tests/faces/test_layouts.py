from __future__ import annotations

import pytest

from d2animator.errors import ConfigError, ShapeError
from d2animator.faces.layouts import (
    FLIP98,
    IBUG,
    LAYOUTS,
    LID_PAIRS,
    LIP_PAIRS,
    WFLW,
    WFLW98_TO_IBUG68,
    layout_of,
    named_layout,
)

every_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


@every_layout
def test_parts_cover_every_point_once(layout):
    assert sorted(i for part in layout.parts.values() for i in part) == list(range(layout.points))


@every_layout
def test_every_point_has_its_own_name(layout):
    assert len(set(layout.names)) == layout.points == len(layout.names)


@every_layout
def test_mirroring_twice_changes_nothing(layout):
    assert [layout.flip[layout.flip[i]] for i in range(layout.points)] == list(range(layout.points))


@every_layout
def test_mirroring_stays_within_a_part(layout):
    for part in layout.parts.values():
        assert {layout.flip[i] for i in part} == set(part)


@every_layout
def test_mirroring_swaps_right_and_left_names(layout):
    for index, name in enumerate(layout.names):
        side = name.split("_")[0]
        if side in {"right", "left"}:
            twin = layout.names[layout.flip[index]]
            assert twin.startswith("left" if side == "right" else "right")


@every_layout
def test_marked_points_lie_where_their_names_say(layout):
    for side in ("right", "left"):
        rim = getattr(layout, f"{side}_eye")
        assert all(layout.names[index].startswith(f"{side}_eye") for index in rim)
        assert getattr(layout, f"{side}_eye_outer") in rim
        assert layout.names[getattr(layout, f"mouth_{side}")].startswith("outer_lips")
    rim = layout.inner_lips
    assert all(layout.names[index].startswith("inner_lips") for index in rim)
    half = len(rim) // 2
    assert [layout.flip[index] for index in rim[: half + 1]] == list(rim[half::-1])
    assert layout.flip[layout.right_eye_outer] == layout.left_eye_outer
    assert layout.flip[layout.mouth_right] == layout.mouth_left
    assert layout.flip[layout.nose_tip] == layout.nose_tip
    assert {layout.flip[index] for index in layout.rigid} == set(layout.rigid)
    assert len(layout.depth) == len(layout.rigid)


def test_both_layouts_mark_the_same_places():
    for name in ("right_eye_outer", "left_eye_outer", "mouth_right", "mouth_left", "nose_tip"):
        assert WFLW98_TO_IBUG68[getattr(IBUG, name)] == getattr(WFLW, name)
    for name in ("rigid", "inner_lips"):
        assert tuple(WFLW98_TO_IBUG68[k] for k in getattr(IBUG, name)) == getattr(WFLW, name)


def test_a_layout_is_told_by_its_number_of_points_or_its_name():
    assert layout_of(98) is named_layout("wflw98") is WFLW
    assert layout_of(68) is named_layout("ibug68") is IBUG
    with pytest.raises(ShapeError, match="98 or 68"):
        layout_of(70)
    with pytest.raises(ConfigError, match="wflw98 or ibug68, got 'dlib'"):
        named_layout("dlib")


def test_across_the_inner_lips_are_the_pairs_of_lips():
    rim = WFLW.inner_lips
    assert tuple(zip(rim[1:4], rim[:4:-1], strict=True)) == LIP_PAIRS


def test_lids_and_lips_are_mirrored_into_lids_and_lips():
    pairs = {frozenset(pair) for pair in LID_PAIRS + LIP_PAIRS}
    assert {frozenset((FLIP98[a], FLIP98[b])) for a, b in LID_PAIRS + LIP_PAIRS} == pairs


def test_the_68_points_are_different_ones_of_the_98():
    assert len(WFLW98_TO_IBUG68) == 68 == len(set(WFLW98_TO_IBUG68))
    assert WFLW98_TO_IBUG68[36] == 60
    assert WFLW98_TO_IBUG68[45] == 72
    assert WFLW98_TO_IBUG68[48:] == tuple(range(76, 96))
