"""The visible contour: marked on the made-up head, and learned from its points."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from d2animator.bundles.bundle import Bundle, load_bundle, save_bundle
from d2animator.errors import ConfigError, TrainingError
from d2animator.head.model import Head
from d2animator.training.loop import LoopOptions
from tests.seeing import seeing
from tests.steadiness import Check
from tools.puppets.outline import COUNT, OutlineMarker, evenly
from tools.puppets.renderer import PuppetRenderer
from tools.puppets.train_outline import (
    OutlineTraining,
    add_outline,
    mark_puppets,
    train_outline,
)
from tools.puppets.world import look_from_z, sample_z, split_z, state_from_z

SHORT = OutlineTraining(puppets=150, width=48, batch=64, loop=LoopOptions(steps=400))


@pytest.fixture(scope="module")
def marker(head: Head) -> OutlineMarker:
    return OutlineMarker(head)


def test_points_lie_where_the_renderer_draws_them(
    marker: OutlineMarker, renderer: PuppetRenderer
) -> None:
    for index in range(6):
        z = sample_z(3, index)
        drawn = renderer.render(look_from_z(z), state_from_z(z)).landmarks
        assert np.abs(marker.mark(z, 64).landmarks - drawn[:96]).max() < 1e-3


def test_the_cheek_hides_the_jaw_of_a_turned_head(marker: OutlineMarker) -> None:
    z = sample_z(3, 0)
    split_z(z)["pose"][:] = (2.4, 0, 0)  # to the person's left: the left side is hidden
    marked = marker.mark(z, 256)
    contour = marked.landmarks[:COUNT]
    assert marked.outline[:, 0].max() > contour[:, 0].max() + 3
    assert marked.outline[0] == pytest.approx(contour[0], abs=3)  # the near side is seen


def test_marks_are_spread_evenly_on_either_side_of_the_chin() -> None:
    angle = np.pi * np.linspace(0, 1, COUNT) ** 1.7
    edge = np.stack([-np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    steps = np.linalg.norm(np.diff(evenly(edge), axis=0), axis=1)
    assert np.ptp(steps[:16]) < 0.02 * steps[:16].mean()
    assert np.ptp(steps[16:]) < 0.02 * steps[16:].mean()


def test_a_network_learns_it_from_the_points(
    marker: OutlineMarker, seed: int, check: Check
) -> None:
    network = train_outline(marker, dataclasses.replace(SHORT, seed=seed))
    points, outlines = mark_puppets(marker, 60, seed + 1002)  # of another seed
    with torch.no_grad():
        told = network(points)
    missed = (told - outlines).norm(dim=2).mean()
    apart = (points[:, :COUNT] - outlines).norm(dim=2).mean()
    check("error left", missed / apart, below=0.4)


def test_a_bundle_is_taught(tiny_bundle: Bundle, head_file: Path, tmp_path: Path) -> None:
    base, target = tmp_path / "base", tmp_path / "taught"
    save_bundle(seeing(tiny_bundle), base)
    short = dataclasses.replace(SHORT, puppets=20, loop=LoopOptions(steps=3))
    config = add_outline(head_file, base, target, short)
    assert config.provenance["outline"] == "20 marked puppets of seed 0, 3 x 64"
    before, after = load_bundle(base).landmark_network, load_bundle(target).landmark_network
    assert before is not None
    assert before.outline is None
    assert after is not None
    assert after.outline is not None
    crop = torch.rand(1, 3, after.config.input_size, after.config.input_size)
    with torch.no_grad():
        assert torch.equal(before(crop).landmarks, after(crop).landmarks)


def test_what_cannot_be_taught(tiny_bundle: Bundle, head_file: Path, tmp_path: Path) -> None:
    blind = dataclasses.replace(tiny_bundle, landmark_network=None, finder=None)
    save_bundle(blind, tmp_path / "blind")
    with pytest.raises(TrainingError, match="no landmark network"):
        add_outline(head_file, tmp_path / "blind", tmp_path / "taught")
    with pytest.raises(ConfigError, match="at least 1"):
        OutlineTraining(puppets=0)
