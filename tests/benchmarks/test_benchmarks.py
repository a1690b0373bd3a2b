"""The measuring is measured: what is known beforehand must come out."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import figures, gallery, landmarks, speed
from benchmarks.real_clips import compare, correlation, markdown, share_found, spread
from benchmarks.tracker import NO_FACE, Measurement, lips_gap, yaw_and_pitch
from d2animator.faces.records import LandmarkRecord
from tests.seeing import face_shape


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


NO_POINTS = np.zeros((478, 2), np.float32)


def seen(yaw: float = 0.0, jaw: float = 0.0) -> Measurement:
    return Measurement(yaw, 0.0, jaw, 0.0, 0.0, NO_POINTS)


def mouth(gap: float, size: float = 1.0, turn: float = 0.0) -> np.ndarray:
    """MediaPipe's points of a face turned by so many degrees: eyes a unit apart, lips a gap."""
    points = np.zeros((478, 2), np.float32)
    points[[33, 263], 0] = np.array([-0.5, 0.5]) * math.cos(math.radians(turn))
    points[[13, 14], 1] = 1.0, 1.0 + gap
    return size * points + 7


def turning(frames: int, degrees: float) -> list[Measurement]:
    return [seen(degrees * math.sin(0.3 * index), 0.5) for index in range(frames)]


def test_a_clip_follows_itself():
    clip = turning(40, 20.0)
    row = compare("puppet", "clip", clip, clip)
    assert row.yaw == pytest.approx(1.0)
    assert (row.frames, row.result_frames, row.found) == (40, 40, 1.0)


def test_the_opposite_motion_is_minus_one():
    assert compare("p", "c", turning(40, 20.0), turning(40, -5.0)).yaw == pytest.approx(-1.0)


def test_a_driver_that_keeps_still_is_not_correlated():
    row = compare("p", "c", turning(40, 1.0), turning(40, 20.0))
    assert row.yaw is None
    assert row.jaw_open is None
    assert row.spread["yaw"] < 3.0


def test_a_result_that_keeps_still_scores_nothing():
    assert compare("p", "c", turning(40, 20.0), [seen()] * 40).yaw == 0.0


def test_frames_without_a_face_are_counted_and_left_out():
    driver = turning(40, 20.0)
    result = [NO_FACE if index % 4 == 0 else one for index, one in enumerate(driver)]
    row = compare("p", "c", driver, result)
    assert row.found == 0.75
    assert row.yaw == pytest.approx(1.0)


def test_a_missing_frame_is_visible():
    row = compare("p", "c", turning(40, 20.0), turning(39, 20.0))
    assert (row.frames, row.result_frames) == (40, 39)


def test_nothing_found_is_no_error():
    row = compare("p", "c", [NO_FACE] * 3, [NO_FACE] * 3)
    assert (row.found, row.yaw) == (0.0, None)
    assert share_found([]) == 0.0
    assert spread([math.nan]) == 0.0


@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_correlation_ignores_scale_and_shift(scale, shift):
    values = [0.0, 1.0, 4.0, 2.0, 3.0]
    assert correlation(values, [scale * v + shift for v in values]) == pytest.approx(1.0)


@given(st.floats(-60, 60), st.floats(-40, 40))
def test_angles_come_back_from_the_nose(yaw, pitch):
    a, b = math.radians(yaw), math.radians(pitch)
    matrix = np.eye(4)
    matrix[:3, 2] = math.sin(a) * math.cos(b), -math.sin(b), math.cos(a) * math.cos(b)
    assert yaw_and_pitch(matrix) == pytest.approx((yaw, pitch), abs=1e-6)


@given(st.floats(0.0, 0.6), st.floats(10, 500), st.floats(-70, 70))
def test_lips_part_alike_at_any_size_and_turn(gap, size, turn):
    assert lips_gap(mouth(gap, size, turn), turn) == pytest.approx(gap, abs=1e-3)


def test_without_a_face_there_is_no_gap():
    assert math.isnan(NO_FACE.lips_gap)
    assert math.isnan(lips_gap(NO_POINTS, 0.0))


def test_lips_and_jaw_are_two_columns():
    wave = [0.2 + 0.2 * math.sin(0.3 * index) for index in range(40)]
    driver = [Measurement(0.0, 0.0, 2 * gap, 0.0, 0.0, mouth(gap)) for gap in wave]
    parted = [Measurement(0.0, 0.0, 0.0, 0.0, 0.0, mouth(0.5 * gap)) for gap in wave]
    row = compare("p", "c", driver, parted)
    assert row.lips_gap == pytest.approx(1.0)
    assert row.jaw_open == 0.0
    assert row.lips_with_jaw == pytest.approx(1.0)
    assert row.spread["lips_gap"] == pytest.approx(np.std(wave), abs=1e-4)


def test_a_table_is_markdown():
    row = compare("p", "c", turning(40, 20.0), turning(40, 20.0))
    results, drivers = markdown([row, row]).split("\n\n")
    line = "| p | c | 40 | 100.0% | 1.00 | – | – | – | – | – |"
    assert results.splitlines()[2:] == [line, line]
    assert drivers.splitlines()[2:] == ["| c | 0.00 | 0.00 | 0.00 |"]


