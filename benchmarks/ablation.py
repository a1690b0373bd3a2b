"""The paper's Table 2 and its comparison of directions, on PuppetBench, with pictures.

    python -m benchmarks.ablation --write

is ``d2animator evaluate --bench puppetbench --ablation`` followed by ``--protocol sequence``. It
prints both tables; ``--write`` also puts them into ``docs/figures/ablation.*`` and what every row
drew for some pairs into ``docs/images/ablation.png``. What is made is kept in ``--work``, and a run
that was stopped goes on. ``--rows photo --write`` measures one row, whose figures and pictures take
their place beside what is written there already.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import figures
from benchmarks.puppetbench import DATA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from d2animator.bundles.bundle import Bundle
    from d2animator.evaluate.benches import Bench
    from d2animator.evaluate.judges import Judges
    from d2animator.evaluate.sizes import AblationOptions

    Columns = dict[str, NDArray[np.uint8]]

COMMAND = "python -m benchmarks.ablation --write"
PICTURE = figures.ROOT / "docs" / "images" / "ablation.png"
SHOWN = 6
"""Pairs on the sheet of pictures."""
SIDE = 128
"""Side of its pictures."""
GAP = 2
"""White pixels between them."""


def measure(
    bundle: Bundle,
    bench: Bench,
    judges: Judges,
    work: Path,
    *,
    rows: tuple[str, ...] | None = None,
    options: AblationOptions | None = None,
    clips: bool = True,
) -> tuple[dict[str, Any], Columns]:
    """Run the ablation and, where the bench has clips, the protocol of sequences.

    Args:
        bundle: What is measured.
        bench: Pictures with their truth.
        judges: Identity and feature networks.
        work: Folder of what is kept between runs.
        rows: Methods; None for all.
        options: Sizes; None for the full ones.
        clips: Whether to run the protocol of sequences, too.

    Returns:
        The figures, and for some pairs source, driver, truth and every row's answer.
    """
    from benchmarks.marking.cost import machine
    from d2animator.evaluate.ablation import ablate
    from d2animator.evaluate.preparing import Parts
    from d2animator.evaluate.report import Shown, legend, rows_of
    from d2animator.evaluate.rows import METHODS
    from d2animator.evaluate.running import run_protocol

    shown = Shown(bench, SHOWN)
    table = ablate(
        Parts.of(bundle),
        bench,
        judges,
        work,
        rows=rows or METHODS,
        options=options,
        progress=_tell,
        keep=shown.keep,
    )
    data = table.plain() | {"model": bundle.config.name, "sequence": None}
    if clips and bench.clips:
        data["sequence"] = run_protocol(bundle, bench, judges, "sequence", work).plain()
    when = f"{datetime.now(UTC):%Y-%m-%d} ({machine()})"
    data["measured"] = {row["method"]: when for row in rows_of(data)}
    columns = {name: _reduced(pictures) for name, pictures in shown.columns().items()}
    return data | {"legend": legend(columns)}, columns


def _reduced(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make pictures (N, R, R, 3) small enough for a page."""
    import numpy as np
    from PIL import Image

    size = (min(SIDE, pictures.shape[1]),) * 2
    small = [Image.fromarray(one).resize(size, Image.Resampling.LANCZOS) for one in pictures]
    return np.stack([np.asarray(one) for one in small])


def joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Put rows measured alone in their places among those of an earlier measurement.

    Args:
        old: What `measure` gave then.
        new: What it gave of some rows.

    Raises:
        ConfigError: They are not of the same bench, judges or model.
    """
    from d2animator.errors import ConfigError
    from d2animator.evaluate.ablation import Table

    if old["model"] != new["model"]:
        reason = f"measured of {new['model']!r}, the rest of {old['model']!r}; measure all rows"
        raise ConfigError("rows", reason)
    table = Table.from_plain(old).joined(Table.from_plain(new))
    measured = old["measured"] | new["measured"]
    return {**old, **table.plain(), "measured": measured}


def joined_columns(old: Columns, new: Columns) -> Columns:
    """Put the pictures of some rows in their places among those of all."""
    from d2animator.evaluate.rows import METHODS

    every = old | new
    given = [name for name in every if name not in METHODS]
    return {name: every[name] for name in (*given, *METHODS) if name in every}


def sheet(columns: Columns) -> NDArray[np.uint8]:
    """Lay columns of pictures out in one picture."""
    import numpy as np

    from d2animator.evaluate.report import picture_grid

    return picture_grid([np.stack(row) for row in zip(*columns.values(), strict=True)], GAP)


def columns_of(laid: NDArray[np.uint8], said: str) -> Columns:
    """Take a sheet, as `sheet` laid it out, apart again.

    Args:
        laid: The sheet.
        said: Its legend.
    """
    import numpy as np

    names = said.partition(": ")[2].split(", ")
    step = (laid.shape[1] + GAP) // len(names)
    whole = np.pad(laid, ((0, GAP), (0, GAP), (0, 0)))
    tiles = whole.reshape(-1, step, len(names), step, 3).transpose(2, 0, 1, 3, 4)
    return dict(zip(names, tiles[:, :, :-GAP, :-GAP], strict=True))


def markdown(data: Mapping[str, Any], picture: str = "") -> str:
    """Write the tables of the documentation.

    Args:
        data: What `measure` gave.
        picture: Path of the sheet as seen from a page; "" for none.
    """
    from d2animator.evaluate.report import comparison, rows_of
    from d2animator.evaluate.report import markdown as table

    parts = [
        f"{data['pairs']} pairs of {data['bench']}, judged by {data['judges']}:\n",
        table(rows_of(data)),
        _measured(data["measured"]),
        *(f"{line}.\n" for line in comparison(data)),
    ]
    if picture:
        parts.append(f"![{data['legend']}]({picture})\n\n{data['legend']}.\n")
    if data["sequence"] is not None:
        parts += _sequence(data["sequence"])
    return "\n".join(parts)


def _measured(when: Mapping[str, str]) -> str:
    """Say when and where rows were measured."""
    days: dict[str, list[str]] = {}
    for row, day in when.items():
        days.setdefault(day, []).append(row)
    last, *few = sorted(days, key=lambda day: len(days[day]), reverse=True)
    said = [f"{', '.join(days[day])} on {day}" for day in few]
    return f"Measured: {'; '.join([*said, f'all others on {last}' if few else f'on {last}'])}.\n"


def _sequence(found: Mapping[str, Any]) -> list[str]:
    """The tables of the sequences: the usual columns, then what is about motion."""
    from d2animator.evaluate.report import markdown as table

    jitter = found["jitter_percent"]
    following = figures.table(
        ("correlation of driver and result", *found["correlation"]),
        [("all clips", *found["correlation"].values())],
    )
    return [
        f"Clips, {found['details']['count']:.0f} frames:\n",
        table(found["rows"]),
        following,
        f"Jitter: {jitter['result']:.2f} % of the eye distance, {jitter['truth']:.2f} % in the "
        "true clips.\n",
    ]


def _tell(what: str, done: int, numbers: Mapping[str, float]) -> None:
    said = "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())
    print(f"{what}: {done}  {said}", file=sys.stderr)


def main() -> None:
    """Command line."""
    from d2animator.bundles.bundle import load_bundle
    from d2animator.config import load_json
    from d2animator.evaluate.benches import open_bench
    from d2animator.evaluate.judges import PUPPETS, load_judges
    from d2animator.evaluate.report import legend
    from d2animator.evaluate.rows import check_rows
    from d2animator.evaluate.sizes import ablation_preset
    from d2animator.media.images import read_image, write_image

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--bench", default=DATA, help="folder of the bench")
    parser.add_argument("--judges", default=PUPPETS, help="as in d2animator evaluate")
    parser.add_argument("--rows", help="comma between; others stay; default: all")
    parser.add_argument("--preset", default="full", help="full, or quick to see it work")
    parser.add_argument("--limit", type=int, help="most pairs; default: all")
    parser.add_argument("--work", type=Path, default=Path("evaluation.work"))
    parser.add_argument("--write", action="store_true", help="into the documentation")
    asked = parser.parse_args()
    data, columns = measure(
        load_bundle(asked.model),
        open_bench(asked.bench, asked.limit),
        load_judges(asked.judges),
        asked.work,
        rows=None if asked.rows is None else check_rows(asked.rows.split(",")),
        options=ablation_preset(asked.preset),
        clips=asked.rows is None,
    )
    print(markdown(data))
    if asked.write:
        if asked.rows is not None:
            written = load_json(figures.FIGURES / "ablation.json")
            data = joined(written, data)
            columns = joined_columns(columns_of(read_image(PICTURE), written["legend"]), columns)
            data["legend"] = legend(columns)
        write_image(PICTURE, sheet(columns))
        text = markdown(data, f"../images/{PICTURE.name}")
        figures.write("ablation", data, text, COMMAND)
        figures.fill_pages()


if __name__ == "__main__":
    main()
