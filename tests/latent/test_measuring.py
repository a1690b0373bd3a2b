"""Measuring: on a generator whose pictures tell the truth, the truth is measured."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from d2animator.faces.actions import ACTIONS
from d2animator.faces.pose import HeadPose, mean_face, posed, rotations
from d2animator.latent.directions import Directions
from d2animator.latent.measuring import (
    MeasureOptions,
    measure_directions,
    proportions_and_colours,
)

SIZE, LAYERS, WIDTH = 64, 3, 6
UNITS = (25.0, 10.0, 0.1)  # of w's first entries: yaw, pitch in degrees, an open jaw


class Truthful(nn.Module):
    """A generator whose first layer's code is pose, jaw, face width and colour, as they are."""

    z_dim = w_dim = WIDTH
    num_ws = LAYERS

    def mapping(self, z: Tensor, truncation_psi: float = 1.0) -> Tensor:
        return (truncation_psi * z).unsqueeze(1).repeat(1, LAYERS, 1)

    def synthesis(self, w_plus: Tensor) -> Tensor:
        code = w_plus[:, 0]
        images = torch.zeros(len(code), 3, SIZE, SIZE)
        images += 0.3 * code[:, 4, None, None, None].tanh()
        # What the detector below reads: written into a corner that no face reaches.
        images[:, 0, 0, :WIDTH] = code
        return images


def read(images: Tensor) -> tuple[Tensor, Tensor]:
    """A detector for those pictures: it reads the code and knows the geometry."""
    code = images[:, 0, 0, :WIDTH].double()
    shape = mean_face()[None, :, :2].repeat(len(code), 1, 1)
    shape[:, :33, 0] *= 1 + 0.1 * code[:, 3:4]
    shape[:, [83, 84, 85, 86, 87, 93, 94, 95], 1] -= UNITS[2] * code[:, 2:3]
    angles = torch.stack([UNITS[0] * code[:, 0], UNITS[1] * code[:, 1], 0 * code[:, 0]], 1)
    size, zero = torch.full((len(code),), SIZE / 3).double(), torch.zeros(len(code), 2).double()
    middle = torch.full((len(code), 2), SIZE / 2).double()
    points = posed(shape, HeadPose(rotations(angles), size, zero, middle))
    return points, torch.ones(len(code))


@pytest.fixture(scope="module")
def bank() -> Directions:
    """Along the code's entries: yaw to the right, pitch, jaw, face width."""
    vectors = torch.zeros(4, LAYERS, WIDTH)
    for index, step in enumerate((-0.6, 0.8, 1.0, 1.0)):
        vectors[index, :, index] = step
    blank = ("",) * 4
    found = measure_directions(
        Truthful(), read, Directions(vectors, blank, ("pose",) * 4, blank), MeasureOptions(faces=6)
    )
    return Directions(vectors, blank, ("pose",) * 4, blank).measured(found)


def test_effects_are_the_truth(bank: Directions) -> None:
    assert bank.table is not None
    effects = bank.table.effects
    assert float(effects[0, ACTIONS.index("yaw")]) == pytest.approx(-15, rel=0.1)
    assert float(effects[1, ACTIONS.index("pitch")]) == pytest.approx(8, rel=0.2)
    assert float(effects[2, ACTIONS.index("mouth_open")]) == pytest.approx(0.1, rel=0.1)
    assert bank.names[:3] == ("yaw right", "pitch down", "jaw open")
    assert bank.groups[:3] == ("pose", "pose", "expression")
    assert float(bank.table.ranges[0]) == pytest.approx(2 * UNITS[0], rel=0.4)


def test_identity_is_what_changes_the_person(bank: Directions) -> None:
    assert bank.table is not None
    changes = bank.table.identity_changes()
    assert changes[3] > 0.3
    assert changes[2] < 0.25 * changes[3]


def test_an_identity_network_can_be_put_in(bank: Directions) -> None:
    def shape_of(images: Tensor, landmarks: Tensor) -> Tensor:
        return images[:, 0, 0, 3:4]

    found = measure_directions(
        Truthful(), read, bank, MeasureOptions(faces=2, samples=8), identity=shape_of
    )
    assert found.identity_changes()[:3].tolist() == [0, 0, 0]
    assert found.identity_changes()[3] > 0.2


def test_measured_twice_is_the_same(bank: Directions) -> None:
    options, calls = MeasureOptions(faces=2, samples=8), list[tuple[int, int]]()
    once, again = (
        measure_directions(
            Truthful(), read, bank, options, progress=lambda *done: calls.append(done)
        )
        for _ in range(2)
    )
    assert torch.equal(once.effects, again.effects)
    assert torch.equal(once.identity, again.identity)
    assert calls[:4] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_colour_belongs_to_a_person() -> None:
    points, _ = read(torch.zeros(1, 3, SIZE, SIZE))
    dark, light = (torch.full((1, 3, SIZE, SIZE), value) for value in (-0.5, 0.5))
    off = proportions_and_colours(light, points) - proportions_and_colours(dark, points)
    assert off[0, -3:].tolist() == pytest.approx([1, 1, 1])
    assert off[0, :-3].abs().max() == 0
