"""The commands of applications and directions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.media.images import read_image, write_image
from d2animator.media.video import VideoReader
from tests.cli.test_main import run
from tests.edit.measured import measured_bundle
from tests.seeing import film, picture


@pytest.fixture(scope="module")
def model(tiny_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "measured"
    save_bundle(measured_bundle(tiny_bundle), path)
    return path


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the current one, with pictures and a clip."""
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "one.png", picture())
    write_image(tmp_path / "other.png", picture(7))
    film(tmp_path / "drive.mp4", "ffxf")
    return tmp_path


def test_interpolation_as_a_video_and_as_pictures(inputs: Path, model: Path) -> None:
    words = ("interpolate", "one.png", "other.png", "--frames", "4", "--model", model)
    done = run(*words, "-o", "out.mp4", "--fps", "12.5", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["frames"] == 4
    video = VideoReader(inputs / "out.mp4")
    assert (video.frame_count_hint, float(video.frame_rate)) == (4, 12.5)
    assert run(*words, "-o", "frames/%02d.png", "-q").exit_code == 0
    assert sorted(path.name for path in (inputs / "frames").iterdir()) == [
        "00.png",
        "01.png",
        "02.png",
        "03.png",
    ]
    for bad in ("out.txt", "frames/%s%s.png", "frames/100%.png"):
        refused = run(*words, "-o", bad)
        assert refused.exit_code == 2, bad
        assert refused.stderr.startswith("error: ")
    assert run(*words, "-o", "out.mp4", "--fps", "0").exit_code == 2
    assert run(*words, "-o", "out.mp4", "--easing", "bounce").exit_code == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "frames"),
    [
        (("edit", "drive.mp4", "-o", "out.mp4", "--set", "yaw=2"), 4),
        (("frontalize", "one.png", "-o", "out.png"), 1),
        (("disentangle", "one.png", "-o", "out.mp4", "--expression", "drive.mp4"), 4),
        (("anonymise", "drive.mp4", "-o", "out.mp4", "--seed", "5", "--gain", "mouth=1.2"), 4),
        (("animate", "one.png", "other.png", "-o", "out.png", "--region", "eyes,gaze"), 1),
    ],
)
def test_what_is_asked_for_is_written(
    inputs: Path, model: Path, words: tuple[str, ...], frames: int
) -> None:
    if words[0] != "anonymise":  # which is the generator's
        words = (*words, "--renderer", "generator")
    done = run(*words, "--model", model, "--json")
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert summary["frames"] == frames
    target = inputs / summary["output"]
    if target.suffix == ".png":
        assert read_image(target).shape == (32, 32, 3)
    else:
        assert VideoReader(target).frame_count_hint == frames


def test_a_photo_is_turned_as_far_as_it_bears_or_all_the_way(inputs: Path, model: Path) -> None:
    words = ("edit", "one.png", "--set", "yaw=55", "--renderer", "photo", "--model", model)
    near, far = run(*words, "-o", "near.png"), run(*words, "-o", "far.png", "--no-limit-motion")
    assert (near.exit_code, far.exit_code) == (0, 0), far.output
    said = "more motion than can be drawn well"
    assert said in " ".join(near.stderr.split())
    assert said not in " ".join(far.stderr.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("edit", "one.png", "-o", "out.png", "--set", "grin=1"), "no such action or direction"),
        (("edit", "one.png", "-o", "out.png", "--set", "smile"), "NAME=AMOUNT"),
        (("edit", "one.png", "-o", "o.png", "--set", "yaw=1", "--set", "yaw=2"), "twice"),
        (("disentangle", "one.png", "-o", "out.png"), "at least one"),
        (("animate", "one.png", "other.png", "-o", "out.png", "--region", "nose"), "'nose'"),
        (("animate", "one.png", "other.png", "-o", "out.png", "--gain", "mouth=x"), "a number"),
        (("directions", "--group", "mood"), "expected pose or expression"),
        (("directions", "--name", "no such name"), "no direction fits"),
    ],
)
def test_bad_words_are_one_sentence(
    inputs: Path, model: Path, words: tuple[str, ...], said: str
) -> None:
    place = () if words[0] == "directions" else ("--model",)
    done = run(words[0], *words[1:], *place, model)
    assert done.exit_code == 2
    assert "error: " in done.stderr
    assert said in " ".join(done.stderr.split())
    assert not (inputs / "out.png").exists()


def test_directions_are_listed(inputs: Path, model: Path) -> None:
    done = run("directions", model, "--json", "-o", "page.html", "-q")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert len(told["directions"]) == 5
    assert {"name", "group", "region", "effects", "identity"} <= set(told["directions"][0])
    assert (inputs / "page.html").stat().st_size > 1000
    table = run("directions", model)
    assert "5 directions" in table.stdout
    group = told["directions"][0]["group"]
    some = json.loads(run("directions", model, "--json", "--group", group).stdout)
    assert {row["group"] for row in some["directions"]} == {group}


def test_only_a_folder_is_measured_in_place(inputs: Path) -> None:
    done = run("directions", "puppet", "--measure", "-q")
    assert done.exit_code == 2
    assert "folder to write to" in " ".join(done.stderr.split())
