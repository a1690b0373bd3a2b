"""PuppetBench: the committed data, the reader, and the command that renders it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.puppetbench import DATA
from benchmarks.puppetbench.make import Plan, make, pairs, path_of_states, shots
from d2animator.errors import BundleError, InputError, MediaError
from tools.puppets.bench import MANIFEST, PARAMETERS, load_bench
from tools.puppets.parameters import expression_vector
from tools.puppets.world import STATE_DIM, Z_DIM, state_from_z

SMALL = Plan(size=32, sources=3, drivers=2, pairs=4, sequences=1, frames=3)


@pytest.fixture(scope="module")
def small(head_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("moderngl")
    folder = tmp_path_factory.mktemp("bench") / "data"
    try:
        make(head_file, folder, SMALL)
    except InputError as error:
        pytest.skip(str(error))
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


def test_the_parameters_are_those_of_the_codes():
    bench = load_bench(DATA)
    for picture in (*bench.sources[:5], *bench.drivers[:20]):
        state = state_from_z(picture.z)
        assert picture.yaw_pitch_roll_deg == pytest.approx(state.yaw_pitch_roll_deg, abs=1e-4)
        assert np.array_equal(picture.expression, expression_vector(state))
        eyes = picture.landmarks[60:76]
        assert np.all((eyes > 0) & (eyes < bench.size))


def test_the_same_head_gives_the_same_files(small: Path, head_file: Path, tmp_path: Path):
    make(head_file, tmp_path / "again", SMALL)
    one, other = ((folder / MANIFEST).read_bytes() for folder in (small, tmp_path / "again"))
    assert one == other
    bench = load_bench(small, check=True)
    assert len(bench.sources) == 3
    assert bench.pairs == ((1, 0), (2, 1), (0, 0), (1, 1))
    assert bench.sequences[0].driver[2].name == "sequence-0-driver-02"


def test_the_committed_plan_is_the_default():
    wanted, entries = shots(Plan())
    bench = load_bench(DATA)
    assert [shot.name for shot in wanted] == bench.manifest["pictures"]
    assert np.array_equal(wanted[3].z, bench.sources[3].z)
    assert [entry.name for entry in entries] == [clip.name for clip in bench.sequences]


def test_pairs_do_not_repeat():
    assert len(set(pairs(Plan()))) == Plan().pairs
    with pytest.raises(SystemExit, match="pairs"):
        pairs(Plan(sources=2, drivers=2, pairs=9))


def test_clips_move_smoothly_and_open_mouth_and_lids():
    for index in range(8):
        states = path_of_states(1000, index, 24)
        moved = [
            state_from_z(np.concatenate([s, np.zeros(Z_DIM - STATE_DIM, np.float32)]))
            for s in states
        ]
        yaw = np.array([state.yaw_pitch_roll_deg[0] for state in moved])
        jaw = np.array([state.expression.get("jawOpen", 0.0) for state in moved])
        assert yaw.std() > 5
        assert np.abs(np.diff(yaw)).max() < 12
        assert jaw.max() > 0.5
        assert max(state.expression["eyeBlink_L"] for state in moved) > 0.8


@pytest.fixture
def broken(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "broken"))


def test_what_is_missing_or_changed_is_named(broken: Path, tmp_path: Path):
    with pytest.raises(BundleError, match="checkout"):
        load_bench(tmp_path)
    picture = load_bench(broken).sources[0]
    picture.path.write_bytes(b"no picture")
    load_bench(broken)
    with pytest.raises(MediaError):
        picture.image()
    with pytest.raises(BundleError, match="source-000"):
        load_bench(broken, check=True)
    picture.path.unlink()
    with pytest.raises(BundleError, match="source-000"):
        load_bench(broken)


def test_a_manifest_that_does_not_fit_is_refused(broken: Path):
    path = broken / MANIFEST
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
            load_bench(broken)
    path.write_text(json.dumps(plain), "utf-8")
    (broken / PARAMETERS).write_bytes(b"nothing")
    with pytest.raises(BundleError, match="safetensors"):
        load_bench(broken)
