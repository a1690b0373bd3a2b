"""Clips as they come from the world: each is read whole, or it is said plainly why not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from d2animator.errors import ConfigError, MediaError
from d2animator.media.audio import AudioSource
from d2animator.media.codecs import CODECS, find_encoder
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter
from tests.media.clips import make_clip, make_sound, packets_of, picture, stamps_of


def copied(path: Path, target: Path) -> list[Fraction]:
    """Write a clip's frames anew, with its times and sound; gives the times."""
    reader = VideoReader(path)
    times = []
    with VideoWriter(
        target, reader.size, reader.frame_rate, time_base=reader.time_base, audio=reader.audio
    ) as writer:
        for frame in reader:
            writer.write(frame.image, frame.time)
            times.append(frame.time)
    return times


@pytest.mark.parametrize(
    ("rate", "frames"), [(Fraction(1, 10), 3), (Fraction(240), 60), (Fraction(25), 1)]
)
def test_slow_fast_and_short_clips_lose_nothing(
    tmp_path: Path, rate: Fraction, frames: int
) -> None:
    path = make_clip(tmp_path / "a.mp4", rate=rate, frames=frames)
    times = copied(path, tmp_path / "b.mp4")
    assert times == [k / rate for k in range(frames)]
    assert stamps_of(tmp_path / "b.mp4", "video") == stamps_of(path, "video")
    assert VideoReader(tmp_path / "b.mp4").frame_rate == rate


@pytest.mark.parametrize("size", [(641, 479), (17, 31)])
def test_odd_sizes_are_read_as_they_are(tmp_path: Path, size: tuple[int, int]) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        for index in range(2):
            image = picture(index, size[1], size[0])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    reader = VideoReader(tmp_path / "a.mkv")
    assert reader.size == size
    assert [frame.image.shape for frame in reader] == [(size[1], size[0], 3)] * 2


@pytest.mark.parametrize("seconds", [0.1, 2.0])
def test_sound_shorter_or_longer_than_the_picture_is_whole(tmp_path: Path, seconds: float) -> None:
    path = make_clip(tmp_path / "a.mp4", sound="aac", seconds=seconds, frames=12)
    copied(path, tmp_path / "b.mp4")
    assert packets_of(tmp_path / "b.mp4", "audio") == packets_of(path, "audio")
    one, other = (stamps_of(tmp_path / name, "audio") for name in ("a.mp4", "b.mp4"))
    assert max(abs(a - b) for a, b in zip(one, other, strict=True)) <= Fraction(1, 1000)
    assert len(stamps_of(tmp_path / "b.mp4", "video")) == 12


def test_missing_stamps_are_made_up_from_the_rate(tmp_path: Path) -> None:
    """Raw H.264 has no time stamps at all."""
    path = make_clip(tmp_path / "a.mp4", frames=9)
    with av.open(str(path)) as whole, av.open(str(tmp_path / "a.h264"), "w") as raw:
        stream = raw.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.size:
                packet.stream = stream
                raw.mux(packet)
    frames = list(VideoReader(tmp_path / "a.h264"))
    assert len(frames) == 9
    steps = np.diff([float(frame.time) for frame in frames])
    assert np.allclose(steps, steps[0])
    assert steps[0] > 0


@pytest.mark.slow
def test_a_4k_clip_is_read(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", size=(3840, 2160), frames=3)
    assert [frame.image.shape for frame in VideoReader(path)] == [(2160, 3840, 3)] * 3


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_every_codec_keeps_frames_times_and_sound(tmp_path: Path, codec: str, suffix: str) -> None:
    sound = AudioSource(make_sound(tmp_path / "tone.m4a"))
    rate = Fraction(30000, 1001)
    with VideoWriter(
        tmp_path / f"a{suffix}", (64, 48), rate, audio=sound, codec=codec, preset="ultrafast"
    ) as writer:
        for index in range(8):
            writer.write(picture(index), index / rate)
    reader = VideoReader(tmp_path / f"a{suffix}")
    frames = list(reader)
    assert [frame.time for frame in frames] == [k / rate for k in range(8)]
    assert np.abs(frames[5].image.astype(int) - picture(5)).mean() < 8
    assert reader.audio is not None
    with av.open(str(tmp_path / f"a{suffix}")) as container:
        assert container.streams.video[0].codec_context.name in (codec, f"lib{codec}", "vp9")


def test_what_cannot_be_encoded_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="codec: expected one of h264, hevc, vp9, got 'divx'"):
        VideoWriter(tmp_path / "a.mp4", (64, 48), Fraction(25), codec="divx")
    with pytest.raises(ConfigError, match="preset: expected one of ultrafast"):
        find_encoder("h264", 18, "best")
    monkeypatch.setattr("d2animator.media.codecs._ENCODERS", {"hevc": "libnone"})
    with pytest.raises(ConfigError, match="PyAV was built without libnone"):
        find_encoder("hevc", 18, "fast")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_survives_a_bad_source(tmp_path: Path) -> None:
    old = make_clip(tmp_path / "out.mp4").read_bytes()
    path = make_clip(tmp_path / "a.mp4", frames=200, size=(320, 240))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(MediaError, match="truncated"):
        copied(path, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == old
