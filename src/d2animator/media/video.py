"""Video in and out, one frame at a time.

Time is counted exactly, in fractions of a second from the first frame that is shown. A clip at a
regular rate gets the exact times k / rate; any other keeps its own stamps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.buffer import Buffer
from av.container import InputContainer
from numpy.typing import NDArray

from d2animator.errors import MediaError
from d2animator.media.audio import AudioSource, exact
from d2animator.media.files import check_readable
from d2animator.media.survey import picture_stream, survey_packets
from d2animator.media.timing import snap
from d2animator.media.tonemap import HLG, PQ, to_sdr

_UNSPECIFIED_COLOURS = 2
_HD_HEIGHT = 720


@dataclass(frozen=True)
class Frame:
    """One frame of a video.

    Attributes:
        index: Position, from 0.
        time: Seconds from the first frame.
        image: RGB picture as it should be seen (rotation obeyed), (H, W, 3) uint8.
    """

    index: int
    time: Fraction
    image: NDArray[np.uint8]


class VideoReader:
    """Frames of a video file, streamed in bounded memory.

    Opening it passes over the packets once without decoding: damage is noticed, and the exact
    rate known, before any heavy work. It may be iterated any number of times.

    Attributes:
        path: The file.
        frame_rate: Frames a second, exact (30000/1001); the mean rate when it varies.
        constant_rate: Whether frames come at that rate throughout.
        frame_count_hint: Number of frames to expect.
        time_base: Tick that all frame times are multiples of, in seconds.
        size: (width, height) in pixels as shown, after rotation.
        audio: Where its sound is, None for a silent clip.
    """

    def __init__(self, path: str | Path) -> None:
        """Open a video.

        Args:
            path: A file in any format that libav reads.

        Raises:
            MediaError: No such file, a folder, empty, not a video, sound only, truncated, or
                without frames.
        """
        self.path = check_readable(path)
        self._current: InputContainer | None = None
        with _open(self.path) as container:
            survey = survey_packets(self.path, container)
            has_sound = bool(container.streams.audio)
        self._start, self._grid = survey.start, survey.grid
        self.frame_rate, self.frame_count_hint = survey.rate, survey.count
        self.constant_rate = survey.grid is not None
        self.time_base = 1 / survey.grid if survey.grid else survey.time_base
        self.audio = AudioSource(self.path, survey.start) if has_sound else None
        first = next(iter(self))
        self.size = (first.image.shape[1], first.image.shape[0])

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; an iteration under way ends."""
        if self._current is not None:
            self._current.close()
            self._current = None

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames from the start.

        Raises:
            MediaError: The stream is damaged; the message names the frame reached.
        """
        self.close()
        self._current = container = _open(self.path)
        stream = picture_stream(self.path, container)
        stream.thread_type = "AUTO"
        index, time = -1, Fraction(0)
        try:
            for frame in container.decode(stream):
                index, time = index + 1, self._time(frame, time if index >= 0 else None)
                yield Frame(index, time, _as_shown(frame))
        except (av.error.FFmpegError, OSError) as error:
            reason = f"is damaged or truncated: frame {index + 1} cannot be decoded"
            raise MediaError(self.path, reason) from error
        finally:
            container.close()
        if index < 0:
            raise MediaError(self.path, "has no frames that can be decoded")

    def _time(self, frame: av.VideoFrame, last: Fraction | None) -> Fraction:
        """Seconds from the first shown frame; one step on where a stamp is missing or repeated."""
        step_on = Fraction(0) if last is None else last + 1 / self.frame_rate
        if frame.pts is None:
            return step_on
        time = max(frame.pts * exact(frame.time_base) - self._start, Fraction(0))
        time = snap(time, self._grid) if self._grid else time
        return step_on if last is not None and time <= last else time


def _open(path: Path) -> InputContainer:
    try:
        return av.open(str(path))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MediaError(path, "is not a video, or is damaged or truncated") from error


def _as_shown(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Decode to RGB, (H, W, 3) uint8, turned and mirrored as the file asks.

    Ten and more bits become eight; high dynamic range is mapped, see `d2animator.media.tonemap`.
    """
    transfer = int(getattr(frame, "color_trc", 0))
    if transfer in (PQ, HLG):
        codes = np.asarray(frame.reformat(format="rgb48le").to_ndarray(), np.uint16)
        return _upright(frame, to_sdr(codes, transfer))
    unmarked_hd = frame.colorspace == _UNSPECIFIED_COLOURS and frame.height >= _HD_HEIGHT
    source = "ITU709" if unmarked_hd else None  # what players assume, libav does not
    rgb = frame.reformat(format="rgb24", src_colorspace=source).to_ndarray()
    return _upright(frame, np.asarray(rgb, dtype=np.uint8))


def _upright(frame: av.VideoFrame, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn and mirror a picture as its frame asks."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if isinstance(matrix, Buffer):
        image = _turned(image, np.frombuffer(bytes(matrix), dtype=np.int32))
    return np.ascontiguousarray(image)


def _turned(image: NDArray[np.uint8], matrix: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Apply a display matrix [[a, b, u], [c, d, v], [x, y, w]] to a picture (H, W, 3).

    A point (x, y) goes to (a·x + c·y, b·x + d·y): only the signs of the rounded entries matter,
    as pictures turn in quarters.
    """
    a, b, c, d = (float(matrix[place]) for place in (0, 1, 3, 4))
    if abs(b) + abs(c) > abs(a) + abs(d):
        image = image.transpose(1, 0, 2)  # new x from old y
        flip_x, flip_y = c < 0, b < 0
    else:
        flip_x, flip_y = a < 0, d < 0
    image = image[:, ::-1] if flip_x else image
    return image[::-1] if flip_y else image
