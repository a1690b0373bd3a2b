"""Animated pictures: WebP and GIF out, WebP in (libav writes it, but does not read it)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
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

from d2animator.errors import MediaError, OutputError, check_shape
from d2animator.media.files import check_readable, check_writable, hidden_sibling, move_into_place
from d2animator.media.images import as_rgb
from d2animator.media.timing import RateProbe, rate_candidates
from d2animator.media.video import Frame

ANIMATION_SUFFIXES = (".webp", ".gif")
_MILLISECOND, _CENTISECOND = Fraction(1, 1000), Fraction(1, 100)
# Browsers show a picture that is to last less than 20 ms for 100 ms.
_FASTEST_GIF = 50
# What browsers take no duration at all for.
_UNTOLD_MS = 100


class AnimationReader:
    """Pictures of an animated WebP, one at a time; it may be iterated any number of times.

    Attributes:
        path: The file.
        frame_rate: Pictures a second; the mean rate when it varies.
        time_base: Tick that all times are multiples of, in seconds.
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
        durations = [duration for _, duration in self._pictures()]
        ends = np.cumsum(durations).tolist()
        self._times = [Fraction(end, 1000) for end in (0, *ends[:-1])]
        mean = len(durations) / Fraction(ends[-1], 1000)
        probe = RateProbe(_MILLISECOND, Fraction(0), rate_candidates(mean))
        for time in self._times:
            probe.add(time)
        self._grid = probe.grid
        self.frame_rate = probe.grid or mean
        self.time_base = 1 / self.frame_rate if probe.grid else _MILLISECOND
        self.frame_count_hint = len(durations)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the pictures from the start, on white where they are transparent.

        Raises:
            MediaError: One is damaged.
        """
        for index, (image, _) in enumerate(self._pictures()):
            time = self._times[index] if self._grid is None else index / self._grid
            yield Frame(index, time, image)

    def _pictures(self) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """Yield (picture (H, W, 3), milliseconds that it is shown)."""
        index = 0
        try:
            with Image.open(self.path) as animation:
                for index in range(getattr(animation, "n_frames", 1)):
                    animation.seek(index)
                    image = as_rgb(animation)
                    yield image, int(animation.info.get("duration", 0)) or _UNTOLD_MS
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            reason = f"is damaged or truncated: frame {index} cannot be decoded"
            raise MediaError(self.path, reason) from error


class AnimationWriter:
    """Encodes pictures to a file that appears, whole, when the block ends well.

    Use it as a context manager. There is no sound in it. WebP keeps a picture that equals the one
    before it as one that is shown for longer.
    """

    def __init__(
        self, path: str | Path, size: tuple[int, int], rate: Fraction, quality: int = 90
    ) -> None:
        """Set up the encoder.

        Args:
            path: Target, .webp or .gif.
            size: (width, height) of the pictures in pixels.
            rate: Pictures a second, the mean where it varies.
            quality: Of WebP, 0 to 100.

        Raises:
            OutputError: The target cannot be written, or cannot show so many pictures a second.
        """
        self.path = check_writable(path, ANIMATION_SUFFIXES)
        self._size, self._rate = size, rate
        gif = self.path.suffix.lower() == ".gif"
        if gif and rate > _FASTEST_GIF:
            reason = (
                f"a GIF shows at most {_FASTEST_GIF} pictures a second and this one has "
                f"{float(rate):g}; write .webp or .mp4"
            )
            raise OutputError(self.path, reason)
        self._tick = _CENTISECOND if gif else _MILLISECOND
        self._palette = _palette_graph(size, self._tick) if gif else None
        self._last, self.frames = -1, 0
        self._hidden = hidden_sibling(self.path)
        try:
            kind, codec, pixels = ("gif",) * 2 + ("pal8",) if gif else _WEBP
            self._output = av.open(str(self._hidden), "w", format=kind, options={"loop": "0"})
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
            image: RGB picture, (H, W, 3) uint8, of the announced size.
            time: Seconds from the first one, growing; None for one step after the last.

        Raises:
            ShapeError: It has another size.
            OutputError: The file cannot be written.
        """
        width, height = self._size
        check_shape("image", image, (height, width, 3))
        due = self.frames / self._rate if time is None else time
        self._last = max(round(due / self._tick), self._last + 1)
        self.frames += 1
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
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
        move_into_place(self._hidden, self.path)

    def _give_up(self) -> None:
        """Leave no file; does nothing after the end."""
        if hasattr(self, "_output"):
            # What libav complains about will be thrown away.
            with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
                self._output.close()
        self._hidden.unlink(missing_ok=True)


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
