"""What people call pictures: each is its first picture, moves, or is refused in one sentence."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from d2animator.errors import MediaError
from d2animator.media.clip import open_clip
from d2animator.media.images import is_picture, read_image
from d2animator.media.kinds import Kind, kind_of
from d2animator.media.video import VideoReader
from tests.media.clips import make_clip, picture

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"


def phone_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "Phone"
    return exif


@pytest.mark.parametrize("exif", [None, phone_exif()], ids=["plain", "exif"])
@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "MPO"), ("a.tif", "TIFF")])
def test_of_several_pictures_the_first_is_taken(
    tmp_path: Path, name: str, kind: str, exif: Image.Exif | None
) -> None:
    first, second = Image.fromarray(picture()), Image.fromarray(picture(9))
    kept = {} if exif is None else {"exif": exif}
    first.save(tmp_path / name, format=kind, save_all=True, append_images=[second], **kept)
    with Image.open(tmp_path / name) as several:
        assert several.format == kind
        assert getattr(several, "n_frames", 1) == 2
    assert is_picture(tmp_path / name)
    clip = open_clip(tmp_path / name)
    (frame,) = clip.frames
    assert clip.frame_rate is None
    assert np.abs(frame.image.astype(int) - picture()).mean() < 4
    assert np.array_equal(frame.image, read_image(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "PNG"), ("a.webp", "WEBP"), ("a.avif", "AVIF")]
)
@pytest.mark.parametrize("exif", [None, phone_exif()], ids=["plain", "exif"])
def test_pictures_that_move_do(
    tmp_path: Path, name: str, kind: str, exif: Image.Exif | None
) -> None:
    shots = [Image.fromarray(picture(4 * k)) for k in range(4)]
    kept = {} if exif is None else {"exif": exif}
    shots[0].save(
        tmp_path / name, format=kind, save_all=True, append_images=shots[1:], duration=40, **kept
    )
    assert kind_of(tmp_path / name) is Kind.ANIMATED
    clip = open_clip(tmp_path / name)
    frames = list(clip.frames)
    assert clip.frame_rate == 25
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert all(np.abs(f.image.astype(int) - picture(4 * f.index)).mean() < 8 for f in frames)


def test_the_picture_for_old_viewers_is_no_frame(tmp_path: Path) -> None:
    shots = [Image.fromarray(picture(k)) for k in (9, 0, 4)]
    shots[0].save(
        tmp_path / "a.png", save_all=True, append_images=shots[1:], default_image=True, duration=40
    )
    frames = list(open_clip(tmp_path / "a.png").frames)
    assert [np.array_equal(f.image, picture(k)) for f, k in zip(frames, (0, 4), strict=True)]


def test_an_animation_turns_as_its_exif_asks(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    shots = [Image.fromarray(np.rot90(picture(k))) for k in (0, 4)]
    shots[0].save(tmp_path / "a.png", save_all=True, append_images=shots[1:], exif=exif)
    frames = list(open_clip(tmp_path / "a.png").frames)
    assert np.array_equal(frames[1].image, picture(4))


def test_broken_exif_leaves_the_pixels(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png", exif=b"Exif\0\0II*\0\xff\xff\xff\xff\0")
    assert np.array_equal(read_image(tmp_path / "a.png"), picture())


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.eps", "a"])
def test_no_program_runs_on_postscript(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Pillow hands PostScript to Ghostscript, whatever the file's name."""
    binary = tmp_path / "bin"
    binary.mkdir()
    for program in ("gs", "gswin64c"):
        (binary / program).write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
        (binary / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(binary), prepend=":")
    (tmp_path / name).write_bytes(POSTSCRIPT)
    with pytest.raises(MediaError, match="picture"):
        read_image(tmp_path / name)
    with pytest.raises(MediaError, match="picture"):
        open_clip(tmp_path / name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["a.heic", "a.jpg", "a.mp4"])
def test_heic_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / name).write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200))
    for opens in (read_image, open_clip):
        with pytest.raises(MediaError, match=r"HEIC.*pip install 'd2animator\[heif\]'"):
            opens(tmp_path / name)


@pytest.mark.skipif(importlib.util.find_spec("pillow_heif") is None, reason="an extra")
def test_heic_is_read_whole_with_the_extra(tmp_path: Path) -> None:
    plugin = importlib.import_module("pillow_heif")
    large = picture(0, 700, 900)
    plugin.from_pillow(Image.fromarray(large)).save(tmp_path / "a.heic", quality=95)
    read = read_image(tmp_path / "a.heic")
    assert read.shape == large.shape
    assert np.abs(read.astype(int) - large).mean() < 5


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif", ".tif"])
def test_a_damaged_picture_is_never_tried_as_a_video(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(picture(0, 200, 200)).save(path)
    path.write_bytes(path.read_bytes()[:40])
    assert kind_of(path) is Kind.STILL
    with pytest.raises(MediaError, match="picture that is damaged or truncated"):
        open_clip(path)


def test_a_name_says_nothing(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "12:30:00.mp4")
    make_clip(tmp_path / "b.mp4").rename(tmp_path / "b.jpg")
    assert open_clip(tmp_path / "12:30:00.mp4").frame_rate is None
    assert open_clip(tmp_path / "b.jpg").frame_rate == 25


def test_text_that_lists_other_files_is_no_video(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "secret.mp4")
    lists = {
        "playlist.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{clip}\n#EXT-X-ENDLIST\n",
        "list.mp4": f"ffconcat version 1.0\nfile {clip.name}\n",
        "session.mp4": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 5004 RTP/AVP 96\n",
        "words.txt": "hello " * 500,
    }
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(MediaError, match="not a video"):
            open_clip(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["12:30:00.mp4", "http:clip.mp4", "concat:a.mp4", "-i.mp4", "a%03d.mp4"]
)
def test_no_name_is_taken_for_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make_clip(tmp_path / "a.mp4", sound="aac").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    reader = VideoReader(name)
    assert len(list(reader)) == 12
    assert reader.audio is not None
