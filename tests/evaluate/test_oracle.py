from __future__ import annotations

import dataclasses

import torch

from d2animator.bundles.bundle import load_bundle
from d2animator.evaluate.metrics import shape_error_percent
from d2animator.evaluate.oracle import OracleOptions, optimise, read_points
from d2animator.evaluate.preparing import Parts, draw, read
from d2animator.faces.align import face_frames
from d2animator.faces.detect import _FFHQ_FRAME
from tests.steadiness import Check


def test_points_are_read_as_the_tracker_reads_them():
    parts = Parts.of(load_bundle())
    z = torch.randn(2, parts.generator.z_dim, generator=torch.Generator().manual_seed(5))
    codes = parts.generator.mapping(z)
    images = draw(parts.generator, codes)
    seen = read(parts.detect, images)
    first = read_points(parts.landmark_network, images, _FFHQ_FRAME.expand(2, 2, 3))
    again = read_points(parts.landmark_network, images, face_frames(first / parts.size))
    torch.testing.assert_close(again, seen, rtol=0, atol=1e-3)


def test_the_oracle_comes_near_the_truth_and_keeps_the_fine_layers(seed: int, check: Check):
    parts = Parts.of(load_bundle())
    z = torch.randn(3, parts.generator.z_dim, generator=torch.Generator().manual_seed(seed + 6))
    codes = parts.generator.mapping(z)
    truth = read(parts.detect, draw(parts.generator, codes))
    still, due = codes[:1].expand(2, -1, -1), truth[1:]
    layers = parts.directions.vectors.shape[1]
    options = dataclasses.replace(OracleOptions(), steps=24)
    found = optimise(
        parts.generator,
        parts.landmark_network,
        parts.statistics,
        still,
        still,
        due,
        layers,
        options,
    )
    assert torch.equal(found[:, layers:], still[:, layers:])
    reached = read(parts.detect, draw(parts.generator, found))
    before = shape_error_percent(truth[:1].expand(2, -1, -1), due)
    check("error left", (shape_error_percent(reached, due) / before).mean(), below=0.6)
