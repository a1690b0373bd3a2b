"""A scene: the source's bytes stay, the face moves, colours meet at the rim."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from d2animator.errors import ShapeError
from d2animator.faces.align import Similarity
from d2animator.faces.compose import Scene, match_colours, outline_anchor, resize_square
from d2animator.faces.pixels import to_image
from d2animator.faces.warp import warp_tensor
from tests.faces.shapes import frontal_face

SIZE = 64  # of what is drawn


def smooth(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """A picture with detail everywhere."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.uniform(40, 215, (1, 3, height // 8 + 1, width // 8 + 1)))
    large = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")
    return large[0].permute(1, 2, 0).clamp(0, 255).numpy().astype(np.uint8)


def scene(width: int = 220, height: int = 160, scale: float = 0.5, offset: float = 0.0) -> Scene:
    """A face in a wide picture; ``scale``: drawn pixels for one of the picture."""
    image = smooth(height, width)
    centre = (width * 0.4, height * 0.55)
    placing = Similarity.crop(centre, SIZE / scale, 0.2, SIZE)
    points = frontal_face() * (0.4 * SIZE / scale) + np.asarray(centre)
    colours = torch.full((1, 3, SIZE, SIZE), offset)
    return Scene(image, placing, points, colours=colours)


def at_rest(one: Scene) -> torch.Tensor:
    return warp_tensor(one.image, one.placing, SIZE)


def drawn_points(one: Scene, shift: float = 0.0) -> torch.Tensor:
    return torch.from_numpy(one.placing.apply(one.landmarks) + np.array((shift, 0.0))).float()[None]


@pytest.mark.parametrize("scale", [0.3, 0.5, 1.0, 2.5])
def test_outside_the_mask_every_byte_is_the_sources(scale: float) -> None:
    one = scene(scale=scale)
    images = torch.randn(3, 3, SIZE, SIZE).clamp(-1, 1)
    points = torch.cat([drawn_points(one, shift) for shift in (-4.0, 0.0, 4.0)])
    result = one.paste(images, points)
    assert result.shape == (3, *one.image.shape)
    mask = one.mask(points, SIZE)
    assert mask.shape == (3, 1, *one.image.shape[:2])
    untouched = mask[:, 0].numpy() == 0
    assert (result == one.image)[untouched].all()
    changed = (result != one.image).any(axis=(0, 3))
    x, y = np.nonzero(changed.T)
    assert changed.any()
    low, high = one.landmarks.min(0), one.landmarks.max(0)
    reach = 0.9 * (high - low)
    assert x.min() > low[0] - reach[0]
    assert x.max() < high[0] + reach[0]
    assert y.min() > low[1] - reach[1]
    assert y.max() < high[1] + reach[1]
    # Far from the face nothing varies over time.
    assert float(result[:, ~changed].astype(float).std(axis=0).max()) == 0


def test_the_middle_of_the_face_is_what_was_drawn() -> None:
    one = scene()
    images = torch.zeros(1, 3, SIZE, SIZE)
    images[:, 0] = 1
    result = one.paste(images, drawn_points(one))
    x, y = one.landmarks[54].round().astype(int)
    assert result[0, y, x].tolist() == [255, 128, 128]


def test_what_is_drawn_lies_where_it_was_cut_out() -> None:
    """Cutting out and laying back is the identity, up to resampling."""
    one = scene(scale=1.0)
    result = one.paste(at_rest(one), drawn_points(one))[0]
    assert np.abs(result.astype(int) - one.image).mean() < 1


def test_a_moved_face_is_covered_too() -> None:
    one = scene()
    white = torch.ones(1, 3, SIZE, SIZE)
    still = (one.paste(white, drawn_points(one)) != one.image).any(-1)
    opened = drawn_points(one)
    opened[:, 8:25, 1] += 8  # the chin
    moved = (one.paste(white, opened) != one.image).any(-1)
    assert moved[still].mean() > 0.99
    assert moved.sum() > 1.05 * still.sum()


def test_a_face_that_wanders_stays_in_its_head() -> None:
    """A picture moved as a whole, landmarks and all, gives the same result."""
    one = scene(offset=0.1)
    images = torch.rand(1, 3, 8, 8) * 2 - 1
    images = torch.nn.functional.interpolate(images, (SIZE, SIZE), mode="bilinear")
    here = one.paste(images, drawn_points(one))
    there = one.paste(images.roll(3, dims=-1), drawn_points(one, 3.0))
    inner = (slice(None), *(slice(int(v) - 15, int(v) + 15) for v in one.landmarks[54][::-1]))
    assert np.abs(here[inner].astype(int) - there[inner]).max() <= 1


