"""Video in and out, one frame at a time.

Time is counted exactly, in fractions of a second from the first frame that is shown. A clip at a
regular rate gets the exact times k / rate; any other keeps its own stamps.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from d2animator.errors import MediaError
from d2animator.media.audio import AudioSource, exact, find_sound
from d2animator.media.container import DECODER_ERRORS, media_errors, open_container
from d2animator.media.damage import Slots, decoded, frame_ranges
from d2animator.media.files import check_readable
from d2animator.media.limits import MAX_PIXELS, check_pixels
from d2animator.media.orientation import Matrix, matrix_of_angle, mirrored_matrix, turned
from d2animator.media.survey import picture_stream, survey_packets
from d2animator.media.timing import snap
from d2animator.media.tonemap import HLG, PQ, to_sdr

_log = logging.getLogger(__name__)

_UNSPECIFIED_COLOURS = 2
_HD_HEIGHT = 720
# Decoders that give a frame for each packet of a clip of full pictures.
_ONE_TO_ONE = ("h264", "hevc", "vp9", "libvpx-vp9", "av1", "libdav1d")
_NO_VIDEO = "is not a video, or is damaged or truncated"
# Pixels that are said to be longer than this are a mistake of the header's.
_LONGEST_PIXEL = 8


@dataclass(frozen=True)
class Frame:
    """One frame of a video.

    Attributes:
        index: Position, from 0.
        time: Seconds from the first frame.
        image: RGB picture as it should be seen (rotation and shape of pixels obeyed), (H, W, 3)
            uint8.
        damaged: Whether it could not be decoded; its picture is the one before it then.
    """

    index: int
    time: Fraction
    image: NDArray[np.uint8]
    damaged: bool = False


class VideoReader:
    """Frames of a video file, streamed in bounded memory.

    Opening it passes over the packets once without decoding: a missing end is noticed, and the
    exact rate known, before any heavy work. It may be iterated any number of times. All frames have
    the size of the first: one of another size is fitted into it, on black. What cannot be decoded
    keeps its time and shows the picture before it.

    Attributes:
        path: The file.
        frame_rate: Frames a second, exact (30000/1001); the mean rate when it varies.
        constant_rate: Whether frames come at that rate throughout.
        frame_count_hint: Number of frames to expect.
        time_base: Tick that all frame times are multiples of, in seconds.
        size: (width, height) in pixels as shown, after rotation, with square pixels.
        audio: Where its sound is, None for a silent clip.
        missing: Seconds by which it ends before its file says that it does; 0 if it is whole.
        damaged: Indices of the frames that could not be decoded, known after an iteration.
    """

    def __init__(self, path: str | Path, audio_track: int | None = None) -> None:
        """Open a video.

        Args:
            path: A file in a usual container: MP4, MOV, MKV, WebM, AVI, MPEG, WMV, GIF and others.
            audio_track: Which of its sounds, from 0; None for the one marked as default.

        Raises:
            MediaError: No such file, a folder, empty, not a video, sound only, truncated, without
                frames, or without such a track.
        """
        self.path = check_readable(path)
        self._current: InputContainer | None = None
        self.size = (0, 0)  # until the first frame tells
        self.damaged: tuple[int, ...] = ()
        with _opened(self.path) as container, media_errors(self.path, _NO_VIDEO):
            self._set_up(container)
            track = find_sound(self.path, container, audio_track)
        self.audio = None if track is None else AudioSource(self.path, self._start, track)
        first = next(iter(self))
        self.size = (first.image.shape[1], first.image.shape[0])

    def _set_up(self, container: InputContainer) -> None:
        stream = picture_stream(self.path, container)
        self._pixel = _pixel_shape(self.path, stream)
        mp4 = container.format.name.startswith("mov")
        self._mirrored = mirrored_matrix(self.path, stream.id) if mp4 else None
        survey = survey_packets(self.path, container)
        self._start, self._grid, self._stamps = survey.start, survey.grid, survey.stamps
        self._tick, self._sound, self._broken = survey.time_base, survey.sound, survey.broken
        self.missing = survey.missing
        self._exact = survey.grid is not None and stream.codec_context.name in _ONE_TO_ONE
        self.frame_rate, self.frame_count_hint = survey.rate, survey.count
        self.constant_rate = survey.grid is not None
        self.time_base = 1 / survey.grid if survey.grid else survey.time_base

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
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
            MediaError: Not one of them can be decoded.
        """
        damaged, index, time = [], -1, None
        for stamp, image, sound in self._pictures():
            index, time = index + 1, self._time(stamp, time)
            if not sound:
                damaged.append(index)
            yield Frame(index, time, image, not sound)
        if index < 0:
            raise MediaError(self.path, "has no frames that can be decoded")
        self._tell(tuple(damaged))

    def _frames(self) -> Iterator[av.VideoFrame | None]:
        """Yield the frames, None for one that is lost.

        Several are decoded at once for speed. In a damaged file more would be lost so, how many
        depends on the machine: behind the first damage it is read again, one by one.
        """
        last, missing = None, self.frame_count_hint
        for frame in self._decoded_by("AUTO") if self._sound else (None,):
            if frame is None:
                break
            missing -= 1
            last = frame.pts
            self._exact = self._exact and not frame.interlaced_frame
            yield frame
        else:
            if not self._exact or missing <= 0:
                return
        for frame in self._decoded_by("SLICE"):
            stamp = None if frame is None else frame.pts
            if stamp is None or last is None or stamp > last:
                yield frame

    def _decoded_by(self, threads: str) -> Iterator[av.VideoFrame | None]:
        self.close()
        self._current = container = open_container(self.path, _NO_VIDEO)
        try:
            stream = picture_stream(self.path, container)
            stream.thread_type = threads
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            yield from decoded(container, stream)
        finally:
            container.close()

    def _pictures(self) -> Iterator[tuple[int | None, NDArray[np.uint8], bool]]:
        """Yield (stamp in ticks, picture, whether it was decoded), one for each frame."""
        slots, size = Slots(self._stamps, self._exact), (0, 0)
        last: NDArray[np.uint8] | None = None
        missing: list[int | None] = []
        for frame in self._frames():
            if frame is None:
                slots.lose()
                continue
            if last is not None and size != (frame.width, frame.height):
                slots.lose()  # some decoders drop what they hold when the size changes
            size = frame.width, frame.height
            missing += slots.before(frame.pts)
            image = self._decoded(frame, last)
            shown = image if last is None else last
            if shown is not None:
                yield from ((stamp, shown, False) for stamp in missing)
                missing = []
            if image is None:
                missing.append(frame.pts)
                continue
            yield frame.pts, image, image is not last and not self._is_broken(frame)
            last = image
        if last is not None:
            for stamp in (*missing, *slots.rest()):
                yield stamp, last, False

    def _decoded(
        self, frame: av.VideoFrame, last: NDArray[np.uint8] | None
    ) -> NDArray[np.uint8] | None:
        """Give a frame's picture, the one before it where it is damaged; None without either."""
        check_pixels(self.path, *_shown_size(frame, self._pixel))
        if last is not None and self._is_broken(frame):
            return last
        try:
            matrix = self._mirrored or matrix_of_angle(frame.rotation)
            image = _as_shown(frame, self._pixel, matrix)
        except DECODER_ERRORS:
            return last
        fits = self.size in ((0, 0), (image.shape[1], image.shape[0]))
        return image if fits else fitted(image, self.size)

    def _is_broken(self, frame: av.VideoFrame) -> bool:
        return frame.is_corrupt or frame.pts in self._broken

    def _time(self, stamp: int | None, last: Fraction | None) -> Fraction:
        """Seconds from the first shown frame; one step on where a stamp is missing or repeated."""
        step_on = Fraction(0) if last is None else last + 1 / self.frame_rate
        if stamp is None:
            return step_on
        time = max(stamp * self._tick - self._start, Fraction(0))
        time = snap(time, self._grid) if self._grid else time
        return step_on if last is not None and time <= last else time

    def _tell(self, damaged: tuple[int, ...]) -> None:
        """Note which frames were damaged, and say so once."""
        if damaged and not self.damaged:
            what = "frames that are damaged and hold the picture before them"
            after = "others may be smeared up to the next key frame"
            _log.warning("%s: %s: %s; %s", self.path, what, frame_ranges(damaged), after)
        self.damaged = damaged


