"""Landmarks of whole pictures and clips, by any detector: as records, and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from d2animator.faces.choice import LARGEST, FaceChoice, parse_choice
from d2animator.faces.detector import Detector, TellsOutline
from d2animator.faces.follow import FaceFollower, FaceSource
from d2animator.faces.records import LandmarkRecord, to_json
from d2animator.media.clip import Clip, ClipSource, open_clip
from d2animator.media.files import atomic_target, check_writable
from d2animator.progress import Progress


def read_faces(
    clip: Clip,
    detector: FaceSource,
    choices: Sequence[FaceChoice] = (LARGEST,),
    progress: Progress | None = None,
) -> Iterator[tuple[LandmarkRecord, ...]]:
    """Follow faces through a clip.

    Args:
        clip: Its frames are read as far as records are taken.
        detector: One that has seen nothing of another clip.
        choices: Which faces.
        progress: Called with the number of frames done and to expect (None for unknown).

    Yields:
        For every frame one record for each of the choices, in their order.
    """
    follower = FaceFollower(detector, choices)
    for done, frame in enumerate(clip.frames, start=1):
        records = []
        for seen in follower.step(frame.image, frame.time):
            face = seen.face
            box, points = (face.box, face.landmarks) if face.found else (None, None)
            about = (face.found, box, points, seen.person, seen.cut, frame.damaged)
            records.append(LandmarkRecord(frame.index, frame.time, *about))
        yield tuple(records)
        if progress is not None:
            progress(done, clip.count)


def find_landmarks(
    detector: Detector,
    source: ClipSource,
    output: str | Path | None = None,
    progress: Progress | None = None,
    *,
    face: str = "largest",
) -> tuple[LandmarkRecord, ...]:
    """Find the landmarks of every frame.

    Args:
        detector: Any; what it has seen before plays no part.
        source: A video or picture file, a picture (H, W, 3) uint8, or an iterable of pictures.
        output: A .json file to write as well, None for none.
        progress: Called with the number of frames done and to expect (None for unknown).
        face: Which face to follow: "largest", an index from the left, or "x,y,width,height".

    Returns:
        One record a frame, in order.

    Raises:
        MediaError: The input cannot be read.
        OutputError: The target cannot be written.
        ConfigError: No such choice of a face.
    """
    choice = parse_choice("face", face)
    target = None if output is None else check_writable(output, (".json",))
    clip = open_clip(source)
    frames = read_faces(clip, detector.fresh(), (choice,), progress)
    records = with_outlines(tuple(found[0] for found in frames), detector)
    if target is not None:
        rate = clip.frame_rate and f"{clip.frame_rate.numerator}/{clip.frame_rate.denominator}"
        head = {"layout": detector.layout.name, "input": Path(clip.name).name, "fps": rate}
        with atomic_target(target) as hidden:
            hidden.write_text(to_json(head, records), encoding="utf-8")
    return records


def with_outlines(
    records: Sequence[LandmarkRecord], detector: Detector
) -> tuple[LandmarkRecord, ...]:
    """Add the visible contours to records, where the detector tells them."""
    points = [record.points for record in records if record.points is not None]
    if not points or not isinstance(detector, TellsOutline):
        return tuple(records)
    outlines = detector.outlines(np.stack(points))
    if outlines is None:
        return tuple(records)
    told = iter(outlines)
    return tuple(
        record if record.points is None else replace(record, outline=next(told))
        for record in records
    )
