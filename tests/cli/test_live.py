from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from d2animator import verify
from d2animator.cli import app
from d2animator.media.audio import open_sound
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter
from tests.seeing import film

PHOTO = Path(__file__).resolve().parents[2] / "examples" / "astronaut.jpg"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["live", *(str(word) for word in words)])


def test_a_file_plays_as_a_camera_and_what_was_shown_is_kept(tmp_path: Path) -> None:
    camera, out = film(tmp_path / "camera.mp4"), tmp_path / "out.mp4"
    words = ("--camera", camera, "--show", "none", "--size", "128", "--record", out, "--json")
    done = run(PHOTO, *words)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["shown"] + told["dropped"] == 7
    assert told["camera"] == str(camera)
    found = verify(out)
    assert found.credentials is not None
    assert found.credentials.intact


def test_what_a_file_sounds_like_is_kept_unless_somebody_is_hidden(tmp_path: Path) -> None:
    clip, camera = VideoReader(PHOTO.with_name("driving.mp4")), tmp_path / "camera.mp4"
    with VideoWriter(camera, clip.size, clip.frame_rate, audio=clip.audio) as writer:
        for frame in islice(clip, 15):
            writer.write(frame.image)
    for who in (PHOTO, "--anonymise"):
        out = tmp_path / f"{who == PHOTO}.mp4"
        words = ("--camera", camera, "--show", "none", "--size", "128", "--record", out)
        done = run(who, *words)
        assert done.exit_code == 0, done.output
        assert (open_sound(out) is None) == (who == "--anonymise")


def test_somebody_who_does_not_exist_moves(tmp_path: Path) -> None:
    camera = film(tmp_path / "camera.mp4", "xx")
    done = run("--anonymise", "--camera", camera, "--show", "page", "--corrections", "0")
    assert done.exit_code == 0, done.output
    assert "shown" in done.stdout
    assert "look at http://127.0.0.1:" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "expected either a picture"),
        (("me.jpg", "--anonymise"), "expected either a picture"),
        (("me.jpg", "--show", "wall"), "expected auto, window, page or none"),
        (("a.jpg",) * 10, "at most 9"),
        ((PHOTO, "--camera", "99"), "camera 99: is not there"),
        ((PHOTO, "--camera", "ftp://somewhere"), "expected an address"),
        ((PHOTO, "--camera", PHOTO, "--record", PHOTO), "is an input itself"),
        (("https://example.org/me.jpg",), "is an address; download it first"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())


def test_without_a_driver_it_is_said_how_to_get_a_virtual_camera(tmp_path: Path) -> None:
    camera = film(tmp_path / "camera.mp4")
    done = run(PHOTO, "--camera", camera, "--show", "none", "--virtual-camera", "--size", "128")
    assert done.exit_code == 2
    assert "install" in done.output


def test_without_a_display_there_is_no_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    done = run(PHOTO, "--camera", film(tmp_path / "camera.mp4"), "--show", "window")
    assert done.exit_code == 2
    assert "there is no display; show a page instead" in done.output
