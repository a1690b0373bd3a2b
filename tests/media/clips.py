"""Little clips and pictures to read in tests, made on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 44100


def picture(index: int = 0, height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """A smooth RGB picture, another one for each index; bright in its top left corner."""
    y, x = np.mgrid[0:height, 0:width]
    image = np.stack([x * 2 + index * 5, y * 2 + 40, np.full_like(x, 90)], axis=2) % 200
    image[: height // 4, : width // 4] = 250
    return image.astype(np.uint8)


def add_frames(
    container: av.container.OutputContainer,
    stream: av.video.stream.VideoStream,
    stamps: Sequence[int],
    base: Fraction,
) -> None:
    """Encode one picture a stamp."""
    for index, stamp in enumerate(stamps):
        image = picture(index, stream.height, stream.width)
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = stamp, base
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def add_tone(
    container: av.container.OutputContainer,
    stream: av.audio.stream.AudioStream,
    seconds: float,
    start: float = 0.0,
) -> None:
    """Encode a sine of 440 Hz."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)[None]
    offset = round(start * SAMPLE_RATE)
    for at in range(0, tone.shape[1], 1024):
        frame = av.AudioFrame.from_ndarray(tone[:, at : at + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, offset + at
        frame.time_base = Fraction(1, SAMPLE_RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def mono_stream(container: av.container.OutputContainer, codec: str) -> av.audio.stream.AudioStream:
    """Add a stream for a tone."""
    stream = container.add_stream(codec, rate=SAMPLE_RATE)
    assert isinstance(stream, av.audio.stream.AudioStream)
    stream.layout = "mono"
    return stream


def make_clip(
    path: Path,
    *,
    rate: Fraction = Fraction(25),
    frames: int = 12,
    stamps: Sequence[int] | None = None,
    base: Fraction | None = None,
    size: tuple[int, int] = (64, 48),
    sound: str | None = None,
    seconds: float = 0.5,
    sound_start: float = 0.0,
    rotation: int = 0,
    mirrored: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a clip; ``stamps`` count in ``base`` and make the rate vary."""
    base = base or 1 / rate
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = base
        stream.codec_context.options = {"crf": "12", "preset": "ultrafast"}
        if rotation or mirrored:
            stream.set_display_rotation(rotation, hflip=mirrored)
        tone = None
        if sound:
            tone = mono_stream(container, sound)
        add_frames(container, stream, stamps or range(frames), base)
        if tone is not None:
            add_tone(container, tone, seconds, sound_start)
    return path


def make_sound(path: Path, codec: str = "aac", seconds: float = 0.3) -> Path:
    """Write a file with sound and no picture."""
    with av.open(str(path), "w") as container:
        add_tone(container, mono_stream(container, codec), seconds)
    return path


def stamps_of(path: Path, kind: str) -> list[Fraction]:
    """Presentation times of all packets of the video or the audio, seconds, sorted."""
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        times = [
            packet.pts * Fraction(packet.time_base.numerator, packet.time_base.denominator)
            for packet in container.demux(stream)
            if packet.pts is not None
        ]
    return sorted(times)


def packets_of(path: Path, kind: str) -> list[bytes]:
    """The coded bytes of all packets of the video or the audio."""
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def damage(path: Path, packets: list[bytes], which: tuple[int, ...]) -> None:
    """Overwrite whole packets in a file, their length in front of them left alone."""
    data = bytearray(path.read_bytes())
    for index in which:
        begin = data.index(packets[index][4:])
        data[begin : begin + len(packets[index]) - 4] = b"\xff" * (len(packets[index]) - 4)
    path.write_bytes(data)
