"""Clothes begin where a colour changes; elsewhere the cut ran through hair or skin."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from d2animator.performers.photo.seam import without_false

PIXELS_PER_CM = 4
HAIR, CLOTH, SKIN = (45, 32, 25), (235, 235, 225), (215, 170, 140)
# The cut runs here; over all of the width, or over a part of it.
CUT_CM = -8.0


def places() -> NDArray[np.float32]:
    """30 cm by 30 cm of a head's frame, from 10 cm above its middle down to 20 below."""
    step = 1 / PIXELS_PER_CM
    x, y = np.meshgrid(np.arange(-15, 15, step), np.arange(10, -20, -step))
    return np.stack([x, y], -1).astype(np.float32)


def painted(where: NDArray[np.float32], cloth: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Hair with cloth over it, with some grain."""
    picture = np.where(cloth[..., None], CLOTH, HAIR)
    grain = np.random.default_rng(0).normal(0, 5, (*where.shape[:2], 1))
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def cut(where: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Clothes below the cut, and a person 24 cm wide."""
    person = (np.abs(where[..., 0]) < 12).astype(np.uint8)
    return np.where(where[..., 1] < CUT_CM, person, 0).astype(np.uint8), person


def test_a_collar_stays() -> None:
    where = places()
    clothes, person = cut(where)
    picture = painted(where, clothes > 0)
    assert (without_false(clothes, person, picture, where) == clothes).all()


def test_a_cut_through_hair_is_undone_as_far_as_the_head_is_followed() -> None:
    where = places()
    clothes, person = cut(where)
    picture = painted(where, np.zeros(clothes.shape, bool))
    left = without_false(clothes, person, picture, where)
    assert not left[where[..., 1] > -17].any()
    low = where[..., 1] < -17
    assert (left[low] == clothes[low]).all()


def test_of_a_collar_beside_hair_the_collar_stays() -> None:
    where = places()
    clothes, person = cut(where)
    picture = painted(where, (clothes > 0) & (where[..., 0] > 0))
    left = without_false(clothes, person, picture, where)
    high = where[..., 1] > -16
    assert not left[high & (where[..., 0] < -3)].any()
    collar = where[..., 0] > 3
    assert (left[collar] == clothes[collar]).all()


def test_a_strand_over_a_collar_changes_nothing() -> None:
    where = places()
    clothes, person = cut(where)
    strand = np.abs(where[..., 0] - 5) < 0.7
    picture = painted(where, (clothes > 0) & ~strand)
    assert (without_false(clothes, person, picture, where) == clothes).all()


@pytest.mark.parametrize(("cut_cm", "stays"), [(-8.0, False), (-13.0, True)])
def test_between_strands_of_hair_only_a_low_seam_is_a_collar(cut_cm: float, stays: bool) -> None:
    where = places()
    person = (np.abs(where[..., 0]) < 12).astype(np.uint8)
    clothes = np.where(where[..., 1] < cut_cm, person, 0).astype(np.uint8)
    middle = np.abs(where[..., 0]) < 3.5
    picture = painted(where, np.zeros(clothes.shape, bool))
    picture[middle & (clothes == 0)] = SKIN  # a chin, or a neck
    left = without_false(clothes, person, picture, where)
    inner = (np.abs(where[..., 0]) < 2) & (where[..., 1] < cut_cm) & (where[..., 1] > -16)
    assert left[inner].all() == stays
    assert left[inner].any() == stays


def test_nobody_and_no_clothes_are_no_trouble() -> None:
    where = places()
    clothes, person = cut(where)
    none = np.zeros_like(clothes)
    picture = painted(where, clothes > 0)
    assert not without_false(none, person, picture, where).any()
    assert (without_false(clothes, none, picture, where) == clothes).all()
