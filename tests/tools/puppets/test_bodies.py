"""Puppets from head to chest: what of them is head and what is body."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from d2animator.errors import TrainingError
from tools.puppets.bodies import draw_figure, read_figures, render_figures, shaped_torso
from tools.puppets.geometry import torso_mesh
from tools.puppets.renderer import PuppetRenderer
from tools.puppets.world import look_from_z, sample_z, state_from_z


@pytest.mark.parametrize("index", [0, 3, 11])
def test_a_figure_is_a_head_above_a_body(renderer: PuppetRenderer, index: int) -> None:
    figure = draw_figure(renderer, 5, index)
    person, body = figure.person > 127, figure.body > 127
    head = person & ~body
    assert not (body & ~person).any()
    assert 0.02 < head.mean() < 0.4
    assert 0.1 < body.mean() < 0.6
    rows = np.arange(len(person))[:, None]
    assert (rows * head).sum() / head.sum() < (rows * body).sum() / body.sum() - 10
    assert not body[: len(body) // 4].any()


def test_a_figure_depends_on_its_number_alone(renderer: PuppetRenderer) -> None:
    first, again, other = (draw_figure(renderer, 5, index) for index in (1, 1, 2))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.body, again.body)
    assert not np.array_equal(first.body, other.body)


def test_bodies_differ_and_hold_together() -> None:
    plain = torso_mesh()
    shapes = [shaped_torso(np.random.default_rng(seed)) for seed in range(20)]
    widths = np.array([np.ptp(one.points[:, 0]) for one in shapes])
    assert np.ptp(widths) > 5
    for one in shapes:
        assert one.points.shape == plain.points.shape
        assert np.abs(one.points - plain.points).max() < 40


def test_a_plain_picture_has_the_plain_body_again(renderer: PuppetRenderer) -> None:
    z = sample_z(0, 0)
    before = renderer.render(look_from_z(z), state_from_z(z)).image
    draw_figure(renderer, 5, 0)
    assert np.array_equal(renderer.render(look_from_z(z), state_from_z(z)).image, before)


def test_a_set_goes_on_where_it_stopped(renderer: PuppetRenderer, tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    render_figures(renderer, tmp_path, 3, 7, lambda *counts: done.append(counts))
    images, person, body = read_figures(tmp_path)
    assert images.shape == (3, 64, 64, 3)
    assert person.shape == body.shape == (3, 64, 64)
    assert done == [(3, 3)]
    stamp = (tmp_path / "shard-00000" / "images.npy").stat().st_mtime_ns
    render_figures(renderer, tmp_path, 3, 7)
    assert (tmp_path / "shard-00000" / "images.npy").stat().st_mtime_ns == stamp
    with pytest.raises(TrainingError, match="no figures"):
        read_figures(tmp_path / "nothing")