def test_the_anchor_moves_with_the_face_and_not_with_the_mouth() -> None:
    points, step = frontal_face(), np.array((3.0, 4.0))
    np.testing.assert_allclose(outline_anchor(points + step), outline_anchor(points) + step)
    opened = points.copy()
    opened[8:25, 1] += 0.2
    np.testing.assert_allclose(outline_anchor(opened), outline_anchor(points))
    assert outline_anchor(np.stack([points] * 3)).shape == (3, 2)


def test_colours_meet_at_the_rim() -> None:
    one = scene()
    drawn = at_rest(one) - 0.2
    colours = match_colours(one.image, one.placing, one.landmarks, drawn)
    matched = Scene(one.image, one.placing, one.landmarks, colours=colours)
    bare = Scene(one.image, one.placing, one.landmarks)
    truth = one.image.astype(float)
    off = [
        np.abs(each.paste(drawn, drawn_points(one))[0] - truth).mean() for each in (matched, bare)
    ]
    assert off[0] < 0.2 * off[1]
    assert float(colours.abs().max()) <= 0.25


def test_another_size_keeps_everything_in_its_place() -> None:
    one = scene(width=220, height=160)
    for longest in (110, 440):
        other = one.resized(longest)
        assert max(other.size) == longest
        factor = longest / 220
        np.testing.assert_allclose(other.landmarks, one.landmarks * factor)
        np.testing.assert_allclose(
            other.placing.apply(other.landmarks), one.placing.apply(one.landmarks)
        )
    assert one.resized(220) is one


def test_larger_is_what_shows_more_than_the_crop() -> None:
    assert scene(width=400, height=200, scale=1.0).is_larger
    assert not scene(width=100, height=100, scale=0.5).is_larger


@pytest.mark.parametrize(("grow", "shift"), [(1.0, (0, 0)), (1.0, (30, -8)), (1.3, (12, 5))])
def test_a_face_is_followed_where_it_goes(grow: float, shift: tuple[float, float]) -> None:
    """What moves and grows as a whole belongs to the same place of the drawn picture."""
    one = scene()
    points = one.landmarks * grow + np.array(shift)
    other = one.followed(one.image, points)
    seen, before = other.placing.apply(points), one.placing.apply(one.landmarks)
    np.testing.assert_allclose(seen, before, atol=1e-6)
    assert other.placing.scale == pytest.approx(one.placing.scale / grow)


def test_a_tilt_and_an_open_mouth_are_no_place() -> None:
    one = scene()
    opened = one.landmarks.copy()
    opened[8:25, 1] += 6
    assert one.followed(one.image, opened).placing.scale == pytest.approx(one.placing.scale)
    middle = one.landmarks.mean(0)
    turn = np.array([[np.cos(0.2), np.sin(0.2)], [-np.sin(0.2), np.cos(0.2)]])
    tilted = one.followed(one.image, (one.landmarks - middle) @ turn + middle).placing
    np.testing.assert_allclose(tilted.matrix[:, :2], one.placing.matrix[:, :2], rtol=1e-6)


def test_frames_of_a_clip_have_one_size() -> None:
    one = scene()
    moved = one.moved(smooth(160, 220, 1), one.placing, one.landmarks)
    assert moved.size == one.size
    with pytest.raises(ShapeError, match="image"):
        one.moved(smooth(80, 80), one.placing, one.landmarks)


def test_squares_are_resampled() -> None:
    images = to_image(smooth(SIZE, SIZE))
    assert resize_square(images, SIZE) is images
    assert resize_square(images, 32).shape == (1, 3, 32, 32)
    assert resize_square(images, 100).shape == (1, 3, 100, 100)


def test_a_transparent_picture_becomes_opaque_where_the_face_is() -> None:
    one = scene()
    opacity = np.zeros((*one.image.shape[:2], 1), np.uint8)
    opacity[:, :90] = 200
    layered = Scene(np.dstack([one.image, opacity]), one.placing, one.landmarks)
    images, points = torch.randn(2, 3, SIZE, SIZE).clamp(-1, 1), drawn_points(one).expand(2, -1, -1)
    flat = Scene(one.image, one.placing, one.landmarks).paste(images, points)
    result = layered.paste(images, points)
    assert np.array_equal(result[..., :3], flat)
    mask = one.mask(points, SIZE)[:, 0].numpy()
    assert (result[..., 3][mask > 0.999] == 255).all()
    assert (result[..., 3] >= opacity[..., 0]).all()
    untouched = mask == 0
    assert np.array_equal(result[..., 3][0][untouched[0]], opacity[..., 0][untouched[0]])
    assert layered.resized(110).image.shape == (80, 110, 4)
