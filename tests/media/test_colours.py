from __future__ import annotations

import io
import logging
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from d2animator.media.clip import open_clip
from d2animator.media.images import read_image
from tests.media.clips import picture

WHITE_D50 = (0.9642, 1.0, 0.8249)
# Columns of the matrices to XYZ under D50: of Display P3, and of Adobe RGB (1998).
P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
ADOBE = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))


def fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def profile(primaries: tuple[tuple[float, ...], ...], gamma: float) -> bytes:
    """An ICC profile of version 2 with a matrix and one gamma (ICC.1:2001-04)."""
    xyz = [b"XYZ \0\0\0\0" + b"".join(map(fixed, three)) for three in (WHITE_D50, *primaries)]
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", 2) + b"x\0" + bytes(79)
    tags = [*zip((b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ"), xyz, strict=True), (b"desc", text)]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")] + [(b"cprt", text)]
    table, body, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, content in tags:
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", offset + len(body), len(content))
        body += content
    head = bytes(8) + struct.pack(">I", 0x02400000) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
    head += bytes(28) + b"".join(map(fixed, WHITE_D50)) + bytes(48)
    whole = head[4:] + table + body
    return struct.pack(">I", len(whole) + 4) + whole


def in_srgb(
    colours: np.ndarray, primaries: tuple[tuple[float, ...], ...], gamma: float
) -> np.ndarray:
    """The same by hand: to light, to XYZ, to sRGB's light, to its codes."""
    srgb = np.array([[0.4361, 0.2225, 0.0139], [0.3851, 0.7169, 0.0971], [0.1431, 0.0606, 0.7141]])
    light = (colours / 255.0) ** gamma @ np.array(primaries) @ np.linalg.inv(srgb)
    light = np.clip(light, 0, 1)
    codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return 255 * codes


@pytest.mark.parametrize(
    ("primaries", "gamma"), [(P3, 2.2), (ADOBE, 563 / 256)], ids=["P3", "Adobe"]
)
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_wide_colours_become_srgb(
    tmp_path: Path, suffix: str, primaries: tuple[tuple[float, ...], ...], gamma: float
) -> None:
    colours = np.zeros((64, 96, 3), np.uint8)
    colours[:, :32], colours[:, 32:64], colours[:, 64:] = (
        (200, 150, 120),
        (120, 160, 110),
        (60,) * 3,
    )
    path = tmp_path / f"a{suffix}"
    options: dict[str, Any] = {} if suffix in (".png", ".tif") else {"quality": 98}
    Image.fromarray(colours).save(path, icc_profile=profile(primaries, gamma), **options)
    read, wanted = read_image(path), in_srgb(colours.astype(float), primaries, gamma)
    for column in (16, 48, 80):
        assert np.abs(read[32, column] - wanted[32, column]).max() < 5
    # what the profile changes is well above what coding does
    assert np.abs(wanted[32, 16] - colours[32, 16]).max() > 9


def test_transparency_survives_the_profile(tmp_path: Path) -> None:
    layered = np.zeros((8, 16, 4), np.uint8)
    layered[..., :3], layered[:, 8:, 3] = (200, 150, 120), 255
    Image.fromarray(layered).save(tmp_path / "a.png", icc_profile=profile(P3, 2.2))
    read = read_image(tmp_path / "a.png")
    assert (read[:, :8] == 255).all()
    wanted = in_srgb(np.array([[200.0, 150.0, 120.0]]), P3, 2.2)
    assert np.abs(read[0, 12] - wanted).max() < 3


def test_srgb_itself_changes_nothing(tmp_path: Path) -> None:
    content = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for mode in ("RGB", "L"):
        shown = Image.fromarray(picture()).convert(mode)
        shown.save(tmp_path / "plain.png")
        shown.save(tmp_path / "srgb.png", icc_profile=content)
        assert np.array_equal(read_image(tmp_path / "plain.png"), read_image(tmp_path / "srgb.png"))


def test_an_animation_has_a_profile_too(tmp_path: Path) -> None:
    shots = [Image.new("RGB", (16, 16), (200, 150, shade)) for shade in (120, 60)]
    shots[0].save(
        tmp_path / "a.png", save_all=True, append_images=shots[1:], icc_profile=profile(P3, 2.2)
    )
    for frame, shade in zip(open_clip(tmp_path / "a.png").frames, (120, 60), strict=True):
        wanted = in_srgb(np.array([[200.0, 150.0, shade]]), P3, 2.2)
        assert np.abs(frame.image[0, 0] - wanted).max() < 3


@pytest.mark.parametrize(
    ("mode", "content"),
    [
        ("RGB", b"no profile"),
        ("RGB", profile(P3, 2.2)[:180]),
        ("CMYK", profile(P3, 2.2)),
        ("RGB", profile(P3, 2.2).replace(b"RGB ", b"CMYK")),
    ],
    ids=["text", "cut", "of other colours", "of ink"],
)
def test_a_broken_profile_is_ignored_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: str, content: bytes
) -> None:
    shown = Image.fromarray(picture()).convert(mode)
    shown.save(tmp_path / "plain.tif")
    shown.save(tmp_path / "a.tif", icc_profile=content)
    with caplog.at_level(logging.WARNING):
        assert np.array_equal(read_image(tmp_path / "a.tif"), read_image(tmp_path / "plain.tif"))
    assert "a.tif: its colour profile is ignored" in caplog.text


def test_lab_is_read(tmp_path: Path) -> None:
    grey = Image.new("LAB", (8, 8), (128, 128, 128))
    buffer = io.BytesIO()
    grey.save(buffer, format="TIFF")
    (tmp_path / "a.tif").write_bytes(buffer.getvalue())
    read = read_image(tmp_path / "a.tif").astype(int)
    assert np.ptp(read[0, 0]) <= 3  # no colour in it
    assert 100 < read.mean() < 140  # half of L* is 119 of sRGB
