"""Landmark layouts: which index is which point of a face.

Two layouts are known: ``WFLW98``, in which everything here works, and ``iBUG68``. "Right" and
"left" are the person's own; in a picture that is not mirrored the right eye is on the left. Both
layouts count from the person's right to the left.
"""

from __future__ import annotations

WFLW98 = "WFLW98"
IBUG68 = "iBUG68"
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
LIP_PAIRS = ((89, 95), (90, 94), (91, 93))  # inner edge of the upper, of the lower lip
CORNER_PAIRS = ((76, 82), (88, 92))  # the mouth's corners: its width
BROW_PAIRS = ((35, 62), (37, 64), (44, 70), (42, 68))  # brow, upper lid below it


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
