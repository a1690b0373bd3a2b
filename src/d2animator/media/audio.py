"""The driver's sound, carried over beside new pictures: copied as it is where possible."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from d2animator.errors import MediaError
from d2animator.media.files import check_readable


class _Ratio(Protocol):
    @property
    def numerator(self) -> int: ...
    @property
    def denominator(self) -> int: ...


_log = logging.getLogger(__name__)

# What players of a container really play; libav itself would also put PCM or Vorbis into mp4.
_MP4_CODECS = frozenset(
    {"aac", "mp3", "mp3float", "ac3", "eac3", "alac", "opus", "libopus", "flac"}
)
_AAC_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000})
# AAC starts with up to 2112 samples of padding before time zero; players skip it.
_LONGEST_PADDING = Fraction(1, 10)


@dataclass(frozen=True)
class AudioSource:
    """Where sound comes from.

    Attributes:
        path: A file with an audio stream; its first one is used.
        video_start: Time stamp in that file, in seconds, at which its picture starts. It is
            what keeps an offset between sound and picture.
    """

    path: Path
    video_start: Fraction = Fraction(0)


class AudioFeed:
    """Packets of a source's sound, in time order, for a stream of an output container."""

    def __init__(self, source: AudioSource, output: OutputContainer) -> None:
        """Open the source and add the matching stream to the output.

        Args:
            source: Where the sound comes from.
            output: A container that has not begun writing.

        Raises:
            MediaError: The source cannot be opened or has no audio.
        """
        self._path = check_readable(source.path)
        try:
            self._input = av.open(str(self._path))
        except (av.error.FFmpegError, OSError) as error:
            raise MediaError(self._path, f"its sound cannot be read ({error})") from error
        if not self._input.streams.audio:
            self._input.close()
            raise MediaError(self._path, "has no audio stream")
        self._stream = self._input.streams.audio[0]
        self._origin = source.video_start
        copied = _copy_stream(self._stream, output)
        if copied is None:
            codec = self._stream.codec_context.name
            _log.info("%s: sound re-encoded from %s to AAC", self._path, codec)
            self._due = self._encoded(_aac_stream(self._stream, output))
        else:
            self._due = self._copies(copied)
        self._next = next(self._due, None)

    @property
    def lead(self) -> Fraction:
        """By how many seconds real sound precedes the first picture, 0 if it does not."""
        early = -self._next[0] if self._next else Fraction(0)
        return early if early > _LONGEST_PADDING else Fraction(0)

    def until(self, time: Fraction | None, delay: Fraction) -> Iterator[Packet[AudioStream]]:
        """Packets that are due, stamped for the output.

        Args:
            time: Seconds from the first picture; None for all the rest.
            delay: Seconds to add to every stamp.

        Yields:
            Packets to multiplex.

        Raises:
            MediaError: The sound is damaged.
        """
        while self._next is not None and (time is None or self._next[0] <= time):
            packet = self._next[1]
            _shift(packet, delay)
            yield packet
            self._next = next(self._due, None)

    def close(self) -> None:
        """Close the source."""
        self._input.close()

    def _copies(self, target: AudioStream) -> Iterator[tuple[Fraction, Packet[AudioStream]]]:
        """Yield (seconds from the first picture, packet), nothing decoded."""
        try:
            for packet in self._input.demux(self._stream):
                if packet.dts is None or packet.pts is None:
                    continue  # libav's empty packet at the end
                _shift(packet, -self._origin)
                packet.stream = target
                yield packet.pts * exact(packet.time_base), packet
        except av.error.FFmpegError as error:
            raise MediaError(self._path, f"its sound is damaged ({error})") from error

    def _encoded(self, target: AudioStream) -> Iterator[tuple[Fraction, Packet[AudioStream]]]:
        """Yield (seconds from the first picture, packet), newly encoded."""
        try:
            for frame in self._input.decode(self._stream):
                if frame.pts is not None:
                    frame.pts -= round(self._origin / exact(frame.time_base))
                for packet in target.encode(frame):
                    yield (packet.pts or 0) * exact(packet.time_base), packet
            for packet in target.encode(None):
                yield (packet.pts or 0) * exact(packet.time_base), packet
        except av.error.FFmpegError as error:
            raise MediaError(self._path, f"its sound is damaged ({error})") from error


def exact(ratio: _Ratio | None) -> Fraction:
    """Turn a rational number of libav's into a fraction.

    Args:
        ratio: Anything with a numerator and a denominator; None or 0/0 for unknown.

    Returns:
        The fraction, 0 for unknown.
    """
    if ratio is None or not ratio.denominator:
        return Fraction(0)
    return Fraction(ratio.numerator, ratio.denominator)


def _shift(packet: Packet[AudioStream], seconds: Fraction) -> None:
    ticks = round(seconds / exact(packet.time_base))
    packet.pts = None if packet.pts is None else packet.pts + ticks
    packet.dts = None if packet.dts is None else packet.dts + ticks


def _copy_stream(stream: AudioStream, output: OutputContainer) -> AudioStream | None:
    """Add a stream that takes a source's packets as they are; None where that will not play."""
    if output.format.name != "matroska" and stream.codec_context.name not in _MP4_CODECS:
        return None
    try:
        return output.add_stream_from_template(stream)
    except ValueError:
        return None


def _aac_stream(stream: AudioStream, output: OutputContainer) -> AudioStream:
    rate = stream.codec_context.sample_rate
    target = output.add_stream("aac", rate=rate if rate in _AAC_RATES else 48000)
    target.layout = "mono" if stream.codec_context.layout.nb_channels == 1 else "stereo"
    target.bit_rate = 160_000
    return target
