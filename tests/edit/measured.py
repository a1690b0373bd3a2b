"""The tiny seeing bundle with measured directions."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from d2animator.bundles.bundle import Bundle
from d2animator.faces.detect import FaceTracker
from d2animator.latent.directions import Directions
from d2animator.latent.measuring import MeasureOptions, measure_directions
from tests.seeing import seeing


def measured_bundle(tiny: Bundle) -> Bundle:
    """A bundle whose networks see something, and whose directions are measured by them."""
    bundle = seeing(tiny)
    found = cast(Directions, bundle.directions)
    # So that a step can be seen: random networks hardly stir.
    bank = dataclasses.replace(found, vectors=5 * found.vectors)
    tracker = FaceTracker(cast(Any, bundle.finder), cast(Any, bundle.landmark_network))
    table = measure_directions(
        bundle.generator, tracker.landmarks_and_scores, bank, MeasureOptions(faces=2, samples=8)
    )
    return dataclasses.replace(bundle, directions=bank.measured(table))
