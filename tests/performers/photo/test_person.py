"""What the network that cuts people out sees on a photo."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import cv2
import numpy as np
import pytest

from d2animator.head.fit import fit_picture
from d2animator.head.model import load_head
from d2animator.performers.photo.person import seen_person
from d2animator.performers.photo.surface import Surface


def person_of(image, points):
    surface = Surface(load_head(), fit_picture(points), points, np.zeros(2))
    return seen_person(image, surface, image.shape[:2])


def test_head_body_and_background_are_told(photo, points):
    person = person_of(photo, points)
    assert person.head[60:150, 190:260].min() > 0.9  # hair and face
    assert person.body[320:420, 130:250].min() > 0.9  # the suit
    assert person.whole[:150, :60].max() < 0.1  # the flag
    assert person.whole[:200, 400:].max() < 0.1  # the shuttle's model
    assert float(person.whole.max()) <= 1 + 1e-5


@pytest.mark.parametrize("size", [160, 1100])
def test_the_photos_size_matters_little(photo, points, size):
    first = person_of(photo, points)
    resized = cv2.resize(np.array(photo), (size, size), interpolation=cv2.INTER_AREA)
    other = person_of(resized, points * (size / 512))
    back = cv2.resize(other.whole, (512, 512))
    assert np.abs(back - first.whole).mean() < 0.02


def test_a_photo_on_its_side_is_seen_upright(photo, points):
    first = person_of(photo, points)
    turned = np.ascontiguousarray(np.rot90(photo))  # to the left
    places = np.stack([points[:, 1], 512 - points[:, 0]], 1)
    other = person_of(turned, places)
    assert np.abs(np.rot90(other.whole, -1) - first.whole).mean() < 0.1


def test_beyond_the_photo_nothing_is_asked(photo, points):
    close = np.ascontiguousarray(photo[40:230, 140:310])
    person = person_of(close, points - (140, 40))
    assert person.head[30:120, 50:110].min() > 0.9
    assert np.isfinite(person.body).all()


def test_the_weights_are_small():
    path = files("d2animator.performers.photo") / "data" / "cutout.safetensors"
    assert len(path.read_bytes()) < 2_000_000


def test_a_head_far_outside_makes_no_trouble(photo, points):
    fit = fit_picture(points)
    away = replace(fit, translation=fit.translation + 4000)
    surface = Surface(load_head(), away, points + 4000, np.zeros(2))
    assert np.isfinite(seen_person(photo, surface, (64, 64)).whole).all()
