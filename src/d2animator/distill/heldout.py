"""How well a network takes faces, which no stage has seen, to other states of themselves."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from d2animator.distill import pairs, samples
from d2animator.distill.pairs import AugOptions, PairPool
from d2animator.distill.samples import Detect
from d2animator.distill.shapes import nme_percent
from d2animator.faces.align import normalise_landmarks
from d2animator.latent.directions import Directions, add_motion
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.statistics import WStatistics
from d2animator.models.action import ActionNetwork
from d2animator.training.loop import step_generator


def measure(
    generator: GeneratorLike,
    detect: Detect,
    network: ActionNetwork,
    bank: Directions,
    statistics: WStatistics,
    options: AugOptions,
    count: int,
) -> dict[str, float]:
    """Measure a network on new faces.

    Args:
        generator: Draws.
        detect: Finds landmarks.
        network: What is measured, on the CPU.
        bank: The directions that the faces are moved along.
        statistics: Mean and limits of W.
        options: How strong the motions are; the seed of the run.
        count: Number of faces.

    Returns:
        See `self_error`.
    """
    # Faces that no stage has seen.
    codes = samples.draw_codes(generator, range(count), 1, options.seed + 15485863)
    w_plus = codes.expand(-1, generator.num_ws, -1)
    random = step_generator(options.seed, -9)
    one = replace(options, motions=1)
    pool = pairs.make_pairs(generator, detect, w_plus, bank, statistics, one, random)
    return self_error(generator, detect, network, w_plus, pool)


@torch.no_grad()
def self_error(
    generator: GeneratorLike,
    detect: Detect,
    network: ActionNetwork,
    w_plus: Tensor,
    pool: PairPool,
) -> dict[str, float]:
    """Measure how well a network takes faces to other states of themselves.

    Args:
        generator: Draws.
        detect: Finds landmarks.
        network: What is measured.
        w_plus: Codes of the faces at rest (S, L, D).
        pool: Those faces at rest and in one other state.

    Returns:
        Means over usable pairs of the landmarks' distance in % of the outer eye distance:
        ``nme_self_percent`` between moved faces and target, ``nme_still_percent`` between faces at
        rest and target, and their number ``held_out_pairs``.
    """
    usable = pool.usable.all(1)
    source, target = pool.landmarks[usable, 0], pool.landmarks[usable, 1]
    delta = network(normalise_landmarks(source), normalise_landmarks(target))
    moved, confidence = samples.detect_codes(generator, detect, add_motion(w_plus[usable], delta))
    return {
        "nme_self_percent": round(float(nme_percent(moved, target).mean()), 3),
        "nme_still_percent": round(float(nme_percent(source, target).mean()), 3),
        "held_out_pairs": float(len(source)),
        "held_out_confidence": round(float(confidence.mean()), 3),
    }
