"""How much a file may ask for, and which files are none."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from d2animator.errors import MediaError
from d2animator.media import limits
from d2animator.media.clip import open_clip
from d2animator.media.files import check_readable
from d2animator.media.images import read_image
from tests.media.clips import make_clip, picture


def png_of_size(path: Path, width: int, height: int) -> Path:
    """A PNG that promises a size and holds a handful of bytes."""
    chunks = b""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for name, content in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(999))), (b"IEND", b"")):
        chunks += struct.pack(">I", len(content)) + name + content
        chunks += struct.pack(">I", zlib.crc32(name + content))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    return path


@pytest.mark.parametrize("size", [(10_000, 5_001), (30_000, 30_000), (2**31 - 1, 1)])
def test_a_picture_that_is_too_large_is_refused_before_it_is_decoded(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    path = png_of_size(tmp_path / "a.png", *size)
    for opens in (read_image, open_clip):
        with pytest.raises(MediaError, match="too many pixels"):
            opens(path)


def test_a_camera_of_48_megapixels_is_not(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="damaged or truncated"):
        read_image(png_of_size(tmp_path / "a.png", 8064, 6048))


def test_frames_have_the_same_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    shots = [Image.fromarray(picture(k)) for k in (0, 4)]
    for name in ("a.webp", "a.png", "a.gif"):
        shots[0].save(tmp_path / name, save_all=True, append_images=shots[1:])
    monkeypatch.setattr(limits, "MAX_PIXELS", 64 * 48 - 1)
    for path in (clip, tmp_path / "a.webp", tmp_path / "a.png", tmp_path / "a.gif"):
        with pytest.raises(MediaError, match=r"too many pixels \(64x48"):
            open_clip(path)


def test_no_memory_is_a_media_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png")

    def load(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    with pytest.raises(MediaError, match="more memory"):
        read_image(tmp_path / "a.png")


def test_pipes_and_devices_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    reading, writing = os.pipe()
    try:
        for path, reason in {
            str(tmp_path / "pipe.mp4"): "is a pipe, which can be read only once",
            f"/dev/fd/{reading}": "is a pipe",
            "/dev/zero": "is a device",
            "/dev/null": "is a device",
        }.items():
            for opens in (check_readable, read_image, open_clip):
                with pytest.raises(MediaError, match=reason):
                    opens(path)
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize("name", ["a\0b.png", "a" * 5000, "absent/a.png"])
def test_names_that_cannot_be_are_media_errors(tmp_path: Path, name: str) -> None:
    for opens in (read_image, open_clip):
        with pytest.raises(MediaError):
            opens(str(tmp_path / name))
