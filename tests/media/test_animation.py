from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from d2animator.errors import MediaError, OutputError, ShapeError
from d2animator.media.animation import AnimationReader, AnimationWriter
from d2animator.media.clip import open_clip
from tests.media.clips import picture

SIZE = (64, 48)


def write(path: Path, frames: int = 5, rate: Fraction = Fraction(25), same: bool = False) -> Path:
    with AnimationWriter(path, SIZE, rate) as writer:
        for index in range(frames):
            writer.write(picture(0 if same else 3 * index), index / rate)
    return path


@pytest.mark.parametrize(("suffix", "same"), [(".webp", False), (".gif", False), (".gif", True)])
def test_every_frame_comes_back_at_its_time(tmp_path: Path, suffix: str, same: bool) -> None:
    clip = open_clip(write(tmp_path / f"a{suffix}", same=same))
    frames = list(clip.frames)
    assert clip.frame_rate == 25
    assert [frame.time for frame in frames] == [Fraction(k, 25) for k in range(5)]
    wanted = np.stack([picture(0 if same else 3 * k) for k in range(5)]).astype(int)
    # WebP halves the colours' resolution, GIF has 256 of them
    assert np.abs(np.stack([frame.image for frame in frames]) - wanted).mean() < 7


def test_an_uneven_rate_keeps_milliseconds(tmp_path: Path) -> None:
    times = [Fraction(0), Fraction(1, 10), Fraction(13, 100), Fraction(1)]
    with AnimationWriter(tmp_path / "a.webp", SIZE, Fraction(4)) as writer:
        for index, time in enumerate(times):
            writer.write(picture(4 * index), time)
    reader = AnimationReader(tmp_path / "a.webp")
    assert [frame.time for frame in reader] == times
    assert reader.time_base == Fraction(1, 1000)
    assert reader.frame_count_hint == 4


def test_ntsc_is_known_by_its_milliseconds(tmp_path: Path) -> None:
    write(tmp_path / "a.webp", frames=40, rate=Fraction(30000, 1001))
    frames = list(AnimationReader(tmp_path / "a.webp"))
    for k, frame in enumerate(frames):
        assert abs(frame.time - k * Fraction(1001, 30000)) <= Fraction(1, 1000)
    assert len(frames) == 40


def test_a_transparent_animation_is_laid_on_white(tmp_path: Path) -> None:
    layers = [np.dstack([picture(k), np.full((48, 64), 255, np.uint8)]) for k in (0, 9)]
    for layer in layers:
        layer[:, :32, 3] = 0
    first, second = (Image.fromarray(layer) for layer in layers)
    first.save(
        tmp_path / "a.webp", save_all=True, append_images=[second], lossless=True, duration=40
    )
    frames = [frame.image for frame in open_clip(tmp_path / "a.webp").frames]
    assert all((image[:, :32] == 255).all() for image in frames)
    assert np.array_equal(frames[1][:, 32:], picture(9)[:, 32:])


def test_equal_pictures_of_a_webp_are_one_that_lasts(tmp_path: Path) -> None:
    with AnimationWriter(tmp_path / "a.webp", SIZE, Fraction(25)) as writer:
        for index, kind in enumerate((0, 0, 0, 9, 9, 3)):
            writer.write(picture(kind), Fraction(index, 25))
    frames = list(AnimationReader(tmp_path / "a.webp"))
    assert [frame.time for frame in frames] == [0, Fraction(3, 25), Fraction(5, 25)]


def test_a_gif_is_not_faster_than_it_can_show(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="at most 50 pictures a second and this one has 240"):
        AnimationWriter(tmp_path / "a.gif", SIZE, Fraction(240))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_an_abort_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("old")

    def broken() -> None:
        with AnimationWriter(path, SIZE, Fraction(25)) as writer:
            writer.write(picture())
            raise KeyboardInterrupt

    def empty() -> None:
        with AnimationWriter(path, SIZE, Fraction(25)):
            pass

    with pytest.raises(KeyboardInterrupt):
        broken()
    with pytest.raises(OutputError, match="no frame"):
        empty()
    with pytest.raises(ShapeError, match="image"), AnimationWriter(path, SIZE, Fraction(9)) as one:
        one.write(picture(height=20))
    assert [one.read_text() for one in tmp_path.iterdir()] == ["old"]


def test_a_broken_animation_is_said(tmp_path: Path) -> None:
    write(tmp_path / "a.webp")
    whole = (tmp_path / "a.webp").read_bytes()
    (tmp_path / "a.webp").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"a\.webp"):
        list(open_clip(tmp_path / "a.webp").frames)
