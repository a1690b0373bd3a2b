from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from d2animator.bundles.bundle import embedded_bundle_path
from d2animator.cli import app
from d2animator.evaluate.scores import COLUMNS


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", *(str(word) for word in words)])


@pytest.fixture
def jobs(tmp_path: Path, judges_path: Path) -> Path:
    done = run("--bench", "drawn", "--limit", 2, "--jobs", tmp_path / "jobs", "-q")
    assert done.exit_code == 0, done.output
    return tmp_path / "jobs"


def test_another_program_s_frames_are_scored(jobs, judges_path, tmp_path):
    words = ("--bench", "drawn", "--limit", 2, "--judges", judges_path, "-q")
    missing = run(*words, "--outputs", jobs / "drivers" / "cross")
    assert missing.exit_code == 2
    assert "2 of 2 results are missing" in missing.output
    listed = json.loads((jobs / "jobs.json").read_text())
    assert len(listed) == 2
    scored = run(*words, "--outputs", jobs / "drivers", "--json", "-o", tmp_path / "report")
    assert scored.exit_code == 0, scored.output
    plain = json.loads(scored.stdout)
    assert list(plain["rows"][0]) == ["method", *COLUMNS]
    assert plain["rows"][0]["method"] == "drivers"
    assert plain["rows"][0]["nme_driver"] == 0  # whoever returns the driver has its landmarks
    assert plain["rows"][0]["nme"] > 0.5
    assert np.isfinite(list(plain["rows"][0].values())[1:]).all()
    assert "base64" in (tmp_path / "report" / "report.html").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--bench", "absent"), "no PuppetBench"),
        (("--bench", "drawn", "--limit", "1"), "at least 2 pairs"),
        (("--bench", "drawn", "--limit", "2", "--protocol", "up"), "protocol: expected one of"),
        (("--bench", "drawn", "--limit", "2", "--ablation", "--rows", "best"), "rows: expected"),
        (("--bench", "drawn", "--limit", "2", "--judges", "birds"), "judges: expected puppets"),
    ],
)
def test_bad_input_is_one_sentence(words, message, judges_path, tmp_path):
    extra = () if "--judges" in words else ("--judges", judges_path)
    done = run(*words, *extra, "--work", tmp_path, "-q")
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output


def test_only_a_puppet_generator_draws_its_own_bench(bundle_path, judges_path):
    done = run("--bench", "drawn", "--model", bundle_path, "--judges", judges_path)
    assert done.exit_code == 2
    assert "only a puppet generator" in done.output


@pytest.mark.slow
def test_the_ablation_prints_one_table(judges_path, tmp_path):
    words = ("--bench", "drawn", "--limit", 2, "--judges", judges_path, "--work", tmp_path)
    more = ("--model", embedded_bundle_path(), "--preset", "quick", "--ablation")
    done = run(*words, *more, "--rows", "no_finetune,coarse_swap", "-q", "--json")
    assert done.exit_code == 0, done.output
    plain = json.loads(done.stdout)
    assert [row["method"] for row in plain["rows"]] == ["no_finetune", "coarse_swap"]
    again = run(*words, *more, "--rows", "coarse_swap")
    assert "| coarse_swap |" in again.stdout
    assert "| no_motion |" in again.stdout
