from __future__ import annotations

import pytest
import torch

from d2animator.errors import ShapeError
from d2animator.faces.layouts import FLIP98
from d2animator.models.outline import CONTOUR, OutlineNetwork
from tests.seeing import face_shape


@pytest.fixture
def network() -> OutlineNetwork:
    """One that says something, at random."""
    torch.manual_seed(0)
    made = OutlineNetwork(16)
    torch.nn.init.normal_(list(made.parameters())[-2], std=0.1)
    return made


def test_an_untaught_network_gives_the_contour_of_the_points() -> None:
    points = face_shape()[None]
    assert torch.allclose(OutlineNetwork(8)(points), points[:, :CONTOUR], atol=1e-6)


def test_a_face_may_lie_anywhere_and_be_of_any_size(network: OutlineNetwork) -> None:
    points = face_shape()[None]
    outline = network(points)
    assert not torch.allclose(outline, points[:, :CONTOUR], atol=1e-2)
    assert torch.allclose(network(points * 300 + 70), outline * 300 + 70, atol=1e-2)


def test_a_mirrored_face_gets_the_mirrored_outline(network: OutlineNetwork) -> None:
    points = face_shape()[None] + 0.01 * torch.randn(1, 98, 2)
    mirror = torch.tensor([-1.0, 1.0])
    mirrored = points[:, list(FLIP98)] * mirror
    assert torch.allclose(network(mirrored).flip(1) * mirror, network(points), atol=1e-5)


def test_where_one_looks_plays_no_part(network: OutlineNetwork) -> None:
    points = face_shape()[None]
    looking = points.clone()
    looking[:, 96:] += 0.02
    assert torch.equal(network(looking), network(points))


def test_other_layouts_have_no_outline(network: OutlineNetwork) -> None:
    with pytest.raises(ShapeError, match="landmarks"):
        network(torch.zeros(1, 68, 2))
