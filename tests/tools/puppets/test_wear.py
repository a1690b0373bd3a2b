"""What puppets wear: from z to parameters, and its meshes."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from d2animator.head.model import Head
from tests.steadiness import Check
from tools.puppets import wardrobe, wear
from tools.puppets.hair import COLUMNS, HairShell
from tools.puppets.renderer import PuppetRenderer
from tools.puppets.wear import WORN_BLOCKS, WORN_DIM, Garment, Glasses, Hat
from tools.puppets.world import BLOCKS, look_from_z, sample_person_z, sample_z, state_from_z

entries = st.floats(-3, 3, width=32)
indices = st.integers(0, 10_000)
_FIRST = {name: sum(list(BLOCKS.values())[: list(BLOCKS).index(name)]) for name in WORN_BLOCKS}


def _z(**worn: tuple[float, ...]) -> np.ndarray:
    """A code that wears nothing but what is named, by its block's entries."""
    z = sample_z(3, 5).copy()
    z[-WORN_DIM:] = 0
    for name, values in worn.items():
        z[_FIRST[name] : _FIRST[name] + len(values)] = values
    return z


@given(st.lists(entries, min_size=WORN_DIM, max_size=WORN_DIM))
def test_amounts_stay_between_nothing_and_all(values: list[float]) -> None:
    spectacles, head, body = np.split(np.array(values, np.float32), [3, 7])
    garment, hat = wear.garment(body), wear.hat(head)
    amounts = (wear.glasses(spectacles).worn, hat.worn, hat.opacity, *astuple(garment))
    assert all(0 <= amount <= 1 for amount in amounts)
    assert not (garment.collar and garment.shirt)


def test_two_of_five_puppets_wear_nothing_special(seed: int, check: Check) -> None:
    plain = []
    for index in range(1000):
        spectacles, head, body = np.split(sample_z(seed + 11, index)[-WORN_DIM:], [3, 7])
        clothes = wear.garment(body)
        worn = (wear.glasses(spectacles).worn, wear.hat(head).worn, clothes.collar, clothes.shirt)
        plain.append(not any((*worn, clothes.stripes)))
    check("share", np.mean(plain), above=0.35, below=0.5)


@given(indices, st.integers(1, 5))
def test_a_person_changes_clothes_and_stays_who_it_is(index: int, state: int) -> None:
    first, other = sample_z(2, index), sample_person_z(2, index, state)
    assert not np.array_equal(first[-WORN_DIM:], other[-WORN_DIM:])
    assert np.array_equal(look_from_z(first).identity, look_from_z(other).identity)


@pytest.fixture(scope="module")
def shell(head: Head) -> HairShell:
    return HairShell(head)


@given(st.floats(0, 3), st.floats(-3, 3), st.floats(-3, 3))
def test_frames_are_closed_tubes_in_front_of_the_eyes(a: float, b: float, c: float) -> None:
    glasses = wear.glasses(np.array((a, b, c), np.float32))
    eyes = np.array([[3.1, 3.6, 8.0, 1.6], [-3.1, 3.6, 8.0, 1.6]], np.float32)
    ears = np.array([[7.5, 3.8, 2.1], [-7.5, 3.8, 2.1]])
    points, normals = wardrobe.frame_points(glasses, eyes, np.array((0, 3.7, 10.7)), ears)
    assert len(points) == wardrobe.frame_triangles().max() + 1
    assert np.allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-4)
    before_eye = points[np.abs(points[:, 0]) < 3.6]
    assert before_eye[:, 2].min() > 8.0 + 1.6
    # Mirrored: each point has its like on the other side.
    distance, _ = cKDTree(points * (-1, 1, 1)).query(points)
    assert distance.max() < 0.5


