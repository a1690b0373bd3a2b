from __future__ import annotations

import json

import numpy as np
import torch

from d2animator.evaluate import protocols
from d2animator.evaluate.report import Shown, markdown, picture_grid, show_jobs, write_report
from d2animator.evaluate.scores import COLUMNS
from d2animator.media.images import read_image

ROW = {"method": "<mine>", **{name: index / 8 for index, name in enumerate(COLUMNS)}}


def test_a_table_has_a_line_a_row():
    lines = markdown([ROW, ROW]).splitlines()
    assert len(lines) == 4
    assert lines[2].startswith("| <mine> | 0.000 | 0.125 |")
    assert len({line.count("|") for line in lines}) == 1


def test_a_report_holds_table_and_picture(tmp_path):
    plain = {"rows": [ROW], "no_motion": {**ROW, "method": "no_motion"}, "bench": "drawn"}
    grid = np.full((8, 8, 3), 7, np.uint8)
    write_report(tmp_path / "report", plain, "Ablation", grid, "left & right")
    assert json.loads((tmp_path / "report" / "report.json").read_text()) == plain
    page = (tmp_path / "report" / "report.html").read_text()
    assert "&lt;mine&gt;" in page
    assert "left &amp; right" in page
    assert "data:image/png;base64," in page
    text = (tmp_path / "report" / "report.md").read_text()
    assert "- bench: drawn" in text
    assert "no_motion" in text


def test_a_grid_has_white_gaps():
    row = np.zeros((2, 3, 5, 3), np.uint8)
    grid = picture_grid([row, row], gap=1)
    assert grid.shape == (7, 11, 3)
    assert (grid[3] == 255).all()
    assert (grid[:, 5] == 255).all()
    assert (grid[:3, :5] == 0).all()


def test_what_is_shown_is_what_was_drawn(bench):
    shown = Shown(bench, pairs=2)
    assert shown.laid_out() == (None, "")
    shown.keep("mine", torch.ones(5, 3, 32, 32))
    grid, legend = shown.laid_out()
    assert grid is not None
    assert grid.shape == (2 * 36 - 4, 4 * 36 - 4, 3)
    assert legend == "From left to right: source, driver, truth, mine"
    np.testing.assert_array_equal(grid[:32, :32], bench.sources[0])
    assert (grid[:32, -32:] == 255).all()


def test_results_are_shown_beside_their_truth(bench, tmp_path):
    jobs = protocols.jobs_of(bench, "self")
    protocols.write_jobs(jobs, tmp_path)
    grid, _ = show_jobs(jobs, tmp_path / "drivers", count=2)  # drivers are the truth here
    np.testing.assert_array_equal(grid[:32, 72:104], grid[:32, 108:140])
    assert read_image(tmp_path / "sources" / "000.png").shape == (32, 32, 3)
