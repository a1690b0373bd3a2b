"""The marks' measurement: clips are kept, tried once, and added up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.marking import __main__ as command
from benchmarks.marking import attacks, clips, cost, survival, tables
from d2animator.media.images import write_image
from tests.marks.pictures import scene


@pytest.fixture
def clip():
    return [scene(256, 256, moved=shift) for shift in range(3)]


def test_clips_are_kept_without_loss(tmp_path, clip):
    path = tmp_path / "photo-000.npz"
    clips.keep(path, clip)
    np.testing.assert_array_equal(clips.kept(path), clip)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", attacks.USUAL | attacks.HARDER)
def test_every_harm_leaves_pictures(clip, name):
    harmed = (attacks.USUAL | attacks.HARDER)[name](clip)
    assert len(harmed) == len(clip)
    assert all(one.dtype == np.uint8 and one.shape[2] == 3 for one in harmed)


def test_only_some_clips_go_through_what_is_harder():
    assert attacks.HARDER.keys() <= survival.attacks_of(0).keys()
    assert survival.attacks_of(1).keys() == attacks.USUAL.keys()


def test_a_clip_is_tried_once_and_shown(tmp_path, clip, capsys, monkeypatch):
    monkeypatch.setattr(survival, "attacks_of", lambda number: {"as it is": lambda one: one})
    clips.keep(tmp_path / "generator-001.npz", clip)
    command.main(["try", str(tmp_path)])
    told = tmp_path / "generator-001.json"
    before = told.stat().st_mtime_ns
    command.main(["try", str(tmp_path)])
    assert told.stat().st_mtime_ns == before
    found = survival.add_up([json.loads(told.read_text())])
    assert found["attacks"] == {}  # of no known name
    assert found["psnr_db"]["lowest"] >= 42
    assert "1 of 1 clips were tried" in capsys.readouterr().out


def test_what_was_found_is_added_up(clip):
    found = survival.try_clip(clip, {"JPEG at 70": attacks.USUAL["JPEG at 70"]}, still=True)
    data = survival.add_up([found, found])
    tally = data["attacks"]["JPEG at 70"]
    assert (tally["clips"], tally["clips_found"], tally["payloads_right"]) == (2, 2, 2)
    assert (tally["frames"], tally["frames_marked"], tally["payloads_wrong"]) == (6, 6, 0)
    without = survival.all_unmarked([survival.unmarked(clip, first=1)])
    assert without["frames"] == 3
    assert without["false_alarms"] == without["at_all_sizes"] == 0
    text = tables.markdown(
        {
            "survival": {"photo": data},
            "unmarked": without,
        }
    )
    assert "Photo renderer: 2 clips, 6 frames of 256 x 256 pixels" in text
    assert "| JPEG at 70 | 2 | 100.0 % | 100.0 % |" in text


def test_nothing_tried_is_told(tmp_path):
    with pytest.raises(SystemExit, match="nothing was tried"):
        command.main(["show", str(tmp_path)])


def test_runs_are_compared_in_pairs():
    told = cost.compared({"marked": [1.1, 2.1, 1.2], "unmarked": [1.0, 2.0, 1.0]})
    assert told["more_percent"] == 10.0
    assert told["more_percent_of_each"] == [10.0, 5.0, 20.0]
    data = {
        "machine": cost.machine(),
        "frames": 60,
        "frame_ms": cost.of_a_frame(scene(64, 64), repeats=1),
        "signing_ms": {"first": 50.0, "next": 6.0},
        "in_a_process": told,
        "as_a_command": told,
    }
    assert "| as a command" not in tables.cost_markdown(data)
    assert "| `animate` as a command | 3 | 1.00 | 1.20 | 10.00 |" in tables.cost_markdown(data)
    assert "| a file that is signed | 6.00 | 50.00 |" in tables.cost_markdown(data)


def test_signing_a_clip_is_timed_and_leaves_it_as_it_is(tmp_path):
    path = write_image(tmp_path / "picture.png", scene(64, 64))
    before = path.read_bytes()
    taken = cost.of_signing(path, repeats=1)
    assert taken["first"] > 0
    assert taken["next"] > 0
    assert path.read_bytes() == before
