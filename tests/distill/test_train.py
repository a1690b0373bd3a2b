"""Training from any generator: what it starts from, what it writes, and being killed."""

from __future__ import annotations

import copy
import dataclasses
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

from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle, load_bundle, load_generator, save_bundle
from d2animator.bundles.convert import convert
from d2animator.cli import app
from d2animator.distill import train as trainer
from d2animator.errors import BundleError, TrainingError
from d2animator.invert.optimise import InversionOptions
from d2animator.marks.options import UNMARKED
from d2animator.media.images import read_image
from d2animator.models.generators import Generator
from tests.foreign.foreign_files import (
    nvidia_network,
    rosinality_weights,
    write_pickle,
    write_torch,
)
from tests.seeing import seeing
from tests.small_training import words

ROOT = Path(__file__).resolve().parents[2]


def run(*given: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in given])


def test_a_generator_without_landmark_networks_gets_the_embedded_ones(
    tiny_bundle: Bundle, tmp_path: Path
) -> None:
    save_bundle(dataclasses.replace(tiny_bundle, finder=None), tmp_path / "lacking")
    start = trainer.load_start(tmp_path / "lacking")
    assert start.landmarks_of == "puppet"
    assert start.detector_name == load_bundle().config.files["landmarks.safetensors"]
    assert start.bundle.finder is not None


def test_a_bundle_keeps_its_own_landmark_networks_unless_others_are_named(
    tiny_bundle: Bundle, tiny_bundle_path: Path, tmp_path: Path
) -> None:
    assert trainer.load_start(tiny_bundle_path).landmarks_of == "tiny"
    assert trainer.load_start(tiny_bundle_path, "puppet").landmarks_of == "puppet"
    save_bundle(dataclasses.replace(tiny_bundle, landmark_network=None), tmp_path / "lacking")
    with pytest.raises(BundleError, match="landmark_network"):
        trainer.load_start(tiny_bundle_path, tmp_path / "lacking")


def test_a_foreign_file_is_read_with_its_licence(tiny_generator: Generator, tmp_path: Path) -> None:
    path = write_pickle(tmp_path / "net.pkl", {"G_ema": nvidia_network(tiny_generator)})
    start = trainer.load_start(path, license="CC0-1.0")
    assert (start.bundle.config.license, start.landmarks_of) == ("CC0-1.0", "puppet")
    assert start.bundle.config.provenance["origin"] == "net.pkl"
    z = torch.randn(2, tiny_generator.z_dim)
    torch.testing.assert_close(start.bundle.generator(z), tiny_generator(z), atol=1e-4, rtol=0)


def test_pictures_without_faces_are_an_error_before_anything_is_written(
    tiny_bundle_path: Path, tmp_path: Path
) -> None:
    done = run("train", "--generator", tiny_bundle_path, "--landmarks", "puppet", "-o", "made")
    assert done.exit_code == 2
    assert "a face in only 0 of 16 pictures of the generator 'tiny'" in done.stderr
    assert "(--landmarks)" in done.stderr
    assert not Path("made").exists()
    assert not Path("made.work").exists()


def test_faces_are_counted(tiny_bundle: Bundle) -> None:
    found, tried = trainer.check_faces(trainer.Start(seeing(tiny_bundle), "", "seeing"))
    assert tried / 2 < found <= tried
    blind = copy.deepcopy(tiny_bundle)
    with torch.no_grad():
        blind.landmark_network.answer.bias[-1] = -50  # no picture shows a face
    with pytest.raises(TrainingError, match="name a bundle with others"):
        trainer.check_faces(trainer.Start(blind, "", "tiny"))


def test_a_plan_is_told_and_nothing_is_written(tiny_bundle: Bundle, tmp_path: Path) -> None:
    save_bundle(seeing(tiny_bundle), tmp_path / "seeing")
    given = ("train", "--generator", tmp_path / "seeing", "-o", tmp_path / "made", "--dry-run")
    before = sorted(tmp_path.rglob("*"))
    done = run(*given, "--preset", "quick", "--json", "--samples", "500")
    assert done.exit_code == 0, done.output
    plan = json.loads(done.stdout)
    stages = {stage["stage"]: stage for stage in plan["stages"]}
    assert list(stages) == ["samples", "directions", "network", "encoder", "evaluate"]
    assert stages["samples"]["pictures"] == 500
    assert stages["network"]["steps"] == 600
    assert plan["seconds"] == pytest.approx(sum(s["seconds"] for s in stages.values()), abs=0.5)
    assert plan["memory_mib"] > 0
    assert 0 < plan["faces_found"] <= plan["faces_tried"]
    table = run(*given, "--stage", "samples")
    assert table.stdout.splitlines()[1].startswith("samples  12,000 samples")
    assert "encoder" not in table.stdout
    assert sorted(tmp_path.rglob("*")) == before


