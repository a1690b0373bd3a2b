"""Keeps what is shown live as a video, marked and signed as every result."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from d2animator.faces.detector import Picture
from d2animator.marks.marker import Marker, origin_of
from d2animator.media.audio import AudioSource
from d2animator.media.codecs import VIDEO_SUFFIXES
from d2animator.media.files import check_writable
from d2animator.media.outputs import check_not_input
from d2animator.media.video import fitted
from d2animator.media.writer import VideoWriter

# Pictures come at any time, which is kept to the thousandth of a second; the rate is a guess.
_RATE, _TICK = Fraction(30), Fraction(1, 1000)
# A thorough encoder would take the time that drawing needs.
_CRF, _PRESET = 20, "veryfast"


class Recording:
    """Writes pictures with the times of their frames; see `d2animator.live.viewers.Viewer`.

    The file is there, whole, when it is closed.
    """

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        marker: Marker,
        inputs: tuple[Path, ...],
        clock: Callable[[], float] = time.monotonic,
        sound_from: Callable[[float], AudioSource | None] | None = None,
    ) -> None:
        """Name the file, which is begun with the first picture.

        Args:
            path: A video.
            size: Width and height that it keeps; pictures of others are fitted in.
            marker: Signs it; the pictures are marked where they come from.
            inputs: Files that are moved, the first one first.
            clock: When the frame of the picture that is shown was taken, in seconds.
            sound_from: Gives the sound from such a time on; None for a silent file.

        Raises:
            OutputError: It cannot be written, or is an input.
        """
        target = check_writable(path, VIDEO_SUFFIXES)
        check_not_input(target, inputs)
        origin = origin_of(inputs, marker, composite=True)

        def sign(hidden: Path, place: Path) -> None:
            marker.sign_file(hidden, place, origin)

        self._target, self._size, self._sign = target, size, sign
        self._clock, self._sound_from = clock, sound_from
        self._began, self._now = 0.0, Fraction(0)
        self._writer: VideoWriter | None = None

    def show(self, picture: Picture, line: str) -> None:
        """Write a picture."""
        del line
        if self._writer is None:
            self._began = self._clock()
            self._writer = self._opened(self._sound_from and self._sound_from(self._began))
        self._now = Fraction(self._clock() - self._began).limit_denominator(_TICK.denominator)
        same = picture.shape[1::-1] == self._size
        self._writer.write(picture if same else fitted(picture, self._size), self._now)

    def _opened(self, sound: AudioSource | None) -> VideoWriter:
        return VideoWriter(
            self._target,
            self._size,
            _RATE,
            time_base=_TICK,
            audio=sound,
            crf=_CRF,
            preset=_PRESET,
            finish=self._sign,
        )

    def pressed(self) -> list[str]:
        """Give none."""
        return []

    def close(self) -> None:
        """Finish and sign the file; there is none if nothing was shown."""
        if self._writer is not None:
            self._writer.close(sound_end=self._now)
