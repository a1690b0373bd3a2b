from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from d2animator.errors import MediaError, OutputError, ShapeError
from d2animator.media.audio import AudioSource
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter, usable_time_base
from tests.media.clips import (
    make_clip,
    make_sound,
    packets_of,
    picture,
    stamps_of,
)

NTSC_30 = Fraction(30000, 1001)


def copy(source: Path, target: Path) -> Path:
    """Read a clip and write its pictures, with its times and its sound."""
    reader = VideoReader(source)
    with VideoWriter(
        target, reader.size, reader.frame_rate, time_base=reader.time_base, audio=reader.audio
    ) as writer:
        for frame in reader:
            writer.write(frame.image, frame.time)
    return target


@pytest.mark.parametrize("rate", [NTSC_30, Fraction(24000, 1001), Fraction(25), Fraction(50)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_the_rate_survives_exactly(tmp_path: Path, rate: Fraction, suffix: str) -> None:
    source = make_clip(tmp_path / "a.mp4", rate=rate)
    written = VideoReader(copy(source, tmp_path / f"b{suffix}"))
    assert written.frame_rate == rate
    assert written.frame_count_hint == 12
    assert [frame.time for frame in written] == [index / rate for index in range(12)]
    if suffix != ".mkv":
        with av.open(str(tmp_path / f"b{suffix}")) as container:
            average = container.streams.video[0].average_rate
            assert average is not None
            assert Fraction(average.numerator, average.denominator) == rate


def test_varying_stamps_survive_exactly(tmp_path: Path) -> None:
    base, stamps = Fraction(1, 1000), [0, 33, 80, 200, 210, 500, 533, 1000]
    source = make_clip(tmp_path / "a.mp4", stamps=stamps, base=base)
    written = VideoReader(copy(source, tmp_path / "b.mp4"))
    assert [frame.time for frame in written] == [stamp * base for stamp in stamps]


@pytest.mark.parametrize("start", [0.0, 0.2, 0.75])
@pytest.mark.parametrize("seconds", [0.1, 2.0])
def test_sound_is_copied_whole_and_in_sync(tmp_path: Path, start: float, seconds: float) -> None:
    source = make_clip(tmp_path / "a.mp4", sound="aac", seconds=seconds, sound_start=start)
    target = copy(source, tmp_path / "b.mp4")
    assert packets_of(target, "audio") == packets_of(source, "audio")
    assert stamps_of(target, "audio") == stamps_of(source, "audio")
    assert stamps_of(target, "video")[0] == stamps_of(source, "video")[0] == 0


@pytest.mark.parametrize("codec", ["pcm_s16le", "mp2"])
def test_sound_that_does_not_fit_is_encoded_anew_and_in_sync(tmp_path: Path, codec: str) -> None:
    source = make_clip(tmp_path / "a.mkv", sound=codec, seconds=0.8, sound_start=0.25)
    target = copy(source, tmp_path / "b.mp4")
    with av.open(str(target)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
    onset, loudness = heard(target)
    assert onset == pytest.approx(0.25, abs=0.03)
    assert loudness == pytest.approx(0.3 / 2**0.5, rel=0.1)
    times = stamps_of(target, "audio")
    assert times[-1] - times[0] == pytest.approx(0.8, abs=0.06)


def heard(path: Path) -> tuple[float, float]:
    """When the tone sets in (seconds from the first picture) and how loud it is (RMS)."""
    parts, begin = [], None
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            begin = frame.time if begin is None else begin
            parts.append(np.asarray(frame.to_ndarray(), np.float32).reshape(-1))
            rate = frame.sample_rate
    sound = np.concatenate(parts)
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    assert begin is not None
    return begin + loud[0] / rate, float(np.sqrt((sound[loud[0] : loud[-1]] ** 2).mean()))


def test_sound_that_leads_delays_the_picture(tmp_path: Path) -> None:
    # The picture starts half a second into the sound.
    source = make_clip(
        tmp_path / "a.mkv", stamps=range(500, 1500, 40), base=Fraction(1, 1000), sound="aac"
    )
    target = copy(source, tmp_path / "b.mp4")
    sound, shown = stamps_of(target, "audio")[0], stamps_of(target, "video")[0]
    assert float(shown - sound) == pytest.approx(0.5, abs=0.03)
    assert len(packets_of(target, "audio")) == len(packets_of(source, "audio"))


def test_other_sound_can_be_laid_under(tmp_path: Path) -> None:
    sound = AudioSource(make_sound(tmp_path / "a.wav", codec="pcm_s16le"))
    with VideoWriter(tmp_path / "b.mp4", (64, 48), Fraction(25), audio=sound) as writer:
        writer.write(picture())
        writer.write(picture(1))
    assert [frame.time for frame in VideoReader(tmp_path / "b.mp4")] == [0, Fraction(1, 25)]
    assert stamps_of(tmp_path / "b.mp4", "audio")[-1] > Fraction(1, 5)


def test_odd_sides_gain_a_pixel(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", (63, 47), Fraction(25)) as writer:
        writer.write(picture(0, 47, 63))
    reader = VideoReader(tmp_path / "a.mp4")
    assert reader.size == (64, 48)
    read = next(iter(reader)).image[:47, :63].astype(int)
    assert np.abs(read - picture(0, 47, 63)).mean() < 10


def test_colours_survive(tmp_path: Path) -> None:
    colour = np.full((48, 64, 3), (200, 60, 30), np.uint8)
    with VideoWriter(tmp_path / "a.mp4", (64, 48), Fraction(25), crf=5) as writer:
        writer.write(colour)
    read = next(iter(VideoReader(tmp_path / "a.mp4"))).image.astype(int)
    assert np.abs(read - colour).max() <= 4


def test_the_index_comes_first(tmp_path: Path) -> None:
    data = copy(make_clip(tmp_path / "a.mp4"), tmp_path / "b.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_an_aborted_video_leaves_nothing(tmp_path: Path, stop: type[BaseException]) -> None:
    source = make_clip(tmp_path / "a.mp4", sound="aac")
    folder = tmp_path / "out"
    folder.mkdir()
    reader = VideoReader(source)

    def write_half() -> None:
        with VideoWriter(folder / "b.mp4", (64, 48), Fraction(25), audio=reader.audio) as writer:
            writer.write(picture())
            assert [path.name[:7] for path in folder.iterdir()] == [".b.mp4."]
            raise stop

    with pytest.raises(stop):
        write_half()
    assert list(folder.iterdir()) == []


def test_bad_use_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="no frame"),
        VideoWriter(tmp_path / "a.mp4", (8, 8), NTSC_30),
    ):
        pass
    with pytest.raises(OutputError, match="unknown extension"):
        VideoWriter(tmp_path / "a.png", (8, 8), NTSC_30)
    with pytest.raises(ShapeError), VideoWriter(tmp_path / "a.mp4", (8, 8), NTSC_30) as writer:
        writer.write(picture())
    assert list(tmp_path.iterdir()) == []
    silent = AudioSource(make_clip(tmp_path / "silent.mp4"))
    with pytest.raises(MediaError, match="no audio"):
        VideoWriter(tmp_path / "a.mp4", (8, 8), NTSC_30, audio=silent)
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(MediaError, match="sound cannot be read"):
        VideoWriter(tmp_path / "a.mp4", (8, 8), NTSC_30, audio=AudioSource(tmp_path / "text.wav"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["silent.mp4", "text.wav"]


def test_stamps_always_grow(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", (64, 48), Fraction(25)) as writer:
        for time in (0, 0, Fraction(1, 25)):
            writer.write(picture(), Fraction(time))
    assert VideoReader(tmp_path / "a.mp4").frame_count_hint == 3


def test_time_bases() -> None:
    assert usable_time_base(None, NTSC_30) == 1 / NTSC_30
    assert usable_time_base(1 / NTSC_30, NTSC_30) == 1 / NTSC_30
    assert usable_time_base(Fraction(1, 15360), NTSC_30) == Fraction(1, 15360)
    assert usable_time_base(Fraction(1, 10**9), NTSC_30) == Fraction(1, 90000)
    assert usable_time_base(Fraction(1, 30), NTSC_30) == Fraction(1, 90000)