@pytest.mark.parametrize(
    "hat", [Hat(1, True, np.ones(3, np.float32)), Hat(1, False, np.ones(3, np.float32))]
)
def test_hats_cover_the_hair_that_they_press(hat: Hat, head: Head, shell: HairShell) -> None:
    look = look_from_z(_z(hat=(2.0,)))
    offset = head.identity_offset(look.identity)
    line = wardrobe.hat_line_deg(shell.azimuth)
    points, normals = wardrobe.hat_points(hat, shell, offset)
    assert len(points) == wardrobe.hat_triangles().max() + 1
    assert np.allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-4)
    crown = points.reshape(-1, COLUMNS, 3)[:-2]
    hair = shell.build(look.hair, offset, line)[0].reshape(-1, COLUMNS, 3)[:8]
    middle = hair[0].mean(0) - 8 * shell.axis
    assert (
        np.linalg.norm(hair - middle, axis=-1).max()
        < np.linalg.norm(crown[:8] - middle, axis=-1).max()
    )


def test_a_hat_presses_hair_under_its_line_alone(head: Head, shell: HairShell) -> None:
    look = look_from_z(_z())
    offset = head.identity_offset(look.identity)
    free = shell.build(look.hair, offset)[0]
    none = shell.build(look.hair, offset, np.full(COLUMNS, -90.0))[0]
    pressed = shell.build(look.hair, offset, wardrobe.hat_line_deg(shell.azimuth))[0]
    assert np.allclose(free, none, atol=1e-4)
    assert np.linalg.norm(free - pressed, axis=1).max() > 0.2


def test_a_peak_sticks_out_of_the_hat(head: Head, shell: HairShell) -> None:
    offset = head.identity_offset(np.zeros(2, np.float32))
    crown, _ = wardrobe.hat_points(Hat(1, False, np.ones(3, np.float32)), shell, offset)
    peak, _ = wardrobe.peak_points(shell, offset)
    assert peak[:, 2].max() - crown[:, 2].max() > 3
    assert len(peak) == wardrobe.peak_triangles().max() + 1


def test_a_hat_presses_the_hair_before_it_is_seen() -> None:
    amounts = [Hat(worn, True, np.ones(3, np.float32)) for worn in np.linspace(0, 1, 11)]
    assert all(hat.pressing == 1 for hat in amounts if hat.opacity)
    assert amounts[0].pressing == 0
    assert amounts[-1].opacity == 1


def test_collars_stand_around_the_neck_and_a_shirts_is_open_in_front() -> None:
    rolled = wardrobe.collar_mesh(Garment(1, 0, 0), -11.5).points
    shirt = wardrobe.collar_mesh(Garment(0, 1, 0), -11.5).points
    front = (np.abs(rolled[:, 0]) < 0.5) & (rolled[:, 2] > 0)
    assert rolled[front, 1].max() > -9.5
    assert shirt[front, 1].max() < -11
    assert shirt[:, 1].max() > -9.5


@pytest.mark.parametrize(
    "worn",
    [
        {"glasses": (2.0,)},
        {"hat": (2.0,)},
        {"hat": (-2.0,)},
        {"garment": (2.0,)},
        {"garment": (-2.0,)},
        {"garment": (0.0, 2.0, 1.0)},
    ],
)
def test_everything_worn_is_seen(
    worn: dict[str, tuple[float, ...]], renderer: PuppetRenderer
) -> None:
    still = state_from_z(np.zeros_like(_z()))
    plain = renderer.render(look_from_z(_z()), still)
    dressed = renderer.render(look_from_z(_z(**worn)), still)
    again = renderer.render(look_from_z(_z()), still)
    changed = (plain.image != dressed.image).any(-1)
    assert changed.mean() > 0.002
    assert np.array_equal(plain.image, again.image)
    assert np.allclose(plain.landmarks, dressed.landmarks)


def test_hardly_worn_is_hardly_seen(renderer: PuppetRenderer) -> None:
    still = state_from_z(np.zeros_like(_z()))
    plain = renderer.render(look_from_z(_z()), still).image.astype(int)
    hint = renderer.render(look_from_z(_z(glasses=(1.006,))), still).image
    assert np.abs(hint - plain).max() < 12


def test_glasses_have_a_frame_of_the_named_colour() -> None:
    dark, light = (wear.glasses(np.array((2, 0, shade), np.float32)) for shade in (-2, 2))
    assert isinstance(dark, Glasses)
    assert dark.colour.mean() < light.colour.mean()
    assert dark.thickness > light.thickness
