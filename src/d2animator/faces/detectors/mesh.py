"""Which points of MediaPipe's face mesh make up our layouts.

The mesh has 468 points and ten of the irises, each always at the same place of the skin. A point of
``wflw98`` lies on one of them or between two neighbours, at a fixed share of the way. The shares
were found on rendered puppets, whose 98 points are known, as those nearest in the median; only the
right half and the middle are written down, the left half mirrors it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from d2animator.faces.layouts import FLIP98, POINTS, WFLW98_TO_IBUG68, Layout

MESH_POINTS = 478

# Mesh points of the person's right side, and their mirror images on the left; the contour from the
# temple to beside the chin, the brow, the eye from its outer corner, the nose, the lips.
_RIGHT_LEFT: tuple[tuple[int, int], ...] = (
    *((127, 356), (234, 454), (93, 323), (132, 361), (58, 288), (172, 397)),
    *((136, 365), (150, 379), (149, 378), (176, 400), (148, 377)),
    *((70, 300), (63, 293), (105, 334), (66, 296), (107, 336)),
    *((55, 285), (65, 295), (52, 282), (53, 283)),
    *((33, 263), (246, 466), (161, 388), (160, 387), (159, 386), (158, 385), (157, 384)),
    *((133, 362), (155, 382), (154, 381), (153, 380), (145, 374), (163, 390), (7, 249)),
    *((98, 327), (97, 326)),
    *((61, 291), (40, 270), (39, 269), (37, 267), (84, 314), (181, 405), (91, 321)),
    *((78, 308), (81, 311), (178, 402)),
    (468, 473),
)
_MIDDLE = (152, 168, 6, 197, 195, 5, 4, 1, 2, 0, 17, 13, 14)

MIRROR: dict[int, int] = {
    **{right: left for right, left in _RIGHT_LEFT},
    **{left: right for right, left in _RIGHT_LEFT},
    **{index: index for index in _MIDDLE},
}
"""Mesh point -> its mirror image, for all that the table uses."""

# wflw98 point -> (mesh point, its neighbour, share of the way to the neighbour).
_RIGHT_HALF: dict[int, tuple[int, int, float]] = {
    # contour, from the temple down to the chin
    0: (127, 234, 0.0),
    1: (127, 234, 0.6),
    2: (234, 93, 0.3),
    3: (93, 132, 0.0),
    4: (93, 132, 0.7),
    5: (132, 58, 0.5),
    6: (58, 172, 0.2),
    7: (172, 136, 0.0),
    8: (172, 136, 0.5),
    9: (136, 150, 0.0),
    10: (136, 150, 0.5),
    11: (150, 149, 0.0),
    12: (149, 176, 0.0),
    13: (149, 176, 0.8),
    14: (176, 148, 0.6),
    15: (148, 152, 0.3),
    16: (152, 152, 0.0),
    # brow: upper edge inwards, lower edge back
    33: (70, 63, 0.2),
    34: (63, 105, 0.4),
    35: (105, 66, 0.5),
    36: (66, 107, 0.5),
    37: (107, 107, 0.0),
    38: (55, 55, 0.0),
    39: (55, 65, 0.8),
    40: (65, 52, 0.7),
    41: (52, 53, 1.0),
    # nose: bridge, tip, lower edge up to the middle
    51: (168, 6, 0.2),
    52: (6, 197, 0.7),
    53: (195, 5, 0.4),
    54: (4, 1, 0.3),
    55: (98, 97, 0.3),
    56: (97, 2, 0.1),
    57: (2, 2, 0.0),
    # eye: from the outer corner over the upper lid to the inner one, lower lid back
    60: (33, 33, 0.0),
    61: (161, 160, 0.3),
    62: (159, 158, 0.1),
    63: (158, 157, 0.5),
    64: (133, 155, 0.5),
    65: (154, 153, 0.7),
    66: (145, 145, 0.0),
    67: (163, 7, 0.3),
    # lips: outer edge, inner edge; 85 to 87 and 94 to 95 from the middle back to the corner
    76: (61, 61, 0.0),
    77: (40, 39, 0.3),
    78: (37, 37, 0.0),
    79: (0, 0, 0.0),
    85: (17, 17, 0.0),
    86: (84, 181, 0.4),
    87: (181, 91, 0.8),
    88: (78, 78, 0.0),
    89: (81, 81, 0.0),
    90: (13, 13, 0.0),
    94: (14, 14, 0.0),
    95: (178, 178, 0.0),
    96: (468, 468, 0.0),
}


def _both_halves() -> tuple[tuple[int, int, float], ...]:
    whole = dict(_RIGHT_HALF)
    for index, (one, other, share) in _RIGHT_HALF.items():
        if FLIP98[index] != index:
            whole[FLIP98[index]] = (MIRROR[one], MIRROR[other], share)
    return tuple(whole[index] for index in range(POINTS))


MESH_TO_WFLW98: tuple[tuple[int, int, float], ...] = _both_halves()
"""For each of the 98 points: a mesh point, a neighbour, and the share of the way to it."""

MESH_TO_IBUG68 = tuple(MESH_TO_WFLW98[index] for index in WFLW98_TO_IBUG68)
"""The same for the 68 points."""


def from_mesh(mesh: npt.NDArray[np.floating], layout: Layout) -> npt.NDArray[np.float32]:
    """Take a layout's points from a face mesh.

    Args:
        mesh: Points (478,2) of MediaPipe's face landmarker, any unit.
        layout: The layout wanted.

    Returns:
        Points (P,2) in the same unit.
    """
    table = MESH_TO_WFLW98 if layout.points == POINTS else MESH_TO_IBUG68
    near = mesh[[one for one, _, _ in table]]
    far = mesh[[other for _, other, _ in table]]
    shares = np.array([share for _, _, share in table])[:, None]
    return np.asarray(near + shares * (far - near), np.float32)
