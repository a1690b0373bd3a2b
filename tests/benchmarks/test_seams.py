"""Steps at a mask's edge and in its rim, on pictures whose steps are known."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import seams
from tests.faces.shapes import frontal_face
from tests.seeing import picture


def mask_and_pictures() -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.uint8]]:
    """A square mask with a rim of three pixels, a ramp, and the ramp made brighter under it."""
    away = np.abs(np.arange(40) - 20)
    mask = np.clip((12 - np.maximum(away[:, None], away)) / 4, 0, 1).astype(np.float32)
    photo = np.repeat(np.arange(40, dtype=np.uint8)[None, :, None] * 2, 40, axis=0).repeat(3, -1)
    brighter = (photo + 80 * mask[..., None]).round().astype(np.uint8)
    return mask, photo, brighter


def test_steps_at_a_masks_edge_are_those_across_its_line():
    mask, photo, brighter = mask_and_pictures()
    own = seams.edge_steps(photo, mask)
    assert own.size == 4 * 23  # every pixel of the square's border has one neighbour outside
    assert sorted(set(own)) == [0, 2]  # down nothing changes
    across = seams.edge_steps(brighter, mask)
    assert sorted(set(across)) == [18, 20, 22]
    hard = seams.edge_steps(brighter, (mask > 0.9).astype(np.float32))
    assert hard.size == 4 * 17


def test_steps_in_a_masks_rim_are_those_where_it_is_soft():
    mask, photo, brighter = mask_and_pictures()
    rim = (mask > 0) & (mask < 1)
    assert seams.rim_steps(photo, mask).size == rim.sum()
    assert set(seams.rim_steps(photo, mask)) == {2}
    assert np.median(seams.rim_steps(brighter, mask)) >= 18
    inside = np.where(mask[..., None] == 1, brighter, photo)
    assert np.median(seams.rim_steps(inside, mask)) == 2


def test_steps_under_a_grey_level_count_as_one():
    mask, photo, brighter = mask_and_pictures()
    flat = np.full_like(photo, 90)
    pictures, masks = np.stack([flat, flat + 1]), np.stack([mask, mask])
    same = seams.compared("edge", seams.edge_steps, pictures, flat, masks)
    assert same == {
        "edge_ratio": 1,
        "edge_ratio_worst": 1,
        "edge_step": 0,
        "edge_step_worst": 0,
        "edge_own_step": 0,
        "edge_mean_ratio": 1,
        "edge_mean_ratio_worst": 1,
    }
    pictures = np.stack([photo, brighter])
    found = seams.compared("edge", seams.edge_steps, pictures, photo, masks)
    assert (found["edge_own_step"], found["edge_step_worst"]) == (1, 20)
    assert (found["edge_ratio"], found["edge_ratio_worst"]) == (10.5, 20)
    assert (found["edge_mean_ratio"], found["edge_mean_ratio_worst"]) == (10.5, 20)


def test_a_photo_laid_back_unmoved_has_its_own_steps():
    points = 25 * frontal_face() + 32
    renders: dict[str, NDArray[Any]] = {
        "source": np.stack([picture(0), picture(5)]),
        "moved": np.stack([picture(20), picture(30)]),
        "source_points": np.stack([points, points]),
        "moved_points": np.stack([points + 2, points - 2]),
    }
    found = seams.references(renders)
    assert list(found) == ["still", "true"]
    for row in found.values():
        assert row["persons"] == 2
        assert row["edge_ratio_worst"] >= row["edge_ratio"]
        assert row["rim_ratio_worst"] >= row["rim_ratio"]
    assert abs(found["still"]["edge_ratio"] - 1) < 0.05
    assert abs(found["still"]["rim_ratio"] - 1) < 0.2
    text = seams.markdown([], found)
    assert "| the photo itself | 2 |" in text
    assert "the photo itself" not in seams.markdown([])


def test_a_picture_lies_where_its_frame_says():
    small = picture()
    canvas = seams.framed(small, 0)
    left, top = seams.place_in(canvas, small)
    height, width = small.shape[:2]
    assert (canvas[top : top + height, left : left + width] == small).all()
    assert canvas.shape[0] > height
    assert canvas.shape[1] > width
