from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL
import pytest
from PIL import Image

from d2animator.errors import MediaError, OutputError, ShapeError
from d2animator.media import images
from d2animator.media.images import is_picture, read_image, write_image
from tests.media.clips import make_clip, picture


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_obeyed(tmp_path: Path, orientation: int) -> None:
    upright = Image.fromarray(picture())
    # What a camera stores is the inverse of what the tag asks for.
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if back is None else upright.transpose(back)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "a.png"), picture())


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    rgba = np.zeros((4, 5, 4), np.uint8)
    rgba[..., 3] = 51
    Image.fromarray(rgba).save(tmp_path / "a.png")
    assert np.all(read_image(tmp_path / "a.png") == 204)


def test_a_transparent_palette_is_laid_on_white(tmp_path: Path) -> None:
    indexed = Image.new("P", (3, 2), 1)
    indexed.putpalette([9, 9, 9, 20, 30, 40])
    indexed.putpixel((0, 0), 0)
    indexed.save(tmp_path / "a.png", transparency=0)
    read = read_image(tmp_path / "a.png")
    assert read[0, 0].tolist() == [255, 255, 255]
    assert read[1, 1].tolist() == [20, 30, 40]


def test_sixteen_bits_keep_their_brightness(tmp_path: Path) -> None:
    deep = np.array([[0, 32896, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png")[0, :, 1].tolist() == [0, 128, 255]


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "YCbCr"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    if mode == "YCbCr" and int(PIL.__version__.partition(".")[0]) < 13:
        pytest.skip("older versions write such TIFFs cut off")
    path = tmp_path / ("a.tif" if mode in ("CMYK", "YCbCr") else "a.png")
    grey = Image.fromarray(picture()).convert("RGB").convert("L")
    (grey if mode == "LA" else grey.convert("RGB")).convert(mode).save(path)
    read = read_image(path)
    assert read.shape == (48, 64, 3)
    assert read.dtype == np.uint8
    assert abs(float(read.mean()) - float(np.asarray(grey).mean())) < 3


def test_of_an_animation_the_first_frame_is_taken(tmp_path: Path) -> None:
    shades = [Image.new("RGB", (8, 8), (shade, shade, shade)) for shade in (10, 200)]
    shades[0].save(tmp_path / "a.gif", save_all=True, append_images=shades[1:])
    assert np.all(read_image(tmp_path / "a.gif") == 10)


def test_what_is_no_picture_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("not a picture at all")
    write_image(tmp_path / "whole.jpg", picture(0, 200, 200))
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    write_image(tmp_path / "whole.png", picture(0, 200, 200))
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    for name, reason in {
        "absent.png": "no such file",
        "": "is a folder",
        "empty.png": "empty",
        "text.png": "not a picture",
        "half.jpg": "truncated",
        "half.png": "truncated",
    }.items():
        with pytest.raises(MediaError, match=reason) as caught:
            read_image(tmp_path / name)
        assert caught.value.path == tmp_path / name


def test_a_picture_too_large_for_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_image(tmp_path / "a.png", picture())
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(MediaError, match="too many pixels"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", images.PICTURE_SUFFIXES)
def test_what_is_written_is_read(tmp_path: Path, suffix: str) -> None:
    path = write_image(tmp_path / f"a{suffix}", picture())
    error = np.abs(read_image(path).astype(int) - picture()).mean()
    assert error <= (3 if suffix in (".jpg", ".jpeg", ".webp") else 0)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_picture_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    for target, reason in {
        tmp_path: "is a folder",
        tmp_path / "a.xyz": "unknown extension '.xyz'",
        tmp_path / "none": "unknown extension none",
    }.items():
        with pytest.raises(OutputError, match=reason):
            write_image(target, picture())
    with pytest.raises(ShapeError):
        write_image(tmp_path / "a.png", np.zeros((4, 4), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_pictures_and_videos_are_told_apart_by_content(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", picture())
    (tmp_path / "a.png").rename(tmp_path / "picture.mp4")
    make_clip(tmp_path / "a.mp4")
    shades = [Image.new("RGB", (8, 8), (shade, shade, shade)) for shade in (10, 200)]
    shades[0].save(tmp_path / "a.gif", save_all=True, append_images=shades[1:])
    assert is_picture(tmp_path / "picture.mp4")
    assert not is_picture(tmp_path / "a.mp4")
    assert not is_picture(tmp_path / "a.gif")
    assert not is_picture(tmp_path / "absent.png")
