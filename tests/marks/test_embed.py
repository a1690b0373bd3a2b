from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from d2animator.errors import ConfigError, ShapeError
from d2animator.marks.embed import Watermark
from tests.marks.pictures import psnr, scene


@pytest.mark.parametrize("size", [(256, 256), (480, 270), (512, 512), (1080, 1920)])
def test_the_picture_stays_as_it_looks(size):
    picture = scene(*size)
    marked = Watermark(1).add(picture)
    assert marked.shape == picture.shape
    assert marked.dtype == np.uint8
    assert psnr(picture, marked) > 42


def test_even_noise_keeps_42_db():
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    assert psnr(noise, Watermark().add(noise)) > 42


def test_marking_is_deterministic_and_leaves_its_input_alone():
    picture = scene(256, 256)
    kept = picture.copy()
    first = Watermark(9).add(picture)
    np.testing.assert_array_equal(first, Watermark(9).add(picture))
    np.testing.assert_array_equal(picture, kept)


def test_a_flat_picture_changes_by_a_few_levels_at_most():
    grey = np.full((256, 256, 3), 128, np.uint8)
    change = np.abs(Watermark().add(grey).astype(int) - 128)
    assert 0 < change.max() <= 8
    assert change[..., 0].max() <= 2  # brightness, to which eyes are keenest


def test_the_pattern_stays_where_it_is_while_the_picture_moves():
    """What is added to two frames of a moving picture differs less than the frames by far."""
    frames = [scene(256, 256, moved=shift) for shift in (0, 2)]
    changes = [Watermark(3).add(frame).astype(int) - frame for frame in frames]
    assert np.corrcoef(changes[0].ravel(), changes[1].ravel())[0, 1] > 0.9


def test_marking_again_adds_little():
    """Without care a second layer would cost 6 dB, and a fourth one 12."""
    picture = scene(512, 512)
    marked = once = Watermark(3).add(picture)
    for _ in range(3):
        marked = Watermark(3).add(marked)
    assert psnr(picture, marked) > psnr(picture, once) - 4
    assert psnr(once, marked) > 44


def test_what_is_missing_in_a_part_is_added_there():
    picture = scene(512, 512)
    half = Watermark(3).add(picture)
    half[:, 256:] = picture[:, 256:]
    added = np.abs(Watermark(3).add(half).astype(int) - half).mean((0, 2))
    assert added[320:].mean() > 3 * added[:192].mean()


def test_transparency_stays():
    alpha = np.arange(256, dtype=np.uint8).repeat(256).reshape(256, 256, 1)
    picture = np.concatenate([scene(256, 256), alpha], axis=2)
    marked = Watermark().add(picture)
    np.testing.assert_array_equal(marked[..., 3], picture[..., 3])
    assert not np.array_equal(marked[..., :3], picture[..., :3])


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 200, 3), (17, 5, 3)])
def test_tiny_pictures_are_taken(shape):
    assert Watermark().add(np.full(shape, 90, np.uint8)).shape == shape


@pytest.mark.parametrize("shape", [(256, 256), (256, 256, 1), (2, 256, 256, 3)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(ShapeError):
        Watermark().add(np.zeros(shape, np.uint8))


def test_a_payload_that_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="16 bits"):
        Watermark(2**16)


def test_threads_may_mark_pictures_of_different_sizes():
    mark, sizes = Watermark(), [(64, 96), (80, 48), (64, 64)]
    pictures = [np.full((*size, 3), 120, np.uint8) for size in sizes] * 20
    with ThreadPoolExecutor(4) as threads:
        marked = list(threads.map(mark.add, pictures))
    assert all(
        np.array_equal(one, mark.add(picture))
        for one, picture in zip(marked, pictures, strict=True)
    )
