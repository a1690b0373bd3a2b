"""Damaged files of every kind: read, or refused by an error of ours; bounded in memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from PIL import Image

from d2animator.media.animation import AnimationWriter
from tests.media.clips import add_frames, make_clip, make_sound, picture
from tests.media.test_colours import P3, profile
from tests.mutations import Tally

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bounds memory as Linux does")

ROOT = Path(__file__).parents[2]


def pictures(folder: Path) -> None:
    """One picture of each kind."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Phone"
    shown = Image.fromarray(picture())
    for name in ("a.png", "a.jpg", "a.webp", "a.avif", "a.tif", "a.bmp", "a.gif", "a.jp2", "a.ppm"):
        shown.save(folder / name)
    rich: dict[str, Any] = {"exif": exif, "icc_profile": profile(P3, 2.2)}
    for name in ("rich.png", "rich.jpg", "rich.webp", "rich.avif"):
        shown.save(folder / name, **rich)
    shown.save(folder / "mpo.jpg", format="MPO", save_all=True, append_images=[shown], exif=exif)
    shown.save(folder / "pages.tif", save_all=True, append_images=[shown], compression="tiff_lzw")
    shown.convert("CMYK").save(folder / "cmyk.jpg", icc_profile=profile(P3, 2.2))
    shown.convert("P").save(folder / "palette.png", transparency=3)
    shown.resize((32, 32)).save(folder / "a.ico")
    Image.fromarray(np.dstack([picture(), picture()[..., :1]])).save(folder / "alpha.png")
    Image.fromarray(picture()[..., 0].astype(np.uint16) * 250).save(folder / "deep.png")


def clips(folder: Path) -> None:
    """One clip of each kind."""
    for name in ("a.mp4", "a.mkv", "a.mov", "a.ts", "a.flv"):
        make_clip(folder / name, frames=8, sound="aac", seconds=0.3)
    make_clip(folder / "a.avi", frames=8)
    make_clip(folder / "mirrored.mp4", frames=4, rotation=90, mirrored=True)
    make_clip(folder / "fast.mp4", frames=4, options={"movflags": "+faststart"})
    make_clip(folder / "uneven.mkv", stamps=[0, 33, 80, 200], base=Fraction(1, 1000))
    for name, codec in {"a.webm": "libvpx-vp9", "a.mpg": "mpeg2video", "a.wmv": "wmv2"}.items():
        with av.open(str(folder / name), "w") as container:
            stream = cast(VideoStream, container.add_stream(codec, rate=25))
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            add_frames(container, stream, range(6), Fraction(1, 25))
    for name in ("a.webp", "a.gif"):
        with AnimationWriter(folder / name, (64, 48), Fraction(25)) as writer:
            for index in range(5):
                writer.write(picture(3 * index))
    shots = [Image.fromarray(picture(4 * k)) for k in range(4)]
    for name in ("a.png", "moving.avif"):
        shots[0].save(
            folder / name, save_all=True, append_images=shots[1:], icc_profile=profile(P3, 2.2)
        )
    make_sound(folder / "a.m4a")
    make_sound(folder / "a.wav", "pcm_s16le")


def read_damaged(folder: Path, first: int, count: int) -> Tally:
    """Read damaged copies of a folder's files in a process with limits."""
    words = [sys.executable, "-m", "tests.media.fuzzing", str(folder), str(first), str(count)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    last = done.stdout.splitlines()[-1] if done.stdout else "nothing"
    assert done.returncode == 0, f"case {last}: ended by {done.returncode}\n{done.stderr[-2000:]}"
    assert "Traceback" not in done.stderr
    return Tally(**json.loads(last))


@pytest.mark.parametrize("kind", [pictures, clips], ids=["pictures", "clips"])
def test_damaged_files_are_read_or_refused(tmp_path: Path, kind: object) -> None:
    kind(tmp_path)  # type: ignore[operator]
    done = read_damaged(tmp_path, 0, 80)
    assert done.read
    assert done.refused
    assert done.read + done.refused == 80


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 2500, 500))
@pytest.mark.parametrize("kind", [pictures, clips], ids=["pictures", "clips"])
def test_many_damaged_files_are_read_or_refused(
    tmp_path: Path, kind: object, first: int, record_property: Callable[[str, object], None]
) -> None:
    kind(tmp_path)  # type: ignore[operator]
    read_damaged(tmp_path, 1000 + first, 500).recorded(record_property)
