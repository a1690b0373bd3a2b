"""Learning curves are written, read back, and drawn."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from d2animator.distill.curves import Curves, draw_curves, read_curve
from d2animator.errors import ConfigError


def test_a_cut_line_and_repeated_steps_do_no_harm(tmp_path: Path) -> None:
    curves = Curves(tmp_path)
    curves.write("net", 10, {"loss": 3.0})
    curves.write("net", 20, {"loss": 2.0})
    path = tmp_path / "net.jsonl"
    path.write_text(path.read_text() + '\n{"step": 30, "lo')
    Curves(tmp_path).write("net", 20, {"loss": 1.0})
    assert read_curve(path) == [{"step": 10, "loss": 3.0}, {"step": 20, "loss": 1.0}]
    assert read_curve(tmp_path / "none.jsonl") == []


def test_curves_are_drawn_where_there_is_something_to_draw() -> None:
    records = [{"step": float(step), "loss": 1.0 / step, "seconds": 3.0} for step in (1, 2, 3)]
    picture = draw_curves({"network": records})
    assert picture is not None
    wide = draw_curves({"network": records, "encoder": records})
    assert wide is not None
    assert wide.shape[1] == 2 * picture.shape[1]
    assert draw_curves({"network": [{"step": 1.0, "loss": float("nan")}]}) is None


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is not None, reason="it is installed")
def test_tensorboard_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pip install tensorboard"):
        Curves(tmp_path, tensorboard=True)
