"""Annotations of every kind are read, and compared with what is found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import annotated
from d2animator.animate.landmarks import find_landmarks
from d2animator.bundles.bundle import load_bundle
from d2animator.faces.detect import FaceTracker

SOURCE = Path(__file__).parents[2] / "examples" / "source.png"


@pytest.fixture(scope="module")
def tracker() -> FaceTracker:
    bundle = load_bundle()
    return bundle.tracker()


@pytest.fixture
def folder(tmp_path: Path, tracker: FaceTracker) -> Path:
    """One picture thrice, annotated in three ways with the largest face that is found there."""
    made = tmp_path / "photos"
    made.mkdir()
    image = np.asarray(Image.open(SOURCE).convert("RGB"))
    face = find_landmarks(tracker, image)[0].points
    assert face is not None
    outlines = tracker.outlines(face[None])
    assert outlines is not None
    points = annotated.as_ibug68(face.astype(float), outlines[0].astype(float))
    for name in ("a.png", "b.png", "c.png"):
        Image.fromarray(image).save(made / name)
    rows = "\n".join(f"{x} {y}" for x, y in points)
    (made / "a.pts").write_text(f"version: 1\nn_points:  68\n{{\n{rows}\n}}\n")
    swapped = points[:, ::-1].tolist()
    (made / "b.ljson").write_text(
        json.dumps({"groups": {"PTS": {"landmarks": {"points": swapped}}}})
    )
    parts = "".join(f"<part name='{i:02}' x='{x}' y='{y}'/>" for i, (x, y) in enumerate(points))
    (made / "c.xml").write_text(
        f"<dataset><images><image file='c.png'><box>{parts}</box><box/></image></images></dataset>"
    )
    (made / "d.pts").write_text("n_points: 2\n{\n1 2\n3 4\n}")  # no face, and no picture
    return made


def test_every_kind_says_the_same(folder: Path) -> None:
    faces = annotated.read_folder(folder)
    assert [face.picture.name for face in faces] == ["a.png", "b.png", "c.png"]
    for face in faces:
        assert face.points == pytest.approx(faces[0].points)


def test_a_cut_keeps_points_on_what_they_mark() -> None:
    image = np.zeros((90, 120, 3), np.uint8)
    image[40:44, 60:64] = 255
    points = np.array([[62.0, 42.0], [52.0, 32.0], [72.0, 52.0]]) - 0.5
    cut, moved = annotated.cut_out(image, points)
    assert min(cut.size) == annotated.SMALLEST
    x, y = moved[0].round().astype(int)
    bright = np.argwhere(np.asarray(cut)[..., 0] > 128)
    assert bright.mean(0) == pytest.approx((y, x), abs=1)


def test_lids_are_divided_in_three() -> None:
    landmarks = np.zeros((98, 2))
    landmarks[60:68] = np.array([[float(i), 0.0] for i in range(8)])
    points = annotated.as_ibug68(landmarks, np.ones((33, 2)))
    assert points[36:42, 0] == pytest.approx([0, 4 / 3, 8 / 3, 4, 16 / 3, 20 / 3])
    assert points[:17] == pytest.approx(np.ones((17, 2)))


def test_the_error_is_in_percent_of_the_outer_eye_corners() -> None:
    marked = np.zeros((68, 2))
    marked[45] = (50, 0)
    ours = marked.copy()
    ours[:17] += (5, 0)
    whole, inner = annotated.errors(ours, marked)
    assert whole == pytest.approx(10 * 17 / 68)
    assert inner == 0


def test_faces_are_found_and_compared(tracker: FaceTracker, folder: Path) -> None:
    row = annotated.measure(tracker, tracker, "photos", annotated.read_folder(folder))
    assert row.faces == 3
    assert row.found == 1
    assert row.nme == pytest.approx(0, abs=1)
    assert row.nme_inner == pytest.approx(0, abs=1)
    assert "| photos | 3 | 100.0% |" in annotated.markdown([row])
    none = annotated.measure(tracker, tracker, "none", [])
    assert (none.found, none.nme) == (0, None)


def test_the_command_prints_a_table(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["annotated", "--photos", str(folder)])
    annotated.main()
    assert "| photos | 3 |" in capsys.readouterr().out
