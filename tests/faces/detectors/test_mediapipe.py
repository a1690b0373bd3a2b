"""MediaPipe: what is said without it, and, where its model file is named, what it finds."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from d2animator.bundles.bundle import load_bundle
from d2animator.distill.shapes import nme_percent
from d2animator.errors import DetectorError
from d2animator.faces.detectors.choice import make_detector
from d2animator.faces.detectors.mediapipe import (
    MIN_SIDE,
    TASK_VARIABLE,
    MediaPipeDetector,
    MeshReader,
    prepare,
    task_file,
)
from d2animator.faces.layouts import FLIP98, WFLW98_TO_IBUG68
from d2animator.faces.shape import is_plausible
from d2animator.media.images import read_image

SOURCE = Path(__file__).parents[3] / "examples" / "source.png"
needs_model = pytest.mark.skipif(
    TASK_VARIABLE not in os.environ, reason=f"{TASK_VARIABLE} names no model file"
)


def test_without_a_model_file_it_says_where_to_get_one(monkeypatch):
    monkeypatch.delenv(TASK_VARIABLE, raising=False)
    with pytest.raises(DetectorError, match=f"face_landmarker.task.*https://.*{TASK_VARIABLE}"):
        make_detector("mediapipe")


def test_a_missing_model_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv(TASK_VARIABLE, str(tmp_path / "no.task"))
    with pytest.raises(DetectorError, match=r"no\.task"):
        make_detector("mediapipe")


def test_the_argument_comes_before_the_variable(monkeypatch, tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).touch()
    monkeypatch.setenv(TASK_VARIABLE, str(tmp_path / "one"))
    assert task_file() == tmp_path / "one"
    assert task_file(tmp_path / "other") == tmp_path / "other"


def test_a_file_that_is_no_model_is_refused(tmp_path):
    pytest.importorskip("mediapipe")
    (tmp_path / "x.task").write_bytes(b"not a model")
    with pytest.raises(DetectorError, match="no face landmarker"):
        MeshReader(tmp_path / "x.task")


@pytest.mark.parametrize("shape", [(128, 128), (96, 160), (720, 1280)])
def test_a_prepared_picture_is_large_and_has_a_margin(shape):
    larger, factor, margin = prepare(np.zeros((*shape, 3), np.uint8))
    assert min(larger.shape[:2]) >= MIN_SIDE
    assert larger.shape[0] == round(shape[0] * factor) + 2 * margin


def test_a_point_keeps_its_place():
    picture = np.zeros((128, 128, 3), np.uint8)
    picture[32:36, 64:68] = 255
    larger, factor, margin = prepare(picture)
    rows, columns = np.nonzero(larger[..., 0] > 127)
    centre = np.array([columns.mean() + 0.5, rows.mean() + 0.5])
    assert (centre - margin) / factor == pytest.approx([66, 34], abs=0.25)


@pytest.fixture(scope="module")
def detector() -> MediaPipeDetector:
    pytest.importorskip("mediapipe")
    return MediaPipeDetector()


def distance_percent(one: np.ndarray, other: np.ndarray) -> float:
    return float(nme_percent(*(torch.from_numpy(points)[None] for points in (one, other)))[0])


@needs_model
def test_it_agrees_with_the_bundled_detector(detector):
    image, bundle = read_image(SOURCE), load_bundle()
    ours = make_detector("bundled", bundle=bundle)
    theirs = detector.detect(image)
    assert len(theirs) == 1
    assert is_plausible(theirs[0].landmarks)
    assert distance_percent(ours.detect(image)[0].landmarks, theirs[0].landmarks) < 8


@needs_model
def test_a_mirrored_face_has_mirrored_points(detector):
    image = read_image(SOURCE)
    mirrored = detector.detect(np.ascontiguousarray(image[:, ::-1]))[0].landmarks
    back = mirrored[list(FLIP98)] * (-1, 1) + (image.shape[1], 0)
    assert distance_percent(back, detector.detect(image)[0].landmarks) < 3


@needs_model
def test_frames_and_batches_give_the_same_points(detector):
    image = read_image(SOURCE)
    square = image[: min(image.shape[:2]), : min(image.shape[:2])]
    tracked = detector.fresh().track(square)
    batch = torch.from_numpy(square.copy()).permute(2, 0, 1)[None] / 127.5 - 1
    grey = torch.zeros_like(batch)
    points, scores = detector.landmarks_and_scores(torch.cat([batch, grey]))
    assert points[0].numpy() == pytest.approx(tracked.landmarks, abs=0.5)
    assert scores.tolist() == [1.0, 0.0]
    assert points.isfinite().all()
    fewer = make_detector("mediapipe", layout="ibug68").track(square)
    assert fewer.landmarks == pytest.approx(tracked.landmarks[list(WFLW98_TO_IBUG68)])


@needs_model
def test_a_picture_without_a_face_has_none(detector):
    grey = np.full((64, 64, 3), 128, np.uint8)
    assert detector.detect(grey) == []
    assert not detector.fresh().track(grey).found
