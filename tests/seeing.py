"""A tiny bundle whose landmark networks see something, without having been trained.

Random networks see no face anywhere. These are real ones too, with their last layer set by hand:
the finder expects a face in every cell, the landmark network answers with one face shape, a little
different for different pictures, and is sure of it unless the picture is black.
"""

from __future__ import annotations

import copy
import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from d2animator.bundles.bundle import Bundle
from d2animator.media.audio import AudioSource
from d2animator.media.writer import VideoWriter
from d2animator.models.landmarks import (
    FaceFinder,
    FaceFinderConfig,
    LandmarkNetwork,
    LandmarkNetworkConfig,
)
from tests.media.clips import make_sound

NTSC_30 = Fraction(30000, 1001)
BLACK = np.zeros((64, 64, 3), np.uint8)


def picture(index: int = 0, size: int = 64) -> NDArray[np.uint8]:
    """A bright, smooth picture that changes with the index; networks take it for a face.

    Its colours stay: another colour would be another person.
    """
    y, x = np.mgrid[0:size, 0:size] / size
    waves = [np.sin(6 * x + 0.25 * index) + np.cos(5 * y + phase) for phase in (0, 1, 2)]
    image: NDArray[np.uint8] = np.clip(150 + 30 * np.stack(waves, axis=2), 0, 255).astype(np.uint8)
    return image


def film(path: Path, faces: str = "fffffff", rate: Fraction = NTSC_30, sound: bool = False) -> Path:
    """A clip with a face at each f; with sound it lasts longer than the picture."""
    audio = AudioSource(make_sound(path.with_suffix(".m4a"), seconds=0.6)) if sound else None
    with VideoWriter(path, (64, 64), rate, audio=audio, crf=5) as writer:
        for index, letter in enumerate(faces):
            writer.write(picture(3 * index) if letter == "f" else BLACK)
    return path


def face_shape() -> Tensor:
    """98 points (98, 2) of a plain face, in widths of the landmark network's crop."""
    along = torch.linspace(0, 1, 33)
    points = [ellipse(0.5, 0.45, 0.3, 0.4, torch.pi * (1 - along))]
    for x in (0.36, 0.64):
        points.append(torch.stack([torch.linspace(x - 0.1, x + 0.1, 5), torch.full((5,), 0.15)], 1))
        points.append(torch.stack([torch.linspace(x + 0.1, x - 0.1, 4), torch.full((4,), 0.18)], 1))
    points.append(torch.stack([torch.full((4,), 0.5), torch.linspace(0.35, 0.53, 4)], 1))
    points.append(torch.stack([torch.linspace(0.44, 0.56, 5), torch.full((5,), 0.56)], 1))
    round_trip = torch.pi + torch.arange(8) / 8 * 2 * torch.pi
    points += [ellipse(x, 0.34, 0.07, 0.02, round_trip) for x in (0.36, 0.64)]
    outer = torch.pi + torch.arange(12) / 12 * 2 * torch.pi
    points += [ellipse(0.5, 0.7, 0.11, 0.05, outer), ellipse(0.5, 0.7, 0.08, 0.02, round_trip)]
    points.append(torch.tensor([[0.36, 0.34], [0.64, 0.34]]))
    return torch.cat(points)


def ellipse(x: float, y: float, width: float, height: float, angles: Tensor) -> Tensor:
    """Points (N, 2) at angles from the x axis towards the y axis."""
    return torch.stack([x + width * angles.cos(), y + height * angles.sin()], 1)


def seeing(bundle: Bundle) -> Bundle:
    """The bundle with networks that see."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(3)
        finder = FaceFinder(FaceFinderConfig(channels=(8, 8), blocks=(0, 1))).eval()
        finder.head.weight.mul_(0.1)
        finder.head.bias = torch.nn.Parameter(torch.tensor([2.0, 0.3, 0.0, 0.0]))
        shape = LandmarkNetworkConfig(input_size=32, channels=(8, 8), blocks=(0, 0), squeeze=4)
        network = LandmarkNetwork(shape).eval()
        bright, dark = hidden(network, picture()), hidden(network, BLACK)
        contrast = (bright - dark) / (bright - dark).square().sum()
        network.answer.weight[: 2 * 98].mul_(0.5)
        network.answer.weight[2 * 98 : 3 * 98] = 0
        network.answer.weight[-1] = 20 * contrast
        network.answer.bias[: 2 * 98] = face_shape().flatten()
        network.answer.bias[: 2 * 98] -= network.answer.weight[: 2 * 98] @ bright
        network.answer.bias[2 * 98 : 3 * 98] = -5
        network.answer.bias[-1] = -10 - 20 * contrast @ dark
    for part in (finder, network):
        part.requires_grad_(False)
    action = copy.deepcopy(bundle.action_network)
    if action is not None:
        action.bank.mul_(60)  # so that small motions can be seen in eight bits
    return dataclasses.replace(
        bundle, finder=finder, landmark_network=network, action_network=action
    )


def hidden(network: LandmarkNetwork, image: NDArray[np.uint8]) -> Tensor:
    """What the last layer of a landmark network sees of a picture."""
    size = network.config.input_size
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    tensor = torch.nn.functional.interpolate(tensor, (size, size), mode="area")
    features = network.squeeze(network.stages(tensor)).flatten(1)
    activated: Tensor = network.activation(network.hidden(features))[0]
    return activated
