from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from d2animator.bundles.bundle import save_bundle
from d2animator.cli import app
from tests.seeing import seeing

runner = CliRunner()


@pytest.fixture(scope="module")
def model(tiny_bundle, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("bundles") / "seeing"
    save_bundle(seeing(tiny_bundle), path)
    return str(path)


def layers(model: str, *words: str):
    return runner.invoke(app, ["layers", model, "--model", model, "--pairs", "2", *words])


def test_layers_as_a_table(model, tiny_bundle):
    done = layers(model)
    assert done.exit_code == 0, done.output
    rows = done.stdout.splitlines()
    assert rows[0].split() == ["layer", "samples", "moves", "shape", "looks", "moved", "looked"]
    assert [row.split()[0] for row in rows[1:9]] == [str(index) for index in range(8)]
    assert f"usual for this shape: {tiny_bundle.generator.num_ws}" in rows[-1]


def test_layers_as_json(model, tiny_bundle):
    done = layers(model, "--json", "-q", "--seed", "3")
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["architecture"] == "stylegan2"
    assert len(found["layers"]) == len(found["layer_rates"]) == tiny_bundle.generator.num_ws
    assert found["layers"][-1]["moved_percent"] == pytest.approx(100, abs=0.05)
    assert 1 <= found["coarse_layers"] <= tiny_bundle.generator.num_ws


def test_no_pairs_are_refused(model):
    done = layers(model, "--pairs", "0")
    assert done.exit_code == 2
    assert "pairs: expected at least 1" in done.stderr
