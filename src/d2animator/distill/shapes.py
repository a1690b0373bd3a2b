"""Landmarks as shapes: what is left of them without place, size, turn, or the rest of the face."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from d2animator.errors import ConfigError
from d2animator.faces.align import align_shapes, normalise_landmarks
from d2animator.faces.layouts import PARTS, WFLW, Layout, layout_of
from d2animator.faces.shape import eye_distance

Mode = Literal["posed", "aligned", "residual"]
"""posed: only place and size removed. aligned: the turn in the picture's plane too. residual:
aligned, and without what the rigid points (eye corners, nose) already tell, hence without most of
the head's turn in depth and of the face's proportions."""


def nme_percent(landmarks: Tensor, truth: Tensor) -> Tensor:
    """Normalised mean error: mean distance in % of the truth's outer eye distance.

    Args:
        landmarks: Points (N, P, 2).
        truth: Points (N, P, 2).

    Returns:
        Errors (N,).
    """
    distance: Tensor = torch.linalg.vector_norm(landmarks - truth, dim=-1)
    return 100 * distance.mean(-1) / eye_distance(truth).clamp_min(1e-6)


@dataclass(frozen=True, eq=False)
class Regression:
    """What known variables tell about values: found on some observations, used on any.

    Only the first principal components of the known variables count: a detector's answers hang
    together so closely that, taken to the last digit, the nose gives the mouth away. The regression
    is cubic in the first three components and quadratic in the first six, for a head's turn acts
    on landmarks as sine and cosine.

    Attributes:
        mean: Mean of the known variables (G,).
        axes: Principal components that count (A, G).
        spread: Standard deviation along each (A,).
        terms: Mean of each term of the regression (T,).
        weights: What a term tells (T, F).
        offset: Mean of the values (F,).
    """

    mean: Tensor
    axes: Tensor
    spread: Tensor
    terms: Tensor
    weights: Tensor
    offset: Tensor

    @staticmethod
    def fit(values: Tensor, known: Tensor, axes: int = 8, ridge: float = 1e-3) -> Regression:
        """Find what known variables tell about values.

        Args:
            values: Observations (N, F).
            known: Variables (N, G).
            axes: Principal components of ``known`` that count.
            ridge: Weight of the ridge, as a share of the mean variance.

        Returns:
            The regression.
        """
        mean = known.mean(0).double()
        centred = known.double() - mean
        some = centred[:: max(1, len(centred) // 5000)]
        directions = torch.linalg.svd(some, full_matrices=False).Vh[:axes]
        main = centred @ directions.T
        spread = main.std(0).clamp_min(1e-12)
        design = _terms(main / spread)
        terms = design.mean(0)
        design = design - terms
        gram = design.T @ design
        gram.diagonal().add_(ridge * float(gram.diagonal().mean()))
        offset = values.mean(0).double()
        weights = torch.linalg.solve(gram, design.T @ (values.double() - offset))
        return Regression(mean, directions, spread, terms, weights, offset)

    def residual(self, values: Tensor, known: Tensor) -> Tensor:
        """Give values (N, F) without what known variables (N, G) tell of them."""
        main = (known.double() - self.mean) @ self.axes.T / self.spread
        told = (_terms(main) - self.terms) @ self.weights
        left: Tensor = values.double() - self.offset - told
        return left.to(values.dtype)


def _terms(main: Tensor) -> Tensor:
    """Powers and products of principal components (N, A) -> (N, T)."""
    terms = [main]
    for degree, count in ((2, 6), (3, 3)):
        axes = range(min(count, main.shape[1]))
        for chosen in itertools.combinations_with_replacement(axes, degree):
            terms.append(main[:, list(chosen)].prod(1, keepdim=True))
    return torch.cat(terms, 1)


def regress_out(values: Tensor, known: Tensor, axes: int = 8, ridge: float = 1e-3) -> Tensor:
    """Remove from values (N, F) what known variables (N, G) tell about them, see `Regression`.

    Returns:
        Residuals (N, F) with zero mean.
    """
    return Regression.fit(values, known, axes, ridge).residual(values, known)


def part_indices(part: str, layout: Layout = WFLW) -> tuple[int, ...]:
    """Give the points of a facial part; ``"all"`` for the whole face.

    Args:
        part: ``"all"`` or a name in the layout's parts.
        layout: Meaning of the points. One of 68 points has no pupils: nothing then.

    Raises:
        ConfigError: No layout has such a part.
    """
    if part == "all":
        return tuple(range(layout.points))
    if part not in PARTS:
        raise ConfigError("parts", f"must be all, {', '.join(PARTS)}; got {part!r}")
    return layout.parts.get(part, ())


def rigid_mean(landmarks: Tensor) -> Tensor:
    """Mean place (R, 2) of the rigid points of landmarks (N, P, 2), to align others by."""
    rigid = list(layout_of(landmarks.shape[-2]).rigid)
    return normalise_landmarks(landmarks)[:, rigid].mean(0)


def part_features(
    landmarks: Tensor, part: str, mode: Mode, reference: Tensor | None = None
) -> Tensor:
    """Describe one facial part of many faces, for clustering.

    Args:
        landmarks: Landmarks (N, P, 2) in pixels.
        part: ``"all"`` or a name in ``PARTS``.
        mode: What is removed first.
        reference: Where the rigid points are aligned to (R, 2); default: their own mean.

    Returns:
        Features (N, F).

    Raises:
        ConfigError: No such part or mode.
    """
    points = normalise_landmarks(landmarks)
    layout = layout_of(landmarks.shape[-2])
    indices = list(part_indices(part, layout))
    if mode == "posed":
        return points[:, indices].flatten(1)
    if mode not in ("aligned", "residual"):
        raise ConfigError("modes", f"must be posed, aligned or residual, got {mode!r}")
    # Aligned by the rigid points: an open mouth must not turn or shrink the eyes.
    rigid = points[:, list(layout.rigid)]
    goal = rigid.mean(0) if reference is None else reference
    features = align_shapes(points, rigid, goal)[:, indices].flatten(1)
    if mode == "aligned":
        return features
    return regress_out(features, rigid_features(landmarks, reference))


def rigid_features(landmarks: Tensor, reference: Tensor | None = None) -> Tensor:
    """Describe how a head is turned and proportioned: what expressions hardly change.

    Args:
        landmarks: Landmarks (N, P, 2), any unit.
        reference: Where the rigid points are aligned to (R, 2); default: their own mean.

    Returns:
        Features (N, F): the rigid points, aligned, and the turn in the picture's plane.
    """
    points = normalise_landmarks(landmarks)
    layout = layout_of(landmarks.shape[-2])
    rigid = points[:, list(layout.rigid)]
    aligned = align_shapes(rigid, rigid, rigid.mean(0) if reference is None else reference)
    across = points[:, layout.left_eye_outer] - points[:, layout.right_eye_outer]
    return torch.cat([aligned.flatten(1), across], 1)


def rigid_split(field: Tensor, shape: Tensor) -> tuple[Tensor, Tensor]:
    """Split the motion of the rigid points into a head's motion and the rest.

    The head's motion is a similarity in the picture's plane plus a turn in depth, under which the
    points move in proportion to how far they stand out (weak perspective): six numbers.

    Args:
        field: Motions of all landmarks (N, P, 2).
        shape: The face they start from (P, 2), any unit.

    Returns:
        Root mean square motion of the rigid points (N,) that is a head's motion, and the rest (N,).
    """
    layout = layout_of(len(shape))
    rigid = list(layout.rigid)
    points = shape[rigid] - shape[rigid].mean(0)
    points = points / points.norm(dim=1).mean()
    x, y, depth = points[:, 0], points[:, 1], torch.tensor(layout.depth, dtype=points.dtype)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    columns = [(one, zero), (zero, one), (x, y), (-y, x), (depth, zero), (zero, depth)]
    design = torch.stack([torch.stack(pair, 1).flatten() for pair in columns], 1)  # (26, 6)
    motion = field[:, rigid].flatten(1)  # (N, 26)
    basis, _ = torch.linalg.qr(design)
    head = motion @ basis @ basis.T
    count = len(rigid) ** 0.5
    return head.norm(dim=1) / count, (motion - head).norm(dim=1) / count
