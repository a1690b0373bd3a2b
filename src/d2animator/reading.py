"""Landmarks of whole pictures and clips, by any detector: as records, and as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from d2animator.faces.detect import Detector
from d2animator.faces.records import LandmarkRecord, to_json
from d2animator.media.clip import Clip, ClipSource, open_clip
from d2animator.media.files import atomic_target, check_writable

Progress = Callable[[int, int | None], None]


def read_clip(
    clip: Clip, detector: Detector, progress: Progress | None = None
) -> Iterator[LandmarkRecord]:
    """Follow the face of a clip.

    Args:
        clip: Its frames are read as far as records are taken.
        detector: One that has seen nothing of another clip.
        progress: Called with the number of frames done and to expect (None for unknown).

    Yields:
        One record a frame, in order.
    """
    for done, frame in enumerate(clip.frames, start=1):
        face = detector.track(frame.image)
        found = (face.box, face.landmarks) if face.found else (None, None)
        yield LandmarkRecord(frame.index, frame.time, face.found, *found)
        if progress is not None:
            progress(done, clip.count)


def find_landmarks(
    detector: Detector,
    source: ClipSource,
    output: str | Path | None = None,
    progress: Progress | None = None,
) -> tuple[LandmarkRecord, ...]:
    """Find the landmarks of every frame.

    Args:
        detector: Any; what it has seen before plays no part.
        source: A video or picture file, a picture (H, W, 3) uint8, or an iterable of pictures.
        output: A .json file to write as well, None for none.
        progress: Called with the number of frames done and to expect (None for unknown).

    Returns:
        One record a frame, in order.

    Raises:
        MediaError: The input cannot be read.
        OutputError: The target cannot be written.
    """
    target = None if output is None else check_writable(output, (".json",))
    clip = open_clip(source)
    records = tuple(read_clip(clip, detector.fresh(), progress))
    if target is not None:
        rate = clip.frame_rate and f"{clip.frame_rate.numerator}/{clip.frame_rate.denominator}"
        head = {"layout": detector.layout.name, "input": Path(clip.name).name, "fps": rate}
        with atomic_target(target) as hidden:
            hidden.write_text(to_json(head, records), encoding="utf-8")
    return records
