"""PuppetBench on disk: the committed set, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.puppetbench import DATA
from d2animator.errors import BundleError, MediaError
from d2animator.evaluate.puppetbench import (
    FORMAT_VERSION,
    MANIFEST,
    PARAMETERS,
    STATE_DIM,
    Z_DIM,
    Manifest,
    SequenceEntry,
    load_bench,
    write_bench,
)
from d2animator.media.images import write_image

NAMES = ("source-000", "driver-000", "driver-001", "truth-000")


def columns(rows: int = len(NAMES)) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)

    def numbers(*shape: int) -> np.ndarray:
        return random.standard_normal((rows, *shape)).astype(np.float32)

    return {
        "person": np.array([0, 1, 2, 0][:rows], np.int32),
        "z": numbers(Z_DIM),
        "landmarks": numbers(98, 2),
        "yaw_pitch_roll_deg": numbers(3),
        "gaze_deg": numbers(2),
        "expression": numbers(2),
    }


@pytest.fixture
def manifest() -> Manifest:
    return Manifest(
        format_version=FORMAT_VERSION,
        made={"plan": "by hand"},
        size=8,
        expression_names=("jawOpen", "mouthPucker"),
        pictures=NAMES,
        sources=NAMES[:1],
        drivers=NAMES[1:3],
        pairs=(("source-000", "driver-001", "truth-000"),),
        sequences=(SequenceEntry("clip", 12.0, NAMES[0], NAMES[1:2], NAMES[3:]),),
        files={},
    )


@pytest.fixture
def folder(manifest: Manifest, tmp_path: Path) -> Path:
    folder = tmp_path / "bench"
    (folder / "pictures").mkdir(parents=True)
    for shade, name in enumerate(NAMES):
        picture = np.full((8, 8, 3), 50 * shade, np.uint8)
        write_image(folder / "pictures" / f"{name}.png", picture)
    write_bench(folder, columns(), manifest)
    return folder


def test_the_committed_set_is_whole_and_small():
    bench = load_bench(DATA, check=True)
    assert sum(path.stat().st_size for path in DATA.rglob("*")) <= 12e6
    everybody = [*bench.sources, *bench.drivers]
    assert len({picture.person for picture in everybody}) >= 64
    assert len(bench.pairs) >= 200
    assert len(bench.sequences) >= 8
    assert bench.manifest["made"]["plan"]["seed"] >= 1000
    assert bench.truth[7].image().shape == (bench.size, bench.size, 3)


def test_the_truth_is_the_sources_look_in_the_drivers_state():
    bench = load_bench(DATA)
    for (source, driver), truth in zip(bench.pairs, bench.truth, strict=True):
        one, other = bench.sources[source], bench.drivers[driver]
        assert truth.person == one.person != other.person
        assert np.array_equal(truth.z, [*other.z[:STATE_DIM], *one.z[STATE_DIM:]])
        assert np.array_equal(truth.yaw_pitch_roll_deg, other.yaw_pitch_roll_deg)
        assert np.array_equal(truth.gaze_deg, other.gaze_deg)
        assert np.array_equal(truth.expression, other.expression)
    for clip in bench.sequences:
        assert len(clip.driver) == len(clip.truth)
        assert clip.source.person == clip.truth[0].person != clip.driver[0].person
        assert np.array_equal(clip.source.image(), clip.truth[0].image())
        for frame, answer in zip(clip.driver, clip.truth, strict=True):
            assert np.array_equal(frame.expression, answer.expression)


def test_what_was_written_is_read(folder: Path) -> None:
    bench = load_bench(folder, check=True)
    assert bench.pairs == ((0, 1),)
    assert bench.expression_names == ("jawOpen", "mouthPucker")
    assert (bench.truth[0].image() == 150).all()
    assert bench.drivers[1].person == 2
    assert np.array_equal(bench.drivers[1].z, columns()["z"][2])
    assert bench.sequences[0].driver[0].name == "driver-000"
    assert len(bench.manifest["files"]) == len(NAMES) + 1


def test_parameters_without_a_row_for_each_picture_are_not_written(
    folder: Path, manifest: Manifest
) -> None:
    with pytest.raises(BundleError, match="wrong shape"):
        write_bench(folder, columns(3), manifest)
    load_bench(folder, check=True)


def test_what_is_missing_or_changed_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="checkout"):
        load_bench(tmp_path)
    picture = load_bench(folder).sources[0]
    picture.path.write_bytes(b"no picture")
    load_bench(folder)
    with pytest.raises(MediaError):
        picture.image()
    with pytest.raises(BundleError, match="source-000"):
        load_bench(folder, check=True)
    picture.path.unlink()
    with pytest.raises(BundleError, match="source-000"):
        load_bench(folder)


def test_a_manifest_that_does_not_fit_is_refused(folder: Path) -> None:
    path = folder / MANIFEST
    plain = json.loads(path.read_text("utf-8"))
    for changes, words in (
        ({"format_version": 9}, "update d2animator"),
        ({"colour": 1}, "colour"),
        ({"sources": ["nobody"]}, "nobody"),
        ({"expression_names": ["jawOpen"]}, "expression"),
        ({"pictures": plain["pictures"][:-1]}, "wrong shape"),
    ):
        path.write_text(json.dumps(plain | changes), "utf-8")
        with pytest.raises(BundleError, match=words):
            load_bench(folder)
    path.write_text(json.dumps(plain), "utf-8")
    (folder / PARAMETERS).write_bytes(b"nothing")
    with pytest.raises(BundleError, match="safetensors"):
        load_bench(folder)
