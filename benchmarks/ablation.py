"""The paper's Table 2 and its comparison of directions, on PuppetBench, with pictures.

    python -m benchmarks.ablation --write

is ``d2animator evaluate --bench puppetbench --ablation`` followed by ``--protocol sequence``. It
prints both tables; ``--write`` also puts them into ``docs/figures/ablation.*`` and what every row
drew for some pairs into ``docs/images/ablation.png``. What is made is kept in ``--work``, and a run
that was stopped goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
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

COMMAND = "python -m benchmarks.ablation --write"
PICTURE = figures.ROOT / "docs" / "images" / "ablation.png"
SHOWN = 6
"""Pairs on the sheet of pictures."""
SIDE = 128
"""Side of its pictures."""


def measure(
    bundle: Bundle,
    bench: Bench,
    judges: Judges,
    work: Path,
    *,
    rows: tuple[str, ...] | None = None,
    options: AblationOptions | None = None,
) -> tuple[dict[str, Any], NDArray[np.uint8] | None]:
    """Run the ablation and, where the bench has clips, the protocol of sequences.

    Args:
        bundle: What is measured.
        bench: Pictures with their truth.
        judges: Identity and feature networks.
        work: Folder of what is kept between runs.
        rows: Methods; None for all.
        options: Sizes; None for the full ones.

    Returns:
        The figures, and for some pairs source, driver, truth and every row's answer.
    """
    from d2animator.evaluate.ablation import ablate
    from d2animator.evaluate.methods import METHODS
    from d2animator.evaluate.preparing import Parts
    from d2animator.evaluate.report import Shown
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
    if bench.clips:
        data["sequence"] = run_protocol(bundle, bench, judges, "sequence", work).plain()
    grid, data["legend"] = shown.laid_out()
    return data, None if grid is None else _reduced(grid, bundle.generator.img_resolution)


def _reduced(grid: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Make a grid's pictures small enough for a page."""
    import numpy as np
    from PIL import Image

    share = min(SIDE / side, 1.0)
    size = round(grid.shape[1] * share), round(grid.shape[0] * share)
    return np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.LANCZOS))


def markdown(data: Mapping[str, Any], picture: str = "") -> str:
    """Write the tables of the documentation.

    Args:
        data: What `measure` gave.
        picture: Path of the sheet as seen from a page; "" for none.
    """
    from d2animator.evaluate.report import comparison
    from d2animator.evaluate.report import markdown as table

    parts = [
        f"{data['pairs']} pairs of {data['bench']}, judged by {data['judges']}:\n",
        table([*data["rows"], data["no_motion"]]),
        *(f"{line}.\n" for line in comparison(data)),
    ]
    if picture:
        parts.append(f"![{data['legend']}]({picture})\n\n{data['legend']}.\n")
    if data["sequence"] is not None:
        parts += _sequence(data["sequence"])
    return "\n".join(parts)


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
    from d2animator.evaluate.benches import open_bench
    from d2animator.evaluate.judges import PUPPETS, load_judges
    from d2animator.evaluate.methods import check_rows
    from d2animator.evaluate.sizes import ablation_preset
    from d2animator.media.images import write_image

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="bundle's folder; default: the embedded one")
    parser.add_argument("--bench", default=DATA, help="folder of the bench")
    parser.add_argument("--judges", default=PUPPETS, help="as in d2animator evaluate")
    parser.add_argument("--rows", help="comma between; default: all")
    parser.add_argument("--preset", default="full", help="full, or quick to see it work")
    parser.add_argument("--limit", type=int, help="most pairs; default: all")
    parser.add_argument("--work", type=Path, default=Path("evaluation.work"))
    parser.add_argument("--write", action="store_true", help="into the documentation")
    asked = parser.parse_args()
    data, grid = measure(
        load_bundle(asked.model),
        open_bench(asked.bench, asked.limit),
        load_judges(asked.judges),
        asked.work,
        rows=None if asked.rows is None else check_rows(asked.rows.split(",")),
        options=ablation_preset(asked.preset),
    )
    print(markdown(data))
    if asked.write and grid is not None:
        write_image(PICTURE, grid)
        text = markdown(data, f"../images/{PICTURE.name}")
        figures.write("ablation", data, text, COMMAND)
        figures.fill_pages()


if __name__ == "__main__":
    main()
