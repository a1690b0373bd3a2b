"""Measuring directions: try each on some faces and look what changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from d2animator.arguments import check_fields
from d2animator.faces.actions import measure_actions
from d2animator.faces.layouts import LEFT_EYE, MOUTH_LEFT, MOUTH_RIGHT, RIGHT_EYE
from d2animator.faces.pose import frontal, solve_pose
from d2animator.latent.directions import Directions, add_motion
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.table import DirectionTable, floored_ranges
from d2animator.models.generators import TRUNCATION

Detect = Callable[[Tensor], tuple[Tensor, Tensor]]
"""images (B, 3, H, W) in [-1, 1] -> landmarks (B, 98, 2) in pixels, confidence (B,) in [0, 1]."""

IdentityFeatures = Callable[[Tensor, Tensor], Tensor]
"""images (B, 3, H, W), landmarks (B, 98, 2) in pixels -> what tells who it is (B, E)."""

# Distances across the face that expressions hardly change, as pairs of points: width of the face
# at three heights, of the nose, of both eyes and between them; then, upwards: length of the nose.
_WIDTHS = ((0, 32), (4, 28), (9, 23), (55, 59), (60, 64), (68, 72), (64, 68))
_HEIGHTS = ((51, 57), (51, 54))
_NOSE_BRIDGE = 52


@dataclass(frozen=True)
class MeasureOptions:
    """How carefully to measure."""

    # Faces that every direction is tried on; two pictures are drawn for each and each direction.
    faces: int = 8
    # Faces at rest, from which the ranges of the actions and the scale of identity are taken.
    samples: int = 96
    # Everything random follows from it.
    seed: int = 0
    # Truncation of the faces that directions are tried on: a motion is to be seen whole.
    truncation: float = TRUNCATION
    # Pictures drawn at once.
    batch: int = 16

    def __post_init__(self) -> None:
        check_fields(self)


def proportions_and_colours(images: Tensor, landmarks: Tensor) -> Tensor:
    """Tell people apart without a network: proportions of the face, colour of the skin.

    A stand-in where no identity network is at hand. It sees nothing of hair, eye colour or the
    shape of a nose, and an imperfect pose leaks into it a little.

    Args:
        images: Pictures (B, 3, H, W) in [-1, 1].
        landmarks: Points (B, 98, 2) in pixels.

    Returns:
        Features (B, 12), float64: seven widths and two heights in outer eye distances seen from
        the front, and the mean colour of cheeks and nose bridge.
    """
    face = frontal(landmarks, solve_pose(landmarks))
    widths = [face[:, other, 0] - face[:, one, 0] for one, other in _WIDTHS]
    heights = [face[:, one, 1] - face[:, other, 1] for one, other in _HEIGHTS]
    return torch.cat([torch.stack([*widths, *heights], 1), _skin(images, landmarks)], 1)


def _skin(images: Tensor, landmarks: Tensor) -> Tensor:
    """Mean colour (B, 3) of both cheeks and the bridge of the nose."""
    eyes = [landmarks[:, list(part)].mean(1) for part in (RIGHT_EYE, LEFT_EYE)]
    corners = [landmarks[:, corner] for corner in (MOUTH_RIGHT, MOUTH_LEFT)]
    cheeks = [(eye + corner) / 2 for eye, corner in zip(eyes, corners, strict=True)]
    points = torch.stack([*cheeks, landmarks[:, _NOSE_BRIDGE]], 1).unsqueeze(2)
    size = points.new_tensor([images.shape[3], images.shape[2]])
    places = (points / size * 2 - 1).to(images)
    # A picture of a few pixels a cheek: specks and noise must not count.
    calm = functional.avg_pool2d(images, 3, 1, 1)
    picked = functional.grid_sample(calm, places, align_corners=False)
    return picked.mean((2, 3)).double()


@torch.no_grad()
def measure_directions(
    generator: GeneratorLike,
    detect: Detect,
    directions: Directions,
    options: MeasureOptions | None = None,
    *,
    identity: IdentityFeatures = proportions_and_colours,
    progress: Callable[[int, int], None] | None = None,
) -> DirectionTable:
    """Measure what directions do to pose, expression and identity.

    Every direction is tried one step to either side on some faces; the effect is half the mean
    difference. With ``directions.measured(table)`` the bank takes names, groups and regions over.

    Args:
        generator: Draws; its mapping gives the faces.
        detect: Finds landmarks.
        directions: The bank, on the generator's device.
        options: How carefully.
        identity: What tells people apart, such as an identity network's features.
        progress: Called with the number of directions done and of all.

    Returns:
        The table, on the CPU.
    """
    options = options or MeasureOptions()
    look = _Look(generator, detect, identity, options.batch)
    draw = torch.Generator().manual_seed(options.seed)
    device = directions.vectors.device
    z = torch.randn(options.samples + options.faces, generator.z_dim, generator=draw).to(device)
    actions, people = look(generator.mapping(z[: options.samples]))
    spread = people.std(0).clamp_min(1e-6)
    # Two faces at random differ by sqrt(2) standard deviations in each of E features.
    unit = spread * (2 * people.shape[1]) ** 0.5
    w_plus = generator.mapping(z[options.samples :], truncation_psi=options.truncation)
    effects, changes = [], []
    for index, vector in enumerate(directions.vectors):
        both = torch.cat([add_motion(w_plus, sign * vector[None]) for sign in (1, -1)])
        acted, who = look(both)
        plus, minus = acted.chunk(2)
        effects.append(((plus - minus) / 2).mean(0))
        plus, minus = who.chunk(2)
        changes.append((plus - minus) / 2 / unit)
        if progress is not None:
            progress(index + 1, len(directions))
    change = torch.stack(changes)  # (K, faces, E)
    gram = torch.einsum("kfe,lfe->kl", change, change) / len(w_plus)
    ranges = floored_ranges(actions.std(0))
    return DirectionTable.of(torch.stack(effects).float(), ranges.float(), gram.float())


class _Look:
    """Draws codes and measures the pictures: actions (B, A) and identity (B, E), on the CPU."""

    def __init__(
        self, generator: GeneratorLike, detect: Detect, identity: IdentityFeatures, batch: int
    ) -> None:
        self._generator, self._detect, self._identity = generator, detect, identity
        self._batch = batch

    def __call__(self, w_plus: Tensor) -> tuple[Tensor, Tensor]:
        actions, people = [], []
        for part in torch.split(w_plus, self._batch):
            images = self._generator.synthesis(part).float()
            landmarks, _ = self._detect(images)
            actions.append(measure_actions(landmarks).cpu())
            people.append(self._identity(images, landmarks).double().cpu())
        return torch.cat(actions), torch.cat(people)
