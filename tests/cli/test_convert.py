from __future__ import annotations

import json

import pytest
import torch
from typer.testing import CliRunner

from d2animator.bundles.bundle import load_bundle, load_generator
from d2animator.cli import app
from tests.foreign.foreign_files import nvidia_network, write_pickle

runner = CliRunner()


@pytest.fixture
def network(tiny_generator, tmp_path):
    return write_pickle(tmp_path / "net.pkl", {"G_ema": nvidia_network(tiny_generator)})


def test_convert(network, tiny_generator, tmp_path):
    done = runner.invoke(app, ["convert", str(network), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "stylegan2, 32x32, from NVIDIA, StyleGAN2" in done.stdout
    assert "licence unknown" in done.stdout
    z = torch.randn(1, tiny_generator.z_dim)
    loaded = load_generator(tmp_path / "out")
    torch.testing.assert_close(loaded(z), tiny_generator(z), rtol=0, atol=1e-6)


def test_what_is_said_is_recorded(network, tmp_path):
    words = ["--name", "faces", "--license", "MIT", "--origin", "https://example.org/net.pkl"]
    done = runner.invoke(
        app, ["convert", str(network), "-o", str(tmp_path / "o"), *words, "--json"]
    )
    summary = json.loads(done.stdout)
    assert (summary["license"], summary["num_ws"]) == ("MIT", 8)
    assert summary["provenance"]["origin"] == "https://example.org/net.pkl"
    config = json.loads((tmp_path / "o" / "config.json").read_text())
    assert (config["name"], config["provenance"]) == ("faces", summary["provenance"])


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"cos\nsystem\n(S'touch canary'\ntR.", "refused os.system: no network's file needs it"),
        (b"\x80\x04\x95", "cut off or damaged"),
        (b"", "the file is empty"),
    ],
)
def test_a_bad_file_is_one_sentence(content, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.pkl").write_bytes(content)
    done = runner.invoke(app, ["convert", "bad.pkl", "-o", "out"])
    assert done.exit_code == 2
    assert done.stderr.startswith("error: bad.pkl: ")
    assert text in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bad.pkl"]


def test_coarse_layers_are_the_shapes_or_what_is_asked_for(network, tmp_path):
    def converted(*words):
        target = str(tmp_path / "out")
        return runner.invoke(app, ["convert", str(network), "-o", target, "--json", *words])

    assert json.loads(converted().stdout)["coarse_layers"] == 8
    assert json.loads(converted("--coarse-layers", "5").stdout)["coarse_layers"] == 5
    assert load_bundle(tmp_path / "out").config.coarse_layers == 5
    wrong = converted("--coarse-layers", "9")
    assert wrong.exit_code == 2
    assert "coarse_layers: expected 1 to 8" in wrong.stderr
