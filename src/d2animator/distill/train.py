"""From any generator to a bundle that animates: the training behind ``d2animator train``.

Wires bundles and `distill` together: which generator, whose landmark networks, and a bundle of what
comes out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from d2animator import __version__
from d2animator.bundles.bundle import Bundle, BundleConfig, load_bundle, save_bundle
from d2animator.bundles.convert import ConvertOptions, read_bundle
from d2animator.bundles.locate import foreign_file
from d2animator.bundles.publish import CURVES, write_card
from d2animator.distill import pipeline, samples
from d2animator.distill.curves import draw_curves
from d2animator.distill.options import STAGES, TrainOptions
from d2animator.distill.samples import Detect
from d2animator.distill.stages import Distilled
from d2animator.errors import TrainingError
from d2animator.media.images import write_image
from d2animator.progress import StageProgress
from d2animator.training import processes

logger = logging.getLogger(__name__)

# Pictures looked at before anything long is begun, and the least share of them with a face.
_TRIED = 16
_LEAST_SHARE = 0.2
_LANDMARK_PARTS = ("finder", "landmark_network")


@dataclass(frozen=True, eq=False)
class Start:
    """What a training starts from.

    Attributes:
        bundle: The generator, and the landmark networks that look at its pictures.
        detector_name: Hash of those networks.
        landmarks_of: Name of the bundle that they came from.
    """

    bundle: Bundle
    detector_name: str
    landmarks_of: str

    def detector(self) -> Detect:
        """Give a function that finds landmarks in the generator's pictures."""
        return self.bundle.tracker().landmarks_and_scores

    def fitted(self, options: TrainOptions) -> TrainOptions:
        """Give options their number of coarse layers from the bundle, if they have none."""
        if options.coarse_layers is not None:
            return options
        return replace(options, coarse_layers=self.bundle.config.coarse_layers)


def load_start(
    generator: str | Path | None = None,
    landmarks: str | Path | None = None,
    device: str | torch.device = "cpu",
    license: str | None = None,
) -> Start:
    """Load a generator and the landmark networks to train with.

    Args:
        generator: A bundle's folder or name on the Hub, None for the embedded one, or a foreign
            file's path or address (``.pkl``, ``.pt``, ``.pth``); nothing in it is ever run.
        landmarks: Bundle whose landmark networks are used; None for the generator's own or, where
            it has none, the embedded ones.
        device: Where the networks run.
        license: Licence of a foreign file's weights, an SPDX identifier.

    Returns:
        Both.

    Raises:
        UnknownModelError: No such bundle.
        BundleError: A bundle is damaged, or ``landmarks`` has no landmark networks.
        UnsafeFileError: A foreign file names something that no network needs.
        FetchError: A foreign file cannot be fetched.
    """
    bundle = _load(generator, device, license)
    own = all(getattr(bundle, part) is not None for part in _LANDMARK_PARTS)
    if landmarks is None and own:
        return Start(bundle, _landmark_hash(bundle), bundle.config.name)
    giver = load_bundle(landmarks, device)
    giver.require(_LANDMARK_PARTS)
    parts: dict[str, Any] = {part: getattr(giver, part) for part in _LANDMARK_PARTS}
    return Start(replace(bundle, **parts), _landmark_hash(giver), giver.config.name)


def _load(generator: str | Path | None, device: str | torch.device, license: str | None) -> Bundle:
    if generator is None or foreign_file(generator) is None:
        return load_bundle(generator, device)
    options = ConvertOptions(license=license) if license else ConvertOptions()
    bundle = read_bundle(generator, options)
    return replace(bundle, generator=bundle.generator.to(device))


def _landmark_hash(bundle: Bundle) -> str:
    return bundle.config.files.get("landmarks.safetensors", "")


def check_faces(start: Start, seed: int = 0) -> tuple[int, int]:
    """Look at a few pictures of the generator.

    Args:
        start: Generator and landmark networks.
        seed: Of the pictures.

    Returns:
        How many have a face, and how many were looked at.

    Raises:
        TrainingError: Nearly none has one.
    """
    generator = start.bundle.generator
    codes = samples.draw_codes(generator, range(_TRIED), 1, seed)
    w_plus = codes.expand(-1, generator.num_ws, -1)
    _, sure = samples.detect_codes(generator, start.detector(), w_plus, 4)
    found = int((sure >= 0.5).sum())
    if found < _LEAST_SHARE * _TRIED:
        raise TrainingError(
            f"a face in only {found} of {_TRIED} pictures of the generator "
            f"{start.bundle.config.name!r}, as the landmark networks of {start.landmarks_of!r} see "
            "them; name a bundle with others (--landmarks)"
        )
    return found, _TRIED


def train_bundle(
    start: Start,
    output: str | Path,
    options: TrainOptions,
    stages: Iterable[str] = STAGES,
    *,
    progress: StageProgress | None = None,
) -> tuple[BundleConfig, Distilled] | None:
    """Train what animates with a generator, and write all of it as a bundle.

    Args:
        start: Generator and landmark networks.
        output: Folder of the bundle; a model card is added, with the learning curves as
            ``curves.png``.
        options: The run; its work folder is resumed from.
        stages: Names in `STAGES`; what others have left is read from the work folder.
        progress: Called as ``progress(stage, step, metrics)``.

    Returns:
        What was written, and the parts; None while a later stage has not been done.

    Raises:
        TrainingError: See `d2animator.distill.pipeline.run_stages`.
        OutputError: The disk is full, or the bundle cannot be written.
    """
    check_faces(start, options.seed)
    made = pipeline.run_stages(
        start.bundle.generator,
        start.detector(),
        start.fitted(options),
        stages,
        detector_name=start.detector_name,
        progress=progress,
    )
    if made is None:
        return None
    # Many processes have the same parts; one of them writes.
    written = _write(start, Path(output), options, made) if processes.current().first else None
    processes.current().wait()
    return (written or start.bundle.config), made


def _write(start: Start, output: Path, options: TrainOptions, made: Distilled) -> BundleConfig:
    config = start.bundle.config
    provenance = {
        **config.provenance,
        "trained_by": f"d2animator {__version__}, seed {options.seed}",
        "landmarks_of": start.landmarks_of,
    }
    complete = replace(
        start.bundle,
        config=replace(config, metrics=made.metrics, provenance=provenance),
        encoder=made.encoder,
        directions=made.directions,
        action_network=made.action_network,
        w_statistics=made.statistics,
        landmark_limit=made.landmark_limit,
        motion_limit=made.motion_limit,
    )
    written = save_bundle(complete, output, half=True)
    picture = draw_curves(made.curves)
    if picture is not None:
        write_image(output / CURVES, picture)
    write_card(output, written, start.bundle.generator)
    return written
