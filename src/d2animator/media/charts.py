"""Plain line charts, drawn with Pillow: enough for learning curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_WIDTH, _HEIGHT = 420, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 30, 26
_INK, _PALE, _LINE = (40, 40, 40), (222, 222, 222), (0, 128, 128)


@dataclass(frozen=True)
class Panel:
    """One chart.

    Attributes:
        title: Text above it.
        points: The line's (x, y), by rising x; all finite.
    """

    title: str
    points: tuple[tuple[float, float], ...]


def draw_panels(panels: Sequence[Panel], columns: int = 2) -> NDArray[np.uint8]:
    """Draw charts in a grid.

    Args:
        panels: The charts, at least one.
        columns: Charts beside each other.

    Returns:
        RGB picture (H, W, 3) uint8.
    """
    wide = min(columns, len(panels))
    rows = -(-len(panels) // wide)
    picture = Image.new("RGB", (wide * _WIDTH, rows * _HEIGHT), "white")
    draw = ImageDraw.Draw(picture)
    for index, panel in enumerate(panels):
        _draw_panel(draw, panel, index % wide * _WIDTH, index // wide * _HEIGHT)
    return np.array(picture, dtype=np.uint8)


def _draw_panel(draw: ImageDraw.ImageDraw, panel: Panel, x: int, y: int) -> None:
    font = ImageFont.load_default(size=12)
    left, top = x + _LEFT, y + _TOP
    right, bottom = x + _WIDTH - _RIGHT, y + _HEIGHT - _BOTTOM
    steps, values = zip(*panel.points, strict=True)
    across, up = _span(steps), _span(values)
    draw.text((left, y + 8), panel.title, _INK, font=font)
    for share in (0.0, 0.5, 1.0):
        height = bottom - share * (bottom - top)
        draw.line((left, height, right, height), _PALE)
        label = f"{up[0] + share * (up[1] - up[0]):.3g}"
        draw.text((left - 6, height), label, _INK, font=font, anchor="rm")
        place = left + share * (right - left)
        label = f"{across[0] + share * (across[1] - across[0]):.4g}"
        draw.text((place, bottom + 5), label, _INK, font=font, anchor="mt")
    line = [
        (
            left + (step - across[0]) / (across[1] - across[0]) * (right - left),
            bottom - (value - up[0]) / (up[1] - up[0]) * (bottom - top),
        )
        for step, value in panel.points
    ]
    if len(line) > 1:
        draw.line(line, _LINE, width=2, joint="curve")
    for place_x, place_y in line if len(line) < 40 else ():
        draw.ellipse((place_x - 2, place_y - 2, place_x + 2, place_y + 2), _LINE)


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Smallest and greatest value, never the same."""
    low, high = min(values), max(values)
    margin = (abs(low) or 1.0) * 0.5 if high == low else 0.0
    return low - margin, high + margin