def _opened(path: Path) -> InputContainer:
    try:
        return open_container(path, _NO_VIDEO)
    except MediaError as error:
        with path.open("rb") as file:
            mp4 = file.read(8)[4:] == b"ftyp"
        if not mp4 or error.reason != _NO_VIDEO:
            raise
        reason = (
            "is damaged or truncated: the index of an MP4 file, often its last part, is missing"
        )
        raise MediaError(path, f"{reason}; copy it again") from error


def fitted(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Fit a picture into another size, its shape kept, on black.

    Args:
        image: RGB (H, W, 3), uint8.
        size: (width, height) of the result.
    """
    scale = min(size[0] / image.shape[1], size[1] / image.shape[0])
    width = max(1, min(size[0], round(image.shape[1] * scale)))
    height = max(1, min(size[1], round(image.shape[0] * scale)))
    small = Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)
    whole = Image.new("RGB", size)
    whole.paste(small, ((size[0] - width) // 2, (size[1] - height) // 2))
    return np.array(whole, dtype=np.uint8)


def _pixel_shape(path: Path, stream: VideoStream) -> Fraction:
    """Width of a stream's pixels in their height; 1 where it says nothing that can be."""
    shape = exact(stream.sample_aspect_ratio)
    if shape <= 0 or Fraction(1, _LONGEST_PIXEL) <= shape <= _LONGEST_PIXEL:
        return shape if shape > 0 else Fraction(1)
    _log.warning("%s: pixels of %s are taken for square ones", path, shape)
    return Fraction(1)


def _shown_size(frame: av.VideoFrame, pixel: Fraction) -> tuple[int, int]:
    """Width and height of a frame when its pixels have become square."""
    wider = pixel > 1
    width = round(frame.width * pixel) if wider else frame.width
    return width, frame.height if wider else round(frame.height / pixel)


def _as_shown(frame: av.VideoFrame, pixel: Fraction, matrix: Matrix) -> NDArray[np.uint8]:
    """Decode to RGB, (H, W, 3) uint8, with square pixels, turned and mirrored as the file asks.

    The side that has to grow does, none shrinks (as the HTML standard asks of browsers). Ten and
    more bits become eight; high dynamic range is mapped, see `d2animator.media.tonemap`.
    """
    shape: dict[str, Any] = {}
    if pixel != 1:
        width, height = _shown_size(frame, pixel)
        shape = {"width": width, "height": height, "interpolation": "BICUBIC"}
    transfer = int(getattr(frame, "color_trc", 0))
    if transfer in (PQ, HLG):
        codes = np.asarray(frame.reformat(format="rgb48le", **shape).to_ndarray(), np.uint16)
        return turned(to_sdr(codes, transfer), matrix)
    unmarked_hd = frame.colorspace == _UNSPECIFIED_COLOURS and frame.height >= _HD_HEIGHT
    source = "ITU709" if unmarked_hd else None  # what players assume, libav does not
    rgb = frame.reformat(format="rgb24", src_colorspace=source, **shape).to_ndarray()
    return turned(np.asarray(rgb, dtype=np.uint8), matrix)
