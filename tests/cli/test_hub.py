from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from d2animator.bundles.bundle import save_bundle
from d2animator.bundles.source import point_to
from d2animator.cli import app
from d2animator.invert.cache import Cache
from tests.bundles.conftest import hub, only_loopback  # noqa: F401

runner = CliRunner()
# The Hub's client uses a spelling that its own HTTP library warns of.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

NAME = "someone/faces"


def run(*words):
    return runner.invoke(app, list(map(str, words)))


def test_download_prints_the_folder(hub, tiny_bundle_path):  # noqa: F811
    hub.add(NAME, tiny_bundle_path)
    done = run("download", NAME)
    assert done.exit_code == 0, done.stderr
    folder = Path(done.stdout.strip())
    assert (folder / "config.json").is_file()
    assert "fetching" in done.stderr
    again = run("download", NAME, "--json", "--quiet")
    assert json.loads(again.stdout) == {"folder": str(folder), "generator": None}
    assert again.stderr == ""
    assert Path(run("download", f"{NAME}@main", "-q").stdout.strip()) == folder
    missing = run("download", "someone/none")
    assert missing.exit_code == 2
    assert missing.stderr.startswith("error: model 'someone/none': no such folder, and ")


def test_download_fetches_what_a_bundle_points_to(hub, tiny_bundle, tiny_bundle_path, tmp_path):  # noqa: F811
    hub.add("someone/generator", tiny_bundle_path)
    source = point_to("someone/generator")
    save_bundle(tiny_bundle, tmp_path / "bank", generator_source=source)
    hub.add(NAME, tmp_path / "bank")
    found = json.loads(run("download", NAME, "--json").stdout)
    assert Path(found["generator"]).name == "generator.safetensors"
    lines = run("info", NAME).stdout
    assert f"not in this bundle: someone/generator at {source.revision}" in lines


def test_info(tiny_bundle_path):
    done = run("info", tiny_bundle_path)
    assert done.exit_code == 0, done.stderr
    assert "stylegan2, 32x32, w 8 x 32" in done.stdout
    assert "licence     MIT (bundle)" in done.stdout
    summary = json.loads(run("info", tiny_bundle_path, "--json").stdout)
    assert summary["licenses"] == {"bundle": "MIT"}
    assert {part["name"] for part in summary["parts"]} >= {"generator", "encoder"}
    bad = run("info", tiny_bundle_path.parent)
    assert (bad.exit_code, bad.stderr.count("\n")) == (2, 1)


def test_push(hub, tiny_bundle_path, monkeypatch):  # noqa: F811
    refused = run("push", tiny_bundle_path, NAME, "-q")
    assert refused.exit_code == 2
    assert "may not write there (401)" in refused.stderr
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    done = run("push", tiny_bundle_path, NAME, "--private", "-q")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.strip().startswith(f"{hub.url}/{NAME}/commit/")
    assert hub.repos[NAME].private


def test_doctor(hub, tiny_bundle_path):  # noqa: F811
    hub.add(NAME, tiny_bundle_path)
    hub.plain["/a.pkl"] = b"data"
    run("download", NAME, "-q")
    run("convert", f"{hub.url}/a.pkl", "-o", "nowhere", "-q")
    found = json.loads(run("doctor", "--json").stdout)
    assert found["troubles"] == []
    assert found["devices"][0].startswith("cpu")
    assert found["endpoint"] == hub.url
    assert found["logged_in"] is False
    names = [one["name"] for one in found["cached"]]
    assert names[0].startswith(f"{NAME}@")
    assert names[1] == f"{hub.url}/a.pkl"
    assert all(one["bytes"] > 0 for one in found["cached"])
    lines = run("doctor").stdout
    assert "torch" in lines
    assert "cached               someone/faces@" in lines


def test_doctor_empties_the_cache(hub, tiny_bundle_path, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("D2ANIMATOR_CACHE", str(tmp_path / "own"))
    hub.add(NAME, tiny_bundle_path)
    hub.plain["/a.pkl"] = b"data"
    run("download", NAME, "-q")
    run("convert", f"{hub.url}/a.pkl", "-o", "nowhere", "-q")
    Cache().put("ab", {"w": torch.zeros(4)}, {})
    (tmp_path / "own" / "notes.txt").write_text("mine")
    before = json.loads(run("doctor", "--json").stdout)["cached"]
    assert [one["kind"] for one in before] == ["hub", "address", "sources"]
    assert "cached in all" in run("doctor").stdout
    kept = runner.invoke(app, ["doctor", "--clear"], input="n\n")
    assert kept.exit_code == 1
    assert "Remove 3 entries of the cache" in kept.stderr
    assert json.loads(run("doctor", "--json").stdout)["cached"] == before
    done = run("doctor", "--clear", "--yes")
    assert done.exit_code == 0, done.stderr
    assert "removed 3 entries" in done.stderr
    assert "cached               nothing yet" in done.stdout
    assert (tmp_path / "own" / "notes.txt").is_file()


def test_doctor_never_fails(hub, monkeypatch):  # noqa: F811
    import importlib.metadata

    def broken(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", broken)
    done = run("doctor")
    assert done.exit_code == 0
    assert "no answer            packages: " in done.stdout


def test_doctor_names_the_command_for_what_is_missing(hub, monkeypatch):  # noqa: F811
    import importlib.metadata

    wanted = ["nothing-of-this-name>=1.2", 'also-nothing>=3; extra == "photos"', "torch>=2.4"]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: wanted)
    missing = {
        one["what"]: one["command"] for one in json.loads(run("doctor", "--json").stdout)["missing"]
    }
    assert missing["nothing-of-this-name"] == "pip install 'nothing-of-this-name>=1.2'"
    assert missing["also-nothing (only for the extra photos)"] == "pip install 'd2animator[photos]'"


@pytest.mark.slow
def test_a_fresh_process_with_nothing_but_the_environment(hub, tiny_bundle_path, tmp_path):  # noqa: F811
    """Pull, and again offline, the way a user's shell does it."""
    hub.add(NAME, tiny_bundle_path)
    settings = {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }

    def shell(*words, **more):
        done = subprocess.run(
            [sys.executable, "-m", "d2animator", *map(str, words)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **settings, **more},
        )
        return done.stdout.strip()

    folder = Path(shell("download", NAME))
    assert tmp_path / "home" in folder.parents
    hub.log.clear()
    assert shell("download", NAME, HF_HUB_OFFLINE="1") == str(folder)
    assert hub.log == []
    for path in tiny_bundle_path.iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()
