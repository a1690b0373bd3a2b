"""What drives: a clip, a picture or a motion template, made into one stream of observations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor

from d2animator.animate.landmarks import read_faces
from d2animator.animate.options import AnimateOptions
from d2animator.errors import NoFaceError
from d2animator.faces.choice import looked_at, parse_choice
from d2animator.faces.follow import FaceSource
from d2animator.faces.motion import (
    Observation,
    as_one_person,
    find_reference,
    held,
    smoothed,
)
from d2animator.faces.template import TEMPLATE_SUFFIX, MotionTemplate, read_template
from d2animator.media.clip import Clip, ClipSource, open_clip
from d2animator.media.files import check_readable
from d2animator.media.part import Part, part_of


@dataclass(frozen=True, eq=False)
class Tracked:
    """A driver whose motion is known already.

    Attributes:
        path: The file; times and sound come from it, its pictures are not looked at again.
        motion: What was found in it.
    """

    path: Path
    motion: MotionTemplate


DriverSource = ClipSource | MotionTemplate | Tracked
"""A video, picture or template file, pictures (H, W, 3) uint8, or a template."""


@dataclass(frozen=True, eq=False)
class Driver:
    """Whatever drives, opened.

    Attributes:
        clip: Gives frames, times and sound; of a template alone the times, but neither frames nor
            sound.
        template: The motion, where it is known already; the face was chosen when it was made.
    """

    clip: Clip
    template: MotionTemplate | None = None

    @property
    def is_still(self) -> bool:
        """Whether it is a single picture, which has nothing to be relative to."""
        return self.clip.frame_rate is None

    def observations(self, source: FaceSource, options: AnimateOptions) -> Iterator[Observation]:
        """Tell what the driver does, frame by frame.

        Args:
            source: Finds faces; one that has seen nothing of another clip.
            options: ``face`` and ``smooth`` matter here.

        Yields:
            Observations, smoothed if wanted; where there is no face the last one's landmarks are
            held.

        Raises:
            NoFaceError: A picture, or a clip that has come to its end, shows no face.
        """
        if self.template is not None:
            stream = self.template.observations()
        else:
            choice = parse_choice("face", options.face)
            frames = read_faces(self.clip, source, (choice,))
            stream = (records[0].observation() for records in frames)
        stream = self._showing(stream, options.face, source)
        return held(smoothed(stream) if options.smooth == "euro" else stream)

    def _showing(
        self, stream: Iterator[Observation], face: str, source: FaceSource
    ) -> Iterator[Observation]:
        """Pass a stream on; what never shows the face is told at its end, a picture at once."""
        shown, frames = False, 0
        for observation in stream:
            shown, frames = shown or observation.found, frames + 1
            if not shown and self.is_still:
                break
            yield observation
        if not shown:
            raise NoFaceError(self.clip.name, looked_at(frames, face, source))


def open_driver(driver: DriverSource, options: AnimateOptions) -> Driver:
    """Open whatever drives.

    Args:
        driver: A video, picture or template file, pictures as arrays, or a template.
        options: ``frame_rate`` is that of arrays.

    Raises:
        MediaError: The file can be read as none of them.
        ShapeError: An array is no picture.
    """
    part, track = options.part, options.audio_track
    if isinstance(driver, Tracked):
        clip = open_clip(driver.path, audio_track=track if options.audio == "driver" else None)
        return Driver(part_of(clip, part), _part_of_template(driver.motion, part))
    name = "<template>"
    if isinstance(driver, str | Path) and Path(driver).suffix.lower() == TEMPLATE_SUFFIX:
        name = str(driver)
        driver = read_template(check_readable(driver))
    if not isinstance(driver, MotionTemplate):
        own = track if options.audio == "driver" else None
        clip = open_clip(driver, options.frame_rate, audio_track=own)
        return Driver(part_of(clip, part))
    driver = _part_of_template(driver, part)
    return Driver(Clip(name, (), driver.frame_rate, driver.time_base, len(driver)), driver)


def _part_of_template(template: MotionTemplate, part: Part) -> MotionTemplate:
    if part.is_whole or template.frame_rate is None:
        return template
    cut = template.trimmed(part.start, part.end)
    if part.frames is None or part.frames >= len(cut):
        return cut
    return cut.trimmed(end=int(cut.times[part.frames]) * cut.tick)


def relative_to(
    driver: Driver, stream: Iterator[Observation], own: Tensor, options: AnimateOptions
) -> tuple[Tensor | None, Iterator[Observation]]:
    """Choose the frame that the driver's motion is relative to.

    Args:
        driver: The driver.
        stream: What it does.
        own: Normalised landmarks (P, 2) of the source.
        options: ``motion`` and ``reference_frame`` matter here.

    Returns:
        The reference's landmarks (P, 2), None for absolute motion; and the whole driver again, all
        people in it with the proportions of the reference's.

    Raises:
        NoFaceError: The wanted frame, or the whole driver, shows no face.
    """
    if options.motion == "absolute" or driver.is_still:
        return None, stream
    wanted = None if options.reference_frame == "auto" else options.reference_frame
    near = own.double().cpu().numpy()
    reference, read = find_reference(stream, wanted, near)
    if reference is None or reference.landmarks is None:
        raise _no_reference(driver.clip, len(read), wanted)
    one_person = as_one_person(chain(read, stream), reference, near)
    return torch.from_numpy(reference.landmarks).to(own), one_person


def _no_reference(clip: Clip, frames: int, wanted: int | None) -> NoFaceError:
    tried = f"frame {wanted} was asked for as the reference"
    if wanted is not None and wanted >= frames:
        reason = f"{tried}, the clip has {frames}; name an earlier one, or auto"
        return NoFaceError(clip.name, reason, wanted)
    return NoFaceError(clip.name, f"{tried}; name another one, or auto", wanted or 0)
