"""Learning curves: JSON lines in the work folder, a picture, and TensorBoard where it is there."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import ConfigError
from d2animator.media.charts import Panel, draw_panels
from d2animator.training.shards import disk_errors

# What is drawn of a stage's figures, if it has them.
_DRAWN = ("loss", "explained", "picture")


class Curves:
    """Writes the figures of stages as they come.

    A line is ``{"step": ..., "loss": ..., ...}``. A run that was killed and resumed reports some
    steps twice; the later line counts.
    """

    def __init__(self, folder: Path, *, tensorboard: bool = False) -> None:
        """Take a folder.

        Args:
            folder: Where the files are; made when needed.
            tensorboard: Write for TensorBoard, too, to ``folder/tensorboard``.

        Raises:
            ConfigError: TensorBoard is asked for and not installed.
        """
        self.folder = folder
        self._board = _board(folder / "tensorboard") if tensorboard else None

    def write(self, name: str, step: int, metrics: Mapping[str, float]) -> None:
        """Add a line to the curve of that name.

        Raises:
            OutputError: The disk is full.
        """
        path = self.folder / f"{name}.jsonl"
        with disk_errors(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            # The line break first: the last line may have been cut off.
            with path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps({"step": step, **metrics}))
        if self._board is not None:
            for key, value in metrics.items():
                self._board.add_scalar(f"{name}/{key}", value, step)

    def close(self) -> None:
        """Write what TensorBoard still holds."""
        if self._board is not None:
            self._board.close()


def read_curve(path: Path) -> list[dict[str, float]]:
    """Read a curve, by rising step; lines that were cut off are left out."""
    if not path.exists():
        return []
    found: dict[float, dict[str, float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and "step" in record:
            found[record["step"]] = record
    return [found[step] for step in sorted(found)]


def draw_curves(curves: Mapping[str, list[dict[str, float]]]) -> NDArray[np.uint8] | None:
    """Draw curves: a panel for each figure of each.

    Args:
        curves: What `read_curve` gives, by title.

    Returns:
        RGB picture (H, W, 3) uint8; None when there is nothing to draw.
    """
    panels = []
    for title, records in curves.items():
        for figure in _DRAWN:
            points = [
                (record["step"], record[figure])
                for record in records
                if figure in record and math.isfinite(record[figure])
            ]
            if points:
                panels.append(Panel(f"{title}: {figure}", tuple(points)))
    return draw_panels(panels) if panels else None


def _board(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        reason = (
            "TensorBoard is not installed; pip install tensorboard, or leave this option out: the "
            "curves are also written as JSON lines and drawn as a picture"
        )
        raise ConfigError("tensorboard", reason) from error
    return SummaryWriter(str(folder))
