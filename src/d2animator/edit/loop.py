"""A clip of an edit: the photo goes to it, stays a while, and comes back, ready to be repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import prepared, retarget_options
from d2animator.animate.result import AnimationResult
from d2animator.animate.run import open_run
from d2animator.errors import ConfigError
from d2animator.faces.motion import Observation
from d2animator.invert.sources import Source, Sources
from d2animator.media.clip import Clip
from d2animator.media.images import Picture
from d2animator.performers.photo.edits import named_target
from d2animator.performers.photo.photo import Photo, Photographed
from d2animator.performers.photo.target import at_rest, interpolated
from d2animator.progress import Progress

LONGEST_S = 60.0
"""Longest clip, in seconds."""

# Of the whole time: going there, and staying; coming back takes as long as going.
_GO, _STAY = 0.3, 0.3


def loop_edit(
    sources: Sources,
    source: Source,
    amounts: Mapping[str, float],
    output: str | Path | None,
    seconds: float = 3.0,
    options: AnimateOptions | None = None,
    progress: Progress | None = None,
) -> AnimationResult:
    """Make a clip in which a photo goes to an edit of it and back.

    Args:
        sources: Prepares the photo.
        source: A picture, or the photo that was prepared of one.
        amounts: Changes by name, see `d2animator.animator.D2Animator.edit`.
        output: A video, an animation or a pattern; None to keep the pictures in the result.
        seconds: How long it takes, up to `LONGEST_S`.
        options: ``size``, ``paste_back``, ``limit_motion``, ``frame_rate``, ``crf`` and ``codec``
            matter here.
        progress: Called with the number of frames done and of all.

    Raises:
        ConfigError: An unknown name, a value out of range, or a source that was prepared for the
            generator.
        MediaError: The source is no picture.
        NoFaceError: It shows no face.
        OutputError: The target cannot be written.
    """
    if not 0 < seconds <= LONGEST_S:
        raise ConfigError("seconds", f"expected more than 0, up to {LONGEST_S:g}, got {seconds:g}")
    options = options or AnimateOptions()
    rate = options.frame_rate
    shares = there_and_back(max(2, round(seconds * rate)))
    clip = Clip("<edit>", (), rate, 1 / rate, len(shares))
    run = open_run(clip, output, options, sources, progress, source)
    photo = prepared(sources, source, replace(options, renderer="photo"), progress)
    if not isinstance(photo, Photo):
        raise ConfigError("source", "was prepared for the generator; prepare it for photo")
    how = retarget_options(options, relative=True)
    start = at_rest(photo.subject.fit)
    end = named_target(photo.subject, amounts, relative=True, options=how)
    performer = Photographed(photo, crop=options.paste_back is False)

    def frames() -> Iterator[tuple[Observation, Picture]]:
        for index, share in enumerate(shares):
            target = interpolated(start, end, float(share))
            picture = performer.show(performer.draw([target]), [target])[0]
            time = Fraction(index) / rate
            yield Observation(index, time, None, True, limited=target.bounded), picture

    return run.delivery.take(frames(), performer.size, composite=True)


def there_and_back(count: int) -> NDArray[np.float64]:
    """Tell how far to go in each of a number of frames (B,): softly from 0 to 1, and back.

    The frame after the last would be the first one again.
    """
    time = np.arange(count) / count
    way = np.clip(np.minimum(time / _GO, (1 - time) / (1 - _GO - _STAY)), 0, 1)
    return np.asarray(way * way * (3 - 2 * way))
