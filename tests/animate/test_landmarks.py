"""Records of what is found in pictures, and the visible contours that go with them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from d2animator.animate.landmarks import find_landmarks
from d2animator.bundles.bundle import Bundle, load_bundle
from d2animator.faces.detect import FaceTracker
from tests.seeing import BLACK, picture, seeing

SOURCE = Path(__file__).parents[2] / "examples" / "source.png"


def tracker(bundle: Bundle) -> FaceTracker:
    return bundle.tracker()


def test_the_embedded_network_tells_the_visible_contour(tmp_path: Path) -> None:
    found = find_landmarks(tracker(load_bundle()), SOURCE, tmp_path / "points.json")[0]
    assert found.points is not None
    assert found.outline is not None
    assert found.outline.shape == (33, 2)
    # The edge of the face lies around the line of the jaw, from one ear to the other.
    assert np.ptp(found.outline[:, 0]) > np.ptp(found.points[:33, 0]) - 2
    assert found.outline[16, 1] > found.points[16, 1] - 2
    written = json.loads((tmp_path / "points.json").read_text())["frames"][0]
    assert np.abs(np.array(written["outline"]) - found.outline).max() < 0.01


def test_a_network_that_never_learned_it_tells_nothing(tiny_bundle: Bundle) -> None:
    frames = [picture(0), BLACK, picture(3)]
    records = find_landmarks(tracker(seeing(tiny_bundle)), frames)
    assert [record.found for record in records] == [True, False, True]
    assert [record.outline for record in records] == [None, None, None]
