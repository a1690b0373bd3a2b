"""Distilling with 68 points: the options are the same, the parts that a layout lacks drop out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from d2animator.bundles.bundle import Bundle, load_bundle
from d2animator.distill.pipeline import TrainOptions, preset
from d2animator.distill.shapes import part_features, part_indices, rigid_features, rigid_split
from d2animator.faces.detectors.fitting import As68
from d2animator.faces.layouts import IBUG, WFLW98_TO_IBUG68
from tests.distill.runs import train
from tests.distill.worlds import LinearWorld, detect, template

TABLE = list(WFLW98_TO_IBUG68)


def detect_68(images: Tensor) -> tuple[Tensor, Tensor]:
    points, confidence = detect(images)
    return points[:, TABLE], confidence


def options(work: Path, count: int) -> TrainOptions:
    found = preset("quick", work, seed=1)
    return replace(
        found,
        samples=replace(found.samples, count=count, shard=count, picture_size=16),
        directions=replace(found.directions, clusters=(2,), trials=1, count=8),
        pairs=replace(found.pairs, sources=6, shard=6, batch=4),
        action_loop=replace(found.action_loop, steps=4),
        code_loop=replace(found.code_loop, steps=2),
        picture_loop=replace(found.picture_loop, steps=1),
        held_out=8,
    )


def test_a_part_that_a_layout_lacks_has_no_points():
    assert part_indices("pupils", IBUG) == ()
    assert part_indices("all", IBUG) == tuple(range(68))
    assert len(part_indices("mouth", IBUG)) == 20


def test_shapes_of_68_points_have_the_same_rigid_part():
    faces = template() + 0.01 * torch.randn(50, 98, 2)
    fewer = faces[:, TABLE]
    assert part_features(fewer, "brows", "residual").shape == (50, 20)
    assert rigid_features(fewer).shape == rigid_features(faces).shape
    world = LinearWorld()
    head, rest = rigid_split(world.fields, world.face)
    head_68, rest_68 = rigid_split(world.fields[:, TABLE], world.face[TABLE])
    assert torch.equal(head, head_68)
    assert torch.equal(rest, rest_68)


def test_all_stages_run_on_68_points(tmp_path: Path):
    made = train(LinearWorld(), detect_68, options(tmp_path, count=200))
    assert made.action_network.config.points == IBUG.points
    assert not any(source.startswith("pupils") for source in made.directions.sources)


@pytest.mark.slow
def test_all_stages_run_on_68_points_of_the_embedded_generator(tmp_path: Path):
    bundle = load_bundle()
    detector = As68(bundle.tracker())
    chosen = options(tmp_path, count=60)
    made = train(bundle.generator, detector.landmarks_and_scores, chosen)
    assert made.action_network.config.points == IBUG.points
    # What came out is a bundle of that layout.
    config = replace(bundle.config, landmark_layout="ibug68")
    whole = replace(
        bundle,
        config=config,
        encoder=made.encoder,
        directions=made.directions,
        action_network=made.action_network,
        w_statistics=made.statistics,
        landmark_limit=made.landmark_limit,
    )
    assert isinstance(whole, Bundle)
