"""Who is before a camera, before anything moves."""

from __future__ import annotations

from collections.abc import Iterator

from d2animator.faces.detector import Picture
from d2animator.faces.follow import FaceSource
from d2animator.media.camera import Camera

# Frames to wait for a face in: five seconds of a usual camera.
_MOST_FRAMES = 150


class _Resumed:
    """A camera that some frames were taken from."""

    def __init__(self, name: str, frames: Iterator[Picture]) -> None:
        self.name, self._frames = name, frames

    def __iter__(self) -> Iterator[Picture]:
        yield from self._frames


def first_seen(source: FaceSource, camera: Camera) -> tuple[Picture | None, Camera]:
    """Wait for somebody.

    Args:
        source: Finds faces.
        camera: Where to look.

    Returns:
        The first frame (H, W, 3) with a face, None if nobody came in time; and the camera, to be
        used instead from now on.

    Raises:
        MediaError: The camera gives no more pictures.
    """
    frames = iter(camera)
    seen = None
    for index, frame in enumerate(frames):
        if source.detect(frame):
            seen = frame
            break
        if index + 1 == _MOST_FRAMES:
            break
    return seen, _Resumed(camera.name, frames)
