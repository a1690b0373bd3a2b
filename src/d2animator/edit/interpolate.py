"""In between: from one pose and expression to another (paper, section 4.5)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import motion_of, prepared
from d2animator.edit.photo import interpolated_pictures
from d2animator.errors import ConfigError
from d2animator.faces.align import normalise_landmarks
from d2animator.invert.sources import Source, Sources
from d2animator.media.pictures import PictureLike
from d2animator.performers.canvas import make_canvas
from d2animator.performers.photo.photo import Photo

EASINGS: dict[str, Callable[[float], float]] = {
    "linear": lambda t: t,
    "in": lambda t: t * t,
    "out": lambda t: t * (2 - t),
    "in-out": lambda t: t * t * (3 - 2 * t),
}
"""Ways to go from 0 to 1: evenly, gathering speed, slowing down, or both."""

# All pictures are in memory at once.
_MOST_FRAMES = 10_000


def interpolate(
    sources: Sources,
    source: Source,
    target: PictureLike,
    frames: int,
    easing: str | Callable[[float], float],
    options: AnimateOptions,
) -> NDArray[np.uint8]:
    """See `d2animator.animator.D2Animator.interpolate`."""
    if not 1 <= frames <= _MOST_FRAMES:
        raise ConfigError("frames", f"expected 1 to {_MOST_FRAMES}, got {frames:.6g}")
    if isinstance(easing, str) and easing not in EASINGS:
        raise ConfigError("easing", f"expected one of {', '.join(EASINGS)}, got {easing!r}")
    ease = EASINGS[easing] if isinstance(easing, str) else easing
    _, points = sources.face(target)
    shares = np.array([ease(float(t)) for t in np.linspace(0, 1, frames)])
    portrait = prepared(sources, source, options)
    mark = sources.marker.mark
    if isinstance(portrait, Photo):
        pictures = interpolated_pictures(portrait, points, shares, options)
        return np.stack([mark(picture) for picture in pictures])
    read_landmarks = sources.tracker().landmarks_batch
    canvas = make_canvas(portrait, options.paste_back, options.size, read_landmarks)
    landmarks = torch.from_numpy(normalise_landmarks(points)).to(portrait.landmarks)
    motion = motion_of(sources, portrait, options)
    delta = motion(landmarks.unsqueeze(0))
    steps = torch.tensor(shares.tolist(), device=sources.device).view(-1, 1, 1).to(delta)
    batches = torch.split(steps, options.batch_size)
    drawn = (canvas.show(portrait.render(step * delta)) for step in batches)
    return np.stack([mark(picture) for pictures in drawn for picture in pictures])
