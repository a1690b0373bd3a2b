"""Measuring: on a generator whose pictures tell the truth, the truth is measured."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from d2animator.faces.actions import ACTIONS
from d2animator.latent.directions import Directions
from d2animator.latent.measuring import (
    MeasureOptions,
    measure_directions,
    proportions_and_colours,
)
from tests.latent.truthful import LAYERS, SIZE, UNITS, WIDTH, Truthful, read
from tests.steadiness import Check


@pytest.fixture(scope="module")
def bank(seed: int) -> Directions:
    """Along the code's entries: yaw to the right, pitch, jaw, face width."""
    vectors = torch.zeros(4, LAYERS, WIDTH)
    for index, step in enumerate((-0.6, 0.8, 1.0, 1.0)):
        vectors[index, :, index] = step
    blank = ("",) * 4
    unmeasured = Directions(vectors, blank, ("pose",) * 4, blank)
    options = MeasureOptions(faces=6, seed=seed)
    return unmeasured.measured(measure_directions(Truthful(), read, unmeasured, options))


def test_effects_are_the_truth(bank: Directions, check: Check) -> None:
    assert bank.table is not None
    effects = bank.table.effects
    check("yaw", effects[0, ACTIONS.index("yaw")], above=-16.5, below=-13.5)
    check("pitch", effects[1, ACTIONS.index("pitch")], above=6.4, below=9.6)
    check("jaw", effects[2, ACTIONS.index("mouth_open")], above=0.09, below=0.11)
    assert bank.names[:2] == ("yaw right", "pitch down")
    # On so simple a face the corners of the mouth tell as much of the jaw as its opening does.
    assert bank.names[2] in ("jaw open", "smile")
    assert bank.groups[:3] == ("pose", "pose", "expression")
    check("range of yaw", bank.table.ranges[0] / (2 * UNITS[0]), above=0.6, below=1.4)


def test_identity_is_what_changes_the_person(bank: Directions, check: Check) -> None:
    assert bank.table is not None
    changes = bank.table.identity_changes()
    check("wider face", changes[3], above=0.3)
    check("jaw's share of it", changes[2] / changes[3], below=0.25)


def test_an_identity_network_can_be_put_in(bank: Directions, seed: int, check: Check) -> None:
    def shape_of(images: Tensor, landmarks: Tensor) -> Tensor:
        return images[:, 0, 0, 3:4]

    options = MeasureOptions(faces=2, samples=40, seed=seed)
    found = measure_directions(Truthful(), read, bank, options, identity=shape_of)
    assert found.identity_changes()[:3].tolist() == [0, 0, 0]
    check("wider face", found.identity_changes()[3], above=0.2)


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
