"""How soon and how fast a photo moves, measured on the example."""

from __future__ import annotations

import os
import subprocess
import sys
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
    assert "| usual | 128 | 2 |" in photo_speed.tables([{"run": "usual", **row}])


def test_a_new_installation_has_nothing_compiled_and_an_empty_home() -> None:
    with photo_speed.new_installation() as places:
        site = Path(places["PYTHONPATH"].split(os.pathsep)[0])
        assert (site / "d2animator" / "performers" / "photo" / "kernels.ll").is_file()
        assert not [*site.rglob("*.pyc"), *site.rglob("__pycache__")]
        assert not Path(places["D2ANIMATOR_CACHE"]).exists()
        told = subprocess.run(
            [sys.executable, "-c", "import d2animator; print(d2animator.__file__)"],
            env=os.environ | places,
            capture_output=True,
            text=True,
            check=True,
        )
        assert Path(told.stdout.strip()).is_relative_to(site)
    assert not site.exists()
