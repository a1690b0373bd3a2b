"""Detectors by name."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

import torch

from d2animator.arguments import checked
from d2animator.errors import ConfigError, DetectorError, DeviceError
from d2animator.faces.detector import Detector
from d2animator.faces.layouts import WFLW98

BUNDLED = "bundled"
DETECTORS = (BUNDLED, "face-alignment", "mediapipe")
"""Names that `make_detector` takes."""


@runtime_checkable
class HasTracker(Protocol):
    """What has landmark networks of its own, such as a bundle."""

    def tracker(self) -> Detector:
        """Make a detector of them, where they are; it has seen nothing yet."""


@checked
def make_detector(
    name: str,
    device: torch.device | str = "cpu",
    *,
    bundle: HasTracker | None = None,
    task: str | Path | None = None,
    layout: str = WFLW98,
) -> Detector:
    """Make a landmark detector.

    Args:
        name: ``bundled`` (98 points, the networks of a bundle), ``face-alignment`` (68 points) or
            ``mediapipe`` (either, made of its 478).
        device: Where it runs; MediaPipe always runs on the CPU.
        bundle: For ``bundled``: whose networks it shall have, a `d2animator.bundles.bundle.Bundle`;
            it runs where they are.
        task: For ``mediapipe``: its model file; None for what ``D2ANIMATOR_FACE_LANDMARKER`` names.
        layout: For ``mediapipe``: the layout to make of its points.

    Returns:
        The detector.

    Raises:
        ConfigError: No detector has this name, or no layout has that one.
        DeviceError: No device has such a name.
        DetectorError: The library is not installed, or files that it needs are missing.
        BundleError: The bundle has no landmark networks.
    """
    if name not in DETECTORS:
        raise ConfigError("detector", f"expected one of {', '.join(DETECTORS)}, got {name!r}")
    try:
        device = torch.device(device)
    except RuntimeError as error:
        raise DeviceError(str(device), "no such name; use cpu, cuda, cuda:N or mps") from error
    # Each library is imported only when it is wanted.
    if name == "face-alignment":
        from d2animator.faces.detectors.face_alignment import FaceAlignmentDetector

        return FaceAlignmentDetector(device)
    if name == "mediapipe":
        from d2animator.faces.detectors.mediapipe import MediaPipeDetector, MeshReader

        return MediaPipeDetector(MeshReader(task, faces=4), layout)
    if bundle is None:
        raise DetectorError(name, "it needs a bundle, whose landmark networks it is made of")
    return bundle.tracker()
