"""Whole runs on a world: all samples of a store, all stages of a training."""

from __future__ import annotations

from pathlib import Path

from d2animator.distill.options import TrainOptions
from d2animator.distill.pipeline import run_stages
from d2animator.distill.samples import Detect, SampleOptions, SampleSet
from d2animator.distill.stages import Distilled
from d2animator.distill.store import fill_store, open_store
from d2animator.latent.generator import GeneratorLike
from d2animator.progress import StageProgress


def collect(
    generator: GeneratorLike,
    detect: Detect,
    options: SampleOptions,
    folder: Path,
    *,
    detector_name: str = "",
) -> SampleSet:
    """Make the samples, or those that are missing in the folder, and read all of them."""
    store = open_store(generator, options, folder, detector_name=detector_name)
    fill_store(store, generator, detect)
    return store.head(options.count)


def train(
    generator: GeneratorLike,
    detect: Detect,
    options: TrainOptions,
    progress: StageProgress | None = None,
) -> Distilled:
    """Do all stages."""
    made = run_stages(generator, detect, options, progress=progress)
    assert made is not None
    return made
