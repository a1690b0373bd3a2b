"""A face at rest, told and made by its landmarks."""

from __future__ import annotations

import pytest
import torch

from d2animator.faces.align import normalise_landmarks
from d2animator.faces.pose import mean_face
from d2animator.faces.rest import Restfulness, at_rest
from tests.faces.test_actions import face


def test_the_mean_face_is_at_rest_and_stays() -> None:
    mean = face()
    assert Restfulness.of(mean).lacking == ()
    assert Restfulness.of(mean).amiss == 0
    again = at_rest(mean)
    assert float((again - mean).abs().max()) < 0.02
    assert float((at_rest(again) - again).abs().max()) < 1e-3


@pytest.mark.parametrize(
    ("one", "lacking"),
    [
        (face((25, 0, 0)), "pose"),
        (face((0, -20, 0)), "pose"),
        (face(jaw=0.15), "mouth"),
        (face(right_lid=0.06), "eyes"),
        (face((20, 15, 10), jaw=0.2, right_lid=0.06), "pose"),
    ],
)
def test_what_is_not_at_rest_is_told_and_mended(one: torch.Tensor, lacking: str) -> None:
    before = Restfulness.of(one)
    assert lacking in before.lacking
    assert before.amiss > 0
    after = Restfulness.of(at_rest(one))
    assert after.lacking == ()
    assert after.amiss == 0
    assert after.yaw < 1
    assert after.pitch < 1


def test_a_photo_may_smile_but_not_sleep() -> None:
    assert Restfulness.of(face(jaw=0.08)).told_of == ()
    assert Restfulness.of(face(jaw=0.2)).told_of == ("its mouth is open",)
    assert Restfulness.of(face(right_lid=0.07)).told_of == ("its eyes are shut",)


def test_brows_and_proportions_stay() -> None:
    wide = normalise_landmarks(mean_face()[None, :, :2] * torch.tensor([1.1, -1.0]))[0]
    rest = at_rest(wide)
    assert float((rest[:52] - wide[:52]).abs().max()) < 0.02
