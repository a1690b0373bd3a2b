"""face-alignment: the real library, its missing weights, and random ones in their place.

Trained weights cannot be had here. With random ones the library's answers mean nothing but are
repeatable, which tests all that handles pictures and places; what depends on finding a face is
tested with a stand-in that finds white squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from d2animator.errors import ConfigError, DetectorError, ShapeError
from d2animator.faces.detector import Picture
from d2animator.faces.detectors.face_alignment import (
    FaceAlignmentDetector,
    FaceAlignmentOptions,
    WeightFile,
    fetch,
    weight_files,
)
from d2animator.faces.layouts import IBUG, WFLW98_TO_IBUG68
from tests.faces.shapes import frontal_face

pytest.importorskip("face_alignment")


@pytest.fixture
def unreachable(monkeypatch, tmp_path) -> Path:
    """An empty cache, and a network that ends at this machine's closed door."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    # Python remembers the proxies of its first request, which would outlive this test.
    monkeypatch.setattr("urllib.request._opener", None)
    return tmp_path


def test_missing_weights_say_where_to_put_them(unreachable):
    with pytest.raises(DetectorError) as caught:
        FaceAlignmentDetector()
    said = str(caught.value)
    finder, points = weight_files()
    assert "s3fd-619a316812.pth" in said
    for file in (finder, points):
        assert f"{file.url} as {file.path}" in said
        assert file.path.parent == unreachable / "hub" / "checkpoints"
    assert "by hand" in said
    assert "TORCH_HOME" in said


def test_only_what_is_missing_is_asked_for(unreachable):
    finder, points = weight_files()
    finder.path.parent.mkdir(parents=True)
    finder.path.touch()
    with pytest.raises(DetectorError) as caught:
        fetch((finder, points))
    assert str(finder.path) not in str(caught.value)
    assert not points.path.exists()


def test_a_fetched_file_must_have_its_hash(tmp_path):
    (tmp_path / "x-0123456789.pth").write_bytes(b"something else")
    url = (tmp_path / "x-0123456789.pth").as_uri()
    target = tmp_path / "cache" / "x-0123456789.pth"
    with pytest.raises(DetectorError, match="invalid hash value"):
        fetch([WeightFile(url, target)])
    assert not target.exists()


def test_damaged_weights_are_named(unreachable):
    for file in weight_files():
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(b"not a network")
    with pytest.raises(DetectorError, match=r"s3fd-\w+\.pth and 2DFAN4-.* cannot be loaded"):
        FaceAlignmentDetector()


def test_options_are_checked():
    with pytest.raises(ConfigError, match="batch"):
        FaceAlignmentOptions(batch=0)


class WhiteSquares:
    """Finds white squares, and a face in every box that has one."""

    def __init__(self) -> None:
        self.face_detector = self
        self.searches = 0

    def detect_from_image(self, image: Picture) -> list[list[float]]:
        self.searches += 1
        return [] if (box := self.square(image)) is None else [[*box, 0.9]]

    def get_landmarks_from_image(
        self, image: Picture, *, detected_faces: Sequence[Sequence[float]], **_: object
    ) -> tuple[list[np.ndarray], list[np.ndarray], None]:
        sets, peaks = [], []
        for left, top, right, bottom, *_score in detected_faces:
            x, y = max(0, int(left)), max(0, int(top))
            own = self.square(image[y : int(bottom), x : int(right)])
            corner = np.array((left, top) if own is None else (x + own[0], y + own[1]))
            side = 1.0 if own is None else own[2] - own[0]
            unit = frontal_face()[list(WFLW98_TO_IBUG68)]
            unit = (unit - unit.min(0)) / np.ptp(unit, axis=0)
            sets.append(corner + side * unit)
            peaks.append(np.full(68, 0.0 if own is None else 0.8))
        return sets, peaks, None

    @staticmethod
    def square(image: Picture) -> tuple[float, float, float, float] | None:
        rows, columns = np.nonzero(image[..., 0] > 200)
        if not len(rows):
            return None
        return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def with_square(x: int, y: int, side: int = 40) -> Picture:
    image = np.zeros((128, 160, 3), np.uint8)
    image[y : y + side, x : x + side] = 255
    return image


@pytest.fixture
def finding() -> FaceAlignmentDetector:
    return FaceAlignmentDetector(library=WhiteSquares())


def test_a_face_has_68_points_in_its_place(finding):
    faces = finding.detect(with_square(30, 20))
    assert [face.landmarks.shape for face in faces] == [(IBUG.points, 2)]
    assert faces[0].box == pytest.approx((30, 20, 40, 40))
    assert faces[0].score == pytest.approx(0.8)
    assert finding.detect(np.zeros((64, 64, 3), np.uint8)) == []
    with pytest.raises(ShapeError):
        finding.detect(np.zeros((64, 64), np.uint8))


def test_a_followed_face_is_not_searched_for(finding):
    places = [finding.track(with_square(30 + 2 * index, 20)).box[0] for index in range(3)]
    assert finding._library.searches == 1
    assert places[0] == pytest.approx(30)
    finding.reset()
    assert finding.track(with_square(90, 60)).box[0] == pytest.approx(90)
    assert finding._library.searches == 2


def test_a_lost_face_is_searched_for(finding):
    finding.track(with_square(10, 10))
    assert finding.track(with_square(100, 70)).box[0] == pytest.approx(100)
    assert finding._library.searches == 2
    assert not finding.track(np.zeros((128, 160, 3), np.uint8)).found


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> FaceAlignmentDetector:
    """The real library, which has loaded random weights from its own cache."""
    from face_alignment.detection.sfd.net_s3fd import s3fd
    from face_alignment.models import FAN

    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        patch.setenv("TORCH_HOME", str(tmp_path_factory.mktemp("torch")))
        for file, network in zip(weight_files(), (s3fd(), FAN(4)), strict=True):
            file.path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(network.state_dict(), file.path)
        return FaceAlignmentDetector()


@pytest.mark.slow
def test_a_batch_is_read_as_each_picture_alone(untrained):
    random = torch.Generator().manual_seed(0)
    coarse = torch.rand(2, 3, 8, 8, generator=random) * 2 - 1
    images = torch.nn.functional.interpolate(coarse, size=96, mode="bicubic").clamp(-1, 1)
    together, scores = untrained.landmarks_and_scores(images)
    alone, _ = untrained.landmarks_and_scores(images[1:])
    assert together.shape == (2, IBUG.points, 2)
    assert scores.shape == (2,)
    # The library takes whole pixels here and there: a few points may round to the next one.
    apart = (together[1] - alone[0]).abs()
    assert float((apart < 1e-3).float().mean()) > 0.9
    assert float(apart.max()) < 2
    assert (together[0] - together[1]).abs().max() > 1  # the answers are the pictures' own


@pytest.mark.slow
def test_the_library_looks_where_it_is_told(untrained):
    faces = untrained._read(with_square(30, 20), [(20.0, 10.0, 80.0, 70.0)])
    assert np.isfinite(faces[0].landmarks).all()
    # Its crop is about as large as width and height together.
    assert np.abs(faces[0].landmarks - (50, 40)).max() < 120