def test_figures_go_where_they_are_named(tmp_path):
    page = "a\n<!-- figures: speed -->\nold\n<!-- /figures -->\nb\n"
    assert figures.fill(page, tmp_path) == page
    (tmp_path / "speed.md").write_text("new\n", encoding="utf-8")
    filled = figures.fill(page, tmp_path)
    assert filled == page.replace("old", "new")
    assert figures.fill(filled, tmp_path) == filled


def test_a_page_may_show_the_first_tables_only(tmp_path):
    (tmp_path / "known.md").write_text("words\n\n| a |\n| 1 |\n\n| b |\n\nmore\n\n| c |\n")
    page = "<!-- figures: known, first 2 -->\n<!-- /figures -->\n"
    shown = "words\n\n| a |\n| 1 |\n\n| b |\n"
    assert figures.fill(page, tmp_path) == page.replace("-->\n<", f"-->\n{shown}<")


def test_figures_are_json_and_markdown(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "FIGURES", tmp_path)
    figures.write("speed", {"a": 1.0}, "| a |\n", "python -m benchmarks.speed")
    assert (tmp_path / "speed.json").read_text(encoding="utf-8") == '{\n  "a": 1.0\n}\n'
    assert "python -m benchmarks.speed" in (tmp_path / "speed.md").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="JSON"):
        figures.write("speed", {"a": math.nan}, "", "")


def record(index: int, points: np.ndarray | None) -> LandmarkRecord:
    box = None if points is None else (0.0, 0.0, 1.0, 1.0)
    return LandmarkRecord(index, Fraction(index, 25), points is not None, box, points)


def two_layouts(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The same face in both layouts."""
    ours = generator.uniform(0, 100, (98, 2)).astype(np.float32)
    theirs = generator.uniform(0, 100, (478, 2)).astype(np.float32)
    for own, other in landmarks.COMMON.values():
        theirs[list(other)] = ours[list(own)]
    return ours, theirs


def test_common_points_of_the_same_face_coincide(rng):
    ours, theirs = two_layouts(rng)
    assert landmarks.distances(ours, theirs) == pytest.approx(np.zeros(len(landmarks.COMMON)))


def test_distances_are_in_percent_of_the_eyes(rng):
    ours, theirs = two_layouts(rng)
    eyes = np.linalg.norm(ours[60] - ours[72])
    shifted = ours + np.array([0.1 * eyes, 0], np.float32)
    expected = np.full(len(landmarks.COMMON), 10.0)
    assert landmarks.distances(shifted, theirs) == pytest.approx(expected, rel=1e-4)


def test_only_frames_with_the_outside_trackers_face_count(rng):
    ours, theirs = two_layouts(rng)
    records = [record(0, ours), record(1, None), record(2, ours), record(3, ours)]
    row = landmarks.agreement("c", records, [theirs, theirs, theirs, None])
    assert (row.frames, row.judged) == (4, 3)
    assert row.found == pytest.approx(2 / 3)
    assert row.distance_percent == pytest.approx(0.0)
    assert "| c | 4 | 66.7% | 0.00 |" in landmarks.markdown([row])


def test_no_common_frame_is_no_error():
    row = landmarks.agreement("c", [record(0, None)], [None])
    assert (row.judged, row.found, row.distance_percent) == (0, 0.0, None)


def test_what_points_say_is_compared_frame_by_frame():
    face = face_shape().numpy()
    lower = [*range(83, 88), *range(93, 96)]
    records, measured = [], []
    for index in range(12):
        opening = abs(np.sin(index))
        points = face.copy()
        points[lower, 1] += 0.05 * opening
        lost = index == 5
        records.append(record(index, None if lost else points))
        blink, smile = 0.5 + 0.1 * (index % 3), 0.2 * (index % 2)
        measured.append(Measurement(0.0, 0.0, opening, blink, smile, mouth(0.3 * opening)))
    found = landmarks.follows(records, measured)
    assert found["gap"] > 0.99
    assert found["lips"] > 0.99
    assert found["mouth"] > 0.99
    assert landmarks.follows(records[:2], measured[:2]) == {}


def test_a_sheet_holds_every_picture():
    pictures = [[np.full((8, 8, 3), 10 * i + j, np.uint8) for j in range(3)] for i in range(2)]
    canvas = gallery.sheet(pictures)
    assert canvas.shape == (2 * 8 + gallery.GAP, 3 * 8 + 2 * gallery.GAP, 3)
    assert canvas[-1, -1].tolist() == [12, 12, 12]


def test_the_middle_square_is_cut_out():
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 20:60] = 255
    assert gallery.square(picture, 16).min() == 255


@given(st.integers(1, 9), st.integers(1, 200))
def test_indices_are_spread_evenly(count, total):
    indices = gallery.evenly(count, total)
    assert indices[0] == 0
    assert count == 1 or indices[-1] == total - 1
    assert len(indices) <= count


def test_speed_is_a_table():
    data = {
        "ms_a_frame": {"decode": 1.5},
        "animate_ms_a_frame": 2.0,
        "animate_fps": 500.0,
        "device": "cpu",
        "threads": 2,
        "frames": 10,
        "prepare_s": 1.0,
    }
    text = speed.markdown(data)
    assert "| decode | 1.50 |" in text
    assert "500.0 frames a second" in text
