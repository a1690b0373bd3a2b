"""What the product answers drivers that are pictures with: codes, or a photo that has moved.

What is measured is what users get: these are the codes that `D2Animator.animate` draws for the same
portrait and the same picture, or the very pictures that it gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from d2animator.animate.animate import animate
from d2animator.animate.driver import open_driver
from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import performing, prepared
from d2animator.errors import NoFaceError
from d2animator.evaluate.benches import Pictures
from d2animator.faces.motion import Observation
from d2animator.invert.sources import Sources
from d2animator.performers.portrait import Portrait

PHOTO = AnimateOptions(renderer="photo")
"""How a photo itself is moved."""


def driving_landmarks(sources: Sources, pictures: Sequence[Pictures]) -> Tensor:
    """Find what each of some pictures does when it drives.

    Args:
        sources: Gives the detector.
        pictures: RGB (H, W, 3), uint8, M of them.

    Returns:
        Normalised landmarks (M, P, 2), in double precision.

    Raises:
        NoFaceError: A picture shows no face.
    """
    options = AnimateOptions()
    landmarks = []
    for index, picture in enumerate(pictures):
        driver = open_driver(picture, options)
        try:
            observation = next(driver.observations(sources.tracker(), options))
        except NoFaceError as error:
            raise NoFaceError(f"driver {index}", error.tried) from error
        landmarks.append(torch.from_numpy(np.asarray(observation.landmarks)))
    return torch.stack(landmarks)


def answer(
    sources: Sources,
    portrait: Portrait,
    driving: Tensor,
    options: AnimateOptions | None = None,
) -> Tensor:
    """Lead a source to where each of some pictures drives it.

    Args:
        sources: Gives the networks and the limits.
        portrait: The source.
        driving: Normalised landmarks (N, P, 2) of the pictures.
        options: How to animate; motion is absolute, as it is for pictures.

    Returns:
        Codes (N, L, D).
    """
    options = options or AnimateOptions()
    performer = performing(sources, portrait, options, None)
    observations = (
        Observation(index, Fraction(index), landmarks, True)
        for index, landmarks in enumerate(driving.double().numpy())
    )
    wanted = torch.stack([landmarks for _, landmarks in performer.wanted(observations)])
    motions = [performer.motion(part) for part in torch.split(wanted, options.batch_size)]
    return portrait.moved(torch.cat(motions))


def answer_as_photo(sources: Sources, source: Pictures, drivers: Sequence[Pictures]) -> Pictures:
    """Move a source's picture itself to where each of some pictures drives it.

    Args:
        sources: Gives the detector, and takes the picture apart.
        source: RGB (H, W, 3), uint8.
        drivers: RGB pictures, N of them.

    Returns:
        RGB pictures (N, H, W, 3), uint8.

    Raises:
        NoFaceError: A picture shows no face.
    """
    photo = prepared(sources, source, PHOTO)
    answers: list[Pictures] = []
    for driver in drivers:
        answers += animate(sources, photo, driver, None, PHOTO).images or ()
    return np.stack(answers)
