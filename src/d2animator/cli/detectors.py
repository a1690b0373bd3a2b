"""A landmark detector by the name that a command was given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from d2animator.faces.detector import Detector


def named_detector(name: str, model: str | None, device: str, file: Path | None = None) -> Detector:
    """Make a detector; a bundle is read only where its networks are the detector.

    Args:
        name: See `d2animator.faces.detectors.choice.make_detector`.
        model: The bundle, None for the embedded one.
        device: As `--device`.
        file: MediaPipe's model file.
    """
    from d2animator.faces.detectors.choice import BUNDLED, make_detector
    from d2animator.models.devices import pick_device

    target = pick_device(device)
    if name != BUNDLED:
        return make_detector(name, target, task=file)
    from d2animator.bundles.bundle import load_bundle

    return make_detector(name, target, bundle=load_bundle(model, target))
