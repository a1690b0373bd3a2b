"""The table from MediaPipe's mesh to our layouts: complete, mirrored, in order; and it agrees."""

from __future__ import annotations

import numpy as np
import pytest

from d2animator.faces.detectors.mesh import (
    MESH_POINTS,
    MESH_TO_IBUG68,
    MESH_TO_WFLW98,
    MIRROR,
    from_mesh,
)
from d2animator.faces.layouts import IBUG, PARTS, WFLW, WFLW98_TO_IBUG68

# Going along a line of the face, the mesh's points are passed in this order, each once.
LINES = {
    "contour": (range(17), (127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152)),
    "brow, upper edge": (range(33, 38), (70, 63, 105, 66, 107)),
    "brow, lower edge": (range(38, 42), (55, 65, 52, 53)),
    "bridge": (range(51, 55), (168, 6, 197, 195, 5, 4, 1)),
    "nose, lower edge": (range(55, 58), (98, 97, 2)),
    "upper lid": (range(60, 64), (33, 246, 161, 160, 159, 158, 157)),
    "lower lid": (range(64, 68), (133, 155, 154, 153, 145, 144, 163, 7)),
    "upper lip": (range(76, 80), (61, 185, 40, 39, 37, 0)),
    "lower lip": (range(85, 88), (17, 84, 181, 91, 146)),
    "upper lip, inner edge": (range(88, 91), (78, 191, 80, 81, 82, 13)),
    "lower lip, inner edge": (range(94, 96), (14, 87, 178)),
}


@pytest.fixture
def mesh() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 100, (MESH_POINTS, 2))


def test_every_point_has_its_own_place_on_the_mesh():
    assert len(MESH_TO_WFLW98) == WFLW.points == len(set(MESH_TO_WFLW98))
    for one, other, share in MESH_TO_WFLW98:
        assert 0 <= one < MESH_POINTS
        assert 0 <= other < MESH_POINTS
        assert 0 <= share <= 1


def test_the_68_points_are_those_of_the_98(mesh):
    assert len(MESH_TO_IBUG68) == IBUG.points
    assert (from_mesh(mesh, IBUG) == from_mesh(mesh, WFLW)[list(WFLW98_TO_IBUG68)]).all()


def test_mirrored_points_lie_on_mirrored_points():
    for index, (one, other, share) in enumerate(MESH_TO_WFLW98):
        twin = MESH_TO_WFLW98[WFLW.flip[index]]
        assert twin == (MIRROR[one], MIRROR[other], share)


def test_a_mirrored_mesh_gives_the_mirrored_face(mesh):
    mirrored = mesh.copy()
    for index, twin in MIRROR.items():
        mirrored[index] = mesh[twin] * (-1, 1)
    for layout in (WFLW, IBUG):
        expected = from_mesh(mesh, layout)[list(layout.flip)] * (-1, 1)
        assert from_mesh(mirrored, layout) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("name", LINES)
def test_points_follow_a_line_of_the_face_in_order(name):
    indices, line = LINES[name]
    places = {index: place for place, index in enumerate(line)}
    along = []
    for one, other, share in (MESH_TO_WFLW98[index] for index in indices):
        assert abs(places[other] - places[one]) <= 1, "no neighbours"
        along.append(places[one] + share * (places[other] - places[one]))
    assert along == sorted(set(along))


def test_the_lines_and_their_mirror_images_are_the_whole_face():
    right = {index for indices, _ in LINES.values() for index in indices}
    assert right | {WFLW.flip[index] for index in right} | set(PARTS["pupils"]) == set(range(98))
