"""A photo (NASA's portrait, public domain) and a puppet, each with the points of its face."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from d2animator.head.fit import fit_picture
from d2animator.head.model import load_head
from d2animator.head.pose import HeadFit
from d2animator.performers.photo.scene import PhotoScene
from d2animator.performers.photo.surface import Surface

_TESTS = Path(__file__).parents[2]


def _points(name: str) -> NDArray[np.float64]:
    table = json.loads((_TESTS / "data" / "face_points.json").read_text("utf-8"))
    return np.array(table[name])


@pytest.fixture(scope="session")
def photo() -> NDArray[np.uint8]:
    """A portrait, (512, 512, 3)."""
    image = np.asarray(skimage.data.astronaut(), np.uint8)
    image.flags.writeable = False
    return image


@pytest.fixture(scope="session")
def points() -> NDArray[np.float64]:
    """Landmarks of ``photo``, (98, 2)."""
    return _points("astronaut")


@pytest.fixture(scope="session")
def fit(points: NDArray[np.float64]) -> HeadFit:
    """The head in ``photo``."""
    return fit_picture(points)


@pytest.fixture(scope="session")
def scene(photo: NDArray[np.uint8], points: NDArray[np.float64], fit: HeadFit) -> PhotoScene:
    """``photo``, prepared."""
    return PhotoScene.prepare(photo, points, None, fit)


@pytest.fixture(scope="module")
def surface(fit: HeadFit, points: NDArray[np.float64]) -> Surface:
    """The head on ``photo``; its window is all of it."""
    return Surface(load_head(), fit, points, np.zeros(2))


@pytest.fixture(scope="session")
def puppet() -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The example's source picture and its landmarks."""
    path = _TESTS.parent / "examples" / "source.png"
    with Image.open(path) as file:
        image: Any = np.array(file.convert("RGB"))
    return image, _points("source")
