"""Tables as Markdown, JSON and a page with pictures."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from d2animator.evaluate.benches import Bench, to_images
from d2animator.evaluate.protocols import Job
from d2animator.evaluate.scores import COLUMNS
from d2animator.faces.pixels import to_pictures
from d2animator.media.files import atomic_target
from d2animator.media.images import read_image, write_image

HEADINGS = {
    "method": "method",
    "nme": "NME ↓, %",
    "nme_driver": "NME to the driver ↓, %",
    "csim": "CSIM ↑",
    "fid": "FID ↓",
    "pose_error": "pose error ↓, °",
    "expression_error": "expression error ↓",
    "distance": "distance to truth ↓",
}

_STYLE = (
    "body{font:16px system-ui,sans-serif;margin:2rem;max-width:75rem}"
    "table{border-collapse:collapse}td,th{padding:.3rem .7rem;border-bottom:1px solid #ccc;"
    "text-align:right}td:first-child,th:first-child{text-align:left}img{max-width:100%}"
)


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as a Markdown table.

    Args:
        rows: The columns of `HEADINGS` each.

    Returns:
        The table, with a line break at its end.
    """
    lines = [
        "| " + " | ".join(HEADINGS.values()) + " |",
        "| --- |" + " ---: |" * len(COLUMNS),
    ]
    for row in rows:
        cells = [str(row["method"]), *(_number(row[name]) for name in COLUMNS)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def rows_of(plain: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the rows of plain values, that of no motion at the end where there is one."""
    still = plain.get("no_motion")
    return [*plain["rows"], *([] if still is None else [still])]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def comparison(plain: Mapping[str, Any]) -> list[str]:
    """Say how ``full`` does against the other rows.

    Args:
        plain: What `ablation.Table.plain` gave.

    Returns:
        Sentences without a full stop; nothing for no rows.
    """
    margins: Mapping[str, float] = plain.get("margins", {})
    lines = []
    for what, found in (
        ("NME", margins),
        ("NME to the driver", plain.get("margins_driver", {})),
        ("With one look, as in the paper: NME to the driver", plain.get("margins_one_look", {})),
    ):
        said = [f"{name} by {value:.1f} %" for name, value in found.items() if name != "oracle"]
        if said:
            lines.append(f"{what} of full lower than that of {', '.join(said)}")
    if "oracle" in margins:
        lines.append(f"NME of full above the oracle's by {-margins['oracle']:.1f} %")
    if lines and plain.get("drivers_points") is not None:
        points = plain["drivers_points"]
        lines.append(f"NME of the drivers' own landmarks, as they are: {points:.3f} %")
    return lines


class Shown:
    """Collects pictures of an ablation: one row of the grid a pair, one column a method."""

    def __init__(self, bench: Bench, pairs: int = 8) -> None:
        """Take a bench and choose some of its pairs, spread over all of them."""
        last = len(bench.pairs) - 1
        self._bench = bench
        self._picked = np.linspace(0, last, min(pairs, last + 1)).round().astype(int).tolist()
        self._columns: dict[str, NDArray[np.uint8]] = {}

    def keep(self, method: str, images: Tensor) -> None:
        """Keep the chosen pairs of a method's images (P, 3, R, R)."""
        self._columns[method] = to_pictures(images[self._picked])

    def columns(self) -> dict[str, NDArray[np.uint8]]:
        """Give the pictures (N, R, R, 3) of each column; nothing before anything was kept."""
        if not self._columns:
            return {}
        size = next(iter(self._columns.values())).shape[1]
        bench, pairs = self._bench, [self._bench.pairs[index] for index in self._picked]
        given = {
            "source": bench.sources[[source for source, _ in pairs]],
            "driver": bench.drivers[[driver for _, driver in pairs]],
            "truth": bench.truth[self._picked],
        }
        columns = {name: to_pictures(to_images(value, size)) for name, value in given.items()}
        return columns | self._columns

    def laid_out(self) -> tuple[NDArray[np.uint8] | None, str]:
        """Give the grid and its legend; None before anything was kept."""
        columns = self.columns()
        if not columns:
            return None, ""
        rows = [np.stack(row) for row in zip(*columns.values(), strict=True)]
        return picture_grid(rows), legend(columns)


def legend(columns: Iterable[str]) -> str:
    """Say what the columns of a grid show."""
    return "From left to right: " + ", ".join(columns)


def show_jobs(jobs: Sequence[Job], folder: Path, count: int = 8) -> tuple[NDArray[np.uint8], str]:
    """Lay out source, driver, truth and result of some frames, and say what is what."""
    frames = [(job, frame) for job in jobs for frame in range(len(job.outputs))]
    rows = []
    for index in np.linspace(0, len(frames) - 1, min(count, len(frames))).round().astype(int):
        job, frame = frames[index]
        result = read_image(folder / job.outputs[frame])
        four = (job.source, job.driver[frame], job.truth[frame], result)
        size = job.truth.shape[1]
        rows.append(np.concatenate([to_pictures(to_images([one], size)) for one in four]))
    return picture_grid(rows), legend(("source", "driver", "truth", "result"))


def picture_grid(rows: Sequence[NDArray[np.uint8]], gap: int = 4) -> NDArray[np.uint8]:
    """Lay pictures out in rows.

    Args:
        rows: Pictures of a row (N, H, W, 3) each, all of one size.
        gap: White pixels between them.

    Returns:
        One picture.
    """
    laid = []
    for row in rows:
        padded = [np.pad(one, ((0, gap), (0, gap), (0, 0)), constant_values=255) for one in row]
        laid.append(np.concatenate(padded, 1))
    return np.concatenate(laid)[:-gap, :-gap]


def write_report(
    folder: Path,
    plain: Mapping[str, Any],
    title: str,
    grid: NDArray[np.uint8] | None = None,
    legend: str = "",
) -> None:
    """Write ``report.json``, ``report.md`` and ``report.html``, and ``pictures.png`` if there is.

    Args:
        folder: Where; made when missing.
        plain: Plain values with ``rows`` and, beside them, anything.
        title: Heading.
        grid: Picture to show.
        legend: What it shows, row by row.

    Raises:
        OutputError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = rows_of(plain)
    table = markdown(rows)
    told = {key: value for key, value in plain.items() if isinstance(value, str | int | float)}
    notes = "".join(f"- {key}: {value}\n" for key, value in told.items())
    _write(folder / "report.json", json.dumps(plain, indent=2, ensure_ascii=False) + "\n")
    picture = ""
    if grid is not None:
        write_image(folder / "pictures.png", grid)
        picture = f"\n![{legend}](pictures.png)\n\n{legend}\n"
    _write(folder / "report.md", f"# {title}\n\n{table}\n{notes}{picture}")
    _write(folder / "report.html", _page(title, rows, told, folder if picture else None, legend))


def _page(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    told: Mapping[str, Any],
    folder: Path | None,
    legend: str,
) -> str:
    """A page that needs no other file."""
    head = "".join(f"<th>{html.escape(text)}</th>" for text in HEADINGS.values())
    body = "".join(
        f"<tr><td>{html.escape(str(row['method']))}</td>"
        + "".join(f"<td>{_number(row[name])}</td>" for name in COLUMNS)
        + "</tr>"
        for row in rows
    )
    notes = "".join(
        f"<li>{html.escape(key)}: {html.escape(str(value))}</li>" for key, value in told.items()
    )
    shown = ""
    if folder is not None:
        data = base64.b64encode((folder / "pictures.png").read_bytes()).decode()
        alt = html.escape(legend)
        shown = f'<p>{alt}</p><img alt="{alt}" src="data:image/png;base64,{data}">'
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{html.escape(title)}</h1>"
        f"<table><tr>{head}</tr>{body}</table><ul>{notes}</ul>{shown}</html>\n"
    )


def _write(path: Path, text: str) -> None:
    with atomic_target(path) as hidden:
        hidden.write_text(text, encoding="utf-8")
