"""Landmark layouts: which index is which point of a face.

Two layouts are known, ``wflw98`` and ``ibug68``; a set of points tells by their number which one it
has (`layout_of`). The constants at the top are those of ``wflw98``. "Right" and "left" are the
person's own; in a picture that is not mirrored the right eye is on the left. Both layouts count
from the person's right to the left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from d2animator.errors import ConfigError, ShapeError

WFLW98 = "wflw98"
IBUG68 = "ibug68"
POINTS = 98

PARTS: dict[str, tuple[int, ...]] = {
    "contour": tuple(range(33)),
    "brows": tuple(range(33, 51)),
    "nose": tuple(range(51, 60)),
    "eyes": tuple(range(60, 76)),
    "mouth": tuple(range(76, 96)),
    "pupils": (96, 97),
}
"""Part of the face -> its indices; every index belongs to exactly one part."""

RIGHT_BROW = tuple(range(33, 42))  # 33-37 upper edge from the outside in, 38-41 lower edge back
LEFT_BROW = tuple(range(42, 51))  # 42-46 upper edge from the inside out, 47-50 lower edge back
RIGHT_EYE = tuple(range(60, 68))  # from the outer corner over the upper lid, then the lower lid
LEFT_EYE = tuple(range(68, 76))  # from the inner corner over the upper lid, then the lower lid
OUTER_LIPS = tuple(range(76, 88))
INNER_LIPS = tuple(range(88, 96))

RIGHT_EYE_OUTER, RIGHT_EYE_INNER = 60, 64
LEFT_EYE_INNER, LEFT_EYE_OUTER = 68, 72
NOSE_TIP = 54
MOUTH_RIGHT, MOUTH_LEFT = 76, 82
RIGHT_PUPIL, LEFT_PUPIL = 96, 97

NAMES: tuple[str, ...] = (
    *(f"contour_{i}" for i in range(33)),
    *(f"right_brow_{i}" for i in range(9)),
    *(f"left_brow_{i}" for i in range(9)),
    *(f"nose_{i}" for i in range(9)),
    *(f"right_eye_{i}" for i in range(8)),
    *(f"left_eye_{i}" for i in range(8)),
    *(f"outer_lips_{i}" for i in range(12)),
    *(f"inner_lips_{i}" for i in range(8)),
    "right_pupil",
    "left_pupil",
)
"""One name a point, in the order of the layout."""

LID_PAIRS = ((61, 67), (62, 66), (63, 65), (69, 75), (70, 74), (71, 73))  # upper, lower lid
CORNER_PAIRS = ((76, 82), (88, 92))  # the mouth's corners: its width
BROW_PAIRS = ((35, 62), (37, 64), (44, 70), (42, 68))  # brow, upper lid below it
GAZE_PAIRS = ((60, 96), (64, 96), (68, 97), (72, 97))  # an eye's corner, its pupil
# A corner of the mouth, and the base of the nose or the middle of a lip: smiles lift and draw it.
SMILE_PAIRS = ((76, 57), (82, 57), (76, 79), (82, 79), (76, 85), (82, 85))


def _mirrored() -> tuple[int, ...]:
    pairs = [(i, 32 - i) for i in range(17)]
    pairs += [(33 + i, 46 - i) for i in range(5)]
    pairs += [(38 + i, 50 - i) for i in range(4)]
    pairs += [(i, i) for i in range(51, 55)]
    pairs += [(55 + i, 59 - i) for i in range(3)]
    pairs += [(60 + i, 72 - i) for i in range(5)]
    pairs += [(65 + i, 75 - i) for i in range(3)]
    pairs += [(76 + i, 82 - i) for i in range(4)]
    pairs += [(83 + i, 87 - i) for i in range(3)]
    pairs += [(88 + i, 92 - i) for i in range(3)]
    pairs += [(93 + i, 95 - i) for i in range(2)]
    pairs += [(96, 97)]
    order = [-1] * POINTS
    for one, other in pairs:
        order[one], order[other] = other, one
    return tuple(order)


FLIP98 = _mirrored()
"""Point i of a mirrored face is point FLIP98[i] of the original one, mirrored."""

WFLW98_TO_IBUG68: tuple[int, ...] = (
    *range(0, 33, 2),
    *range(33, 38),
    *range(42, 47),
    *range(51, 60),
    *(60, 61, 63, 64, 65, 67),
    *(68, 69, 71, 72, 73, 75),
    *range(76, 96),
)
"""The 98-point indices that make up the 68-point layout, in its order."""


@dataclass(frozen=True)
class Layout:
    """The meaning of a landmark set's indices."""

    # As bundles and files of landmarks name it.
    name: str
    # Number of points; no two layouts have the same.
    points: int
    # Part of the face -> its indices; every index belongs to exactly one part.
    parts: Mapping[str, tuple[int, ...]]
    # One name a point.
    names: tuple[str, ...]
    # Point i of a mirrored face is point flip[i] of the original one, mirrored.
    flip: tuple[int, ...]
    # Rims of the eyes; their means are the eyes' centres.
    right_eye: tuple[int, ...]
    left_eye: tuple[int, ...]
    # Inner edge of the lips, from the right corner over the upper lip and back, as eyes' rims go.
    inner_lips: tuple[int, ...]
    right_eye_outer: int
    left_eye_outer: int
    mouth_right: int
    mouth_left: int
    nose_tip: int
    # A point half-way up the bridge of the nose.
    nose_bridge: int
    # Points that expressions hardly move (nose, eye corners), and how far they stand out towards
    # the viewer, tip of the nose = 1. Rough, but a head's turn needs only the nose before the eyes.
    rigid: tuple[int, ...]
    depth: tuple[float, ...] = field(
        default=(0.25, 0.5, 0.75, 1.0, 0.55, 0.65, 0.75, 0.65, 0.55, -0.35, 0.0, 0.0, -0.35)
    )

    @property
    def lip_pairs(self) -> tuple[tuple[int, int], ...]:
        """Points across the mouth, corners left out: inner edge of the upper, of the lower lip."""
        half = len(self.inner_lips) // 2
        upper, lower = self.inner_lips[1:half], self.inner_lips[:half:-1]
        return tuple(zip(upper, lower, strict=True))


