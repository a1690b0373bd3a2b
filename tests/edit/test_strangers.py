"""People who do not exist start at rest; sources that do not are told of."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch
from PIL import Image

from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle, embedded_bundle_path
from d2animator.errors import ConfigError
from d2animator.faces.rest import Restfulness
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from tests.seeing import seeing
from tests.test_house import ROOT

needs_bundle = pytest.mark.skipif(
    not (embedded_bundle_path() / "config.json").is_file(), reason="no embedded bundle"
)


@pytest.fixture(scope="module")
def embedded() -> D2Animator:
    return D2Animator.from_pretrained(device="cpu", marks=UNMARKED)


@needs_bundle
@pytest.mark.parametrize("seed", range(4))
def test_a_stranger_has_open_eyes_closed_lips_and_faces_the_front(
    embedded: D2Animator, seed: int
) -> None:
    person = embedded.stranger(seed)
    rest = Restfulness.of(person.landmarks)
    assert rest.lacking == ()
    assert rest.yaw < 5
    assert rest.pitch < 5
    # What is drawn is looked at, not what was wanted.
    drawn = embedded.sources.tracker().landmarks_batch(person.reconstruction())[0]
    assert Restfulness.of(drawn).lacking == ()
    assert torch.equal(person.w_plus, embedded.stranger(seed).w_plus)


@needs_bundle
def test_a_source_that_is_not_at_rest_is_told_of(
    embedded: D2Animator, caplog: pytest.LogCaptureFixture
) -> None:
    with Image.open(ROOT / "examples" / "source.png") as picture:
        driver = np.asarray(picture.convert("RGB"))
    person = embedded.stranger(3)
    agape = embedded.edited(person, {"mouth_open": 1.2})
    with caplog.at_level(logging.WARNING):
        embedded.animate(person, [driver, driver])
    assert "at rest" not in caplog.text
    with caplog.at_level(logging.WARNING):
        embedded.animate(agape, [driver, driver], motion="absolute")
    assert "at rest" not in caplog.text
    with caplog.at_level(logging.WARNING):
        embedded.animate(agape, [driver, driver])
    assert "the source is not at rest (its mouth is open)" in caplog.text
    assert "--motion absolute" in caplog.text


@pytest.mark.parametrize("wrong", ["1", 1.5, -1, 2**63, None])
def test_a_seed_is_a_whole_number(tiny_bundle: Bundle, wrong: object) -> None:
    animator = D2Animator(seeing(tiny_bundle), inversion=InversionOptions(steps=2))
    with pytest.raises(ConfigError, match=r"seed: expected (int|a whole number)"):
        animator.stranger(wrong)  # type: ignore[arg-type]
