from __future__ import annotations

import numpy as np
import pytest

from d2animator.marks.evidence import Evidence, evidence_either_way, evidence_of
from d2animator.marks.pattern import chroma_waves, luma_waves, make_tile, repeated
from d2animator.marks.residual import Detail, Residual, residual_of
from tests.marks.pictures import resized, scene


def likeness(one: Evidence, other: Evidence) -> float:
    """How well both agree: 1 for the same but for a factor."""
    return float(np.vdot(one.luma, other.luma).real) / len(one.luma)


@pytest.fixture(scope="module")
def noise():
    return [
        np.random.default_rng(seed).normal(size=(256, 256)).astype(np.float32) for seed in (0, 1)
    ]


def residual(luma, chroma) -> Residual:
    return Residual(Detail(luma), Detail(chroma), 1.0)


@pytest.mark.parametrize("mirrored", [False, True])
def test_waves_of_one_tile_are_those_of_its_transform(noise, mirrored):
    evidence = evidence_of(residual(*noise), 256, mirrored)
    for plane, waves, found in zip(
        noise, (luma_waves(), chroma_waves()), (evidence.luma, evidence.chroma), strict=True
    ):
        columns = -waves.columns if mirrored else waves.columns
        expected = np.fft.fft2(plane)[waves.rows, columns]
        expected /= np.abs(expected) ** 0.7
        # Detail is looked at in a smaller picture, with what little aliases it has.
        agreement = np.vdot(expected, found).real / np.linalg.norm(expected) / np.linalg.norm(found)
        assert agreement > 0.95


def test_tiles_are_laid_on_each_other(noise):
    tiled = [np.tile(plane, (2, 3)) for plane in noise]
    one, many = (evidence_of(residual(*planes), 256) for planes in (noise, tiled))
    assert likeness(one, many) > 0.99


@pytest.mark.parametrize("period", [97.3, 256.0, 391.0, 480.0])
def test_the_pattern_is_seen_at_any_size(period):
    """In phase at all waves that so many pixels hold, wherever pixels lie in the tile."""
    size = 512
    luma = repeated(make_tile(luma_waves(), 0, 1024), 1024, 1024)
    samples = (np.arange(size) + 0.5) * 1024 / period - 0.5
    grid = np.meshgrid(samples % 1024, samples % 1024, indexing="ij")
    rows, columns = (np.rint(axis).astype(int) % 1024 for axis in grid)
    evidence = evidence_of(residual(luma[rows, columns], np.zeros_like(luma)), period)
    phases = np.exp(1j * luma_waves().phases)
    assert np.mean((evidence.luma / np.abs(evidence.luma) / phases).real) > 0.8


def test_a_mirrored_picture_looks_so():
    picture = scene(256, 256)
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    plain, other = evidence_either_way(residual_of(picture), 256)
    both = evidence_either_way(residual_of(mirrored), 256)
    # Mirrored about its first sample rather than its middle: a wave's phase differs by its column.
    turn = np.exp(-2j * np.pi * luma_waves().columns / 256)
    np.testing.assert_allclose(both[1].luma / turn, plain.luma, atol=0.05)
    np.testing.assert_allclose(both[0].luma * turn, other.luma, atol=0.05)


def test_a_larger_picture_shows_the_same():
    picture = resized(scene(256, 256), 2)
    small, large = (
        evidence_of(residual_of(scene(256, 256)), 256),
        evidence_of(residual_of(picture), 512),
    )
    assert likeness(small, large) > 0.8


def test_evidence_adds_up():
    one = evidence_of(residual_of(scene(256, 256)), 256)
    np.testing.assert_allclose((one + one).luma, 2 * one.luma)


def test_nothing_holds_nothing():
    flat = np.zeros((64, 64), np.float32)
    assert not evidence_of(residual(flat, flat), 64).luma.any()
