"""Transparency, and which container holds what."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from d2animator.errors import ConfigError, OutputError
from d2animator.media.clip import Clip, Coding, check_target, open_sink
from d2animator.media.codecs import AUTO, CODECS, VIDEO_SUFFIXES, fitting_codec
from d2animator.media.images import read_image
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter
from tests.media.clips import picture

MOVING = Clip("<test>", (), Fraction(25))
CODING = Coding(10, "ultrafast", False)


def layered(index: int = 0) -> np.ndarray:
    """A picture that is opaque on the left, half so in the middle and not at all on the right."""
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, :24], alpha[:, 24:40] = 255, 128
    return np.dstack([picture(index), alpha])


def written(path: Path, frames: int = 4) -> Path:
    with open_sink(path, MOVING, (64, 48), CODING) as sink:
        for index in range(frames):
            sink.write(layered(index), Fraction(index, 25))
    return path


@pytest.mark.parametrize("suffix", [".webm", ".mkv"])
def test_vp9_keeps_transparency(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    with open_sink(path, MOVING, (64, 48), Coding(10, "ultrafast", False, "vp9")) as sink:
        for index in range(4):
            sink.write(layered(index), Fraction(index, 25))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.metadata.get("ALPHA_MODE") == "1"
        decoder = av.CodecContext.create("libvpx-vp9", "r")  # the other one passes alpha over
        decoder.extradata = stream.codec_context.extradata
        frames = [frame for packet in container.demux(stream) for frame in decoder.decode(packet)]
    assert len(frames) == 4
    assert frames[0].format.name == "yuva420p"
    alpha = frames[2].to_ndarray(format="rgba")[..., 3].astype(int)
    assert np.abs(alpha - layered()[..., 3]).mean() < 6
    assert len(list(VideoReader(path))) == 4


def test_animated_webp_keeps_transparency(tmp_path: Path) -> None:
    with Image.open(written(tmp_path / "a.webp")) as animation:
        animation.seek(2)
        alpha = np.asarray(animation.convert("RGBA"))[..., 3].astype(int)
    assert np.abs(alpha - layered()[..., 3]).max() < 3


def test_numbered_pictures_keep_transparency(tmp_path: Path) -> None:
    written(tmp_path / "%02d.png")
    with Image.open(tmp_path / "03.png") as shown:
        assert np.array_equal(np.asarray(shown), layered(3))


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.gif", "%d.jpg"])
def test_the_others_lay_it_on_white(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name)
    if "%" in name:
        image = read_image(tmp_path / "0.jpg")
    elif name == "a.gif":
        with Image.open(path) as animation:
            image = np.asarray(animation.convert("RGB"))
    else:
        image = next(iter(VideoReader(path))).image
    assert image[:, 48:].min() > 235
    assert np.abs(image[16:, 4:20].astype(int) - picture()[16:, 4:20]).mean() < 8


@pytest.mark.parametrize(
    ("name", "shape"), [("a.png", 4), ("a.webp", 4), ("a.jpg", 3), ("a.bmp", 3)]
)
def test_a_picture_keeps_it_where_it_can(tmp_path: Path, name: str, shape: int) -> None:
    with open_sink(tmp_path / name, Clip("<test>", ()), (64, 48), CODING) as sink:
        sink.write(layered(), Fraction(0))
    with Image.open(tmp_path / name) as shown:
        assert len(shown.getbands()) == shape


@pytest.mark.parametrize("suffix", VIDEO_SUFFIXES)
def test_the_usual_codec_of_each_container(tmp_path: Path, suffix: str) -> None:
    with VideoWriter(tmp_path / f"a{suffix}", (64, 48), Fraction(25), preset="ultrafast") as writer:
        for index in range(6):
            writer.write(picture(index))
    with av.open(str(tmp_path / f"a{suffix}")) as container:
        name = container.streams.video[0].codec_context.name
        assert container.format.name.split(",")[0] == (
            "matroska" if suffix in (".mkv", ".webm") else "mov"
        )
    assert name == ("vp9" if suffix == ".webm" else "h264") or name == "libvpx-vp9"
    frames = list(VideoReader(tmp_path / f"a{suffix}"))
    assert [frame.time for frame in frames] == [Fraction(k, 25) for k in range(6)]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.webm", "h264"), ("a.webm", "hevc"), ("a.mov", "vp9")]
)
def test_what_a_container_does_not_hold_is_refused_before_the_work(
    tmp_path: Path, name: str, codec: str
) -> None:
    with pytest.raises(OutputError, match=rf"holds .*, not {codec}; for that name a file"):
        check_target(tmp_path / name, MOVING, codec)
    with pytest.raises(OutputError, match=f"not {codec}"):
        VideoWriter(tmp_path / name, (64, 48), Fraction(25), codec=codec)
    assert list(tmp_path.iterdir()) == []


def test_codecs_are_named(tmp_path: Path) -> None:
    for codec in (AUTO, *CODECS):
        assert check_target(tmp_path / "a.mkv", MOVING, codec) == tmp_path / "a.mkv"
    with pytest.raises(ConfigError, match="codec: expected one of h264"):
        check_target(tmp_path / "a.mkv", MOVING, "divx")
    with pytest.raises(OutputError, match="expected a video's extension"):
        fitting_codec("a.ogv")
    with pytest.raises(OutputError, match="at most 50 pictures a second"):
        check_target(tmp_path / "a.gif", Clip("<test>", (), Fraction(60)))
