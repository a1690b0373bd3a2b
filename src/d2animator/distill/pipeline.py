"""From a generator and a landmark detector to all that animates: the stages end to end.

samples -> directions -> network (on pairs) -> encoder -> evaluate. Each stage leaves its result in
the work folder (see `stages`) and is not done again; within a stage, shards and checkpoints are
taken up where they were left. The caller brings the generator and the detector and makes a bundle
of what comes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from d2animator.distill.heldout import self_error
from d2animator.distill.options import STAGES, TrainOptions, preset
from d2animator.distill.samples import Detect
from d2animator.distill.stages import (
    Distilled,
    Run,
    StageMissingError,
    check_stages,
)
from d2animator.latent.generator import GeneratorLike
from d2animator.progress import StageProgress

__all__ = [
    "STAGES",
    "Distilled",
    "StageMissingError",
    "TrainOptions",
    "preset",
    "run_stages",
    "self_error",
]


def run_stages(
    generator: GeneratorLike,
    detect: Detect,
    options: TrainOptions,
    stages: Iterable[str] = STAGES,
    *,
    detector_name: str = "",
    progress: StageProgress | None = None,
) -> Distilled | None:
    """Do some stages of a run; what earlier ones left is read from the work folder.

    Args:
        generator: A generator of faces, in evaluation mode; its weights stay.
        detect: Finds 98 landmarks and a confidence, such as ``FaceTracker.landmarks_and_scores``.
        options: Sizes, seeds, work folder; see `preset`.
        stages: Names in `STAGES`.
        detector_name: Stands for the detector (a hash, say): stores of another one are refused.
        progress: Called as ``progress(stage, step, metrics)``.

    Returns:
        All parts and the figures of the run; None while a later stage has not been done.

    Raises:
        StageMissingError: A stage that comes before one of these has not been done.
        TrainingError: The work folder holds another run, or the generator's pictures have no
            faces for this detector.
        ConfigError: There is no such stage, or the options do not fit together.
        OutputError: The disk is full; what was written stays usable.
    """
    wanted = check_stages(stages)
    options.check()
    run = Run(generator, detect, options, detector_name, progress, wanted)
    last = max(STAGES.index(stage) for stage in wanted)
    try:
        for index, stage in enumerate(STAGES):
            try:
                cast(Any, getattr(run, stage))()
            except StageMissingError:
                if index <= last:
                    raise
                return None
        return run.result()
    finally:
        run.curves.close()
