"""Animated pictures: WebP and GIF out; PNG, WebP and AVIF in (GIF is read as a video is)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import numpy as np
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from d2animator.errors import OutputError, check_shape
from d2animator.media.colours import ToSrgb
from d2animator.media.container import file_address, media_errors
from d2animator.media.files import check_readable, check_writable
from d2animator.media.images import as_rgb, on_white, upright
from d2animator.media.kinds import opened_picture
from d2animator.media.limits import check_pixels
from d2animator.media.pending import Finish, Pending
from d2animator.media.timing import RateProbe, rate_candidates
from d2animator.media.video import Frame

ANIMATION_SUFFIXES = (".webp", ".gif")
_MILLISECOND, _CENTISECOND = Fraction(1, 1000), Fraction(1, 100)
# Browsers show a picture that is to last less than 20 ms for 100 ms.
_FASTEST_GIF = 50
# What browsers take no duration at all for.
_UNTOLD = Fraction(1, 10)
# PNG tells a duration as a fraction of two numbers below this.
_FINEST_FRACTION = 65536


class AnimationReader:
    """Pictures of an animated PNG, WebP or AVIF, one at a time; it may be iterated again.

    Attributes:
        path: The file.
        frame_rate: Pictures a second; the mean rate when it varies.
        time_base: Tick that all times are multiples of, in seconds; a millisecond where they vary.
        frame_count_hint: Number of pictures.
    """

    def __init__(self, path: str | Path) -> None:
        """Read all durations.

        Args:
            path: A file that Pillow reads.

        Raises:
            MediaError: It cannot be read.
        """
        self.path = check_readable(path)
        ends = list(accumulate(_shown_for(picture) for picture in self._pictures()))
        self._times = [Fraction(0), *ends[:-1]]
        mean = len(ends) / ends[-1]
        probe = RateProbe(_MILLISECOND, Fraction(0), rate_candidates(mean))
        for time in self._times:
            probe.add(time)
        self._grid = probe.grid
        self.frame_rate = probe.grid or mean
        self.time_base = 1 / self.frame_rate if probe.grid else _MILLISECOND
        self.frame_count_hint = len(ends)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the pictures from the start, on white where they are transparent.

        Raises:
            MediaError: One is damaged.
        """
        to_srgb: ToSrgb | None = None
        for index, picture in enumerate(self._pictures()):
            to_srgb = to_srgb or ToSrgb(self.path, picture)
            with media_errors(self.path, _damaged(index)):
                image = as_rgb(upright(picture), to_srgb)
            time = self._times[index] if self._grid is None else index / self._grid
            yield Frame(index, time, image)

    def _pictures(self) -> Iterator[Image.Image]:
        """Yield the pictures, each decoded and only good until the next one."""
        with opened_picture(self.path) as animation:
            # The first picture of a PNG may be there only for viewers that show no animations.
            first = 1 if getattr(animation, "default_image", False) else 0
            last = getattr(animation, "n_frames", 1)
            for index in range(first, last):
                with media_errors(self.path, _damaged(index - first)):
                    animation.seek(index)
                    animation.load()
                check_pixels(self.path, *animation.size)
                yield animation


def _damaged(index: int) -> str:
    return f"is damaged or truncated: frame {index} cannot be decoded"


def _shown_for(picture: Image.Image) -> Fraction:
    """Seconds that a picture of an animation is shown, exactly where the file says a fraction."""
    duration = Fraction(picture.info.get("duration") or 0) / 1000
    return duration.limit_denominator(_FINEST_FRACTION) if duration > 0 else _UNTOLD


def check_rate(path: Path, rate: Fraction) -> None:
    """Check that an animation can show its pictures fast enough.

    Args:
        path: The file to write.
        rate: Pictures a second.

    Raises:
        OutputError: It cannot.
    """
    if path.suffix.lower() == ".gif" and rate > _FASTEST_GIF:
        reason = (
            f"a GIF shows at most {_FASTEST_GIF} pictures a second and this one has "
            f"{float(rate):g}; write .webp or .mp4"
        )
        raise OutputError(path, reason)


