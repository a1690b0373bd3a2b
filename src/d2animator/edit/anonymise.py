"""A person who does not exist, in somebody's place."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from pathlib import Path

import torch
from torch import Tensor

from d2animator.animate.animate import animate
from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import motion_of
from d2animator.animate.result import AnimationResult
from d2animator.errors import ConfigError, NoFaceError
from d2animator.faces.align import ffhq_crop
from d2animator.faces.choice import looked_at
from d2animator.faces.detector import Picture
from d2animator.faces.layouts import POINTS
from d2animator.faces.rest import Restfulness, at_rest
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
# So many are looked at until one is at rest, each corrected so often on the way there.
_TRIES, _CORRECTIONS = 3, 4


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
    known: object = seed
    if not isinstance(known, Integral) or not 0 <= int(known) < 2**63:
        raise ConfigError("seed", f"expected a whole number from 0 to 2^63 - 1, got {seed!r}")
    generator = sources.bundle.generator
    draw = torch.Generator().manual_seed(int(seed))
    z = torch.randn(_STRANGERS, generator.z_dim, generator=draw).to(sources.device)
    with torch.inference_mode():
        codes = generator.mapping(z, truncation_psi=TRUNCATION)
        chosen: Sequence[int] = range(_STRANGERS)
        if unlike is not None:
            chosen = _far_from(sources, codes, unlike, identity)
    return _restful(sources, [codes[index : index + 1].clone() for index in chosen])


def _far_from(
    sources: Sources, codes: Tensor, unlike: PictureLike, identity: IdentityFeatures
) -> Sequence[int]:
    """Tell which of some codes (B, L, D) draw no lookalike of somebody; the farthest if all do."""
    faces = sources.bundle.generator.synthesis(codes)
    size = faces.shape[-1]
    image, points = sources.face(unlike)
    crop = ffhq_crop(points, size)
    own = torch.from_numpy(crop.apply(points)).to(sources.device).unsqueeze(0)
    person = warp_tensor(image, crop, size).to(faces)
    landmarks = sources.tracker().landmarks_batch(faces)
    distances = strangeness(faces, landmarks, person, own, identity)
    _log.info("distances of strangers: %s", ", ".join(f"{value:.2f}" for value in distances))
    far: list[int] = (distances >= _LEAST_STRANGE).nonzero()[:, 0].tolist()
    return far or [int(distances.argmax())]


def _restful(sources: Sources, codes: Sequence[Tensor]) -> Portrait:
    """Draw the first of some codes (1, L, D) whose person is at rest, or can be brought there.

    Motion starts from there: whoever is drawn with shut eyes would never have any.
    """
    people = []
    for code in codes[:_TRIES]:
        person = neutral(sources, sources.portrait_of(code))
        if len(person.landmarks) != POINTS:  # what rest is, is known of this layout alone
            return person
        rest = Restfulness.of(person.landmarks.cpu())
        people.append((rest.amiss, person))
        if not rest.lacking:
            break
    return min(people, key=lambda pair: pair[0])[1]


def neutral(sources: Sources, person: Portrait) -> Portrait:
    """Bring a drawn person to rest: eyes open, lips closed, facing the front.

    Args:
        sources: Gives the networks.
        person: A person of a code.

    Returns:
        The person at rest, as far as the facial action network gets them there.
    """
    if len(person.landmarks) != POINTS:
        return person
    wanted = at_rest(person.landmarks)[None]
    delta = motion_of(sources, person, AnimateOptions(corrections=_CORRECTIONS))(wanted)
    return sources.portrait_of(person.moved(delta).clone())


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
