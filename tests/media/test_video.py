from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from d2animator.errors import MediaError
from d2animator.media.video import VideoReader
from tests.media.clips import make_clip, make_sound, picture

NTSC_30 = Fraction(30000, 1001)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), NTSC_30, Fraction(25), Fraction(60)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".avi"])
def test_a_regular_rate_is_exact(tmp_path: Path, rate: Fraction, suffix: str) -> None:
    with VideoReader(make_clip(tmp_path / f"a{suffix}", rate=rate)) as reader:
        frames = list(reader)
        assert reader.frame_rate == rate
        assert reader.constant_rate
        assert reader.frame_count_hint == 12
        assert [frame.time for frame in frames] == [index / rate for index in range(12)]
        assert [frame.index for frame in frames] == list(range(12))


def test_a_varying_rate_keeps_its_stamps(tmp_path: Path) -> None:
    base = Fraction(1, 1000)
    stamps = [0, 33, 80, 200, 210, 500, 533, 1000]
    reader = VideoReader(make_clip(tmp_path / "a.mp4", stamps=stamps, base=base))
    assert [frame.time for frame in reader] == [stamp * base for stamp in stamps]
    assert not reader.constant_rate
    assert reader.frame_rate == 7
    assert reader.time_base < base or reader.time_base == base


def test_time_starts_with_the_first_frame(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", stamps=range(2000, 4000, 40), base=Fraction(1, 1000))
    reader = VideoReader(clip)
    assert [frame.time for frame in reader][:2] == [0, Fraction(1, 25)]
    assert reader.audio is None


def test_colours_survive(tmp_path: Path) -> None:
    reader = VideoReader(make_clip(tmp_path / "a.mp4"))
    assert reader.size == (64, 48)
    for frame in reader:
        expected = picture(frame.index).astype(int)[12:, 16:]  # not the corner's sharp edge
        assert np.abs(frame.image[12:, 16:] - expected).mean() < 6
    assert frame.image.dtype == np.uint8


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_the_rotation_of_a_phone_is_obeyed(tmp_path: Path, rotation: int, mirrored: bool) -> None:
    plain = next(iter(VideoReader(make_clip(tmp_path / "plain.mp4")))).image
    clip = make_clip(tmp_path / "a.mp4", rotation=rotation, mirrored=mirrored)
    reader = VideoReader(clip)
    # The file's rotation is counter-clockwise, as NumPy's; the mirror comes after it.
    shown = np.rot90(plain, rotation // 90)
    shown = shown[:, ::-1] if mirrored else shown
    assert reader.size == (shown.shape[1], shown.shape[0])
    assert np.array_equal(next(iter(reader)).image, shown)


def test_it_can_be_iterated_again(tmp_path: Path) -> None:
    reader = VideoReader(make_clip(tmp_path / "a.mp4"))
    first = [frame.image for frame in reader]
    next(iter(reader))
    assert all(map(np.array_equal, first, (frame.image for frame in reader)))


def test_sound_is_announced(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", sound="aac")
    audio = VideoReader(clip).audio
    assert audio is not None
    assert audio.path == clip
    assert audio.video_start == 0


def test_what_is_no_video_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a video at all")
    make_sound(tmp_path / "sound.m4a")
    for name, reason in {
        "absent.mp4": "no such file",
        "": "is a folder",
        "empty.mp4": "is empty",
        "text.mp4": "not a video",
        "sound.m4a": "has sound but no picture",
    }.items():
        with pytest.raises(MediaError, match=reason) as caught:
            VideoReader(tmp_path / name)
        assert caught.value.path == tmp_path / name


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
@pytest.mark.parametrize(
    ("suffix", "options"),
    [(".mp4", {}), (".mp4", {"movflags": "+faststart"}), (".mkv", {})],
    ids=["mp4", "faststart", "mkv"],
)
def test_a_truncated_file_is_refused(
    tmp_path: Path, suffix: str, options: dict[str, str], kept: float
) -> None:
    whole = make_clip(tmp_path / f"whole{suffix}", frames=300, options=options).read_bytes()
    (tmp_path / f"cut{suffix}").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(MediaError, match="truncated"):
        VideoReader(tmp_path / f"cut{suffix}")


def test_truncation_names_the_frame(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "a.mp4", frames=200, options={"movflags": "+faststart"})
    (tmp_path / "cut.mp4").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(MediaError, match=r"breaks off at frame \d+"):
        VideoReader(tmp_path / "cut.mp4")
