"""Which sound is carried over, and what becomes of one that nobody knows."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from d2animator.errors import MediaError
from d2animator.media.audio import open_sound
from d2animator.media.clip import Coding, open_clip, open_sink
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter
from tests.media.clips import SAMPLE_RATE, add_frames, make_clip, make_sound, packets_of, picture

CODING = Coding(18, "ultrafast", True)


def two_sounds(path: Path, marked: int | None) -> Path:
    """A clip with a silent and a loud track; one of them is marked as default."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        sounds = [container.add_stream("aac", rate=SAMPLE_RATE) for _ in range(2)]
        for number, sound in enumerate(sounds):
            sound.layout = "mono"
            default = av.stream.Disposition.default
            sound.disposition = default if number == marked else av.stream.Disposition(0)
        add_frames(container, stream, range(12), Fraction(1, 25))
        for volume, sound in zip((0.0, 0.5), sounds, strict=True):
            wave = volume * np.sin(np.arange(20480) / 16)
            for at in range(0, len(wave), 1024):
                samples = wave[None, at : at + 1024].astype(np.float32)
                frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
                frame.sample_rate, frame.pts = SAMPLE_RATE, at
                frame.time_base = Fraction(1, SAMPLE_RATE)
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def loudness(path: Path) -> float:
    with av.open(str(path)) as container:
        parts = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return float(np.sqrt((np.concatenate(parts).astype(float) ** 2).mean()))


def written(source: Path, target: Path, track: int | None = None) -> Path:
    clip = open_clip(source, audio_track=track)
    with open_sink(target, clip, (64, 48), CODING) as sink:
        for frame in clip.frames:
            sink.write(frame.image, frame.time)
    return target


@pytest.mark.parametrize(("marked", "track"), [(0, 0), (1, 1), (None, 0)])
def test_the_default_track_is_taken(tmp_path: Path, marked: int | None, track: int) -> None:
    reader = VideoReader(two_sounds(tmp_path / "a.mkv", marked))
    assert reader.audio is not None
    assert reader.audio.track == track


def test_a_track_can_be_named(tmp_path: Path) -> None:
    source = two_sounds(tmp_path / "a.mkv", 0)
    assert loudness(written(source, tmp_path / "quiet.mp4")) < 0.01
    assert loudness(written(source, tmp_path / "loud.mp4", track=1)) > 0.2
    for track in (2, -1):
        with pytest.raises(MediaError, match=rf"no audio track {track} \(there are 0 to 1\)"):
            open_clip(source, audio_track=track)
    with pytest.raises(MediaError, match=r"no audio track 0 \(there are none\)"):
        open_clip(make_clip(tmp_path / "silent.mp4"), audio_track=0)


def unknown_sound(path: Path) -> Path:
    """A clip whose sound says that it is in a code that nobody has heard of."""
    make_clip(path, sound="aac")
    data = path.read_bytes()
    assert data.count(b"mp4a") == data.count(b"esds") == 1
    path.write_bytes(data.replace(b"mp4a", b"zzzz").replace(b"esds", b"free"))
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_an_unknown_code_is_left_out_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, suffix: str
) -> None:
    source = unknown_sound(tmp_path / "a.mp4")
    with caplog.at_level(logging.WARNING):
        assert open_clip(source).audio is None
    assert "a.mp4: its sound is coded in a way that is not known and is left out" in caplog.text
    target = written(source, tmp_path / f"b{suffix}")
    assert len(list(VideoReader(target))) == 12
    assert VideoReader(target).audio is None


@pytest.mark.parametrize("name", ["a.mp4", "a.wav", "a.mp3", "a.flac", "a.mkv"])
def test_sound_of_any_file_can_be_taken(tmp_path: Path, name: str) -> None:
    codecs = {".wav": "pcm_s16le", ".mp3": "mp3", ".flac": "flac", ".mkv": "ac3"}
    path = tmp_path / name
    if path.suffix == ".mp4":
        make_clip(path, sound="aac")
    else:
        make_sound(path, codecs[path.suffix])
    sound = open_sound(path)
    assert sound is not None
    clip = open_clip(make_clip(tmp_path / "silent.mp4"))
    with open_sink(tmp_path / "b.mp4", clip, (64, 48), CODING, sound=sound) as sink:
        for frame in clip.frames:
            sink.write(frame.image, frame.time)
    assert loudness(tmp_path / "b.mp4") > 0.1
    if path.suffix == ".mp4":
        assert packets_of(tmp_path / "b.mp4", "audio") == packets_of(path, "audio")


def test_sound_can_be_left_out(tmp_path: Path) -> None:
    clip = open_clip(make_clip(tmp_path / "a.mp4", sound="aac"))
    with open_sink(
        tmp_path / "b.mp4", clip, (64, 48), Coding(18, "ultrafast", False), sound=clip.audio
    ) as sink:
        sink.write(picture(), Fraction(0))
    assert VideoReader(tmp_path / "b.mp4").audio is None


def test_a_file_without_sound_says_so(tmp_path: Path) -> None:
    assert open_sound(make_clip(tmp_path / "a.mp4")) is None
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(MediaError, match="sound cannot be read"):
        open_sound(tmp_path / "text.wav")


@pytest.mark.parametrize("codec", ["aac", "libopus", "pcm_s16le"])
def test_webm_gets_sound_that_it_can_hold(tmp_path: Path, codec: str) -> None:
    source = make_clip(tmp_path / "a.mkv", sound=codec, seconds=0.5) if codec != "libopus" else None
    if source is None:
        source = tmp_path / "a.mkv"
        with av.open(str(source), "w") as container:
            stream = container.add_stream("libopus", rate=48000)
            stream.layout = "mono"
            for at in range(0, 24000, 960):
                samples = (0.3 * np.sin(np.arange(at, at + 960) / 16)).astype(np.float32)[None]
                frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
                frame.sample_rate, frame.pts = 48000, at
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    sound = open_sound(source)
    with VideoWriter(tmp_path / "b.webm", (64, 48), Fraction(25), audio=sound) as writer:
        for index in range(12):
            writer.write(picture(index))
    with av.open(str(tmp_path / "b.webm")) as container:
        assert container.streams.audio[0].codec_context.name in ("opus", "libopus")
    assert loudness(tmp_path / "b.webm") > 0.05
    if codec == "libopus":
        assert packets_of(tmp_path / "b.webm", "audio") == packets_of(source, "audio")


@pytest.mark.parametrize("target", ["b.mp4", "b.webm"])
def test_damaged_sound_does_not_end_the_job(tmp_path: Path, target: str) -> None:
    source = make_clip(tmp_path / "a.mp4", sound="aac", seconds=1.0)
    data = bytearray(source.read_bytes())
    packet = packets_of(source, "audio")[10]
    begin = data.index(packet)
    data[begin : begin + len(packet)] = b"\xff" * len(packet)
    source.write_bytes(data)
    written(source, tmp_path / target)
    assert len(list(VideoReader(tmp_path / target))) == 12
    assert VideoReader(tmp_path / target).audio is not None
