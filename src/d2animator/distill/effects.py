"""What directions do to the landmarks of some faces, and how far a step along them is to go."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from d2animator.distill.samples import Detect, detect_codes
from d2animator.distill.shapes import rigid_split
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.shape import eye_distance
from d2animator.latent.generator import GeneratorLike


@dataclass(frozen=True, eq=False)
class Effects:
    """What directions do to the landmarks of some faces.

    Attributes:
        field: Mean motion for a step of 1 (K, 98, 2), in eye distances, place and size removed.
        peak_percent: Motion of the most moved landmark (K,) in % of the eye distance.
        head_percent: Motion of the rigid points that is a head's (K,), root mean square in % of the
            eye distance.
        identity_share: Motion of the rigid points that is not, over all motion (K,).
        agreement: How alike the motions are on different faces (K,), 0 to 1.
    """

    field: Tensor
    peak_percent: Tensor
    head_percent: Tensor
    identity_share: Tensor
    agreement: Tensor


@torch.no_grad()
def inspect(generator: GeneratorLike, detect: Detect, vectors: Tensor, w_plus: Tensor) -> Effects:
    """Try directions on some faces: one step to either side.

    Args:
        generator: Draws.
        detect: Finds landmarks.
        vectors: Directions (K, layers, D).
        w_plus: Codes of the faces (B, L, D).

    Returns:
        What they do.
    """
    layers = vectors.shape[1]
    fields = []
    at_rest = normalise_landmarks(detect_codes(generator, detect, w_plus)[0])
    unit = eye_distance(at_rest)[:, None, None]
    for vector in vectors:
        step = torch.zeros_like(w_plus)
        step[:, :layers] = vector
        both = detect_codes(generator, detect, torch.cat([w_plus + step, w_plus - step]))[0]
        plus, minus = normalise_landmarks(both).chunk(2)
        fields.append((plus - minus) / 2 / unit)
    motion = torch.stack(fields)  # (K, B, 98, 2)
    field = motion.mean(1)
    size = field.square().sum(-1).mean(-1).sqrt()
    head, rest = rigid_split(field, at_rest.mean(0))
    energy = motion.square().sum((-1, -2)).mean(1)
    agreement = field.square().sum((-1, -2)) / energy.clamp_min(1e-12)
    safe = size.clamp_min(1e-9)
    peak = field.norm(dim=-1).amax(-1)
    return Effects(field, 100 * peak, 100 * head, rest / safe, agreement)


def unit_steps(field: Tensor, landmarks: Tensor) -> Tensor:
    """Find how far to go along directions for one standard deviation of what samples do.

    Args:
        field: Motions for the steps that were tried (K, 98, 2), in eye distances.
        landmarks: Landmarks of the samples (N, 98, 2).

    Returns:
        Factors (K,) on those steps, within a fifth and five.
    """
    points = normalise_landmarks(landmarks)
    shapes = (points / eye_distance(points).mean()).flatten(1)
    motion = field.flatten(1)
    length = motion.norm(dim=1).clamp_min(1e-9)
    spread = ((shapes - shapes.mean(0)) @ (motion / length[:, None]).T).std(0)
    factors: Tensor = (spread / length).clamp(0.2, 5)
    return factors
