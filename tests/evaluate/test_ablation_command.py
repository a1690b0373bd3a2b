"""The command that makes the documentation's ablation, at a size at which nothing is learned."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import ablation, figures
from d2animator.errors import ConfigError
from d2animator.evaluate.ablation import Table
from d2animator.evaluate.report import comparison, markdown
from d2animator.evaluate.running import run_protocol
from d2animator.evaluate.scores import Scores
from tests.evaluate.test_ablation import QUICK


@pytest.fixture(scope="module")
def measured(bundle, bench, judges, tmp_path_factory):
    work = tmp_path_factory.mktemp("ablation")
    rows = ("full", "no_finetune", "coarse_swap", "oracle")
    return ablation.measure(bundle, bench, judges, work, rows=rows, options=QUICK)


def test_both_tables_are_made(measured):
    data, _ = measured
    json.dumps(data, allow_nan=False)
    assert [row["method"] for row in data["rows"]] == [
        *("full", "no_finetune", "coarse_swap", "oracle")
    ]
    assert set(data["margins"]) == {"no_finetune", "coarse_swap", "oracle", "no_motion"}
    assert list(data["sequence"]["correlation"]) == ["yaw", "pitch", "mouth_open", "smile"]
    text = ablation.markdown(data, "../images/ablation.png")
    assert "\n| full |" in text
    assert "\n| no_motion |" in text
    assert "NME of full above the oracle's by" in text
    assert "\n| all clips |" in text
    assert "](../images/ablation.png)" in text


def test_the_sheet_has_every_row_s_answer(measured, bench):
    data, shown = measured
    grid = ablation.sheet(shown)
    side, gap = bench.truth.shape[1], ablation.GAP
    columns, pairs = 3 + len(data["rows"]), min(ablation.SHOWN, len(bench.pairs))
    assert grid.shape == (pairs * (side + gap) - gap, columns * (side + gap) - gap, 3)
    assert data["legend"].endswith("source, driver, truth, full, no_finetune, coarse_swap, oracle")
    np.testing.assert_array_equal(grid[:side, :side], bench.sources[0])
    again = ablation.columns_of(grid, data["legend"])
    assert list(again) == list(shown)
    for name, pictures in again.items():
        np.testing.assert_array_equal(pictures, shown[name])


def test_large_pictures_are_reduced():
    assert ablation._reduced(np.zeros((2, 256, 256, 3), np.uint8)).shape == (2, 128, 128, 3)


def test_a_row_measured_alone_takes_its_place(measured, bundle, bench, judges, tmp_path):
    data, shown = measured
    alone, pictures = ablation.measure(
        bundle, bench, judges, tmp_path, rows=("photo",), options=QUICK, clips=False
    )
    assert alone["sequence"] is None
    assert "no_motion" not in ablation.markdown(alone)
    alone["measured"] = {"photo": "another day"}
    both = ablation.joined(data, alone)
    assert both["rows"] == [*data["rows"], *alone["rows"]]
    assert set(both["margins"]) == {*data["margins"], "photo"}
    assert both["details"] == data["details"] | alone["details"]
    for name in ("no_motion", "sequence", "drivers_points", "margins_one_look"):
        assert both[name] == data[name]
    text = ablation.markdown(both)
    assert "\nMeasured: photo on another day; all others on 20" in text
    assert "\n| oracle |" in text
    columns = ablation.joined_columns(shown, pictures)
    assert list(columns) == [*shown, "photo"]
    assert list(ablation.joined_columns(columns, shown)) == list(columns)


def test_a_row_of_another_bench_or_model_is_refused(measured):
    data, _ = measured
    other = {"pairs": 9, "judges": "others", "pictures": "others", "model": "mine"}
    for name, value in other.items():
        with pytest.raises(ConfigError, match=r"rows: .*measured"):
            ablation.joined(data, {**data, name: value})


def test_a_page_waits_for_its_table(tmp_path):
    page = (figures.ROOT / "docs" / "explanation" / "figures.md").read_text(encoding="utf-8")
    assert "<!-- figures: ablation -->" in page
    assert figures.fill(page, tmp_path) == page


def test_margins_are_in_percent_of_the_other_row():
    lines = comparison(
        {
            "margins": {"no_finetune": 4.0, "oracle": -50.0},
            "margins_driver": {"no_finetune": 5.0, "oracle": 30.0},
            "margins_one_look": {"no_finetune": 6.0},
        }
    )
    assert lines == [
        "NME of full lower than that of no_finetune by 4.0 %",
        "NME to the driver of full lower than that of no_finetune by 5.0 %",
        "With one look, as in the paper: NME to the driver of full lower than that of no_finetune "
        "by 6.0 %",
        "NME of full above the oracle's by 50.0 %",
    ]
    assert comparison({"margins": {"oracle": -50.0}, "drivers_points": 2.5})[1:] == [
        "NME of the drivers' own landmarks, as they are: 2.500 %"
    ]
    assert comparison({"drivers_points": 2.5}) == []


def test_margins_with_one_look_go_by_the_papers_names():
    def row(method, nme, nme_driver):
        return Scores(method, nme, 1.0, 0.0, 0.0, 0.0, 0.0, nme_driver)

    rows = (
        row("full", 2.0, 2.0),
        row("no_correction", 3.0, 2.4),
        row("no_finetune_no_correction", 3.0, 2.5),
        row("no_cludistiller_no_correction", 3.0, 3.0),
    )
    table = Table(rows, row("no_motion", 10.0, None), "b", "p", "j", 1, 2.0)
    assert table.margins_one_look() == {"no_finetune": 4.0, "no_cludistiller": 20.0}
    assert table.margins()["no_motion"] == 80.0
    assert "no_motion" not in table.margins("nme_driver")
    alone = Table(rows[:1], rows[0], "b", "p", "j", 1, 2.0)
    assert alone.margins_one_look() == {}
    assert "| – |" in markdown([table.still.row()])


def test_a_protocol_is_run_and_taken_up(bundle, bench, judges, tmp_path):
    told: list[int] = []
    first = run_protocol(
        bundle, bench, judges, "cross", tmp_path, progress=lambda done, _: told.append(done)
    )
    assert told[-1] == len(bench.pairs)
    again = run_protocol(bundle, bench, judges, "cross", tmp_path)
    assert again.plain() == first.plain()
    assert first.plain()["protocol"] == "cross"
    theirs = run_protocol(bundle, bench, judges, "cross", tmp_path, outputs=first.folder)
    assert theirs.plain()["rows"][0]["nme"] == first.plain()["rows"][0]["nme"]
    assert theirs.plain()["rows"][0]["method"] == first.folder.name