BAD = {
    "unknown stage": (["--stage", "all"], "stage: expected some of samples"),
    "unknown key": (["--set", "samples.cout=3"], "samples.cout: unknown key"),
    "clusters": (["--samples", "100", "--clusters", "2,50"], "50 clusters need at least 1000"),
    "part": (["--part", "ears"], "no facial part 'ears'"),
    "rigid pose": (["--rigid-pose", "some"], "directions.rigid_pose: expected one of 'both'"),
    "mixing": (["--mixing", "all"], "samples.mixing: expected one of 'none'"),
    "ica": (["--ica-above", "0"], "directions.ica_above: expected at least 1, got 0"),
    "cosine": (["--largest-cosine", "2"], "directions.largest_cosine: expected 0 to 1, got 2"),
    "preset": (["--preset", "huge"], "there are quick and full"),
    "no file": (["--config", "absent.toml"], "absent.toml: cannot be read"),
    "generator": (["--generator", "./absent"], "model './absent': no such folder"),
    "too early": (["--stage", "network"], "nothing there of the stage samples"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence(case: str, tmp_path: Path) -> None:
    given, sentence = BAD[case]
    done = run("train", "-o", tmp_path / "made", "-q", *given)
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
    assert sentence in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_foreign_generator_is_trained_for_and_animates(tmp_path: Path) -> None:
    """The embedded generator in NVIDIA's and rosinality's layouts, and back."""
    own = load_generator()
    pickled = write_pickle(tmp_path / "nvidia.pkl", {"G_ema": nvidia_network(own)})
    weights = {"g_ema": rosinality_weights(own), "latent_avg": own.mapping.w_avg}
    saved = write_torch(tmp_path / "rosinality.pt", weights)
    z = torch.randn(2, own.z_dim)
    for path in (pickled, saved):
        convert(path, tmp_path / path.stem)
        found = load_generator(tmp_path / path.stem)
        torch.testing.assert_close(found(z), own(z), atol=1e-4, rtol=0)
    done = run(*words(tmp_path / "made", "--generator", saved, "--json"))
    assert done.exit_code == 0, done.output
    metrics = json.loads(done.stdout)["metrics"]
    assert metrics["nme_self_percent"] < metrics["nme_still_percent"]
    made = load_bundle(tmp_path / "made")
    assert made.config.provenance["origin_layout"] == "rosinality"
    assert made.config.provenance["landmarks_of"] == "puppet"
    assert made.landmark_limit is not None
    assert read_image(tmp_path / "made" / "curves.png").shape[2] == 3
    assert "](curves.png)" in (tmp_path / "made" / "README.md").read_text(encoding="utf-8")
    animator = D2Animator.from_pretrained(
        tmp_path / "made", device="cpu", inversion=InversionOptions(steps=2), marks=UNMARKED
    )
    examples = ROOT / "examples"
    still = read_image(examples / "source.png")
    result = animator.animate(examples / "source.png", [still, still[:, ::-1]])
    assert result.frames == 2
    assert result.images is not None
    assert result.images[0].shape[0] == made.generator.img_resolution


def _start(folder: Path) -> subprocess.Popen[bytes]:
    more = ("--set", "action_loop.steps=40", "--set", "action_loop.save_every=2")
    given = words(folder, *more)
    return subprocess.Popen(
        [sys.executable, "-m", "d2animator", *given], env={**os.environ, "OMP_NUM_THREADS": "1"}
    )


def _kill_when(folder: Path, pattern: str) -> None:
    """Start a training and kill it once a file is there."""
    process = _start(folder)
    deadline = time.monotonic() + 300
    while not list(folder.with_name(f"{folder.name}.work").glob(pattern)):
        assert process.poll() is None, "it ended too early to be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    assert _start(tmp_path / "whole" / "made").wait() == 0
    killed = tmp_path / "killed" / "made"
    _kill_when(killed, "samples/samples-00001.safetensors")
    assert not list(killed.with_name("made.work").glob("action-*.safetensors"))
    _kill_when(killed, "action-*.safetensors")
    assert not killed.exists()
    assert _start(killed).wait() == 0
    hashes = [
        json.loads((tmp_path / name / "made" / "config.json").read_text())["files"]
        for name in ("whole", "killed")
    ]
    assert len(hashes[0]) == 7
    assert hashes[0] == hashes[1]
