"""What the network that cuts people out sees on a photo."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.resources import as_file, files

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from d2animator.models.cutout import CUT_MIDDLE_CM, CUT_REACH_CM, CUT_SIZE, CutoutNetwork
from d2animator.performers.photo.surface import Surface

Array = NDArray[np.float32]

# The network knows bodies that stand about upright: what a photo is tilted by more is taken back.
_MOST_ROLL_DEG = 12.0


@dataclass(frozen=True, eq=False)
class Person:
    """Where head and body are, as far as the network can tell.

    Attributes:
        head: How surely each pixel shows face, hair or neck, (H, W), 0 to 1.
        body: How surely it shows clothes or shoulders, (H, W), 0 to 1.
    """

    head: Array
    body: Array

    @property
    def whole(self) -> Array:
        """How surely each pixel shows the person, (H, W), 0 to 1."""
        return np.asarray(self.head + self.body, np.float32)


def seen_person(image: NDArray[np.uint8], surface: Surface, size: tuple[int, int]) -> Person:
    """Tell head and body from what is around them.

    Args:
        image: The window, (H, W, 3).
        surface: The head on it.
        size: (h, w) of the answer, which covers the window.
    """
    place = _place(surface)
    picture, there = _picture(image, place)
    shares = _network()(
        torch.from_numpy(picture).permute(2, 0, 1)[None], torch.from_numpy(there)[None, None]
    )
    shares = shares[0].softmax(0).permute(1, 2, 0).numpy()
    height, width = size
    grid = np.array([[image.shape[1] / width, 0, 0], [0, image.shape[0] / height, 0], [0, 0, 1]])
    way = cv2.invertAffineTransform(place) @ grid
    told = cv2.warpAffine(
        np.ascontiguousarray(shares[..., 1:]),
        _centred(way),
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    head, body = (np.ascontiguousarray(told[..., part], np.float32) for part in (0, 1))
    return Person(head, body)


def _place(surface: Surface) -> NDArray[np.float64]:
    """From the network's pixels to the window's, (2, 3); both count from their top left corners."""
    middle, _ = surface.project(
        np.array([CUT_MIDDLE_CM], np.float32),
        surface.rotation,
        surface.scale,
        surface.translation,
    )
    roll = float(np.degrees(np.arctan2(surface.rotation[1, 0], surface.rotation[0, 0])))
    angle = -np.radians(roll - np.clip(roll, -_MOST_ROLL_DEG, _MOST_ROLL_DEG))
    step = 2 * CUT_REACH_CM * surface.scale / CUT_SIZE
    turn = step * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, middle[0] - turn @ [CUT_SIZE / 2, CUT_SIZE / 2]])


def _picture(image: NDArray[np.uint8], place: NDArray[np.float64]) -> tuple[Array, Array]:
    """What the network looks at, (S, S, 3) in [0, 1], and where the photo is in it, (S, S)."""
    step = float(np.hypot(place[0, 0], place[1, 0]))
    height, width = image.shape[:2]
    factor = min(1.0, 1 / step)
    small = max(1, round(width * factor)), max(1, round(height * factor))
    fine = cv2.resize(image, small, interpolation=cv2.INTER_AREA).astype(np.float32)
    shrunk = np.array([[small[0] / width], [small[1] / height]]) * place
    layers = np.dstack([fine / np.float32(255), np.ones(fine.shape[:2], np.float32)])
    warped = cv2.warpAffine(
        layers,
        _centred(shrunk),
        (CUT_SIZE, CUT_SIZE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
    )
    there = (warped[..., 3] > 0.5).astype(np.float32)
    return np.asarray(warped[..., :3] * there[..., None], np.float32), there


def _centred(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """An affine map (2, 3) between corners' coordinates, for OpenCV, which counts from middles."""
    matrix = np.array(matrix[:2], np.float64)
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    return matrix


@functools.cache
def _network() -> CutoutNetwork:
    network = CutoutNetwork()
    with as_file(files("d2animator.performers.photo") / "data" / "cutout.safetensors") as path:
        weights = load_file(path)
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    return network.eval().requires_grad_(False)
