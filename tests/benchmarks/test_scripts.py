"""The scripts run from end to end on a tiny bundle."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import gallery, inversion, landmarks, layers, real_clips, recipe, seams, speed
from benchmarks.tracker import Measurement, read_frames
from d2animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.images import write_image
from d2animator.media.writer import VideoWriter
from tests.seeing import picture, seeing

FRAMES = 9


@pytest.fixture(scope="module")
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(seeing(tiny_bundle), marks=UNMARKED)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A source and a driver."""
    folder = tmp_path_factory.mktemp("files")
    write_image(folder / "source.png", picture())
    with VideoWriter(folder / "drive.mp4", (64, 64), Fraction(25)) as writer:
        for index in range(FRAMES):
            writer.write(picture(3 * index))
    return folder / "source.png", folder / "drive.mp4"


class Brightness:
    """A judge in the outside tracker's place: it calls the mean brightness a yaw."""

    def measure_clip(self, path: Path) -> Sequence[Measurement]:
        points = np.random.default_rng(0).uniform(0, 64, (478, 2)).astype(np.float32)
        return [Measurement(float(f.mean()), 0.0, 0.5, 0.0, 0.0, points) for f in read_frames(path)]


def test_the_sheets_of_the_gallery_are_drawn(tiny_bundle):
    side = tiny_bundle.generator.img_resolution
    step = side + gallery.GAP
    drawn = gallery.samples(tiny_bundle, rows=2, columns=3)
    assert drawn.shape == (2 * step - gallery.GAP, 3 * step - gallery.GAP, 3)
    strips = gallery.strips(tiny_bundle, tiny_bundle.directions, pose=1, expression=2)
    assert strips.shape == (3 * step - gallery.GAP, 7 * step - gallery.GAP, 3)


def test_the_middle_of_a_strip_is_the_face_at_rest(tiny_bundle):
    side = tiny_bundle.generator.img_resolution
    strip = gallery.strips(tiny_bundle, tiny_bundle.directions, pose=1, expression=0)
    left = 3 * (side + gallery.GAP)
    face = gallery.draw(tiny_bundle, gallery.codes(tiny_bundle, 1, seed=1))[0]
    difference = strip[:, left : left + side].astype(int) - face
    assert np.abs(difference).max() <= 1


def test_rows_and_teaser_are_drawn(animator, files):
    side = animator.bundle.generator.img_resolution
    source, driver = files
    rows, teaser = gallery.moving(animator, source, driver, guests=1)
    step = side + gallery.GAP
    assert rows.shape == (3 * step - gallery.GAP, 8 * step - gallery.GAP, 3)
    assert teaser.shape[0] == 2 * step - gallery.GAP


def test_every_stage_is_timed(animator, files):
    source, driver = files
    data: dict[str, Any] = speed.measure(animator, source, driver)
    assert data["frames"] == FRAMES
    assert list(data["ms_a_frame"]) == ["decode", "track", "action", "synthesis", "encode"]
    assert all(value > 0 for value in data["ms_a_frame"].values())
    assert "animate" in speed.markdown(data)


def test_clips_are_animated_and_compared(animator, files, tmp_path):
    source, driver = files
    rows = real_clips.measure(animator, Brightness(), [source], [driver], tmp_path)
    assert [(row.source, row.driver) for row in rows] == [("source", "drive")]
    assert (rows[0].frames, rows[0].result_frames, rows[0].found) == (FRAMES, FRAMES, 1.0)
    assert rows[0].identity is None
    made = (tmp_path / "source--drive.mp4").stat().st_mtime_ns
    same = lambda crop: crop.new_tensor([[3.0, 4.0]])  # noqa: E731
    rows = real_clips.measure(
        animator, Brightness(), [source], [driver], tmp_path, same, again=True
    )
    assert (tmp_path / "source--drive.mp4").stat().st_mtime_ns == made
    assert rows[0].identity == pytest.approx(1.0)


def test_landmarks_are_compared(animator, files):
    row = landmarks.measure(animator, Brightness(), files[1])
    assert (row.frames, row.judged, row.found) == (FRAMES, FRAMES, 1.0)
    assert set(row.by_point) == set(landmarks.COMMON)


def test_inversions_are_measured(tiny_bundle, tmp_path):
    animator = D2Animator(seeing(tiny_bundle), inversion=InversionOptions(steps=2), marks=UNMARKED)
    width = animator.bundle.generator.z_dim
    renders: dict[str, Any] = {
        "source": np.stack([picture(0), picture(5)]),
        "moved": np.stack([picture(3), picture(9)]),
        "moved_points": np.random.default_rng(0).uniform(0, 64, (2, 98, 2)),
        "source_z": np.zeros((2, width)),
    }
    np.savez(tmp_path / "held_out.npz", **renders)
    stored = inversion.held_out(None, tmp_path, 2)
    rows = inversion.levels(animator, stored, ["encoder"], lambda images: images.mean((2, 3)))
    assert list(rows) == ["true", "encoder"]
    median = inversion.medians(rows["encoder"])
    assert median["sources"] == 2
    assert all(median[name] is not None for name in ("identity", "psnr", "nme", "seconds"))
    assert inversion.medians(rows["true"])["psnr"] is None
    with pytest.raises(SystemExit, match="too few"):
        inversion.held_out(None, tmp_path, 3)
    seam = seams.seam(animator, seams.framed(picture(size=32), 0), [picture(k) for k in range(3)])
    assert (seam["outside_changed"], seam["background_std"], seam["frames"]) == (0, 0, 3)
    for at in ("edge", "rim"):
        assert seam[f"{at}_ratio_worst"] >= seam[f"{at}_ratio"]
        assert seam[f"{at}_step_worst"] >= seam[f"{at}_step"]
    data = {"levels": {"encoder": median}, "seams": [seam]}
    text = inversion.markdown(data)
    assert "| `encoder` |" in text
    assert "step at the edge" in text
    assert "step in the rim" in text


def test_levels_are_kept_when_only_seams_are_measured(tmp_path):
    assert inversion.stored_levels(tmp_path) == {}
    (tmp_path / "inversion.json").write_text('{"levels": {"fast": {"nme": 3.0}}, "seams": []}')
    assert inversion.stored_levels(tmp_path) == {"fast": {"nme": 3.0}}


def test_layers_are_a_table(animator):
    report = layers.measure(animator.bundle, pairs=1)
    text = layers.markdown(report, range(len(report.layers)))
    assert text.count("\n| ") == len(report.layers) + 2  # and the header, and what is below it
    assert "1 pairs of faces" in text


def test_a_bundle_tells_of_its_making(tiny_bundle, tiny_bundle_path):
    data = recipe.describe(tiny_bundle, tiny_bundle_path)
    assert data["directions"] == len(tiny_bundle.directions)
    text = recipe.markdown(tiny_bundle, data)
    assert "| generator |" in text
    assert "| seed | 2 |" in text
