"""An animator and a photo for live sessions, and a camera that sees the example's clip."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from d2animator.animator import D2Animator
from d2animator.live.session import Session
from d2animator.marks.options import UNMARKED
from d2animator.media.video import VideoReader
from d2animator.performers.photo.photo import Photo

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="package")
def animator() -> D2Animator:
    return D2Animator.from_pretrained(device="cpu", marks=UNMARKED)


@pytest.fixture(scope="package")
def frames() -> list[Any]:
    """What a slow camera sees of the example's clip: every other frame of two seconds."""
    reader = iter(VideoReader(EXAMPLES / "driving.mp4"))
    return [frame.image for frame in islice(reader, 0, 48, 2)]


@pytest.fixture(scope="package")
def photo(animator: D2Animator) -> Photo:
    ready = animator.prepare(EXAMPLES / "astronaut.jpg", size=192)
    assert isinstance(ready, Photo)
    return ready


@pytest.fixture
def session(animator: D2Animator, photo: Photo) -> Iterator[Session]:
    with animator.session(photo) as session:
        yield session


def noise(index: int) -> Any:
    """What no face is in, of the clip's size."""
    return np.random.default_rng(index).integers(0, 255, (256, 256, 3), np.uint8)
