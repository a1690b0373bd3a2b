"""A source that is transparent somewhere stays so where the result can hold it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.errors import NoFaceError
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.images import read_image
from d2animator.media.video import VideoReader
from tests.seeing import film, picture, seeing


@pytest.fixture(scope="module")
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(seeing(tiny_bundle), inversion=InversionOptions(steps=2), marks=UNMARKED)


@pytest.fixture
def cut_out(tmp_path: Path) -> Path:
    """A face whose right third is transparent, with black behind, as programs leave it."""
    layered = np.dstack([picture(size=96), np.full((96, 96), 255, np.uint8)])
    layered[:, 64:] = 0
    path = tmp_path / "cut.png"
    Image.fromarray(layered).save(path)
    return path


def test_it_reaches_numbered_pictures_and_animations(
    animator: D2Animator, cut_out: Path, tmp_path: Path
) -> None:
    driver = film(tmp_path / "drive.mp4", "fff")
    how: dict[str, Any] = {"renderer": "photo", "paste_back": True}
    done = animator.animate(cut_out, driver, tmp_path / "out" / "%02d.png", **how)
    assert done.frames == 3
    for index in range(3):
        with Image.open(tmp_path / "out" / f"{index:02d}.png") as shown:
            assert shown.mode == "RGBA"
            alpha = np.asarray(shown)[..., 3]
        assert (alpha[:, :32] == 255).all()
        assert (alpha[:, 92:] == 0).all()
    animator.animate(cut_out, driver, tmp_path / "out.webp", **how)
    with Image.open(tmp_path / "out.webp") as animation:
        assert np.asarray(animation.convert("RGBA"))[0, 95, 3] == 0
    animator.animate(cut_out, driver, tmp_path / "out.webm", **how)
    with av.open(str(tmp_path / "out.webm")) as container:
        assert container.streams.video[0].metadata.get("ALPHA_MODE") == "1"
    kept = animator.animate(cut_out, driver, frames=1, **how).images
    assert kept is not None
    assert kept[0].shape == (96, 96, 4)


def test_others_lay_it_on_white(animator: D2Animator, cut_out: Path, tmp_path: Path) -> None:
    driver = film(tmp_path / "drive.mp4", "ff")
    animator.animate(cut_out, driver, tmp_path / "out.mp4", renderer="photo")
    assert next(iter(VideoReader(tmp_path / "out.mp4"))).image[:, 92:].min() > 235


def test_edits_and_still_pictures_keep_it(
    animator: D2Animator, cut_out: Path, tmp_path: Path
) -> None:
    animator.edit(cut_out, {"yaw": 5}, tmp_path / "out.png", renderer="photo")
    with Image.open(tmp_path / "out.png") as shown:
        assert np.asarray(shown)[5, 92, 3] == 0
    animator.edit(cut_out, {"yaw": 5}, tmp_path / "out.jpg", renderer="photo")
    assert read_image(tmp_path / "out.jpg")[:, 92:].min() > 235


def test_what_lies_behind_the_transparency_is_not_looked_at(
    animator: D2Animator, tmp_path: Path
) -> None:
    hidden = np.dstack([picture(), np.zeros((64, 64), np.uint8)])
    Image.fromarray(hidden).save(tmp_path / "a.png")
    white = np.full((64, 64, 3), 255, np.uint8)
    try:
        wanted = animator.portrait(white).landmarks
    except NoFaceError:
        with pytest.raises(NoFaceError):
            animator.portrait(tmp_path / "a.png")
    else:
        assert animator.portrait(tmp_path / "a.png").landmarks.equal(wanted)
