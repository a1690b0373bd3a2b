"""Detectors by name, and detectors that answer in another layout."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from d2animator import D2Animator
from d2animator.animate.landmarks import find_landmarks
from d2animator.bundles.bundle import Bundle
from d2animator.errors import BundleError, ConfigError, DetectorError
from d2animator.faces.detect import FaceTracker
from d2animator.faces.detectors.choice import make_detector
from d2animator.faces.detectors.fitting import As68, fitting
from d2animator.faces.layouts import WFLW98_TO_IBUG68
from d2animator.marks.options import UNMARKED
from d2animator.models.action import ActionNetwork
from tests.seeing import BLACK, picture, seeing

TABLE = list(WFLW98_TO_IBUG68)


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Bundle) -> Bundle:
    return seeing(tiny_bundle)


@pytest.fixture
def tracker(bundle: Bundle) -> FaceTracker:
    found = make_detector("bundled", bundle=bundle)
    assert isinstance(found, FaceTracker)
    return found


def for_68(bundle: Bundle) -> Bundle:
    """The same bundle with an action network of 68 points."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        shape = dataclasses.replace(bundle.action_network.config, points=68)
        network = ActionNetwork(shape).eval().requires_grad_(False)
    network.bank.copy_(bundle.action_network.bank)
    config = dataclasses.replace(bundle.config, landmark_layout="ibug68")
    return dataclasses.replace(bundle, config=config, action_network=network, landmark_limit=None)


def test_an_unknown_name_is_refused():
    with pytest.raises(ConfigError, match="bundled, face-alignment, mediapipe, got 'dlib'"):
        make_detector("dlib")


def test_the_bundled_one_needs_its_networks():
    with pytest.raises(DetectorError, match="needs a bundle"):
        make_detector("bundled")


def test_a_fresh_detector_has_seen_nothing(tracker):
    tracker.track(picture())
    assert not tracker.fresh().track(BLACK).found
    assert tracker.fresh().layout is tracker.layout


def test_68_of_the_98_points(tracker):
    fewer = As68(tracker)
    image = picture()
    assert fewer.detect(image)[0].landmarks == pytest.approx(
        tracker.detect(image)[0].landmarks[TABLE]
    )
    tracked = fewer.fresh().track(image)
    assert tracked.landmarks.shape == (68, 2)
    assert tracked.box[2:] == pytest.approx(np.ptp(tracked.landmarks, axis=0), rel=1e-4)
    assert not fewer.fresh().track(BLACK).found
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    assert torch.equal(fewer.landmarks_batch(images), tracker.landmarks_batch(images)[:, TABLE])
    with pytest.raises(DetectorError, match="ibug68"):
        As68(fewer)


def test_a_detector_with_too_few_points_is_refused(bundle, tracker):
    with pytest.raises(DetectorError, match=r"gives 68 points.*'tiny' was trained on 98") as caught:
        D2Animator(bundle, detector=As68(tracker), marks=UNMARKED)
    assert "train a bundle with this detector" in str(caught.value)
    assert fitting(tracker, "wflw98", "it") is tracker


def test_a_bundle_of_68_points_animates_with_the_bundled_detector(bundle):
    animator = D2Animator(for_68(bundle), marks=UNMARKED)
    portrait = animator.prepare(picture())
    assert portrait.landmarks.shape == (68, 2)
    result = animator.animate(portrait, [picture(index) for index in range(3)])
    assert result.frames == 3
    assert result.images is not None
    assert len(result.images) == 3
    assert animator.landmarks(picture())[0].points.shape == (68, 2)


def test_an_outside_detector_makes_the_bundles_own_superfluous(bundle, tracker):
    lean = dataclasses.replace(bundle, finder=None, landmark_network=None)
    with pytest.raises(BundleError, match="finder"):
        D2Animator(lean, marks=UNMARKED)
    assert D2Animator(lean, detector=tracker, marks=UNMARKED).portrait(
        picture()
    ).landmarks.shape == (98, 2)


def test_a_bundle_whose_parts_disagree_on_the_layout_is_refused(bundle):
    config = dataclasses.replace(bundle.config, landmark_layout="ibug68")
    with pytest.raises(BundleError, match="points is 98, not 68"):
        dataclasses.replace(bundle, config=config)


def test_a_file_of_landmarks_names_its_layout(tracker, tmp_path):
    find_landmarks(As68(tracker), picture(), tmp_path / "points.json")
    assert '"layout": "ibug68"' in (tmp_path / "points.json").read_text(encoding="utf-8")
