from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from d2animator import __version__
from d2animator.animate.options import AnimateOptions
from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.cli import app
from d2animator.cli.waiting import wait_asleep
from d2animator.media.images import write_image
from d2animator.media.video import VideoReader
from tests.media.clips import make_sound
from tests.seeing import BLACK, NTSC_30, film, picture, seeing

COMMANDS = (
    ["animate"],
    ["landmarks"],
    ["motion"],
    ["directions"],
    ["interpolate"],
    ["disentangle"],
    ["edit"],
    ["frontalize"],
    ["anonymise"],
    ["train"],
)


@pytest.fixture(scope="module")
def model(tiny_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "seeing"
    save_bundle(seeing(tiny_bundle), path)
    return path


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the current one, with a source and a driver."""
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "source.png", picture())
    film(tmp_path / "drive.mp4", "ffxxfx")
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_animate_writes_the_video_and_one_json_object(inputs: Path, model: Path) -> None:
    words = ("animate", "source.png", "drive.mp4", "-o", "out.mp4", "--renderer", "generator")
    done = run(*words, "--model", model, "--json")
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert summary.pop("seconds") > 0
    assert summary.pop("inversion")["level"] == "optimise"
    assert summary == {
        "frames": 6,
        "fps": "30000/1001",
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "frames_without_face": [2, 3, 5],
        "damaged_frames": [],
        "missing_seconds": 0.0,
        "limited_frames": [],
        "unchanged_frames": [],
        "marks": {"watermark": 0, "manifest": True, "label": None},
        "output": "out.mp4",
    }
    assert "animating" in done.stderr
    assert "6/6" in done.stderr
    assert VideoReader("out.mp4").frame_rate == NTSC_30


def test_without_a_name_the_result_goes_to_animations(inputs: Path, model: Path) -> None:
    write_image(inputs / "pose.png", picture(7))
    done = run("animate", "-d", "pose.png", "source.png", "--model", model)
    assert done.exit_code == 0, done.output
    assert (inputs / "animations" / "source--pose.png").is_file()
    assert "animations/source--pose.png: 1 frame in" in done.stdout


def test_a_video_and_pairs_as_they_are_called(inputs: Path, model: Path) -> None:
    film(inputs / "talk.mp4", "fffx")
    done = run("animate", "talk.mp4", "drive.mp4", "--model", model, "--source-motion", "add")
    assert done.exit_code == 0, done.output
    assert VideoReader("animations/talk--drive.mp4").size == (64, 64)
    assert "3 frames of the source without a face, left alone: 3-5" in done.stdout
    words = ("--pair", "0=drive.mp4", "-o", "out.mp4", "--model", model, "--json")
    done = run("animate", "source.png", *words)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["frames"] == 6
    refused = run("animate", "source.png", "drive.mp4", *words)
    assert refused.exit_code == 2
    assert "the pairs name the drivers" in " ".join(refused.stderr.split())
    (inputs / "many").mkdir()
    many = run("animate", "many", *words)
    assert many.exit_code == 2
    assert "of one picture, not of many" in " ".join(many.stderr.split())


def test_landmarks_writes_every_frame(inputs: Path, model: Path) -> None:
    done = run("landmarks", "drive.mp4", "-o", "points.json", "--model", model, "-q", "--json")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "frames": 6,
        "frames_without_face": [2, 3, 5],
        "damaged_frames": [],
        "layout": "wflw98",
        "output": "points.json",
    }
    written = json.loads((inputs / "points.json").read_text())
    assert written["layout"] == "wflw98"
    assert written["fps"] == "30000/1001"
    assert [frame["index"] for frame in written["frames"]] == list(range(6))
    assert [frame["found"] for frame in written["frames"]] == [
        True,
        True,
        False,
        False,
        True,
        False,
    ]
    assert len(written["frames"][0]["points"]) == 98
    assert written["frames"][2]["points"] is None


def test_motions_are_kept_joined_and_used(inputs: Path, model: Path) -> None:
    done = run("motion", "drive.mp4", "-o", "a.safetensors", "--model", model, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {
        "frames": 6,
        "fps": "30000/1001",
        "seconds": 0.2002,
        "frames_without_face": [2, 3, 5],
        "output": "a.safetensors",
    }
    done = run("motion", "a.safetensors", "a.safetensors", "-o", "b.safetensors", "--end", "0.3")
    assert done.exit_code == 0, done.output
    assert done.stdout == "b.safetensors: 9 frames, 0.30 s, 4 without a face\n"
    words = ("-o", "out.mp4", "--model", model)
    done = run("animate", "source.png", "b.safetensors", *words, "--smooth", "none")
    assert done.exit_code == 0, done.output
    assert VideoReader("out.mp4").frame_count_hint == 9


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("drive.mp4", "-o", "a.npz"), "expected one of .safetensors"),
        (("none.safetensors", "-o", "a.safetensors"), "none.safetensors: no such file"),
        (("drive.mp4", "-o", "a.safetensors", "--face", "all"), "face: expected largest"),
        (("drive.mp4", "-o", "a.safetensors", "--start", "x"), "--start: expected seconds"),
        (("drive.mp4", "-o", "a.safetensors", "--start", "9"), "no frame lies between them"),
    ],
)
def test_a_motion_that_cannot_be_kept(
    inputs: Path, model: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = run("motion", *words, "--model", model)
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.split())
    assert not (inputs / "a.safetensors").exists()


BAD = {
    "absent source": (["absent.png", "drive.mp4", "-o", "out.mp4"], "absent.png: no such file"),
    "absent driver": (["source.png", "absent.mp4", "-o", "out.mp4"], "absent.mp4: no such file"),
    "text driver": (["source.png", "text.mp4", "-o", "out.mp4"], "text.mp4: is not a video"),
    "over the source": (["drive.mp4", "source.png", "-o", "drive.mp4"], "is an input itself"),
    "text source": (["text.mp4", "drive.mp4", "-o", "out.mp4"], "text.mp4: is not a video"),
    "cut source": (["cut.mp4", "drive.mp4", "-o", "out.mp4"], "truncated"),
    "no such pair": (
        ["source.png", "--pair", "7=drive.mp4", "-o", "out.mp4"],
        "for face 7; it has",
    ),
    "no pair": (["source.png", "--pair", "drive.mp4", "-o", "out.mp4"], "expected FACE=DRIVER"),
    "a pair twice": (
        ["source.png", "--pair", "0=drive.mp4", "--pair", "0=drive.mp4", "-o", "out.mp4"],
        "face 0 is given twice",
    ),
    "one face twice": (
        ["source.png", "--pair", "0=drive.mp4", "--pair", "00=drive.mp4", "-o", "out.mp4"],
        "are the same face",
    ),
    "pairs cropped": (
        ["source.png", "--pair", "0=drive.mp4", "--crop", "-o", "out.mp4"],
        "move in one picture",
    ),
    "own motion": (
        ["drive.mp4", "drive.mp4", "-o", "out.mp4", "--source-motion", "mix"],
        "expected one of 'replace', 'add'",
    ),
    "empty driver": (["source.png", "empty.mp4", "-o", "out.mp4"], "zero bytes"),
    "truncated driver": (["source.png", "cut.mp4", "-o", "out.mp4"], "truncated"),
    "sound only": (["source.png", "sound.m4a", "-o", "out.mp4"], "has sound but no picture"),
    "no face": (["black.png", "drive.mp4", "-o", "out.mp4"], "black.png: no face found (searched"),
    "no folder": (["source.png", "drive.mp4", "-o", "text.mp4/out.mp4"], "is not a folder"),
    "the source": (["source.png", "source.png", "-o", "source.png"], "is an input itself"),
    "the driver": (["source.png", "drive.mp4", "-o", "./drive.mp4"], "is an input itself"),
    "a pair's driver": (
        ["source.png", "--pair", "0=drive.mp4", "-o", "drive.mp4"],
        "is an input itself",
    ),
    "bad extension": (["source.png", "drive.mp4", "-o", "out.xyz"], "unknown extension"),
    "bad motion": (["source.png", "drive.mp4", "-o", "out.mp4", "--motion", "up"], "motion:"),
    "bad reference": (
        ["source.png", "drive.mp4", "-o", "out.mp4", "--reference-frame", "x"],
        "reference_frame:",
    ),
    "bad device": (
        ["source.png", "drive.mp4", "-o", "out.mp4", "--device", "cuda:77"],
        "device 'cuda:77'",
    ),
    "unknown model": (
        ["source.png", "drive.mp4", "-o", "out.mp4", "--model", "./nowhere"],
        "model './nowhere'",
    ),
    "default name": (["black.png", "drive.mp4"], "no face found"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_leaves_nothing(inputs: Path, model: Path, case: str) -> None:
    (inputs / "text.mp4").write_text("no video")
    (inputs / "empty.mp4").touch()
    whole = (inputs / "drive.mp4").read_bytes()
    (inputs / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    make_sound(inputs / "sound.m4a")
    write_image(inputs / "black.png", BLACK)
    before = sorted(inputs.rglob("*"))
    words, sentence = BAD[case]
    words = words if "--model" in words else [*words, "--model", str(model)]
    done = run("animate", *words)
    assert done.exit_code == 2
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert sentence in errors[0]
    assert "Traceback" not in done.output
    assert done.stdout == ""
    assert sorted(inputs.rglob("*")) == before


def test_two_files_are_needed(inputs: Path) -> None:
    for words in ([], ["a.png"], ["a.png", "b.mp4", "c.mp4"]):
        assert run("animate", *words).exit_code == 2


def test_a_broken_bundle_is_named(inputs: Path, model: Path) -> None:
    (inputs / "bundle").mkdir()
    text = json.loads((model / "config.json").read_text()) | {"colour": "blue"}
    (inputs / "bundle" / "config.json").write_text(json.dumps(text))
    done = run("animate", "source.png", "drive.mp4", "-o", "out.mp4", "--model", "bundle")
    assert done.exit_code == 2
    assert "colour" in done.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.exit_code == 0
    assert "Usage" in done.stdout


def test_the_help_tells_the_real_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = run("animate", "--help").stdout
    defaults = AnimateOptions()
    names = ("motion", "reference-frame", "crf", "smooth", "corrections", "face", "source-face")
    for name in names:
        line = text[text.index(f"--{name} ") :].split("[default: ", 1)[1]
        assert line.startswith(f"({getattr(defaults, name.replace('-', '_'))})")
    assert "(driver)" in text
    assert defaults.audio


def test_the_version_is_told() -> None:
    done = run("--version")
    assert done.exit_code == 0
    assert done.stdout == f"d2animator {__version__}\n"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_ended_run_leaves_nothing(inputs: Path, model: Path, ending: signal.Signals) -> None:
    film(inputs / "long.mp4", "f" * 600)
    (inputs / "out").mkdir()
    words = ["animate", "source.png", "long.mp4", "-o", "out/out.mp4", "--model", str(model)]
    process = subprocess.Popen(
        [sys.executable, "-m", "d2animator", *words],
        stderr=subprocess.PIPE,
        env=os.environ,
        # What a shell starts in the background ignores Ctrl-C, and hands that on.
        preexec_fn=lambda: signal.signal(ending, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 120
    while not list((inputs / "out").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None, "it ended too early to be interrupted"
    process.send_signal(ending)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + ending
    assert b"Traceback" not in errors
    assert list((inputs / "out").iterdir()) == []


def test_waiting_threads_sleep_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.setenv("KMP_BLOCKTIME", "1")
    monkeypatch.delenv("KMP_BLOCKTIME")  # and what is set now will be forgotten
    wait_asleep()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    assert os.environ["KMP_BLOCKTIME"] == "0"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--driving_multiplier", "1.3"), "here it is --multiplier"),
        (("--flag_relative_motion",), "here it is --motion relative"),
        (("--concat",), "here it is --compare"),
        (("--face-index", "1"), "here it is --face."),
    ],
)
def test_other_programs_options_are_pointed_to_ours(
    inputs: Path, words: tuple[str, ...], said: str
) -> None:
    done = run("animate", "source.png", "drive.mp4", *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_other_programs_words_are_taken(inputs: Path, model: Path) -> None:
    words = ("--multiplier", "0.5", "--region", "lips,pose", "--no-paste-back")
    done = run("animate", "source.png", "drive.mp4", *words, "-o", "a.mp4", "--model", model)
    assert done.exit_code == 0, done.output


ADDRESS = "https://example.org/watch/a.mp4?v=1"


@pytest.mark.parametrize(
    "words",
    [
        ("animate", "source.png", ADDRESS),
        ("animate", ADDRESS, "drive.mp4"),
        ("animate", "-s", "source.png", "-d", ADDRESS),
        ("animate", "source.png", "--pair", f"0={ADDRESS}"),
        ("landmarks", ADDRESS, "-o", "out.json"),
        ("anonymise", ADDRESS, "-o", "out.mp4"),
        ("motion", ADDRESS, "-o", "out.safetensors"),
        ("edit", ADDRESS, "--set", "smile=1", "-o", "out.png"),
        ("frontalize", ADDRESS, "-o", "out.png"),
        ("interpolate", "source.png", ADDRESS, "-o", "out.mp4"),
        ("disentangle", "source.png", "--pose", ADDRESS, "-o", "out.png"),
        ("finetune", ADDRESS),
        ("live", ADDRESS),
        ("verify", ADDRESS),
    ],
    ids=" ".join,
)
def test_an_address_is_told_from_a_file(inputs: Path, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr.strip().splitlines()[-1] == (
        f"error: {ADDRESS}: is an address; download it first (curl -LO ADDRESS), and name the file"
    )


def test_an_address_is_no_target_either(inputs: Path, model: Path) -> None:
    words = ("animate", "source.png", "drive.mp4", "-o", "https://example.org/a.mp4")
    done = run(*words, "--model", model)
    assert done.exit_code == 2
    assert "https://example.org/a.mp4: is an address; name a file of this machine" in done.stderr
    assert not (inputs / "https:").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("drive.mp4", "source.png", "-o", "a.mp4"), "source.png is a single picture, and so is"),
        (("source.png", "drive.mp4", "-o", "a" * 300 + ".mp4"), "File name too long"),
        (("a" * 300 + ".png", "drive.mp4", "-o", "a.mp4"), "File name too long"),
        (("source.png", "drive.mp4", "-o", "a" * 300 + "/"), "File name too long"),
        (("source.png", "file:///drive.mp4"), "name the file by its path alone"),
    ],
)
def test_names_that_cannot_be(inputs: Path, model: Path, words: tuple[str, ...], said: str) -> None:
    done = run("animate", *words, "--model", model)
    assert done.exit_code == 2, done.output
    assert said in done.stderr


def test_source_and_driver_beside_the_result(inputs: Path, model: Path) -> None:
    words = ("--compare", "--crop", "--size", "48", "--renderer", "generator", "--model", model)
    done = run("animate", "source.png", "drive.mp4", "-o", "all.mp4", *words)
    assert done.exit_code == 0, done.output
    assert VideoReader(inputs / "all.mp4").size == (144, 48)
