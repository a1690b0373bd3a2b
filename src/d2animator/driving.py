"""What drives: a clip, a picture or a motion template, made into one stream of observations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from d2animator import __version__
from d2animator.errors import NoFaceError
from d2animator.faces.choice import parse_choice
from d2animator.faces.detector import Detector
from d2animator.faces.follow import FaceSource
from d2animator.faces.motion import (
    Observation,
    as_one_person,
    find_reference,
    held,
    smoothed,
)
from d2animator.faces.span import MotionRange, within
from d2animator.faces.template import TEMPLATE_SUFFIX, MotionTemplate, read_template
from d2animator.media.clip import Clip, ClipSource, open_clip
from d2animator.media.files import atomic_target, check_readable, check_writable
from d2animator.portrait import AnimateOptions
from d2animator.reading import Progress, read_faces


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


def open_driver(
    driver: DriverSource, options: AnimateOptions
) -> tuple[Clip, MotionTemplate | None]:
    """Open whatever drives.

    Args:
        driver: A video, picture or template file, pictures as arrays, or a template.
        options: ``frame_rate`` is that of arrays.

    Returns:
        The clip; and, where the motion comes from a template, that. Of a template alone, the clip
        has the times but neither frames nor sound.

    Raises:
        MediaError: The file can be read as none of them.
        ShapeError: An array is no picture.
    """
    if isinstance(driver, Tracked):
        return open_clip(driver.path), driver.motion
    name = "<template>"
    if isinstance(driver, str | Path) and Path(driver).suffix.lower() == TEMPLATE_SUFFIX:
        name = str(driver)
        driver = read_template(check_readable(driver))
    if not isinstance(driver, MotionTemplate):
        return open_clip(driver, options.frame_rate), None
    clip = Clip(name, (), driver.frame_rate, driver.time_base, len(driver))
    return clip, driver


def observe(
    clip: Clip, template: MotionTemplate | None, source: FaceSource, options: AnimateOptions
) -> Iterator[Observation]:
    """Tell what a driver does, frame by frame.

    Args:
        clip: See `open_driver`.
        template: See `open_driver`; the face was chosen when it was made.
        source: Finds faces.
        options: ``face`` and ``smooth`` matter here.

    Yields:
        Observations, smoothed if wanted; where there is no face the last one's landmarks are held.
    """
    if template is not None:
        stream = template.observations()
    else:
        choice = parse_choice("face", options.face)
        stream = (found[0].observation() for found in read_faces(clip, source, (choice,)))
    return held(smoothed(stream) if options.smooth == "euro" else stream)


def made_relative(
    stream: Iterator[Observation], own: Tensor, options: AnimateOptions, clip: Clip
) -> tuple[Tensor | None, Iterator[Observation]]:
    """Choose the frame that the driver's motion is relative to.

    Args:
        stream: The driver.
        own: Normalised landmarks (P, 2) of the source.
        options: ``motion`` and ``reference_frame`` matter here.
        clip: The driver.

    Returns:
        The reference's landmarks (P, 2), None for absolute motion; and the whole driver again, all
        people in it with the proportions of the reference's.

    Raises:
        NoFaceError: The wanted frame, or the whole driver, shows no face.
    """
    if options.motion == "absolute" or clip.frame_rate is None:
        return None, stream
    wanted = None if options.reference_frame == "auto" else options.reference_frame
    near = own.double().cpu().numpy()
    reference, read = find_reference(stream, wanted, near)
    if reference is None or reference.landmarks is None:
        if wanted is not None:
            tried = f"frame {wanted} was asked for as the reference; name another one, or auto"
            raise NoFaceError(clip.name, tried, wanted)
        raise NoFaceError(clip.name, looked_at(len(read), options.face))
    one_person = as_one_person(chain(read, stream), reference, near)
    return torch.from_numpy(reference.landmarks).to(own), one_person


def kept_within(
    stream: Iterator[Observation], span: MotionRange | None, rest: Tensor
) -> Iterator[Observation]:
    """Keep motions within what the network knows, see `within`; all of them without a range."""
    if span is None:
        return stream
    return within(stream, span, rest.double().cpu().numpy().astype(np.float64))


def looked_at(frames: int, face: str) -> str:
    """Say for an error how a face was looked for in vain."""
    chosen = "" if face == "largest" else f" for face {face}"
    return f"looked at all {frames} frames{chosen}"


def take_motions(
    clip: Clip,
    source: Detector,
    faces: Sequence[str],
    progress: Progress | None = None,
) -> tuple[MotionTemplate, ...]:
    """Make a motion template of each of some faces of a clip, in one go through it.

    Args:
        clip: The frames.
        source: Finds faces.
        faces: Which faces, as in ``AnimateOptions.face``.
        progress: Called with the number of frames done and to expect.

    Returns:
        One template for each, in their order.

    Raises:
        NoFaceError: One of the faces is nowhere.
    """
    choices = [parse_choice("face", face) for face in faces]
    frames = list(read_faces(clip, source, choices, progress))
    for face, records in zip(faces, zip(*frames, strict=True), strict=True):
        if not any(record.found for record in records):
            raise NoFaceError(clip.name, looked_at(len(frames), face))
    return tuple(
        MotionTemplate.of_records(
            records, clip.name, clip.frame_rate, clip.time_base, source.layout.name
        )
        for records in zip(*frames, strict=True)
    )


def write_template(path: str | Path, template: MotionTemplate) -> Path:
    """Write a motion template, whole or not at all.

    Args:
        path: Target, .safetensors.
        template: What to write.

    Raises:
        OutputError: It cannot be written.
    """
    target = check_writable(path, (TEMPLATE_SUFFIX,))
    with atomic_target(target) as hidden:
        hidden.write_bytes(template.to_bytes(f"d2animator {__version__}"))
    return target
