"""Keeps what is shown live as a video, marked and signed as every result."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

from d2animator.faces.detector import Picture
from d2animator.marks.marker import Marker, origin_of
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
    """Writes pictures with the times they were shown at; see `d2animator.live.viewers.Viewer`.

    The file is there, whole, when it is closed.
    """

    def __init__(
        self, path: str | Path, size: tuple[int, int], marker: Marker, inputs: tuple[Path, ...]
    ) -> None:
        """Open the file.

        Args:
            path: A video.
            size: Width and height that it keeps; pictures of others are fitted in.
            marker: Signs it; the pictures are marked where they come from.
            inputs: Files that are moved, the first one first.

        Raises:
            OutputError: It cannot be written, or is an input.
        """
        target = check_writable(path, VIDEO_SUFFIXES)
        check_not_input(target, inputs)
        origin = origin_of(inputs, marker, composite=True)

        def sign(hidden: Path, place: Path) -> None:
            marker.sign_file(hidden, place, origin)

        self._size, self._began = size, time.monotonic()
        self._writer = VideoWriter(
            target, size, _RATE, time_base=_TICK, crf=_CRF, preset=_PRESET, finish=sign
        )

    def show(self, picture: Picture, line: str) -> None:
        """Write a picture."""
        del line
        now = Fraction(time.monotonic() - self._began).limit_denominator(_TICK.denominator)
        same = picture.shape[1::-1] == self._size
        self._writer.write(picture if same else fitted(picture, self._size), now)

    def pressed(self) -> list[str]:
        """Give none."""
        return []

    def close(self) -> None:
        """Finish and sign the file; there is none if nothing was shown."""
        if self._writer.frames:
            self._writer.close()
        else:
            self._writer.abort()
