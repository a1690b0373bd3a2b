"""The paper's ablation (Table 2) and its comparison of directions, on faces of known truth."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from d2animator import config as configs
from d2animator.distill.samples import fingerprint
from d2animator.distill.shapes import nme_percent
from d2animator.evaluate.benches import Bench, to_images
from d2animator.evaluate.judges import Judges
from d2animator.evaluate.measures import expression_spread
from d2animator.evaluate.methods import METHODS, Methods, check_rows
from d2animator.evaluate.preparing import Parts, draw, prepare, read
from d2animator.evaluate.scores import Referee, Scores, Seen
from d2animator.evaluate.sizes import AblationOptions
from d2animator.faces.align import normalise_landmarks
from d2animator.media.files import write_json
from d2animator.progress import StageProgress

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Table:
    """What an ablation found.

    Attributes:
        rows: One a method, in the order of `METHODS`.
        still: The sources redrawn without any motion: what doing nothing scores.
        bench: Name of the bench.
        judges: Name of the judges.
        pairs: Number of pairs.
        drivers_points: NME of the drivers' own landmarks, as they are: where a method ends that
            follows them to the point, and takes over the drivers' face shapes with them.
    """

    rows: tuple[Scores, ...]
    still: Scores
    bench: str
    judges: str
    pairs: int
    drivers_points: float

    def margins(self, column: str = "nme") -> dict[str, float]:
        """Compare ``full`` with the other rows.

        Args:
            column: ``nme``, or ``nme_driver``, which is the paper's.

        Returns:
            For each other row by how many % the NME of ``full`` is lower (the paper: 14 against
            ``no_cludistiller``, 4 against ``no_finetune``); nothing when there is no row ``full``.
        """
        values = {row.method: getattr(row, column) for row in (*self.rows, self.still)}
        own = values.pop("full", None)
        return _lower_by(own, values)

    def margins_one_look(self) -> dict[str, float]:
        """Compare the rows that draw a frame at once, as the paper does, on its own measure.

        Returns:
            By how many % the ``nme_driver`` of ``no_correction``, which is the paper's full
            method, is lower, by the paper's names of the other rows.
        """
        values = {row.method: row.nme_driver for row in self.rows}
        others = {
            name: values.get(f"{name}_no_correction") for name in ("no_finetune", "no_cludistiller")
        }
        return _lower_by(values.get("no_correction"), others)

    def plain(self) -> dict[str, Any]:
        """Give plain values: ``rows`` with the columns alone, everything else beside them."""
        return {
            "rows": [row.row() for row in self.rows],
            "no_motion": self.still.row(),
            "margins": self.margins(),
            "margins_driver": self.margins("nme_driver"),
            "margins_one_look": self.margins_one_look(),
            "details": {row.method: row.details for row in self.rows},
            "bench": self.bench,
            "judges": self.judges,
            "pairs": self.pairs,
            "drivers_points": self.drivers_points,
        }


def _lower_by(own: float | None, others: Mapping[str, float | None]) -> dict[str, float]:
    """By how many % a figure is lower than others, by name; unknown ones are left out."""
    if own is None:
        return {}
    return {name: round(100 * (1 - own / value), 2) for name, value in others.items() if value}


Keep = Callable[[str, Tensor], None]
"""Called as ``keep(method, images (P, 3, R, R))`` with what each method drew."""


def ablate(
    parts: Parts,
    bench: Bench,
    judges: Judges,
    work: Path,
    *,
    rows: Sequence[str] = METHODS,
    options: AblationOptions | None = None,
    progress: StageProgress | None = None,
    keep: Keep | None = None,
) -> Table:
    """Make and score all rows, or what is missing of them in the work folder.

    Motion is absolute, as in the paper: the driver is one picture, and the source takes over its
    pose and expression.

    Args:
        parts: The bundle's parts.
        bench: Pictures with their truth.
        judges: Identity and feature networks.
        work: Folder of everything that is kept between runs.
        rows: Methods to score, of `METHODS`.
        options: Sizes.
        progress: Called as ``progress(what, done, figures)``.
        keep: Called with every method's images.

    Returns:
        The table.

    Raises:
        ConfigError: An unknown row.
    """
    options, tell = options or AblationOptions(), progress or _silent
    wanted = check_rows(rows)
    work.mkdir(parents=True, exist_ok=True)
    prepared = prepare(parts, bench, options.inversion, work, tell)
    methods = Methods(parts, prepared, options, work, tell)
    jury = _Jury(parts, bench, judges)
    found = []
    for method in wanted:
        codes = methods.codes(method)
        name = fingerprint(None, codes.double().sum().item(), jury.name)
        path = work / f"scores-{method}-{name}.json"
        if path.exists() and keep is None:
            found.append(configs.from_dict(Scores, configs.load_json(path)))
            continue
        images = draw(parts.generator, codes)
        if keep is not None:
            keep(method, images)
        found.append(jury.score(method, images))
        write_json(path, found[-1])
        logger.info("%s", found[-1])
        tell(f"scored {method}", len(found), {})
    still = jury.score("no_motion", draw(parts.generator, methods.still()))
    driving = prepared.driving[prepared.sides()[1]]
    points = nme_percent(driving.float(), normalise_landmarks(prepared.true_landmarks)).mean()
    return Table(
        tuple(found), still, bench.name, judges.name, len(bench.pairs), round(float(points), 3)
    )


def _silent(what: str, done: int, figures: dict[str, float]) -> None:
    del what, done, figures


class _Jury:
    """A referee who knows one bench."""

    def __init__(self, parts: Parts, bench: Bench, judges: Judges) -> None:
        self._referee = Referee(parts.detect, judges)
        self._bench, self._parts = bench, parts
        self.name = f"{parts.name} {bench.fingerprint()} {judges.name} {_RULES}"
        self._seen: tuple[Seen, Seen, Tensor] | None = None

    def score(self, method: str, images: Tensor) -> Scores:
        if self._seen is None:
            self._seen = self._look()
        truths, sources, drivers = self._seen
        return self._referee.score(
            method,
            self._referee.see(images),
            truths,
            sources.opinion,
            drivers,
            expression_spread(truths.landmarks),
        )

    def _look(self) -> tuple[Seen, Seen, Tensor]:
        """See truths, the sources of all pairs, and the drivers' landmarks."""
        size, bench = self._parts.size, self._bench
        picked = [[pair[side] for pair in bench.pairs] for side in (0, 1)]
        truths = self._referee.see(to_images(bench.truth, size))
        sources = self._referee.see(to_images(bench.sources, size)).only(picked[0])
        drivers = read(self._parts.detect, to_images(bench.drivers, size))
        return truths, sources, drivers[torch.tensor(picked[1])]


# Raised whenever a metric changes, so that older scores are not mixed in.
_RULES = 3
