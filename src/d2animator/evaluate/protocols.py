"""The paper's protocols: self-driving, cross-identity, sequence-driving; for any program's frames.

A protocol is a list of jobs: a source, driving frames, and under which name each result is to lie
in a folder. Whoever fills the folder is scored by the same rule.

============ ============================== =================================================
protocol     a job                          result files
============ ============================== =================================================
``cross``    a source, another person       ``cross/000.png``, one a pair of the bench
``self``     a source, itself as it truly   ``self/000.png``, one a pair
             looks in the driver's state
``sequence`` a source, another's clip       ``sequence/CLIP/000.png``, one a driving frame
============ ============================== =================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from d2animator.animate.options import AnimateOptions
from d2animator.animator import D2Animator
from d2animator.errors import ConfigError
from d2animator.evaluate import metrics
from d2animator.evaluate.benches import Bench, Pictures, to_images
from d2animator.evaluate.scores import Referee, Scores, Seen
from d2animator.faces.actions import ACTIONS, measure_actions
from d2animator.media.files import atomic_target
from d2animator.media.images import read_image, write_image
from d2animator.performers.portrait import Portrait

PROTOCOLS = ("cross", "self", "sequence")

FOLLOWED = ("yaw", "pitch", "mouth_open", "smile")
"""Readings whose correlation between driver and result is reported."""


@dataclass(frozen=True, eq=False)
class Job:
    """Something to animate.

    Attributes:
        source: Picture (S, S, 3).
        driver: Driving frames (T, S, S, 3).
        truth: The right answers (T, S, S, 3).
        outputs: Names of the T results in their folder.
    """

    source: Pictures
    driver: Pictures
    truth: Pictures
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a protocol found.

    Attributes:
        scores: Over all frames.
        correlation: For sequences: of the readings `FOLLOWED` between driver and result, each clip
            about its own mean.
        jitter_percent: For sequences: mean second difference of the results' landmarks over time
            in % of the eye distance, and under ``truth`` that of the true ones.
    """

    scores: Scores
    correlation: dict[str, float]
    jitter_percent: dict[str, float]

    def plain(self) -> dict[str, Any]:
        """Give plain values."""
        found: dict[str, Any] = {"rows": [self.scores.row()], "details": self.scores.details}
        if self.correlation:
            found |= {"correlation": self.correlation, "jitter_percent": self.jitter_percent}
        return found


def check_protocol(name: str) -> str:
    """Give the name back.

    Raises:
        ConfigError: No such protocol.
    """
    if name not in PROTOCOLS:
        raise ConfigError("protocol", f"expected one of {', '.join(PROTOCOLS)}, got {name!r}")
    return name


def jobs_of(bench: Bench, protocol: str) -> tuple[Job, ...]:
    """List the jobs of a protocol.

    Raises:
        ConfigError: No such protocol, or the bench has no clips.
    """
    if check_protocol(protocol) == "sequence":
        if not bench.clips:
            raise ConfigError("protocol", f"the bench {bench.name!r} has no clips to drive with")
        return tuple(
            Job(
                clip.source,
                clip.driver,
                clip.truth,
                tuple(f"sequence/{clip.name}/{frame:03d}.png" for frame in range(len(clip.driver))),
            )
            for clip in bench.clips
        )
    jobs = []
    for index, (source, driver) in enumerate(bench.pairs):
        truth = bench.truth[index : index + 1]
        driving = truth if protocol == "self" else bench.drivers[driver : driver + 1]
        name = f"{protocol}/{index:03d}.png"
        jobs.append(Job(bench.sources[source], driving, truth, (name,)))
    return tuple(jobs)


def write_jobs(jobs: Sequence[Job], folder: Path) -> Path:
    """Write the inputs of jobs for another program, and ``jobs.json`` that lists them.

    Args:
        jobs: The jobs.
        folder: Where; made when missing.

    Returns:
        The list: for each result its ``source``, ``driver`` (files in the folder) and ``output``
        (where the result is to lie in the folder that is scored).

    Raises:
        OutputError: A file cannot be written.
    """
    listed, written = [], dict[bytes, str]()
    for job in jobs:
        key = job.source.tobytes()
        if key not in written:
            written[key] = f"sources/{len(written):03d}.png"
            (folder / "sources").mkdir(parents=True, exist_ok=True)
            write_image(folder / written[key], job.source)
        for frame, output in zip(job.driver, job.outputs, strict=True):
            driver = Path("drivers") / output
            (folder / driver).parent.mkdir(parents=True, exist_ok=True)
            write_image(folder / driver, frame)
            entry = {"source": written[key], "driver": driver.as_posix(), "output": output}
            listed.append(entry)
    target = folder / "jobs.json"
    with atomic_target(target) as hidden:
        hidden.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    return target


