"""What is laid over a moved photo: what is known beforehand must come out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks import hidden, mixing
from benchmarks.hidden import SAID, markdown, summary
from benchmarks.mixing import CHEEK, MOUTH, REGIONS, View
from benchmarks.puppetbench import DATA
from d2animator.evaluate.puppetbench import load_bench
from tests.seeing import face_shape

SIZE = 96


@pytest.fixture
def picture() -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE] / SIZE
    return np.dstack([60 + 120 * rows, 90 + 60 * columns, 120 + 0 * rows]).astype(np.float32)


@pytest.fixture
def points() -> np.ndarray:
    return np.asarray(face_shape(), np.float64) * SIZE


@pytest.fixture
def mask() -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), np.float32)
    mask[60:70, 40:56] = 1
    return mask


@pytest.mark.parametrize("region", REGIONS)
def test_a_picture_is_fitted_by_its_landmarks(picture, points, mask, region):
    shift = np.array([3.0, -2.0])
    moved = View(np.roll(picture, (-2, 3), (0, 1)), points + shift)
    back = mixing.fitted(moved, View(picture, points), region, mask)
    inner = np.s_[8:-8, 8:-8]
    assert np.abs(back - picture)[inner].max() < 0.5


@pytest.mark.parametrize("region", REGIONS)
def test_what_is_laid_over_takes_the_colours_around_it(picture, mask, region):
    result = mixing.mixed(picture, picture * 0.8, mask, np.ones_like(mask), region)
    assert np.abs(result - picture).max() < 0.5


def test_nothing_changes_away_from_the_region(picture, mask):
    result = mixing.mixed(picture, np.zeros_like(picture), mask, np.ones_like(mask), MOUTH)
    away = np.pad(mask[56:74, 36:60], ((56, SIZE - 74), (36, SIZE - 60)), constant_values=0) == 0
    far = away.copy()
    far[54:76, 34:62] = False
    assert (result[far] == picture[far]).all()
    assert (result[64, 48] < 1).all()


def test_errors_are_the_known_ones(picture, mask):
    found = mixing.error(picture + 10, picture, mask)
    assert found["mae"] == pytest.approx(10, abs=1e-3)
    assert found["psnr"] == pytest.approx(20 * math.log10(25.5), abs=1e-3)
    assert found["pattern"] == pytest.approx(1, abs=1e-3)
    assert mixing.error(np.full_like(picture, 7), picture, mask)["pattern"] == 0


def test_pairs_that_gain_are_counted():
    def region(psnr: float) -> dict[str, object]:
        one = {"psnr": psnr, "mae": 1.0, "pattern": 0.5, "edge": 2.0}
        way = {name: one | {"psnr": 20.0 if name == "photo" else psnr} for name in SAID}
        return {"place": way, "look": way, "csim": dict.fromkeys(SAID, 0.9)}

    rows = [{MOUTH: region(21.0), CHEEK: region(19.0)}, {MOUTH: region(22.0)}]
    lines = summary(rows)
    better = {(line["region"], line["who"]): line["better"] for line in lines}
    assert better[MOUTH, "mixed generator"] == 2
    assert better[CHEEK, "mixed generator"] == 0
    assert better[MOUTH, "photo"] is None
    data = {"pairs": 2, "sources": 1, "drawn_well": 1, "model": "m", "measured": "today"}
    text = markdown(data | {"summary": lines})
    assert text.count("\n| inside of the mouth") == text.count("\n| skin turned") == 2 * len(SAID)


@pytest.mark.slow
def test_a_pair_of_the_bench_is_compared(tmp_path):
    bench = load_bench(DATA)
    (source, driver), truth = bench.pairs[1], bench.truth[1]
    stage = hidden.Stage(None, tmp_path)
    (row,) = stage.compare(bench.sources[source], [(bench.drivers[driver], truth)])
    assert row["drawn_well"]
    assert set(row) & set(REGIONS)
    assert mixing.sheet([row["pictures"]], tuple(SAID)).ndim == 3
