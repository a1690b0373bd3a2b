"""Figures of photos that clips move."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import photos


def row(worst: float, gain: float) -> photos.Row:
    movements = {name: 0.9 for name in photos.DOES} | {f"gain {name}": gain for name in photos.DOES}
    return movements | {"found": 1.0, "unrest": 1.0, "identity": 0.3, "identity_worst": worst}


def test_the_worst_frame_is_told_of_all_pairs_and_as_their_mean() -> None:
    means = photos.mean({"a": row(0.4, 1.0), "b": row(0.5, 1.2)})
    assert means["identity_worst"] == pytest.approx(0.5)
    assert means["identity_worst_mean"] == pytest.approx(0.45)
    assert means["gain yaw"] == pytest.approx(1.1)


def test_tables_tell_movements_pairs_and_what_the_drivers_own_frames_differ_by() -> None:
    own = {"d": {"identity": 0.28, "identity_worst": 0.39}}
    text = photos.tables({"a, d": row(0.4, 1.0), "b, d": row(0.5, 1.2)}, own)
    assert "| yaw framed | 0.90 | 1.10 |" in text
    assert "| distance of identity, mean of the pairs' worst frames | 0.45 |" in text
    assert "| drivers' own frames to their first, mean | 0.28 |" in text
    assert text.count("framed") == 2  # the pairs are told in whole pictures


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_faces_are_framed_alike_wherever_and_however_large_they_are(scale: float) -> None:
    pytest.importorskip("cv2")
    face = np.random.default_rng(0).uniform(0, 60, (478, 2)) * scale
    place = np.array([110.0, 130.0]) - face[[33, 263, 1, 152, 10]].mean(0)
    picture = np.zeros((300, 300, 3), np.uint8)
    half = int(6 * scale)
    picture[130 - half : 130 + half, 110 - half : 110 + half] = 255
    cut = photos.framed(picture, face + place)
    rows, columns = np.nonzero(cut[..., 0] > 127)
    assert cut.shape == (512, 512, 3)
    np.testing.assert_allclose([columns.mean(), rows.mean()], 256, atol=8)
    wanted = 12 / np.linalg.norm(np.ptp(face / scale, axis=0)) * 0.7 * 512
    assert np.ptp(columns) == pytest.approx(wanted, abs=8)


def test_a_frame_without_a_face_is_left_as_it_is() -> None:
    picture = np.zeros((20, 30, 3), np.uint8)
    assert photos.framed(picture, np.full((478, 2), np.nan)) is picture
