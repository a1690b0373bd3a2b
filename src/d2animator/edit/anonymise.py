"""A person who does not exist, in somebody's place."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from d2animator.animate.animate import animate
from d2animator.animate.options import AnimateOptions
from d2animator.animate.result import AnimationResult
from d2animator.errors import NoFaceError
from d2animator.faces.align import ffhq_crop
from d2animator.faces.choice import looked_at
from d2animator.faces.detector import Picture
from d2animator.faces.warp import warp_tensor
from d2animator.invert.sources import Sources
from d2animator.latent.measuring import IdentityFeatures, proportions_and_colours
from d2animator.media.clip import Clip, ClipSource, open_clip
from d2animator.media.pictures import PictureLike
from d2animator.models.generators import TRUNCATION
from d2animator.performers.portrait import Portrait
from d2animator.progress import Progress

_log = logging.getLogger(__name__)

# A stranger differs from a person as two faces drawn at random do, or more.
_LEAST_STRANGE = 1.0
_STRANGERS = 8


def anonymise(
    sources: Sources,
    driver: ClipSource,
    output: str | Path | None,
    seed: int,
    options: AnimateOptions,
    progress: Progress | None = None,
) -> AnimationResult:
    """See `d2animator.animator.D2Animator.anonymise`."""
    absolute = replace(options, motion="absolute")
    unlike = None
    if isinstance(driver, str | Path):
        unlike = _first_face(sources, open_clip(driver))
    return animate(sources, stranger(sources, seed, unlike), driver, output, absolute, progress)


def stranger(
    sources: Sources,
    seed: int,
    unlike: PictureLike | None = None,
    identity: IdentityFeatures = proportions_and_colours,
) -> Portrait:
    """See `d2animator.animator.D2Animator.stranger`."""
    generator = sources.bundle.generator
    draw = torch.Generator().manual_seed(seed)
    z = torch.randn(_STRANGERS, generator.z_dim, generator=draw).to(sources.device)
    with torch.inference_mode():
        codes = generator.mapping(z, truncation_psi=TRUNCATION)
        if unlike is None:
            return sources.portrait_of(codes[:1].clone())
        faces = generator.synthesis(codes)
        size = faces.shape[-1]
        image, points = sources.face(unlike)
        crop = ffhq_crop(points, size)
        own = torch.from_numpy(crop.apply(points)).to(sources.device).unsqueeze(0)
        person = warp_tensor(image, crop, size).to(faces)
        landmarks = sources.tracker().landmarks_batch(faces)
        distances = strangeness(faces, landmarks, person, own, identity)
    far = (distances >= _LEAST_STRANGE).nonzero()[:, 0].tolist()
    chosen = far[0] if far else int(distances.argmax())
    _log.info("stranger %d of seed %d: distance %.2f", chosen, seed, distances[chosen])
    return sources.portrait_of(codes[chosen : chosen + 1].clone())


def strangeness(
    faces: Tensor, landmarks: Tensor, person: Tensor, own: Tensor, identity: IdentityFeatures
) -> Tensor:
    """Tell how far faces are from somebody.

    Args:
        faces: Pictures of strangers (B, 3, R, R) in [-1, 1].
        landmarks: Their landmarks (B, 98, 2) in pixels.
        person: A picture of somebody (1, 3, R, R).
        own: The landmarks of that one (1, 98, 2) in pixels.
        identity: What tells people apart.

    Returns:
        Distances (B,) in units of that between two of the strangers.
    """
    people = identity(faces, landmarks)
    unit = people.std(0).clamp_min(1e-6)
    off = (people - identity(person, own)) / unit
    distance: Tensor = off.norm(dim=1) / (2 * people.shape[1]) ** 0.5
    return distance


def _first_face(sources: Sources, clip: Clip) -> Picture:
    """The first frame of a clip that shows a face."""
    tracker, frames = sources.tracker(), 0
    for frame in clip.frames:
        if tracker.detect(frame.image):
            return frame.image
        frames += 1
    raise NoFaceError(clip.name, looked_at(frames, "largest", tracker))