def run_jobs(
    animator: D2Animator,
    jobs: Sequence[Job],
    folder: Path,
    progress: Callable[[int, int | None], None] | None = None,
) -> None:
    """Do the jobs with an animator; what the folder has already is not done again.

    Pictures drive absolutely. Clips drive relative to their first frame, in which the source is in
    the driver's state.

    Args:
        animator: Animates.
        jobs: The jobs.
        folder: Where the results go.
        progress: Called with the number of jobs done and to do.

    Raises:
        NoFaceError: A source shows no face to the animator.
        OutputError: A result cannot be written.
    """
    portraits: dict[bytes, Portrait] = {}
    for done, job in enumerate(jobs, start=1):
        if not all((folder / name).is_file() for name in job.outputs):
            key = job.source.tobytes()
            if key not in portraits:
                portraits[key] = animator.portrait(job.source)
            single = len(job.driver) == 1
            driver = job.driver[0] if single else iter(job.driver)
            options = AnimateOptions(reference_frame="auto" if single else 0)
            images = animator.animate(portraits[key], driver, options=options).images or ()
            for name, image in zip(job.outputs, images, strict=True):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                write_image(folder / name, image)
        if progress is not None:
            progress(done, len(jobs))


def check_outputs(jobs: Sequence[Job], folder: Path) -> None:
    """Check that a folder has every result.

    Raises:
        ConfigError: Some are missing; the message names them.
    """
    names = [name for job in jobs for name in job.outputs]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        some = ", ".join(missing[:6]) + (", ..." if len(missing) > 6 else "")
        raise ConfigError(
            "outputs", f"{len(missing)} of {len(names)} results are missing in {folder}: {some}"
        )


def score_outputs(method: str, jobs: Sequence[Job], folder: Path, referee: Referee) -> Outcome:
    """Score the results that lie in a folder.

    Args:
        method: Name of what made them.
        jobs: The jobs.
        folder: The results, of any size; they are brought to that of the bench's pictures.
        referee: Looks at them.

    Returns:
        The figures.

    Raises:
        ConfigError: Results are missing.
        MediaError: One is no picture.
    """
    check_outputs(jobs, folder)
    size = jobs[0].truth.shape[1]
    parts = [to_images([read_image(folder / n)], size) for job in jobs for n in job.outputs]
    results = referee.see(torch.cat(parts))
    truths = referee.see(_stacked([job.truth for job in jobs], size))
    drivers = referee.see(_stacked([job.driver for job in jobs], size))
    unique: dict[bytes, int] = {}
    rows = [unique.setdefault(job.source.tobytes(), len(unique)) for job in jobs for _ in job.truth]
    pictures = [np.frombuffer(key, np.uint8).reshape(jobs[0].source.shape) for key in unique]
    sources = referee.see(to_images(pictures, size)).only(rows)
    scores = referee.score(method, results, truths, sources.opinion, drivers.landmarks)
    lengths = [len(job.driver) for job in jobs]
    if max(lengths) < 3:
        return Outcome(scores, {}, {})
    return Outcome(
        scores,
        follow(results.landmarks, drivers.landmarks, lengths),
        _restlessness(results, truths, lengths),
    )


def follow(results: Tensor, drivers: Tensor, lengths: Sequence[int]) -> dict[str, float]:
    """Tell how well results follow their drivers.

    Args:
        results: Landmarks (N, 98, 2) of all clips, one after the other.
        drivers: Landmarks of their drivers.
        lengths: Frames of each clip.

    Returns:
        The correlation of each reading in `FOLLOWED`, -1 to 1; every clip is taken about its own
        mean, for persons differ in proportions.
    """
    centred = []
    for landmarks in (results, drivers):
        readings = torch.split(measure_actions(landmarks), list(lengths))
        centred.append(torch.cat([part - part.mean(0) for part in readings]))
    columns = {name: ACTIONS.index(name) for name in FOLLOWED}
    return {
        name: round(metrics.correlation(centred[0][:, column], centred[1][:, column]), 4)
        for name, column in columns.items()
    }


def _restlessness(results: Seen, truths: Seen, lengths: Sequence[int]) -> dict[str, float]:
    found = {}
    for name, seen in (("result", results), ("truth", truths)):
        clips = [part for part in torch.split(seen.landmarks, list(lengths)) if len(part) >= 3]
        values = [metrics.jitter_percent(clip) for clip in clips]
        found[name] = round(sum(values) / len(values), 4)
    return found


def _stacked(pictures: Sequence[Pictures], size: int) -> Tensor:
    return to_images(np.concatenate(list(pictures)), size)
