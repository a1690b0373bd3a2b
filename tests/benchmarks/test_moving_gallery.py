"""The gallery's moving pictures, a few frames of them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import d2animator
from benchmarks import moving_gallery
from benchmarks.gallery import DRIVER, IMAGES
from benchmarks.moving_photo import PHOTO
from benchmarks.tracker import read_frames
from d2animator import D2Animator
from d2animator.head.fit import fit_picture
from d2animator.media.clip import open_clip


@pytest.fixture(scope="module")
def animator() -> D2Animator:
    return D2Animator.from_pretrained(device="cpu")


def test_a_clip_is_written_and_marked(animator: D2Animator, tmp_path: Path) -> None:
    frames = itertools.islice(moving_gallery.editing(animator), 3)
    target = tmp_path / "edit.webp"
    moving_gallery.write_clip(frames, (PHOTO,), target)
    shown = [frame.image for frame in open_clip(target).frames]
    side = moving_gallery.SIDE
    assert [picture.shape for picture in shown] == [(side, side, 3)] * 3
    assert np.abs(shown[0].astype(int) - shown[2]).max() > 60  # the smile
    assert d2animator.verify(target).credentials.state == "intact"


def test_the_head_lies_where_the_face_is(animator: D2Animator) -> None:
    frame = next(iter(read_frames(DRIVER)))
    (record,) = animator.landmarks(frame)
    assert record.points is not None
    drawn = moving_gallery.shaded(fit_picture(record.points), frame)
    assert drawn.shape == frame.shape
    x, y = record.points.mean(0).astype(int)
    assert drawn[y - 5 : y + 5, x - 5 : x + 5].mean() > 100
    assert (drawn[:5, :5] == 24).all()


def test_every_clip_of_the_gallery_is_there() -> None:
    page = (IMAGES.parent / "gallery.md").read_text(encoding="utf-8")
    for name in moving_gallery.CLIPS:
        assert f"images/moving_{name}.webp" in page
        size = (IMAGES / f"moving_{name}.webp").stat().st_size
        assert size < 900_000
