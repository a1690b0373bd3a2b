"""A protocol from bench to figures: animate what is missing, look at everything, score it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from d2animator import __version__
from d2animator.animate.options import AnimateOptions
from d2animator.animator import D2Animator
from d2animator.bundles.bundle import Bundle
from d2animator.distill.samples import fingerprint
from d2animator.evaluate import protocols
from d2animator.evaluate.benches import Bench
from d2animator.evaluate.judges import Judges
from d2animator.evaluate.protocols import Job, Outcome
from d2animator.evaluate.scores import Referee
from d2animator.marks.options import UNMARKED


@dataclass(frozen=True, eq=False)
class Ran:
    """A protocol that was run.

    Attributes:
        outcome: Its figures.
        jobs: What was to be done.
        folder: Where the results lie.
        about: Names of bench, judges and protocol, as plain values.
    """

    outcome: Outcome
    jobs: Sequence[Job]
    folder: Path
    about: dict[str, str]

    def plain(self) -> dict[str, Any]:
        """Give plain values: the figures, and what they are of."""
        return self.outcome.plain() | self.about


def run_protocol(
    bundle: Bundle,
    bench: Bench,
    judges: Judges,
    protocol: str,
    work: Path,
    *,
    outputs: Path | None = None,
    device: torch.device | str = "cpu",
    progress: Callable[[int, int | None], None] | None = None,
) -> Ran:
    """Score a bundle, or the results that another program left in a folder.

    Args:
        bundle: Animates, and its landmark networks look at all results.
        bench: Pictures with their truth.
        judges: Identity and feature networks.
        protocol: See `protocols.PROTOCOLS`.
        work: Folder of the results; what it has already is not made again.
        outputs: Results of another program, to be scored in place of the bundle's.
        device: Where the bundle is.
        progress: Called with the number of jobs done and to do.

    Returns:
        The figures, and where the results are.

    Raises:
        ConfigError: No such protocol, no clips in the bench, or results are missing.
        NoFaceError: A source shows no face to the animator.
        OutputError: A result cannot be written.
    """
    jobs = protocols.jobs_of(bench, protocol)
    folder = outputs
    if folder is None:
        how = (__version__, repr(AnimateOptions()))
        made_of = fingerprint(bundle.generator, sorted(bundle.config.files.items()), how)
        folder = work / f"outputs-{bench.fingerprint()}-{made_of}"
        protocols.run_jobs(D2Animator(bundle, device, marks=UNMARKED), jobs, folder, progress)
    method = "d2animator" if outputs is None else outputs.name
    referee = Referee(bundle.tracker().landmarks_and_scores, judges)
    outcome = protocols.score_outputs(method, jobs, folder, referee)
    about = {"bench": bench.name, "judges": judges.name, "protocol": protocol}
    return Ran(outcome, jobs, folder, about)
