"""The driver's sound, carried over beside new pictures: copied as it is where possible."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Protocol, cast

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition

from d2animator.errors import MediaError
from d2animator.media.container import DECODER_ERRORS, media_errors, open_container, packets
from d2animator.media.files import check_readable


class _Ratio(Protocol):
    @property
    def numerator(self) -> int: ...
    @property
    def denominator(self) -> int: ...


_log = logging.getLogger(__name__)

_NO_SOUND = "its sound cannot be read"

# What players of a container really play; libav itself would also put PCM or Vorbis into mp4.
_MP4_CODECS = frozenset(
    {"aac", "mp3", "mp3float", "ac3", "eac3", "alac", "opus", "libopus", "flac"}
)
_WEBM_CODECS = frozenset({"opus", "libopus", "vorbis", "libvorbis"})
_AAC_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000})
_OPUS_RATES = frozenset({8000, 12000, 16000, 24000, 48000})
_USUAL_RATE = 48000
# AAC starts with up to 2112 samples of padding before time zero; players skip it.
_LONGEST_PADDING = Fraction(1, 10)


@dataclass(frozen=True)
class AudioSource:
    """Where sound comes from.

    Attributes:
        path: A file with sound.
        video_start: Time stamp in that file, in seconds, at which its picture starts. It is
            what keeps an offset between sound and picture.
        track: Which of its sounds, from 0; None for the one marked as default.
        early: Whether what sounds before the picture's start is kept; not so of a part.
        seconds: How long after the picture's start it ends; None for wherever it does.
    """

    path: Path
    video_start: Fraction = Fraction(0)
    track: int | None = None
    early: bool = True
    seconds: Fraction | None = None


def find_sound(path: Path, container: InputContainer, track: int | None = None) -> int | None:
    """Choose one of a file's sounds.

    Args:
        path: The file, for messages.
        container: The opened file.
        track: Which one, from 0; None for the one that is marked as default, else the first.

    Returns:
        Its number; None where there is no sound, or only one in a code that nobody knows.

    Raises:
        MediaError: There is no such track.
    """
    streams = container.streams.audio
    if track is not None and not 0 <= track < len(streams):
        there = f"0 to {len(streams) - 1}" if len(streams) else "none"
        raise MediaError(path, f"has no audio track {track} (there are {there})")
    if not streams:
        return None
    if track is None:
        marked = (k for k, one in enumerate(streams) if one.disposition & Disposition.default)
        track = next(marked, 0)
    if streams[track].codec_context is None:
        _log.warning("%s: its sound is coded in a way that is not known and is left out", path)
        return None
    return track


def open_sound(path: str | Path, track: int | None = None) -> AudioSource | None:
    """Find the sound of any file: of a video, whose picture it goes with, or of a sound file.

    Args:
        path: The file.
        track: Which one, from 0; None for the one that is marked as default.

    Returns:
        The sound; None where there is none that is known.

    Raises:
        MediaError: The file cannot be read, or has no such track.
    """
    path = Path(path)
    with open_container(path, _NO_SOUND) as container, media_errors(path, _NO_SOUND):
        found = find_sound(path, container, track)
        start = first_stamp(container)
    return None if found is None else AudioSource(path, start, found)


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
        self._input = open_container(self._path, _NO_SOUND)
        try:
            track = find_sound(self._path, self._input, source.track)
            if track is None:
                raise MediaError(self._path, "has no audio stream that is known")
            self._stream = self._input.streams.audio[track]
            with media_errors(self._path, _NO_SOUND):
                self._start(source, output)
        except BaseException:
            self._input.close()
            raise

    def _start(self, source: AudioSource, output: OutputContainer) -> None:
        """Add the stream to the output and read the first packet."""
        self._origin, self._damaged = source.video_start, False
        self._seconds = source.seconds
        copied = _copy_stream(self._stream, output)
        if copied is None:
            target = _new_stream(self._stream, output)
            codecs = (self._stream.codec_context.name, target.codec_context.name)
            _log.info("%s: sound re-encoded from %s to %s", self._path, *codecs)
            due = self._encoded(target)
        else:
            due = self._copies(copied)
        self._due = (one for one in due if source.early or one[0] >= 0)
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
            if self._seconds is not None and self._next[0] >= self._seconds:
                return
            packet = self._next[1]
            _shift(packet, delay)
            yield packet
            self._next = next(self._due, None)

    def close(self) -> None:
        """Close the source."""
        self._input.close()

    def _copies(self, target: AudioStream) -> Iterator[tuple[Fraction, Packet[AudioStream]]]:
        """Yield (seconds from the first picture, packet), nothing decoded."""
        for packet in packets(self._input, self._stream):
            if packet is None:
                self._tell_damage()
                continue
            if packet.dts is None or packet.pts is None:
                continue  # libav's empty packet at the end
            _shift(packet, -self._origin)
            packet.stream = target
            yield packet.pts * exact(packet.time_base), packet

    def _encoded(self, target: AudioStream) -> Iterator[tuple[Fraction, Packet[AudioStream]]]:
        """Yield (seconds from the first picture, packet), newly encoded."""
        for frame in chain(self._frames(), (None,)):
            if frame is not None and frame.pts is not None:
                frame.pts -= round(self._origin / exact(frame.time_base))
            try:
                encoded = target.encode(frame)
            except DECODER_ERRORS:
                self._tell_damage()
                continue
            for packet in encoded:
                yield (packet.pts or 0) * exact(packet.time_base), packet

    def _frames(self) -> Iterator[AudioFrame]:
        """Yield decoded sound, damaged pieces left out."""
        for packet in packets(self._input, self._stream):
            try:
                frames = [] if packet is None else packet.decode()
            except DECODER_ERRORS:
                packet, frames = None, []
            if packet is None:
                self._tell_damage()
            yield from frames

    def _tell_damage(self) -> None:
        if not self._damaged:
            _log.warning("%s: its sound is damaged; the damaged pieces are left out", self._path)
        self._damaged = True


def first_stamp(container: InputContainer) -> Fraction:
    """When a file's picture starts, as its header says, in seconds; 0 for one without."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return (stream.start_time or 0) * exact(stream.time_base)
    return Fraction(0)


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
    played = {"matroska": None, "webm": _WEBM_CODECS}.get(output.format.name, _MP4_CODECS)
    if played is not None and stream.codec_context.name not in played:
        return None
    try:
        return output.add_stream_from_template(stream)
    except ValueError:
        return None


def _new_stream(stream: AudioStream, output: OutputContainer) -> AudioStream:
    """Add a stream for newly encoded sound, in the code that players of the container expect."""
    webm = output.format.name == "webm"
    rate, rates = stream.codec_context.sample_rate, _OPUS_RATES if webm else _AAC_RATES
    name = "libopus" if webm else "aac"
    added = output.add_stream(name, rate=rate if rate in rates else _USUAL_RATE)
    target = cast(AudioStream, added)
    target.layout = "mono" if stream.codec_context.layout.nb_channels == 1 else "stereo"
    target.bit_rate = 160_000
    return target