WFLW = Layout(
    name=WFLW98,
    points=POINTS,
    parts=PARTS,
    names=NAMES,
    flip=FLIP98,
    right_eye=RIGHT_EYE,
    left_eye=LEFT_EYE,
    inner_lips=INNER_LIPS,
    right_eye_outer=RIGHT_EYE_OUTER,
    left_eye_outer=LEFT_EYE_OUTER,
    mouth_right=MOUTH_RIGHT,
    mouth_left=MOUTH_LEFT,
    nose_tip=NOSE_TIP,
    nose_bridge=52,
    rigid=(*range(51, 60), RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_INNER, LEFT_EYE_OUTER),
)

LIP_PAIRS = WFLW.lip_pairs

IBUG = Layout(
    name=IBUG68,
    points=68,
    parts={
        "contour": tuple(range(17)),
        "brows": tuple(range(17, 27)),
        "nose": tuple(range(27, 36)),
        "eyes": tuple(range(36, 48)),
        "mouth": tuple(range(48, 68)),
    },
    names=(
        *(f"contour_{i}" for i in range(17)),
        *(f"right_brow_{i}" for i in range(5)),
        *(f"left_brow_{i}" for i in range(5)),
        *(f"nose_{i}" for i in range(9)),
        *(f"right_eye_{i}" for i in range(6)),
        *(f"left_eye_{i}" for i in range(6)),
        *(f"outer_lips_{i}" for i in range(12)),
        *(f"inner_lips_{i}" for i in range(8)),
    ),
    flip=tuple(WFLW98_TO_IBUG68.index(FLIP98[index]) for index in WFLW98_TO_IBUG68),
    right_eye=tuple(range(36, 42)),
    left_eye=tuple(range(42, 48)),
    inner_lips=tuple(range(60, 68)),
    right_eye_outer=36,
    left_eye_outer=45,
    mouth_right=48,
    mouth_left=54,
    nose_tip=30,
    nose_bridge=28,
    rigid=(*range(27, 36), 36, 39, 42, 45),
)

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (WFLW, IBUG)}
"""All layouts by name."""


def layout_of(points: int, argument: str = "landmarks") -> Layout:
    """Tell the layout by the number of points.

    Args:
        points: How many there are.
        argument: Name of what they belong to, for the message.

    Raises:
        ShapeError: No layout has so many.
    """
    for layout in LAYOUTS.values():
        if layout.points == points:
            return layout
    raise ShapeError(argument, ("98 or 68", 2), (points, 2))


def named_layout(name: str) -> Layout:
    """Give a layout by its name.

    Raises:
        ConfigError: No layout has it.
    """
    if name not in LAYOUTS:
        raise ConfigError("layout", f"expected {' or '.join(LAYOUTS)}, got {name!r}")
    return LAYOUTS[name]
