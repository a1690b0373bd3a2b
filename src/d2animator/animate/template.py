"""Motion templates: taken from a clip, and written to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from d2animator import __version__
from d2animator.animate.landmarks import read_faces
from d2animator.errors import NoFaceError
from d2animator.faces.choice import looked_at, parse_choice
from d2animator.faces.detector import Detector
from d2animator.faces.template import TEMPLATE_SUFFIX, MotionTemplate
from d2animator.media.clip import Clip
from d2animator.media.files import atomic_target, check_writable
from d2animator.progress import Progress


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
            raise NoFaceError(clip.name, looked_at(len(frames), face, source))
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
