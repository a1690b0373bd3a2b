"""From renders to a bundle: the puppet-specific half of the embedded model's recipe.

The generator comes first and makes a bundle of its own; the landmark networks are added to it.
What follows (directions, action network, encoder) is the same for every generator and lives in
`d2animator.distill`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from d2animator import __version__
from d2animator.bundles.bundle import Bundle, BundleConfig, load_bundle, save_bundle
from d2animator.errors import TrainingError
from d2animator.progress import StepProgress
from tools.puppets.generator_options import GeneratorTraining, Stage
from tools.puppets.train_generator import train_generator
from tools.puppets.train_landmarks import LandmarkTrainingOptions, train_landmarks

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
    start: str | Path | None = None,
    progress: StepProgress | None = None,
    minutes: float | None = None,
) -> BundleConfig | None:
    """Train the puppet generator and write a bundle that holds it alone.

    Args:
        folders: Sets of renders.
        work: Folder for checkpoints; the same call resumes from there.
        target: Folder of the bundle.
        options: See `tools.puppets.train_generator.GeneratorTraining`.
        start: Bundle whose generator is trained on: the stages are left out.
        progress: See `tools.puppets.train_generator.train_generator`.
        minutes: Stop after so long.

    Returns:
        What was written, or None when the time was up first.

    Raises:
        TrainingError: There are no renders, a checkpoint belongs to another run, or the generator
            to go on from is of another kind.
        UnknownModelError: No such bundle to go on from.
        OutputError: The target cannot be written.
    """
    options = options or GeneratorTraining()
    before = None if start is None else load_bundle(start)
    earlier = None if before is None else before.generator
    if earlier is not None and earlier.config.architecture != "stylegan2":
        raise TrainingError(f"{start}: not a StyleGAN2 generator")
    generator = train_generator(
        folders, work, options, start=earlier, progress=progress, minutes=minutes
    )
    if generator is None:
        return None
    config = BundleConfig(
        generator=generator.config,
        name="puppet",
        description=_DESCRIPTION,
        coarse_layers=options.coarse_layers,
        provenance={
            "made_with": f"d2animator {__version__}",
            "generator": _generator_recipe(options, before),
        },
    )
    return save_bundle(Bundle(config, generator), target)


def _generator_recipe(options: GeneratorTraining, before: Bundle | None) -> str:
    lessons = f"what is worn: mapping {options.mapping.steps} x {options.mapping.batch}"
    if before is None:
        stages = _stages(options.stages)
        first = f"{lessons}; regression on renders, seed {options.seed}, stages {stages}"
    else:
        first = before.config.provenance.get("generator", f"taken from {before.config.name}")
        if before.generator.z_dim < options.config.z_dim:
            first += f"; {lessons}, stages {_stages(options.again)}"
    finish = options.finish
    if not finish.steps:
        return first
    return f"{first}; adversarial finish, seed {options.seed + 1}, {finish.steps} x {finish.batch}"


def _stages(stages: Sequence[Stage]) -> str:
    return ", ".join(f"{s.resolution}px {s.steps} x {s.batch}" for s in stages)


def add_landmarks(
    folders: Sequence[str | Path],
    work: str | Path,
    base: str | Path,
    target: str | Path,
    options: LandmarkTrainingOptions | None = None,
    *,
    go_on: bool = False,
    progress: Callable[[str, int, dict[str, float]], None] | None = None,
) -> BundleConfig:
    """Train face finder and landmark network and write ``base`` with them.

    Args:
        folders: Sets of renders.
        work: Folder for checkpoints; the same call resumes from there.
        base: Bundle with the generator.
        target: Folder of the bundle to write; may be ``base``.
        options: See `tools.puppets.train_landmarks.LandmarkTrainingOptions`.
        go_on: Keep the base's face finder and train its landmark network on.
        progress: Called with (``finder`` or ``network``, step, metrics).

    Returns:
        What was written.

    Raises:
        TrainingError: There are no renders, a checkpoint belongs to another run, or the base has no
            landmark networks to go on from.
        UnknownModelError: No such base.
        OutputError: The target cannot be written.
    """
    options = options or LandmarkTrainingOptions()
    bundle = load_bundle(base)
    start = None
    if go_on:
        if bundle.finder is None or bundle.landmark_network is None:
            raise TrainingError(f"{base}: has no landmark networks to go on from")
        start = bundle.finder, bundle.landmark_network
    Path(work).mkdir(parents=True, exist_ok=True)
    weights = Path(work) / "landmarks.safetensors"
    finder, network = train_landmarks(folders, weights, options, progress, start)
    network_steps = f"network {options.network.steps} x {options.network_batch}"
    recipe = (
        f"renders in random scenes, seed {options.network.seed}, "
        f"finder {options.finder.steps} x {options.finder_batch}, {network_steps}"
    )
    if start is not None:
        recipe = f"{bundle.config.provenance.get('landmarks', '')}; trained on: {network_steps}"
    config = replace(bundle.config, provenance={**bundle.config.provenance, "landmarks": recipe})
    return save_bundle(
        replace(bundle, config=config, finder=finder, landmark_network=network), target
    )
