"""The benchmark of long clips, on short ones; and what it must notice."""

from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pytest

from benchmarks import long
from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.media.audio import AudioSource
from d2animator.media.images import write_image
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter
from tests.media.clips import make_clip
from tests.seeing import film, picture, seeing

SHORT = long.plans(seconds=1, minutes=0.05, low_rate=Fraction(4))


@pytest.fixture(scope="module")
def model(tiny_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("long") / "seeing"
    save_bundle(seeing(tiny_bundle), path)
    return str(path)


def test_the_varying_clip_varies_and_the_others_do_not(tmp_path: Path) -> None:
    pictures = film(tmp_path / "pictures.mp4", "fff")
    rates = {}
    for name, plan in SHORT.items():
        reader = VideoReader(long.make_driver(plan, pictures, tmp_path))
        assert reader.frame_count_hint == len(list(plan.times()))
        assert reader.audio is not None
        rates[name] = (reader.constant_rate, reader.frame_rate)
    assert rates["29.97"] == (True, long.NTSC)
    assert rates["long"] == (True, Fraction(4))
    assert not rates["varying"][0]


@pytest.mark.parametrize("name", SHORT)
def test_every_driver_is_kept_in_time(name: str, model: str, tmp_path: Path) -> None:
    source = write_image(tmp_path / "source.png", picture())
    pictures = film(tmp_path / "pictures.mp4", "fff")
    given = (SHORT[name], source, pictures, tmp_path, model)
    for step in ("make", "animate"):
        assert long.do_step(step, *given) == {}
    row = long.do_step("compare", *given)
    assert row["frames"] == row["result_frames"] == len(list(SHORT[name].times()))
    assert (row["stamps_differ"], row["sound_packets_lost"]) == (0, 0)
    assert row["sound_offset_ms"] <= long.LARGEST_OFFSET_MS
    assert row["peak_mib"] > 50


def test_what_is_out_of_time_is_noticed(tmp_path: Path) -> None:
    driver = make_clip(tmp_path / "a.mp4", sound="aac", seconds=1)
    reader = VideoReader(driver)
    late = AudioSource(driver, Fraction(-1, 50))
    with VideoWriter(tmp_path / "b.mp4", reader.size, reader.frame_rate, audio=late) as writer:
        for frame in reader:
            if frame.index != 5:
                writer.write(frame.image)
    row = long.compare("a", driver, tmp_path / "b.mp4", {"seconds": 1.0, "peak_mib": 1.0})
    assert (row.frames, row.result_frames) == (12, 11)
    assert row.sound_offset_ms == pytest.approx(20, abs=1)
    with VideoWriter(tmp_path / "c.mp4", reader.size, Fraction(24), audio=reader.audio) as writer:
        for frame in reader:
            writer.write(frame.image)
    row = long.compare("a", driver, tmp_path / "c.mp4", {"seconds": 1.0, "peak_mib": 1.0})
    assert row.stamps_differ == 11


def test_what_was_measured_is_a_table() -> None:
    row = long.Kept("29.97", 30, 30, 0, 0, 0.25, 1.0, 400.4)
    data = {
        "bundle": "the embedded bundle",
        "rows": {name: asdict(row) for name in SHORT},
        "seconds": 60.0,
        "low_rate": 2.0,
        "minutes": 60.0,
        "memory_ratio": 1.01,
    }
    text = long.markdown(json.loads(json.dumps(data)))
    assert "| 60 s at 30000/1001 a second | 30 | 30 | 0 | 0 | 0.250 | 400 |" in text
    assert "With the embedded bundle. The peak for 60 min is 1.01 times that for 60 s." in text
