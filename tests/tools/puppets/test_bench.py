"""PuppetBench: the committed data are what the plan asks for, and rendering repeats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.puppetbench import DATA
from d2animator.errors import ConfigError, InputError
from d2animator.evaluate import puppetbench
from d2animator.evaluate.puppetbench import MANIFEST, load_bench
from tools.puppets.bench import Plan, pairs, path_of_states, render_bench, shots
from tools.puppets.parameters import expression_vector
from tools.puppets.world import STATE_DIM, Z_DIM, state_from_z

SMALL = Plan(size=32, sources=3, drivers=2, pairs=4, sequences=1, frames=3)


@pytest.fixture(scope="module")
def small(head_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("moderngl")
    folder = tmp_path_factory.mktemp("bench") / "data"
    try:
        render_bench(head_file, folder, SMALL)
    except InputError as error:
        pytest.skip(str(error))
    return folder


def test_the_package_knows_the_size_of_a_code() -> None:
    assert (puppetbench.STATE_DIM, puppetbench.Z_DIM) == (STATE_DIM, Z_DIM)


def test_the_parameters_are_those_of_the_codes():
    bench = load_bench(DATA)
    for picture in (*bench.sources[:5], *bench.drivers[:20]):
        state = state_from_z(picture.z)
        assert picture.yaw_pitch_roll_deg == pytest.approx(state.yaw_pitch_roll_deg, abs=1e-4)
        assert np.array_equal(picture.expression, expression_vector(state))
        eyes = picture.landmarks[60:76]
        assert np.all((eyes > 0) & (eyes < bench.size))


def test_the_same_head_gives_the_same_files(small: Path, head_file: Path, tmp_path: Path):
    render_bench(head_file, tmp_path / "again", SMALL)
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
    with pytest.raises(ConfigError, match="pairs"):
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
