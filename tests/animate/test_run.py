"""The loop: in threads it makes what it makes one after the other, and leaves no thread behind."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import followed, prepared
from d2animator.animate.run import batches, open_run
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.errors import ConfigError, OutputError
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.writer import VideoWriter
from d2animator.performers.performer import drawing_of
from d2animator.performers.photo.photo import Photo
from tests.seeing import film, picture, seeing


@pytest.fixture
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(seeing(tiny_bundle), inversion=InversionOptions(steps=2), marks=UNMARKED)


@pytest.mark.parametrize("renderer", ["photo", "generator"])
@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_no_picture(
    animator: D2Animator, tmp_path: Path, renderer: str, threads: int
) -> None:
    # More frames than it takes until corrections are carried over.
    driver = film(tmp_path / "driver.mp4", "fffxfffffxff" * 3)
    options = AnimateOptions().changed({"renderer": renderer, "batch_size": 3})
    source = prepared(animator.sources, picture(1), options)
    run = open_run(driver, None, options, animator.sources)
    performer, observations, _ = followed(animator.sources, source, run)
    size = 3 if performer.in_batches else 1
    assert performer.in_batches == (renderer == "generator")
    draw = drawing_of(performer)
    one_by_one = [
        shown
        for place, (_, wanted) in enumerate(batches(performer.wanted(observations), size))
        for shown in performer.show(draw(place * size, wanted), wanted)
    ]
    torch.set_num_threads(threads)
    try:
        images = animator.animate(source, driver, options=options).images or ()
    finally:
        torch.set_num_threads(1)
    assert len(images) == 36
    assert all(np.array_equal(a, b) for a, b in zip(one_by_one, images, strict=True))
    assert len({image.tobytes() for image in images}) > 3  # it moves


@pytest.mark.slow
def test_a_driver_that_is_followed_while_the_photo_is_prepared_moves_it_alike(
    animator: D2Animator, tmp_path: Path
) -> None:
    driver = film(tmp_path / "driver.mp4", "fffxfffffxff" * 6)  # more than are read ahead
    options = AnimateOptions().changed({"renderer": "photo", "size": 64})
    photo = prepared(animator.sources, picture(1), options)
    before = animator.animate(photo, driver, options=options).images or ()
    meanwhile = animator.animate(picture(1), driver, options=options).images or ()
    assert len(meanwhile) == 72
    assert all(np.array_equal(a, b) for a, b in zip(before, meanwhile, strict=True))


def test_a_photo_that_cannot_be_prepared_ends_the_thread_that_follows_the_driver(
    animator: D2Animator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ConfigError("size", "cannot be prepared")

    monkeypatch.setattr(Photo, "prepare", broken)
    threads = threading.active_count()
    with pytest.raises(ConfigError, match="cannot be prepared"):
        animator.animate(
            picture(1),
            film(tmp_path / "driver.mp4", "ffffff"),
            options=AnimateOptions().changed({"renderer": "photo"}),
        )
    assert threading.active_count() == threads


def test_a_file_that_cannot_be_written_ends_all_threads(
    animator: D2Animator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, *args: object) -> None:
        raise OutputError(tmp_path / "out.mp4", "no space left")

    monkeypatch.setattr(VideoWriter, "write", full)
    before = set(threading.enumerate())
    with pytest.raises(OutputError, match="no space"):
        animator.animate(picture(1), film(tmp_path / "d.mp4", "f" * 40), tmp_path / "out.mp4")
    assert set(threading.enumerate()) <= before
