from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from d2animator.errors import ShapeError
from d2animator.faces.detect import FaceTracker
from d2animator.faces.detector import NO_FACE
from d2animator.faces.search import Candidate, SearchOptions, distinct, search
from d2animator.faces.shape import bounding_box, eye_distance
from d2animator.models.landmarks import FaceFinder, LandmarkNetwork
from tests.faces.shapes import frontal_face
from tests.models.test_landmarks import TINY_FINDER, TINY_NETWORK

# The tests' faces are red discs of this radius, with points over the disc as in `frontal_face`.
RADIUS = 0.45
FACE = torch.tensor(frontal_face(), dtype=torch.float32)


class DiscFinder(nn.Module):
    """Finds red discs by counting red pixels: what a trained finder does, but exact."""

    config = SimpleNamespace(stride=8, reference_size_px=40.0)

    def forward(self, images: Tensor) -> SimpleNamespace:
        red = _red(images)
        cells = avg_pool2d(red[:, None], 8)[:, 0]
        near = avg_pool2d(cells[:, None], 3, 1, 1)[:, 0]
        extent = 2 * (red.sum((1, 2)) / torch.pi).sqrt().clamp(min=1) / (2 * RADIUS)
        size = (extent / 40).log()[:, None, None].expand_as(cells)
        offsets = torch.zeros(len(images), 2, *cells.shape[1:])
        return SimpleNamespace(logits=8 * near - 2, log_sizes=size, offsets=offsets)


class DiscReader(nn.Module):
    """Reads the points off the one red disc of a crop: its middle and its area."""

    config = SimpleNamespace(input_size=64)

    def forward(self, images: Tensor) -> SimpleNamespace:
        red = _red(images)
        area = red.sum((1, 2)).clamp(min=1e-3)
        line = (torch.arange(64) + 0.5) / 64
        x, y = (red.sum(1) * line).sum(1) / area, (red.sum(2) * line).sum(1) / area
        extent = (area / torch.pi).sqrt() / 64 / RADIUS
        centre = torch.stack([x, y], 1)[:, None]
        points = centre + FACE * extent[:, None, None]
        return SimpleNamespace(
            landmarks=points,
            log_scales=torch.full((len(images), 98), -5.0),
            face_logits=20 * (area / 64**2 - 0.05),
        )


def _red(images: Tensor) -> Tensor:
    return ((images[:, 0] - images[:, 1]) / 2).clamp(0, 1)


def picture(*discs: tuple[float, float, float], size: tuple[int, int] = (240, 320)):
    """A grey picture with faces at (x, y) of a width in pixels."""
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    image = np.full((*size, 3), 120, np.uint8)
    for centre_x, centre_y, width in discs:
        image[np.hypot(x - centre_x, y - centre_y) < RADIUS * width] = (255, 0, 0)
    return image


def expected(x: float, y: float, width: float):
    return frontal_face() * width + (x, y)


@pytest.fixture
def tracker():
    return FaceTracker(DiscFinder(), DiscReader())


@pytest.mark.parametrize("disc", [(160, 120, 40), (60, 70, 90), (250, 150, 120), (160, 120, 230)])
def test_a_face_is_found_with_its_points(tracker, disc):
    (face,) = tracker.detect(picture(disc))
    assert face.found
    assert face.landmarks.dtype == np.float32
    error = np.abs(face.landmarks - expected(*disc)).max()
    assert error < 0.03 * float(eye_distance(torch.from_numpy(expected(*disc))))
    assert face.box == pytest.approx(bounding_box(face.landmarks))


def test_a_large_picture_is_searched_too(tracker):
    (face,) = tracker.detect(picture((900, 500, 160), size=(1080, 1920)))
    np.testing.assert_allclose(face.landmarks, expected(900, 500, 160), atol=10)


def test_no_face_gives_an_empty_list(tracker):
    assert tracker.detect(picture()) == []
    assert not tracker.track(picture()).found


def test_tracking_follows_and_searches_only_when_lost(tracker, monkeypatch):
    searched = []
    detect = tracker.detect_briefly
    monkeypatch.setattr(
        tracker, "detect_briefly", lambda image: searched.append(1) or detect(image)
    )
    for step in range(6):
        face = tracker.track(picture((100 + 6 * step, 120, 80)))
        np.testing.assert_allclose(face.landmarks, expected(100 + 6 * step, 120, 80), atol=3)
    assert len(searched) == 1
    assert not tracker.track(picture()).found
    face = tracker.track(picture((260, 60, 60)))
    np.testing.assert_allclose(face.landmarks, expected(260, 60, 60), atol=3)
    assert len(searched) == 3


def test_tracking_the_same_frame_is_steady(tracker):
    frames = [tracker.track(picture((100, 120, 80))).landmarks for _ in range(5)]
    assert np.abs(frames[-1] - frames[-2]).max() < 0.2


def test_reset_forgets_the_face(tracker):
    tracker.track(picture((80, 120, 60)))
    tracker.reset()
    assert not tracker.track(picture()).found


def test_of_several_faces_the_largest_comes_first():
    first = NO_FACE.box
    candidates = [
        Candidate((0, 0, 10, 10), 0.5),
        Candidate((1, 1, 10, 10), 0.9),
        Candidate((50, 0, 10, 10), 0.3),
    ]
    kept = distinct(candidates, 0.4)
    assert [one.score for one in kept] == [0.9, 0.3]
    assert first == (0, 0, 0, 0)


def test_aligned_crops_are_read_in_batches(tracker):
    discs = [(64, 68, 70), (60, 66, 80)]
    pictures = np.stack([picture(disc, size=(128, 128)) for disc in discs])
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    points, scores = tracker.landmarks_and_scores(images)
    for disc, one in zip(discs, points, strict=True):
        np.testing.assert_allclose(one.numpy(), expected(*disc), atol=2)
    assert scores.shape == (2,)
    torch.testing.assert_close(tracker.landmarks_batch(images[1:]), points[1:], atol=1e-3, rtol=0)


def test_large_aligned_crops_are_read_too(tracker):
    image = picture((512, 540, 560), size=(1024, 1024))
    images = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    points = tracker.landmarks_batch(images)[0]
    np.testing.assert_allclose(points.numpy(), expected(512, 540, 560), atol=12)


def test_untrained_networks_find_nothing_and_do_not_fail():
    torch.manual_seed(0)
    network = LandmarkNetwork(TINY_NETWORK.__class__(channels=(4, 8), blocks=(0, 1), hidden=8))
    tracker = FaceTracker(FaceFinder(TINY_FINDER), network)
    assert tracker.detect(picture((100, 100, 50))) == []


def test_the_search_gives_each_face_once():
    image = torch.from_numpy(picture((160, 120, 60))).permute(2, 0, 1)[None].float() / 127.5 - 1
    (candidate,) = search(image, DiscFinder(), SearchOptions())
    assert candidate.centre == pytest.approx((160, 120), abs=6)
    assert candidate.box[2] == pytest.approx(60, rel=0.1)


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 4)])
def test_other_pictures_are_refused(tracker, shape):
    with pytest.raises(ShapeError, match="image"):
        tracker.detect(np.zeros(shape, np.uint8))


def test_batches_must_be_square(tracker):
    with pytest.raises(ShapeError, match="images"):
        tracker.landmarks_batch(torch.zeros(1, 3, 64, 80))
