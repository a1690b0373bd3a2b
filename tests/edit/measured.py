"""The tiny seeing bundle with measured directions."""

from __future__ import annotations

import dataclasses

from d2animator.bundles.bundle import Bundle
from d2animator.latent.measuring import MeasureOptions, measure_directions
from tests.seeing import seeing


def measured_bundle(tiny: Bundle) -> Bundle:
    """A bundle whose networks see something, and whose directions are measured by them."""
    bundle = seeing(tiny)
    found = bundle.bank()
    # So that a step can be seen: random networks hardly stir.
    bank = dataclasses.replace(found, vectors=5 * found.vectors)
    tracker = bundle.tracker()
    table = measure_directions(
        bundle.generator, tracker.landmarks_and_scores, bank, MeasureOptions(faces=2, samples=8)
    )
    return dataclasses.replace(bundle, directions=bank.measured(table))
