"""A camera, a session and a viewer at once: three threads, and nothing that queues.

camera → newest frame → watch → newest cue → draw → newest picture → whoever shows it

The next frame is watched while the last is drawn, and none is taken before there is room for what
comes of it. So a slow machine shows fewer frames, never older ones.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

from d2animator.errors import MediaError
from d2animator.faces.detector import Picture
from d2animator.live.newest import EndedError, Newest
from d2animator.live.session import Cue, Session
from d2animator.live.tally import Tally
from d2animator.media.camera import Camera
from d2animator.models.threads import given_threads, threads_each

# So long a camera may give nothing, and threads may take to end, in seconds.
_PATIENCE_S, _ENDING_S = 8.0, 2.0


class Loop:
    """Shows a session what a camera sees, as fast as the machine can; an iterator of pictures.

    Use it as a context manager: its threads end with the block, in which the session stays open.

    Attributes:
        tally: How it goes.
        taken: When the frame of the last picture was taken, by the monotonic clock.
    """

    def __init__(self, session: Session, camera: Camera, patience_s: float = _PATIENCE_S) -> None:
        """Take what is opened already.

        Args:
            session: Makes pictures of frames.
            camera: Gives frames.
            patience_s: Seconds that the camera may give nothing.
        """
        self.tally = Tally()
        self.taken = 0.0
        self._session, self._camera, self._patience_s = session, camera, patience_s
        self._frames: Newest[tuple[Picture, float]] = Newest()
        self._cues: Newest[tuple[Cue, float]] = Newest()
        self._pictures: Newest[tuple[Picture, float]] = Newest()
        self._threads = [
            threading.Thread(target=work, name=work.__name__.strip("_"), daemon=True)
            for work in (self._capture, self._watch, self._draw)
        ]
        # Watching and drawing compute at the same time, and share the processors.
        self._shared = threads_each(max(1, given_threads() // 2))

    def __enter__(self) -> Self:
        self._shared.__enter__()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the threads; one that waits for a dead camera is left alone."""
        self._end(None)
        for thread in self._threads:
            thread.join(_ENDING_S)
        self._shared.__exit__(None, None, None)

    def __iter__(self) -> Iterator[Picture]:
        """Yield pictures, RGB (H, W, 3), uint8, marked; those that come too fast are dropped.

        Raises:
            MediaError: The camera gives no more pictures; a file has none where it ends.
        """
        while True:
            try:
                picture, at = self._pictures.take()
            except EndedError:
                return
            self.tally.shown(at, time.monotonic())
            self.taken = at
            yield picture

    def _end(self, error: BaseException | None) -> None:
        for place in (self._frames, self._cues, self._pictures):
            place.end(error)

    def _capture(self) -> None:
        with _ending(self._frames):
            for picture in self._camera:
                if self._frames.ended:
                    return
                self.tally.seen()
                self._frames.put((picture, time.monotonic()))

    def _watch(self) -> None:
        with _ending(self._cues):
            while True:
                self._cues.wait_until_taken()
                try:
                    picture, at = self._frames.take(self._patience_s)
                except TimeoutError as error:
                    reason = f"gave no picture for {self._patience_s:g} s; see whether it is on"
                    raise MediaError(self._camera.name, reason) from error
                self._cues.put((self._session.watch(picture, at), at))

    def _draw(self) -> None:
        with _ending(self._pictures):
            while True:
                cue, at = self._cues.take()
                self._pictures.put((self._session.draw(cue), at))


@contextlib.contextmanager
def _ending(place: Newest[Any]) -> Iterator[None]:
    """Tell whoever waits at a place that nothing more will come, and why."""
    try:
        yield
    except BaseException as error:
        place.end(error)
    else:
        place.end()


def pictures(camera: Camera, session: Session) -> Iterator[Picture]:
    """Yield what a session makes of a camera's frames, and close the session at the end."""
    with session, Loop(session, camera) as loop:
        yield from loop
