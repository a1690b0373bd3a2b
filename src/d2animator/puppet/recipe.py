"""From renders to a bundle: the puppet-specific half of the embedded model's recipe.

The generator comes first and makes a bundle of its own; the landmark networks are added to it.
What follows (directions, action network, encoder) is the same for every generator and lives in
:mod:`d2animator.distill`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from d2animator import __version__
from d2animator.bundles.bundle import Bundle, BundleConfig, save_bundle
from d2animator.distill.training import Progress
from d2animator.puppet.train_generator import GeneratorTraining, train_generator

_DESCRIPTION = (
    "Puppets: synthetic heads rendered by d2animator itself. Everything in this bundle was "
    "trained on such renders; no picture or video of a person was used."
)


def build_generator(
    folders: Sequence[str | Path],
    work: str | Path,
    target: str | Path,
    options: GeneratorTraining | None = None,
    *,
    progress: Progress | None = None,
    minutes: float | None = None,
) -> BundleConfig | None:
    """Train the puppet generator and write a bundle that holds it alone.

    Args:
        folders: Sets of renders.
        work: Folder for checkpoints; the same call resumes from there.
        target: Folder of the bundle.
        options: See :class:`d2animator.puppet.train_generator.GeneratorTraining`.
        progress: See :func:`d2animator.puppet.train_generator.train_generator`.
        minutes: Stop after so long.

    Returns:
        What was written, or None when the time was up first.

    Raises:
        TrainingError: There are no renders, or a checkpoint belongs to another run.
        OutputError: The target cannot be written.
    """
    options = options or GeneratorTraining()
    generator = train_generator(folders, work, options, progress=progress, minutes=minutes)
    if generator is None:
        return None
    stages = ", ".join(f"{s.resolution}px {s.steps} x {s.batch}" for s in options.stages)
    config = BundleConfig(
        generator=generator.config,
        name="puppet",
        description=_DESCRIPTION,
        coarse_layers=options.coarse_layers,
        provenance={
            "made_with": f"d2animator {__version__}",
            "generator": f"regression on renders, seed {options.seed}, stages {stages}",
        },
    )
    return save_bundle(Bundle(config, generator), target)

