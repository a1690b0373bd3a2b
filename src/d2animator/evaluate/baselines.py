"""Other ways to find directions, as banks that the same AugDistiller learns from.

============== ==================================================================================
no_cludistiller linear classifiers of what landmarks show (InterFaceGAN: Shen et al.,
                arXiv:1907.10786; the paper's "w/o CluDistiller")
labelled        the same, given the true parameters, which only puppets can offer
ganspace        principal components of W (Härkönen et al., arXiv:2004.02546)
sefa            eigenvectors of the style layers' weights (Shen and Zhou, arXiv:2007.06600)
============== ==================================================================================

All of them end as CluDistiller's do: over the coarse layers alone, and a step of 1 moves the
landmarks as far as samples move them. So the rows of a table differ in where the directions point.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from d2animator.arguments import check_fields
from d2animator.distill.cludistiller import to_vectors
from d2animator.distill.effects import inspect, unit_steps
from d2animator.distill.samples import Detect, detect_codes
from d2animator.errors import ConfigError
from d2animator.faces.actions import ACTIONS, measure_actions
from d2animator.latent.directions import EXPRESSION, POSE, Directions
from d2animator.latent.generator import GeneratorLike
from d2animator.latent.statistics import WStatistics
from d2animator.training.loop import step_generator


@dataclass(frozen=True)
class BaselineOptions:
    """How the baselines' directions are found."""

    # Samples that classifiers learn from.
    samples: int = 3000
    # Share of the samples at either end of an attribute that make its two classes; those between
    # are left out, as InterFaceGAN does.
    share: float = 0.3
    # Weight of the classifiers' ridge.
    ridge: float = 1e-2
    # Components of GANSpace and SeFa; as many as the first prototype was compared with.
    components: int = 30
    # Faces on which a step's length is measured.
    trials: int = 6
    # How far a step of 1 moves the landmarks, in standard deviations of the samples (CluDistiller's
    # ``REACH``).
    reach: float = 2.0
    # Longest step of 1, as a share of W's limit (CluDistiller's ``LONGEST``).
    longest: float = 0.5
    # Everything random follows from it.
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, eq=False)
class Labelled:
    """Samples with what is known of them.

    Attributes:
        z: Gaussian inputs (N, Z).
        codes: Codes of W (N, D).
        landmarks: Landmarks (N, 98, 2) in pixels.
    """

    z: Tensor
    codes: Tensor
    landmarks: Tensor


@torch.no_grad()
def sample_faces(generator: GeneratorLike, detect: Detect, count: int, seed: int) -> Labelled:
    """Draw faces and find their landmarks; those without a confident face are left out."""
    z = torch.randn(count, generator.z_dim, generator=step_generator(seed, -31))
    codes = generator.mapping(z)
    landmarks, confidence = detect_codes(generator, detect, codes)
    keep = confidence >= 0.5
    return Labelled(z[keep], codes[keep, 0], landmarks[keep].float())


