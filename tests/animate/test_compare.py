"""Source, driver and result beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from d2animator.animate.template import write_template
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.errors import ConfigError
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.embed import Watermark
from d2animator.marks.options import UNMARKED, MarkOptions
from d2animator.media.images import Picture, write_image
from d2animator.media.video import VideoReader
from tests.seeing import film, picture, seeing


@pytest.fixture(scope="module")
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(seeing(tiny_bundle), inversion=InversionOptions(steps=2), marks=UNMARKED)


def kept(images: tuple[Picture, ...] | None) -> np.ndarray:
    assert images is not None
    return np.stack(images)


def test_all_three_are_there_in_their_own_shapes(animator: D2Animator, tmp_path: Path) -> None:
    source = picture(size=64)[:, :48]
    driver = film(tmp_path / "drive.mp4", "fffff")
    alone = kept(animator.animate(source, driver, renderer="photo").images)
    done = animator.animate(source, driver, renderer="photo", compare=True)
    images = kept(done.images)
    assert images.shape == (5, 64, 48 + 64 + 48, 3)
    frames = np.stack([frame.image for frame in VideoReader(driver)])
    assert (images[:, :, :48] == source).all()
    assert np.array_equal(images[:, :, 48:112], frames)
    assert np.array_equal(images[:, :, 112:], alone)


def test_a_part_is_compared_with_that_part(animator: D2Animator, tmp_path: Path) -> None:
    driver = film(tmp_path / "drive.mp4", "fffff")
    how: dict[str, Any] = {"renderer": "photo", "compare": True, "start": 0.05, "frames": 2}
    images = kept(animator.animate(picture(), driver, **how).images)
    frames = [frame.image for frame in VideoReader(driver)]
    assert np.array_equal(images[:, :, 64:128], np.stack(frames[2:4]))


def test_a_still_driver_and_a_moving_source(animator: D2Animator, tmp_path: Path) -> None:
    still = write_image(tmp_path / "still.png", picture(5))
    animator.animate(picture(), still, tmp_path / "out.png", renderer="photo", compare=True)
    source, driver = film(tmp_path / "own.mp4", "fff"), film(tmp_path / "drive.mp4", "fffff")
    images = kept(animator.animate(source, driver, renderer="photo", compare=True).images)
    frames = [frame.image for frame in VideoReader(source)]
    assert np.array_equal(images[0, :, :64], frames[0])
    assert np.array_equal(images[4, :, :64], frames[2])  # it has ended, and lasts


def test_pairs_can_be_compared(animator: D2Animator, tmp_path: Path) -> None:
    driver = film(tmp_path / "drive.mp4", "ff")
    done = animator.animate_pairs(picture(), {"0": driver}, renderer="photo", compare=True)
    assert kept(done.images).shape == (2, 64, 192, 3)


def test_what_has_no_pictures_cannot_be(animator: D2Animator, tmp_path: Path) -> None:
    (motion,) = animator.motions(film(tmp_path / "drive.mp4", "fff"))
    for driver in (motion, write_template(tmp_path / "a.safetensors", motion)):
        with pytest.raises(ConfigError, match="compare: a motion template has no pictures"):
            animator.animate(picture(), driver, compare=True)
    with pytest.raises(ConfigError, match="compare: needs a driver that is a file"):
        animator.animate(picture(), [picture(1), picture(2)], compare=True)


def test_the_whole_is_marked(tiny_bundle: Bundle, tmp_path: Path) -> None:
    marks = MarkOptions(manifest=False)
    quick = InversionOptions(steps=2)
    marking = D2Animator(seeing(tiny_bundle), inversion=quick, marks=marks)
    plain = D2Animator(seeing(tiny_bundle), inversion=quick, marks=UNMARKED)
    how: dict[str, Any] = {"renderer": "photo", "compare": True}
    still = picture(4)
    bare = kept(plain.animate(picture(), still, **how).images)[0]
    marked = kept(marking.animate(picture(), still, **how).images)[0]
    assert np.array_equal(marked, Watermark(0).add(bare))
    assert not np.array_equal(marked[:, :64], bare[:, :64])
