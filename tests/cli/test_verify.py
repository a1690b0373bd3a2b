from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from d2animator.cli.main import app
from d2animator.marks.manifest import Origin
from d2animator.marks.marker import Marker
from d2animator.marks.options import MarkOptions
from d2animator.media.images import write_image
from tests.marks.pictures import scene


def run(*words):
    return CliRunner().invoke(app, ["verify", *map(str, words)])


@pytest.fixture
def marked(tmp_path):
    marker = Marker(MarkOptions(payload=12))
    path = write_image(tmp_path / "marked.bmp", marker.mark(scene(256, 256)))
    marker.sign_file(path, origin=Origin("generated"))
    return path


def test_a_marked_file(marked):
    done = run(marked)
    assert done.exit_code == 0
    assert "marked.bmp: says that it is synthetic" in done.stdout
    assert "this installation's own key" in done.stdout
    assert "trainedAlgorithmicMedia" in done.stdout
    assert "payload 12" in done.stdout
    assert "chance below 1 in 10^" in done.stdout


def test_json(marked):
    done = run(marked, "--json", "--quiet")
    (told,) = json.loads(done.stdout)
    assert told["synthetic"]
    assert told["credentials"]["own"]
    assert told["watermark"]["payload"] == 12


@pytest.mark.slow
def test_an_unmarked_file(marked, tmp_path):
    plain = write_image(tmp_path / "plain.png", scene(256, 256))
    done = run(plain, marked)
    assert done.exit_code == 1
    assert "plain.png: does not say so" in done.stdout
    assert "signed:    no" in done.stdout
    assert "watermark: no, in 1 frame" in done.stdout


def test_a_changed_file(marked):
    content = bytearray(marked.read_bytes())
    content[-500] ^= 255
    marked.write_bytes(content)
    done = run(marked)
    assert done.exit_code == 3
    assert "changed after signing (assertion.dataHash.mismatch)" in done.stdout


def test_one_that_cannot_be_read_does_not_stop_the_others(marked, tmp_path):
    done = run(tmp_path / "missing.png", marked, "--json")
    assert done.exit_code == 2
    missing, found = json.loads(done.stdout)
    assert missing["error"] == "no such file"
    assert found["synthetic"]
    assert "error: " in done.stderr


def test_no_file_is_a_mistake():
    assert run().exit_code == 2
