"""In a world whose first eight layers move the landmarks equally, that is what is measured."""

from __future__ import annotations

import json

import pytest
import torch
from torch import Tensor

from d2animator.distill.layers import LayerOptions, LayerReport, look_change, measure_layers
from d2animator.errors import ConfigError, TrainingError
from tests.distill.worlds import LinearWorld, detect, template
from tests.steadiness import Check

MOVING = 8  # of the world's ten layers


def colour_change(images: Tensor, _own: Tensor, other: Tensor, _others: Tensor) -> Tensor:
    """The world paints its last layer beside the landmarks."""
    return (images - other).flatten(1)[:, 196:].abs().mean(1)


@pytest.fixture(scope="module")
def report() -> LayerReport:
    options = LayerOptions(pairs=6, truncation=0.3, batch=7)
    return measure_layers(LinearWorld(), detect, options, colour_change)


def test_layers_that_move_are_told_from_those_that_do_not(report):
    moves = [layer.moves_percent for layer in report.layers]
    assert moves[:MOVING] == pytest.approx([moves[0]] * MOVING, rel=0.02)
    assert moves[0] > 0.1
    assert moves[MOVING:] == pytest.approx([0, 0], abs=1e-3)
    assert all(layer.shape_percent < layer.moves_percent for layer in report.layers[:MOVING])


def test_the_first_layers_do_their_share_of_the_way(report):
    moved = [layer.moved_percent for layer in report.layers]
    steps = [100 * min(index + 1, MOVING) / MOVING for index in range(len(moved))]
    assert moved == pytest.approx(steps, abs=0.5)
    assert report.coarse_layers == MOVING  # seven do 87.5 %


def test_a_smaller_share_asks_for_fewer_layers():
    options = LayerOptions(pairs=2, truncation=0.3, share=0.45)
    assert measure_layers(LinearWorld(), detect, options).coarse_layers == 4


def test_the_look_is_another_matter(report):
    looks = [layer.looks_percent for layer in report.layers]
    assert looks[:-1] == pytest.approx([0] * 9, abs=0.1)
    assert looks[-1] == pytest.approx(100)
    assert report.layers[-1].looked_percent == pytest.approx(100)


def test_the_whole_way_is_the_distance_of_the_faces(report):
    assert report.pairs == 6
    # Eight equal steps lead to the other face.
    assert report.apart_percent == pytest.approx(8 * report.layers[0].moves_percent, rel=0.02)


def test_a_report_is_plain(report):
    plain = json.loads(json.dumps(report.plain(), allow_nan=False))
    assert plain["coarse_layers"] == report.coarse_layers
    assert [layer["layer"] for layer in plain["layers"]] == list(range(len(report.layers)))


def test_pairs_without_a_face_do_not_count():
    def blind(images: Tensor) -> tuple[Tensor, Tensor]:
        return detect(images)[0], torch.zeros(len(images))

    with pytest.raises(TrainingError, match="does not fit"):
        measure_layers(LinearWorld(), blind, LayerOptions(pairs=2))


def test_the_look_of_a_face_does_not_depend_on_its_place(seed: int, check: Check):
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(2, 3, 12, 12, generator=random) * 2 - 1
    big = torch.nn.functional.interpolate(coarse, size=240, mode="bicubic").clamp(-1, 1)
    one, other = big[:1], big[1:]
    face = (template() * 0.5 + 0.25).unsqueeze(0) * 240
    moved = torch.roll(one, (12, 20), (2, 3))
    shifted = face + torch.tensor([20.0, 12.0])
    assert float(look_change(one, face, one, face)) == 0
    check("of another place", look_change(one, face, moved, shifted), below=0.02)
    check("of another face", look_change(one, face, other, face), above=0.1)


@pytest.mark.parametrize("wrong", [{"pairs": 0}, {"batch": 0}, {"share": 1.0}, {"share": 0.0}])
def test_options_are_checked(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        LayerOptions(**wrong)
