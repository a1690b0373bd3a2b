"""How soon and how fast a photo moves, measured on the example."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from benchmarks import photo_speed
from benchmarks.tracker import read_frames
from d2animator.media.clip import open_clip
from d2animator.media.writer import VideoWriter


@pytest.fixture
def short(tmp_path: Path) -> Path:
    frames = list(read_frames(photo_speed.DRIVER))[:2]
    height, width = frames[0].shape[:2]
    with VideoWriter(tmp_path / "short.mp4", (width, height), Fraction(25)) as writer:
        for frame in frames:
            writer.write(frame)
    return tmp_path / "short.mp4"


def test_a_clip_is_written_several_times_over(short: Path, tmp_path: Path) -> None:
    photo_speed.lengthened(short, tmp_path / "long.mp4", 3)
    assert len(list(open_clip(tmp_path / "long.mp4").frames)) == 6


@pytest.mark.slow
def test_a_run_tells_its_first_frame_and_its_speed(short: Path) -> None:
    row = photo_speed.animate_once(photo_speed.PHOTO, short, 128)
    assert row["frames"] == 2
    assert row["first_frame_s"] > 0
    assert row["peak_mib"] > 100
    assert "| 128 | 2 |" in photo_speed.tables([row])
