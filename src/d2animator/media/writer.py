"""Writing video with sound, whole or not at all."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from d2animator.errors import OutputError, check_shape
from d2animator.media.audio import AudioFeed, AudioSource
from d2animator.media.codecs import AUTO, VIDEO_SUFFIXES, Encoder, find_encoder, fitting_codec
from d2animator.media.container import file_address
from d2animator.media.files import check_writable
from d2animator.media.images import on_white, with_alpha
from d2animator.media.pending import Finish, Pending

_FORMATS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
}
_MATROSKA = ("matroska", "webm")
# Finer ticks than a microsecond overflow players' counters, coarser than a millisecond lose time.
_FINEST, _COARSEST, _USUAL = Fraction(1, 1_000_000), Fraction(1, 1000), Fraction(1, 90_000)
_PIXELS, _PIXELS_WITH_ALPHA = "yuv420p", "yuva420p"
_BT709 = 1
_LIMITED_RANGE = 1


class VideoWriter:
    """Encodes frames to a file that appears, whole, when the block ends well.

    Use it as a context manager. Until the end everything goes to a hidden file beside the
    target, which is removed when the block raises, Ctrl-C included.
    """

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        rate: Fraction,
        *,
        time_base: Fraction | None = None,
        audio: AudioSource | None = None,
        crf: int = 18,
        preset: str = "medium",
        codec: str = AUTO,
        finish: Finish | None = None,
    ) -> None:
        """Set up the encoder.

        Args:
            path: Target, .mp4, .m4v, .mov, .mkv or .webm.
            size: (width, height) of the frames in pixels; an odd side gains one pixel, a
                repetition of its last, as H.264's halved colour needs even sides.
            rate: Frames a second, exact; the mean where it varies.
            time_base: Tick of the time stamps in seconds; None for ``1 / rate``.
            audio: Sound to carry over.
            crf: Quality, 0 (best) to 51 (worst).
            preset: Speed of encoding, "ultrafast" to "veryslow".
            codec: See `d2animator.media.codecs`; "auto" for what the container usually holds.
            finish: What is done last with the file, before it is moved to its target.

        Raises:
            ConfigError: No such codec or preset, or this build of libav lacks it.
            OutputError: The target cannot be written, or does not hold the codec.
            MediaError: The sound cannot be read.
        """
        self.path = check_writable(path, VIDEO_SUFFIXES)
        codec = fitting_codec(self.path, codec)
        encoder = find_encoder(codec, crf, preset)
        self._size = size
        self._time_base = usable_time_base(time_base, rate)
        self._ticks = max(1, round(1 / (rate * self._time_base)))
        self._sound: AudioFeed | None = None
        self._pending = Pending(self.path, finish=finish)
        try:
            kind = _FORMATS[self.path.suffix.lower()]
            options = {} if kind in _MATROSKA else {"movflags": "+faststart"}
            self._output = av.open(
                file_address(self._pending.path), "w", format=kind, options=options
            )
            stream = self._output.add_stream(encoder.name, rate=rate)
            self._stream = cast(VideoStream, stream)
            self._keeps_alpha = codec == "vp9" and kind in _MATROSKA
            self._alpha = False
            self._set_up_stream(encoder, tagged=kind not in _MATROSKA)
            if audio is not None:
                self._sound = AudioFeed(audio, self._output)
        except BaseException:
            self.abort()
            raise
        self._delay = self._sound.lead if self._sound else Fraction(0)
        self._last = -1
        self.frames = 0

    def _set_up_stream(self, encoder: Encoder, *, tagged: bool) -> None:
        width, height = self._size
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = _PIXELS
        self._stream.time_base = self._time_base
        context = self._stream.codec_context
        context.time_base = self._time_base
        context.options = encoder.options
        if encoder.tag and tagged:
            context.codec_tag = encoder.tag
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, or remove it if the block raised."""
        if kind is None:
            self.close()
        else:
            self.abort()

    def write(self, image: NDArray[np.uint8], time: Fraction | None = None) -> None:
        """Encode one frame.

        Args:
            image: RGB picture, (H, W, 3) uint8, of the announced size; or RGBA (H, W, 4), whose
                transparency VP9 in .webm and .mkv keeps if the first frame has any channel of it.
                The others lay it on white.
            time: Seconds from the first frame, growing; None for one step after the last.

        Raises:
            ShapeError: The picture has another size.
            OutputError: The file cannot be written, a full disk for example.
        """
        width, height = self._size
        check_shape("image", image, (height, width, 4 if image.shape[2:] == (4,) else 3))
        if self.frames == 0 and self._keeps_alpha and image.shape[2] == 4:
            self._alpha = True
            self._stream.pix_fmt = _PIXELS_WITH_ALPHA
            self._stream.metadata["alpha_mode"] = "1"
            # Pictures that are not shown would carry no transparency.
            self._stream.codec_context.options |= {"auto-alt-ref": "0"}
        stamp = self._stamp(time)
        frame = self._frame(with_alpha(image) if self._alpha else on_white(image))
        frame.pts, frame.time_base = stamp, self._time_base
        self._last = stamp
        self.frames += 1
        self._mux(frame)
        self._mux_sound((stamp * self._time_base) - self._delay)

    def _frame(self, image: NDArray[np.uint8]) -> av.VideoFrame:
        """Turn a picture into what the encoder takes, of even sides."""
        width, height = self._size
        pad = ((0, height % 2), (0, width % 2), (0, 0))
        even = np.pad(image, pad, mode="edge") if height % 2 or width % 2 else image
        kind = "rgba" if self._alpha else "rgb24"
        rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format=kind)
        return rgb.reformat(
            format=_PIXELS_WITH_ALPHA if self._alpha else _PIXELS,
            dst_colorspace="ITU709",
            dst_color_range="MPEG",
            src_color_range="JPEG",
        )

    def _stamp(self, time: Fraction | None) -> int:
        """Time stamp of the next frame in ticks, always later than the one before."""
        if time is None and self.frames:
            return self._last + self._ticks
        stamp = round(((time or 0) + self._delay) / self._time_base)
        return max(stamp, self._last + 1)

    def _mux(self, frame: av.VideoFrame | None) -> None:
        try:
            for packet in self._stream.encode(frame):
                # Without it the last frame would last one tick and spoil the mean rate.
                packet.duration = self._ticks
                self._output.mux_one(packet)
        except (av.error.FFmpegError, OSError) as error:
            raise OutputError(self.path, f"cannot be written ({error})") from error

    def _mux_sound(self, until: Fraction | None) -> None:
        if self._sound is None:
            return
        for packet in self._sound.until(until, self._delay):
            try:
                self._output.mux_one(packet)
            except (av.error.FFmpegError, OSError) as error:
                raise OutputError(self.path, f"its sound cannot be written ({error})") from error

    def close(self, sound_end: Fraction | None = None) -> None:
        """Finish the file and move it into place.

        Args:
            sound_end: Seconds from the first frame at which the sound ends; None for wherever it
                does.

        Raises:
            OutputError: It cannot be written, or no frame was.
        """
        try:
            if self.frames == 0:
                raise OutputError(self.path, "no frame was written to it")
            self._mux(None)
            self._mux_sound(sound_end)
            try:
                self._output.close()
            except (av.error.FFmpegError, OSError) as error:
                raise OutputError(self.path, f"cannot be written ({error})") from error
            if self._sound is not None:
                self._sound.close()
            self._pending.keep()
        finally:
            self.abort()

    def abort(self) -> None:
        """Give up: close everything and leave no file; does nothing after ``close``."""
        if self._sound is not None:
            self._sound.close()
        if hasattr(self, "_output"):
            _close_quietly(self._output)
        self._pending.discard()


def usable_time_base(time_base: Fraction | None, rate: Fraction) -> Fraction:
    """Choose the tick of a new file.

    Args:
        time_base: What the frame times are multiples of, seconds; None for ``1 / rate``.
        rate: Frames a second.

    Returns:
        The time base itself where it is one frame long or within 1 µs to 1 ms, else 1/90000 s.
    """
    if time_base is None or time_base * rate == 1:
        return 1 / rate
    return time_base if _FINEST <= time_base <= _COARSEST else _USUAL


def _close_quietly(output: av.container.OutputContainer) -> None:
    """Close a file that will be thrown away; libav may complain about what is missing in it."""
    with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
        output.close()
