"""Where libav opens files: what it may open, and its errors as ours.

A file is opened for what it holds, never for what it names: text that lists other files (playlists,
ffconcat) and pictures are no videos, and nothing but the file itself is read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, overload

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from d2animator.errors import MediaError
from d2animator.media.files import check_readable
from d2animator.media.limits import MAX_PIXELS

# libav's names of containers and of raw streams; pictures are read elsewhere.
_VIDEO_FORMATS = (
    *("mov", "matroska", "avi", "mpegts", "mpeg", "mpegvideo", "asf", "flv", "ogg", "mxf", "nut"),
    *("ivf", "gif", "dv", "rm", "wtv", "h264", "hevc", "vvc", "m4v", "av1", "obu", "vc1"),
    *("yuv4mpegpipe", "h263", "dirac", "gxf"),
)
_SOUND_FORMATS = (
    *("wav", "mp3", "flac", "aac", "ac3", "eac3", "aiff", "amr", "amrnb", "amrwb", "ape", "au"),
    *("caf", "dts", "dtshd", "mpc", "mpc8", "tak", "truehd", "tta", "voc", "w64", "wv"),
)
_OPTIONS = {
    "format_whitelist": ",".join(_VIDEO_FORMATS + _SOUND_FORMATS),
    "protocol_whitelist": "file",
    "max_pixels": str(MAX_PIXELS),
}
# A file whose packets cannot be read so often in a row has ended.
_MOST_FAILURES = 32

StreamT = TypeVar("StreamT", bound=Stream)

DECODER_ERRORS = (av.error.FFmpegError, OSError, ValueError, RuntimeError, ArithmeticError)
"""What PyAV raises for what libav cannot decode or does not know; see also `media_errors`."""


def file_address(path: Path) -> str:
    """Give libav a file's name so that it is not taken for an address (``12:30:00.mp4``)."""
    return f"file:{path}"


@contextlib.contextmanager
def media_errors(path: Path, reason: str) -> Iterator[None]:
    """Turn whatever a decoder raises into an error of ours.

    Args:
        path: The file, for the message.
        reason: What is to be said of it.

    Raises:
        MediaError: Something was raised within the block.
    """
    try:
        yield
    except MediaError:
        raise
    except MemoryError as error:
        raise MediaError(path, "needs more memory to be read than there is") from error
    except Exception as error:
        # Decoders report damage with nearly every kind of error, and new ones come with each
        # release; the blocks hold calls of theirs and little else.
        raise MediaError(path, reason) from error


def open_container(path: str | Path, reason: str) -> InputContainer:
    """Open a video or a sound.

    Args:
        path: The file.
        reason: What is to be said of one that cannot be opened.

    Returns:
        The container, to be closed by the caller.

    Raises:
        MediaError: No such file, empty, or none that is read.
    """
    path = check_readable(path)
    with media_errors(path, reason):
        # Tags in an unknown encoding are no reason not to show the pictures.
        return av.open(file_address(path), "r", options=_OPTIONS, metadata_errors="replace")


@overload
def packets(container: InputContainer) -> Iterator[Packet[Stream] | None]: ...
@overload
def packets(container: InputContainer, stream: StreamT) -> Iterator[Packet[StreamT] | None]: ...
def packets(container: InputContainer, stream: Any = None) -> Iterator[Any]:
    """Go through a container's packets, over its damaged places.

    Args:
        container: At its start.
        stream: Whose packets are wanted; None for all streams.

    Yields:
        Packets, at the end the empty one of each stream; None where one could not be read.
    """
    streams = () if stream is None else (stream,)
    failures = 0
    while True:
        try:
            for packet in container.demux(*streams):
                failures = 0
                yield packet
        except GeneratorExit:
            raise
        except DECODER_ERRORS:
            failures += 1
            yield None
            if failures < _MOST_FAILURES:
                continue  # libav goes on behind what it could not read
        return
