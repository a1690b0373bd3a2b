"""The way of ``guides/ffhq.md``, from a file in NVIDIA's layout to a picture that it moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from d2animator import load_bundle
from d2animator.cli import app
from d2animator.media.images import read_image
from tests.foreign.foreign_files import nvidia_network, write_pickle
from tests.small_training import small_config

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@pytest.mark.slow
def test_a_file_of_nvidias_comes_to_move_a_picture(tmp_path, monkeypatch):
    """Every command of the page; the training is the smallest that there is."""
    monkeypatch.chdir(tmp_path)
    generator = load_bundle(None).generator
    write_pickle(Path("network.pkl"), {"G_ema": nvidia_network(generator)})
    small = str(small_config(tmp_path))

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == 0, done.output
        return done.output

    run("convert", "network.pkl", "-o", "bundles/ffhq", "--license", "non-commercial")
    assert "cannot animate yet" in run("info", "bundles/ffhq")
    train = ("train", "--generator", "bundles/ffhq", "-o", "runs/ffhq", "--config", small)
    assert "disk" in run(*train, "--dry-run")
    assert not Path("runs").exists()
    run(*train)
    assert "non-commercial" in run("info", "runs/ffhq")
    model = ("--model", "runs/ffhq", "--renderer", "generator")
    photo, clip = str(EXAMPLES / "source.png"), str(EXAMPLES / "driving.mp4")
    quick = ("--inversion", "encoder", "--frames", "2")
    run("animate", photo, clip, "-o", "out/%03d.png", *model, *quick)
    assert read_image(Path("out/000.png")).shape == (256, 256, 3)
    assert len(list(Path("out").glob("*.png"))) == 2
    assert "tune" in run("finetune", photo, "--model", "runs/ffhq", "--seconds", "5")
    run("animate", photo, clip, "-o", "tuned/%03d.png", *model, "--frames", "2")
    assert len(list(Path("tuned").glob("*.png"))) == 2
    run("edit", photo, "--set", "smile=0.6", "-o", "smiling.png", *model)
    assert read_image(Path("smiling.png")).shape == (256, 256, 3)
    assert "--protocol" in run("evaluate", "--help")
