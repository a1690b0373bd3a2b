"""The paper's ablation (Table 2) and its comparison of directions, on faces of known truth."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from d2animator import config as configs
from d2animator.animator import D2Animator
from d2animator.distill.samples import fingerprint
from d2animator.distill.shapes import nme_percent
from d2animator.errors import ConfigError
from d2animator.evaluate.answering import driving_landmarks
from d2animator.evaluate.benches import Bench, to_images
from d2animator.evaluate.judges import Judges
from d2animator.evaluate.measures import expression_spread
from d2animator.evaluate.methods import CODED
from d2animator.evaluate.preparing import Parts, read
from d2animator.evaluate.rows import METHODS, Answers, check_rows
from d2animator.evaluate.scores import Referee, Scores, Seen
from d2animator.evaluate.sizes import AblationOptions
from d2animator.faces.align import normalise_landmarks
from d2animator.invert.sources import Sources
from d2animator.marks.options import UNMARKED
from d2animator.media.files import write_json
from d2animator.progress import StageProgress

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Table:
    """What an ablation found.

    Attributes:
        rows: One a method, in the order of `METHODS`.
        still: The sources redrawn without any motion: what doing nothing scores; None where no
            row needed sources to be inverted.
        bench: Name of the bench.
        pictures: Name of its content.
        judges: Name of the judges.
        pairs: Number of pairs.
        drivers_points: NME of the drivers' own landmarks, as they are: where a method ends that
            follows them to the point, and takes over the drivers' face shapes with them.
    """

    rows: tuple[Scores, ...]
    still: Scores | None
    bench: str
    pictures: str
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
        rows = self.rows if self.still is None else (*self.rows, self.still)
        values = {row.method: getattr(row, column) for row in rows}
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
            "no_motion": None if self.still is None else self.still.row(),
            "margins": self.margins(),
            "margins_driver": self.margins("nme_driver"),
            "margins_one_look": self.margins_one_look(),
            "details": {row.method: row.details for row in self.rows},
            "bench": self.bench,
            "pictures": self.pictures,
            "judges": self.judges,
            "pairs": self.pairs,
            "drivers_points": self.drivers_points,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Read back what `plain` gave, but for the details of `still`."""
        details, still = plain["details"], plain["no_motion"]
        return cls(
            tuple(Scores(**row, details=details[row["method"]]) for row in plain["rows"]),
            None if still is None else Scores(**still),
            plain["bench"],
            plain["pictures"],
            plain["judges"],
            plain["pairs"],
            plain["drivers_points"],
        )

    def joined(self, later: Table) -> Table:
        """Put rows that were measured later in the place of those of the same name, or beside them.

        Raises:
            ConfigError: They were measured on another bench or by other judges.
        """
        ours, theirs = ((one.pictures, one.judges, one.pairs) for one in (self, later))
        if ours != theirs:
            names = ", ".join(row.method for row in later.rows)
            reason = "measured on another bench or by other judges than the rest; measure all rows"
            raise ConfigError("rows", f"{names}: {reason}")
        rows = {row.method: row for row in (*self.rows, *later.rows)}
        ordered = tuple(rows[method] for method in METHODS if method in rows)
        return replace(self, rows=ordered, still=later.still or self.still)


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
    pose and expression. Sources are inverted only for rows that the generator draws.

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
    sources = D2Animator(parts.bundle, marks=UNMARKED).sources
    answers = Answers(parts, bench, sources, options, work, tell)
    jury = _Jury(parts, bench, judges)
    found = []
    for method in wanted:
        answer = answers.of(method)
        name = fingerprint(None, answer.content, jury.name)
        path = work / f"scores-{method}-{name}.json"
        if path.exists() and keep is None:
            found.append(configs.from_dict(Scores, configs.load_json(path)))
            continue
        images = answer.images()
        if keep is not None:
            keep(method, images)
        found.append(jury.score(method, images))
        write_json(path, found[-1])
        logger.info("%s", found[-1])
        tell(f"scored {method}", len(found), {})
    inverted = any(method in CODED for method in wanted)
    still = jury.score("no_motion", answers.still().images()) if inverted else None
    points = _drivers_points(sources, bench, jury.true_landmarks())
    about = (bench.name, bench.fingerprint(), judges.name, len(bench.pairs))
    return Table(tuple(found), still, *about, points)


def _drivers_points(sources: Sources, bench: Bench, truth: Tensor) -> float:
    """NME of the drivers' landmarks, as the product reads them, against true ones (P, 98, 2)."""
    driving = driving_landmarks(sources, list(bench.drivers))[[driver for _, driver in bench.pairs]]
    return round(float(nme_percent(driving.float(), normalise_landmarks(truth)).mean()), 3)


def _silent(what: str, done: int, figures: dict[str, float]) -> None:
    del what, done, figures


class _Jury:
    """A referee who knows one bench."""

    def __init__(self, parts: Parts, bench: Bench, judges: Judges) -> None:
        self._referee = Referee(parts.detect, judges)
        self._bench, self._parts = bench, parts
        self.name = f"{parts.name} {bench.fingerprint()} {judges.name} {_RULES}"

    def true_landmarks(self) -> Tensor:
        """Landmarks (P, 98, 2) of the true pictures, in pixels of the generator's."""
        return self._seen[0].landmarks

    def score(self, method: str, images: Tensor) -> Scores:
        truths, sources, drivers = self._seen
        return self._referee.score(
            method,
            self._referee.see(images),
            truths,
            sources.opinion,
            drivers,
            expression_spread(truths.landmarks),
        )

    @cached_property
    def _seen(self) -> tuple[Seen, Seen, Tensor]:
        """Truths, the sources of all pairs, and the drivers' landmarks."""
        size, bench = self._parts.size, self._bench
        picked = [[pair[side] for pair in bench.pairs] for side in (0, 1)]
        truths = self._referee.see(to_images(bench.truth, size))
        sources = self._referee.see(to_images(bench.sources, size)).only(picked[0])
        drivers = read(self._parts.detect, to_images(bench.drivers, size))
        return truths, sources, drivers[torch.tensor(picked[1])]


# Raised whenever a metric changes, so that older scores are not mixed in.
_RULES = 3
