from __future__ import annotations

import numpy as np
import pytest

from d2animator.marks.embed import Watermark
from d2animator.marks.residual import RunningMean, residual_of
from d2animator.marks.search import Geometry, fit, full_search, quick_search
from d2animator.marks.statistic import THRESHOLD
from tests.marks.pictures import cropped, jpeg, resized, scene

PAYLOAD = 0xA5C3

# How far above the threshold each has to be: seeds and processors move a score by less than 1.
MARGIN = 2.0


def quick(picture):
    return quick_search(residual_of(picture), *picture.shape[:2]).match


def full(picture):
    return full_search(residual_of(picture), *picture.shape[:2])


@pytest.fixture(scope="module")
def marked():
    return Watermark(PAYLOAD).add(scene(512, 512))


@pytest.mark.parametrize(
    "attack",
    [
        lambda picture: picture,
        lambda picture: resized(picture, 0.5),
        jpeg,
        cropped,
        lambda picture: np.clip(picture * 0.8 + 10, 0, 255).astype(np.uint8),
    ],
    ids=["none", "half", "jpeg", "crop", "brightness"],
)
def test_usual_harm_is_survived(marked, attack):
    match = quick(attack(marked))
    assert match.score > THRESHOLD + MARGIN
    assert match.payload_is_sure
    assert match.payload == PAYLOAD


@pytest.mark.parametrize("size", [(256, 256), (256, 400), (1080, 1920)])
def test_sizes(size):
    match = quick(Watermark(PAYLOAD).add(scene(*size)))
    assert match.score > THRESHOLD + MARGIN
    assert match.payload == PAYLOAD


def test_a_small_picture_resized_to_half():
    assert quick(resized(Watermark(PAYLOAD).add(scene(256, 256)), 0.5)).payload == PAYLOAD


def test_without_colour_it_is_still_there(marked):
    grey = np.repeat(marked.mean(-1, keepdims=True).astype(np.uint8), 3, axis=2)
    assert quick(grey).score > THRESHOLD + MARGIN


def test_a_screenshot_is_found_by_the_full_search(marked):
    """Scaled by an odd factor, compressed, and set off by a border."""
    desktop = np.full((600, 800, 3), 235, np.uint8)
    desktop[71 : 71 + 425, 133 : 133 + 425] = resized(marked, 0.83)
    found = full(jpeg(desktop, 80))
    assert found.match.score > THRESHOLD + MARGIN
    assert found.match.payload == PAYLOAD
    assert found.geometry.period == pytest.approx(256 * 0.83, rel=0.01)
    assert not found.geometry.mirrored


def test_a_size_beside_a_usual_one_is_read_at_its_own():
    """Were it resized from 512 pixels, its tiles would be larger by a hundredth."""
    small = resized(Watermark(PAYLOAD).add(scene(518, 518)), 256 / 518)
    found = quick_search(residual_of(small), 256, 256)
    assert found.match.payload == PAYLOAD
    assert found.geometry.period == pytest.approx(256 * 256 / 518, rel=0.004)


@pytest.mark.slow
def test_a_mirrored_crop_is_found_by_the_full_search(marked):
    found = full(np.ascontiguousarray(cropped(resized(marked, 0.9))[:, ::-1]))
    assert found.match.payload == PAYLOAD
    assert found.geometry.mirrored


@pytest.mark.parametrize("seed", range(6))
def test_unmarked_pictures_are_left_alone(seed):
    assert quick(scene(256, 256, seed)).score < THRESHOLD - 1


@pytest.mark.slow
def test_an_unmarked_picture_is_left_alone_by_the_full_search():
    assert full(scene(256, 256, 11)).match.score < THRESHOLD - 1


def test_other_watermarks_are_not_taken_for_ours():
    """Anything that repeats: tiles of other noise, a grid, stripes."""
    tile = np.random.default_rng(5).normal(0, 4, (256, 256, 1))
    tiled = np.clip(scene(512, 512) + np.tile(tile, (2, 2, 1)), 0, 255).astype(np.uint8)
    grid = np.full((512, 512, 3), 200, np.uint8)
    grid[::8], grid[:, ::16] = 20, 90
    for picture in (tiled, grid):
        assert quick(picture).score < THRESHOLD - 1


@pytest.mark.parametrize("level", [0, 128, 255])
def test_even_pictures_hold_nothing(level):
    assert not quick(np.full((256, 256, 3), level, np.uint8)).found


@pytest.mark.parametrize("shape", [(1, 1, 3), (8, 300, 3), (30, 30, 3)])
def test_tiny_pictures_hold_nothing(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert not full(picture).match.found


def test_frames_together_say_more_than_each():
    mark = Watermark(PAYLOAD)
    # So strongly compressed that one frame says little.
    frames = [jpeg(mark.add(scene(256, 256, moved=4 * shift)), 12) for shift in range(12)]
    residuals = [residual_of(frame) for frame in frames]
    mean = RunningMean()
    for residual in residuals:
        mean.add(residual)
    singly = [fit(residual, Geometry(256)).match.score for residual in residuals]
    assert fit(mean.mean(), Geometry(256)).match.score > max(singly) + 2


def test_a_mean_of_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing"):
        RunningMean().mean()