def boundary(codes: Tensor, attribute: Tensor, options: BaselineOptions) -> Tensor:
    """Find the normal of the plane that separates high from low values of an attribute.

    Args:
        codes: Whitened codes (N, F).
        attribute: Its value for each (N,).
        options: Shares and ridge.

    Returns:
        Unit normal (F,), from low to high, by logistic regression.
    """
    count = max(int(options.share * len(codes)), 2)
    order = attribute.argsort()
    chosen = torch.cat([order[:count], order[-count:]])
    inputs = codes[chosen].double()
    target = torch.cat([torch.zeros(count), torch.ones(count)]).double()
    weights = torch.zeros(codes.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = inputs @ weights[:-1] + weights[-1]
        value = nn.functional.binary_cross_entropy_with_logits(logits, target)
        value = value + options.ridge * weights[:-1].square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    with torch.enable_grad():
        optimizer.step(loss)  # type: ignore[no-untyped-call]
    normal = weights.detach()[:-1]
    unit: Tensor = (normal / normal.norm().clamp_min(1e-12)).float()
    return unit


def classified(
    faces: Labelled, attributes: Tensor, statistics: WStatistics, options: BaselineOptions
) -> Tensor:
    """Find a direction of W for each attribute (N, A): (A, D), two standard deviations long."""
    whitened = statistics.whiten(faces.codes)
    normals = [boundary(whitened, column, options) for column in attributes.T]
    return to_vectors(2 * torch.stack(normals), statistics, [0])[:, 0]


def principal(statistics: WStatistics, components: int) -> Tensor:
    """Give W's first principal axes (K, D), two standard deviations long."""
    count = min(components, len(statistics.axes))
    return 2 * statistics.axes[:count] * statistics.spreads[:count, None]


def factorised(
    generator: GeneratorLike, layers: int, statistics: WStatistics, components: int
) -> Tensor:
    """Give the directions (K, D) that change the styles of the coarse layers most.

    They are the eigenvectors of AᵀA, with A the weights of all style layers on top of each other,
    each two of W's standard deviations along them long.

    Raises:
        ConfigError: The generator has no style layers named ``affine``.
    """
    weights = [
        value.double()
        for name, value in generator.state_dict().items()
        if name.endswith("affine.weight") and "torgb" not in name
    ][:layers]
    if not weights:
        raise ConfigError("generator", "no style layers named affine: SeFa has nothing to factor")
    stacked = torch.cat(weights)
    _, vectors = torch.linalg.eigh(stacked.T @ stacked)
    axes = vectors.T.flip(0)[:components].float()
    spread = ((axes @ statistics.axes.T) * statistics.spreads).norm(dim=1)
    vectors_of_w: Tensor = 2 * axes * spread[:, None]
    return vectors_of_w


def make_bank(
    generator: GeneratorLike,
    detect: Detect,
    vectors: Tensor,
    names: tuple[str, ...],
    layers: int,
    statistics: WStatistics,
    landmarks: Tensor,
    options: BaselineOptions,
) -> Directions:
    """Make a bank of directions of W, as CluDistiller measures out its own.

    Args:
        generator: Draws the faces on which steps are measured.
        detect: Finds landmarks.
        vectors: Directions of W (K, D), at a length at which effects are about linear.
        names: Their names.
        layers: Layers that move.
        statistics: W's limits.
        landmarks: Landmarks (N, 98, 2) of samples.
        options: Reach of a step.

    Returns:
        The bank; those that turn the head more than anything else are its pose group.
    """
    wide = vectors[:, None].repeat(1, layers, 1)
    z = torch.randn(options.trials, generator.z_dim, generator=step_generator(options.seed, -32))
    with torch.no_grad():
        faces = generator.mapping(z)
    effects = inspect(generator, detect, wide, faces)
    steps = options.reach * unit_steps(effects.field, landmarks)
    longest = options.longest * float(statistics.limits[:layers].min())
    steps = torch.minimum(steps, longest / wide.norm(dim=-1).amax(1).clamp_min(1e-12))
    turns = effects.head_percent * steps >= 6
    groups = tuple(POSE if turn else EXPRESSION for turn in turns.tolist())
    return Directions(wide * steps[:, None, None], names, groups, names)


def find_bank(
    method: str,
    generator: GeneratorLike,
    detect: Detect,
    statistics: WStatistics,
    layers: int,
    options: BaselineOptions,
    *,
    faces: Labelled,
    state_dim: int,
) -> Directions:
    """Find a baseline's bank.

    Args:
        method: ``no_cludistiller``, ``labelled``, ``ganspace`` or ``sefa``.
        generator: The generator.
        detect: Finds landmarks.
        statistics: W's spread.
        layers: Coarse layers.
        options: Sizes.
        faces: Samples.
        state_dim: Entries of z that are the true state, for ``labelled``.

    Returns:
        The bank.

    Raises:
        ConfigError: No such method.
    """
    names: tuple[str, ...]
    if method == "no_cludistiller":
        names = ACTIONS
        vectors = classified(faces, measure_actions(faces.landmarks), statistics, options)
    elif method == "labelled":
        names = tuple(f"state_{index:02d}" for index in range(state_dim))
        vectors = classified(faces, faces.z[:, :state_dim], statistics, options)
    elif method == "ganspace":
        vectors = principal(statistics, options.components)
        names = tuple(f"component_{index:02d}" for index in range(len(vectors)))
    elif method == "sefa":
        vectors = factorised(generator, layers, statistics, options.components)
        names = tuple(f"eigenvector_{index:02d}" for index in range(len(vectors)))
    else:
        known = "no_cludistiller, labelled, ganspace, sefa"
        raise ConfigError("method", f"expected one of {known}, got {method!r}")
    return make_bank(
        generator, detect, vectors, names, layers, statistics, faces.landmarks, options
    )