class AnimationWriter:
    """Encodes pictures to a file that appears, whole, when the block ends well.

    Use it as a context manager. There is no sound in it. WebP keeps a picture that equals the one
    before it as one that is shown for longer.
    """

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        rate: Fraction,
        quality: int = 90,
        finish: Finish | None = None,
    ) -> None:
        """Set up the encoder.

        Args:
            path: Target, .webp or .gif.
            size: (width, height) of the pictures in pixels.
            rate: Pictures a second, the mean where it varies.
            quality: Of WebP, 0 to 100.
            finish: What is done last with the file, before it is moved to its target.

        Raises:
            OutputError: The target cannot be written, or cannot show so many pictures a second.
        """
        self.path = check_writable(path, ANIMATION_SUFFIXES)
        self._size, self._rate = size, rate
        check_rate(self.path, rate)
        gif = self.path.suffix.lower() == ".gif"
        self._tick = _CENTISECOND if gif else _MILLISECOND
        self._palette = _palette_graph(size, self._tick) if gif else None
        self._last, self.frames = -1, 0
        self._pending = Pending(self.path, finish=finish)
        try:
            kind, codec, pixels = ("gif",) * 2 + ("pal8",) if gif else _WEBP
            self._output = av.open(
                file_address(self._pending.path), "w", format=kind, options={"loop": "0"}
            )
            self._stream = cast(VideoStream, self._output.add_stream(codec, rate=rate))
            self._stream.width, self._stream.height = size
            self._stream.pix_fmt = pixels
            self._stream.time_base = self._stream.codec_context.time_base = self._tick
            if not gif:
                self._stream.codec_context.options = {"quality": str(quality)}
        except BaseException:
            self._give_up()
            raise

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
        try:
            if kind is None:
                self._finish()
        finally:
            self._give_up()

    def write(self, image: NDArray[np.uint8], time: Fraction | None = None) -> None:
        """Encode one picture.

        Args:
            image: RGB picture, (H, W, 3) uint8, of the announced size; or RGBA (H, W, 4), whose
                transparency WebP keeps and GIF lays on white.
            time: Seconds from the first one, growing; None for one step after the last.

        Raises:
            ShapeError: It has another size.
            OutputError: The file cannot be written.
        """
        width, height = self._size
        check_shape("image", image, (height, width, 4 if image.shape[2:] == (4,) else 3))
        due = self.frames / self._rate if time is None else time
        self._last = max(round(due / self._tick), self._last + 1)
        self.frames += 1
        if self._palette is not None:
            image = on_white(image)
        kind = "rgba" if image.shape[2] == 4 else "rgb24"
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format=kind)
        if self._palette is None:
            frame = frame.reformat(format="bgra")
        frame.pts, frame.time_base = self._last, self._tick
        self._mux(frame)

    def _mux(self, frame: av.VideoFrame | None) -> None:
        try:
            if self._palette is None:
                self._output.mux(self._stream.encode(frame))
                return
            self._palette.push(frame)
            for mapped in _pulled(self._palette):
                self._encode(mapped)
            if frame is None:
                self._encode(None)
        except (av.error.FFmpegError, OSError) as error:
            raise OutputError(self.path, f"cannot be written ({error})") from error

    def _encode(self, frame: av.VideoFrame | None) -> None:
        step = max(1, round(1 / (self._rate * self._tick)))
        for packet in self._stream.encode(frame):
            packet.duration = step  # what the last one is shown for
            self._output.mux(packet)

    def _finish(self) -> None:
        if self.frames == 0:
            raise OutputError(self.path, "no frame was written to it")
        self._mux(None)
        try:
            self._output.close()
        except (av.error.FFmpegError, OSError) as error:
            raise OutputError(self.path, f"cannot be written ({error})") from error
        self._pending.keep()

    def _give_up(self) -> None:
        """Leave no file; does nothing after the end."""
        if hasattr(self, "_output"):
            # What libav complains about will be thrown away.
            with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
                self._output.close()
        self._pending.discard()


_WEBP = ("webp", "libwebp_anim", "bgra")


def _palette_graph(size: tuple[int, int], tick: Fraction) -> Graph:
    """Filters that give each picture 256 colours of its own; nothing is kept of those before."""
    graph = Graph()
    rgb = VideoFormat("rgb24", *size)
    source = graph.add_buffer(width=size[0], height=size[1], format=rgb, time_base=tick)
    split, sink = graph.add("split"), graph.add("buffersink")
    colours = graph.add("palettegen", "stats_mode=single")
    mapping = graph.add("paletteuse", "new=1:dither=sierra2_4a")
    source.link_to(split)
    split.link_to(colours, 0, 0)
    split.link_to(mapping, 1, 0)
    colours.link_to(mapping, 0, 1)
    mapping.link_to(sink)
    graph.configure()
    return graph


def _pulled(graph: Graph) -> Iterator[av.VideoFrame]:
    """Yield what is ready."""
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(frame, av.VideoFrame):
            yield frame
