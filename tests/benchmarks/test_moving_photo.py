"""The documentation's pictures of a photo, on the example."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import moving_photo
from benchmarks.gallery import GAP
from d2animator import D2Animator
from d2animator.media.clip import open_clip
from d2animator.media.images import read_image, write_image

BOX = (60, 0, 96)


@pytest.fixture(scope="module")
def animator() -> D2Animator:
    return D2Animator.from_pretrained(device="cpu")


def test_the_driver_is_shown_beside_the_photo(animator: D2Animator, tmp_path: Path) -> None:
    still = write_image(tmp_path / "still.png", read_image(moving_photo.PHOTO))
    target = tmp_path / "photo.webp"
    frames = moving_photo.write_moving(animator, moving_photo.PHOTO, still, target, BOX)
    assert frames == 1
    (shown,) = (frame.image for frame in open_clip(target).frames)
    assert shown.shape == (96, 2 * 96 + GAP, 3)


def test_an_edited_photo_differs_where_it_was_edited(animator: D2Animator) -> None:
    sheet = moving_photo.edited(
        animator, moving_photo.PHOTO, [{}, {"mouth_open": 0.6}], moving_photo.FACE, columns=2
    )
    side = moving_photo.FACE[2]
    assert sheet.shape == (side, 2 * side + GAP, 3)
    apart = np.abs(sheet[:, :side].astype(int) - sheet[:, side + GAP :]).max(-1)
    assert apart[int(0.6 * side) :].max() > 60  # mouth and chin
    assert apart[: side // 4].max() < 30  # hair: the watermark, and what follows a mouth
