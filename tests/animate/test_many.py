"""Every source by every driver: names, what is done only once, and what fails alone."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from d2animator.animate.many import animate_many, pair_up
from d2animator.animate.template import write_template
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle, save_bundle
from d2animator.cli import app
from d2animator.errors import ConfigError, MediaError
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.files import find_files, names_many
from d2animator.media.images import read_image, write_image
from tests.seeing import BLACK, film, picture, seeing


@pytest.fixture
def animator(tiny_bundle: Bundle) -> D2Animator:
    return D2Animator(seeing(tiny_bundle), inversion=InversionOptions(steps=2), marks=UNMARKED)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sources with a face and one without; a clip with sound, a black one, a picture."""
    monkeypatch.chdir(tmp_path)
    for name in ("photos", "clips", "out"):
        (tmp_path / name).mkdir()
    write_image(Path("photos/a.png"), picture(1))
    write_image(Path("photos/b.jpg"), picture(2))
    write_image(Path("photos/none.png"), BLACK)
    Path("photos/notes.txt").write_text("no picture")
    Path("photos/.hidden.png").write_bytes(b"")
    film(Path("clips/walk.mp4"), "ffxf", sound=True).with_suffix(".m4a").unlink()
    film(Path("clips/dark.mp4"), "xx")
    write_image(Path("clips/pose.png"), picture(9))
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_all_is_done_once_and_failures_stay_alone(
    animator: D2Animator, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    find = animator.sources.face

    def noted(source, *args, **how):
        if isinstance(source, Path):
            work.append(source.name)
        return find(source, *args, **how)

    @contextlib.contextmanager
    def bar(what: str) -> Iterator[None]:
        if what.startswith("following "):
            work.append(what.removeprefix("following "))
        yield None

    monkeypatch.setattr(animator.sources, "face", noted)
    sources = [Path("photos") / name for name in ("a.png", "none.png", "b.jpg")]
    drivers = [Path("clips") / name for name in ("dark.mp4", "pose.png", "walk.mp4")]
    pairs = pair_up(sources, drivers, Path("out"))
    told = list(animate_many(animator, pairs, bar=bar))
    assert [one.pair for one in told] == list(pairs)
    assert sorted(work) == [
        "a.png",
        "b.jpg",
        "dark.mp4",
        "none.png",
        "pose.png",
        "walk.mp4",
    ]
    made = {one.pair.output.name for one in told if one.result is not None}
    assert made == {f"{a}--{b}" for a in "ab" for b in ("pose.png", "walk.mp4")}
    assert made == {path.name for path in Path("out").iterdir()}
    errors = {one.pair.output.name: str(one.error) for one in told if one.error is not None}
    assert errors["none--walk.mp4"].startswith("photos/none.png: no face found")
    assert errors["a--dark.mp4"] == errors["b--dark.mp4"]
    assert "looked at all 2 frames" in errors["a--dark.mp4"]


def test_a_pair_of_many_is_what_it_is_alone(animator: D2Animator, folders: Path) -> None:
    sources, clip, pose = [Path("photos/b.jpg")], Path("clips/walk.mp4"), Path("clips/pose.png")
    write_template(Path("clips/kept.safetensors"), animator.motions(clip)[0])
    drivers = [clip, pose, Path("clips/kept.safetensors")]
    told = list(animate_many(animator, pair_up(sources, drivers, Path("out"))))
    assert [one.error for one in told] == [None] * 3
    animator.animate(sources[0], clip, Path("out/alone.mp4"))
    animator.animate(sources[0], pose, Path("out/alone.png"))
    assert Path("out/b--walk.mp4").read_bytes() == Path("out/alone.mp4").read_bytes()
    assert np.array_equal(read_image("out/b--pose.png"), read_image("out/alone.png"))
    assert told[2].result is not None
    assert told[2].result.frames_without_face == (2,)


def test_two_results_never_get_one_name(folders: Path) -> None:
    sources = [Path("photos/a.png"), Path("more/a.jpg")]
    with pytest.raises(ConfigError, match=r"photos/a\.png with .* both be out/a--walk\.mp4"):
        pair_up(sources, [Path("clips/walk.mp4")], Path("out"))


def test_a_template_of_a_picture_gives_pictures(animator: D2Animator, folders: Path) -> None:
    (still,) = animator.motions(Path("clips/pose.png"))
    template = write_template(Path("still.safetensors"), still)
    (pair,) = pair_up([Path("photos/a.png")], [template], Path("out"))
    assert pair.output == Path("out/a--still.png")
    (told,) = animate_many(animator, [pair])
    assert told.error is None


def test_files_are_found(folders: Path) -> None:
    def names(found: tuple[Path, ...]) -> list[str]:
        return [path.name for path in found]

    assert names(find_files("photos", (".png", ".jpg"))) == ["a.png", "b.jpg", "none.png"]
    assert names(find_files("photos/[ab].*", ())) == ["a.png", "b.jpg"]
    assert names(find_files("**/*.mp4", ())) == ["dark.mp4", "walk.mp4"]
    assert find_files("absent.png", ()) == (Path("absent.png"),)
    for pattern, reason in (("photos/*.gif", "no file matches"), ("out", "folder without a file")):
        with pytest.raises(MediaError, match=reason):
            find_files(pattern, (".png",))
    Path("photo[1].png").write_bytes(b"x")
    assert not names_many("photo[1].png")
    assert find_files("photo[1].png", ()) == (Path("photo[1].png"),)


@pytest.fixture(scope="module")
def model(tiny_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "seeing"
    save_bundle(seeing(tiny_bundle), path)
    return path


def test_the_command_tells_all_and_that_some_failed(folders: Path, model: Path) -> None:
    words = ("animate", "photos", "clips/*", "-o", "new/folder", "--model", model, "--size", "32")
    done = run(*words, "--inversion", "encoder", "--json")
    assert done.exit_code == 1, done.output
    told = json.loads(done.stdout)
    assert len(told) == 9
    by_name = {Path(one["output"]).name: one for one in told}
    assert by_name["a--walk.mp4"]["frames"] == 4
    assert by_name["a--walk.mp4"]["source"] == "photos/a.png"
    assert by_name["b--pose.png"]["limited_frames"] == []
    assert "no face found" in by_name["none--pose.png"]["error"]
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 5
    assert errors[0].startswith("error: new/folder/a--dark.mp4: not made: clips/dark.mp4: no face")
    assert "Traceback" not in done.output
    done = run(*words[:3], "-q", "--model", model, "--inversion", "encoder")
    assert (done.exit_code, done.stdout) == (1, "")
    assert Path("animations/a--pose.png").is_file()
    done = run("animate", "photos/a.png", "clips/[pw]*", "-o", "out", "--model", model)
    assert done.exit_code == 0, done.output
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "out/a--pose.png",
        "out/a--walk.mp4",
        "1 frame without a face, with the last motion held",
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("photos", "clips", "-o", "out.mp4"), "out.mp4: is no folder; name one"),
        (("photos", "clips", "-o", "photos/a.png"), "photos/a.png: is no folder"),
        (("photos/*.gif", "clips", "-o", "here"), "photos/*.gif: no file matches this pattern"),
        (("photos", "out", "-o", "here"), "out: is a folder without a file of .mp4"),
        (
            ("photos", "clips", "-o", "here", "--motion", "up"),
            "motion: expected one of 'relative'",
        ),
        (("photos", "clips", "-o", "here", "--model", "./no"), "model './no'"),
    ],
)
def test_what_cannot_begin_is_one_sentence(
    folders: Path, words: tuple[str, ...], sentence: str
) -> None:
    before = sorted(folders.rglob("*"))
    done = run("animate", *words)
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
    assert sentence in done.stderr
    assert sorted(folders.rglob("*")) == before
