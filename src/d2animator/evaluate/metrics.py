"""Figures of merit as pure functions; whoever makes features, landmarks or pictures is not known.

========== ===================================================================================
NME        ``distill.shapes.nme_percent`` of landmarks without place and size
CSIM       ``cosine_similarity`` of identity embeddings
FID        ``frechet_distance`` of features (Heusel et al., arXiv:1706.08500)
IS         ``inception_score`` of class logits (Salimans et al., arXiv:1606.03498)
LPIPS-like ``perceptual_distance`` of feature maps, unweighted (after Zhang et al.,
           arXiv:1801.03924)
========== ===================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from d2animator.distill.shapes import nme_percent
from d2animator.errors import ShapeError, check_shape
from d2animator.faces.align import normalise_landmarks
from d2animator.faces.shape import eye_distance

# Below such a norm a feature tells nothing.
_TINY = 1e-10


class Moments(NamedTuple):
    """Mean (F,) and covariance (F, F) of features, in double precision."""

    mean: Tensor
    covariance: Tensor


def shape_error_percent(landmarks: Tensor, truth: Tensor) -> Tensor:
    """Give the normalised mean error of landmarks whose place and size do not count.

    Args:
        landmarks: Points (N, 98, 2), any unit.
        truth: Points (N, 98, 2), any unit.

    Returns:
        Mean distance (N,) in % of the truth's outer eye distance, both sets having been laid into
        the FFHQ crop first (`normalise_landmarks`); the roll counts.
    """
    return nme_percent(normalise_landmarks(landmarks), normalise_landmarks(truth))


def cosine_similarity(one: Tensor, other: Tensor) -> Tensor:
    """Give the cosines of embeddings (N, E), one to one.

    Returns:
        Cosines (N,) in [-1, 1]; 0 where one of the two is zero.

    Raises:
        ShapeError: The two differ in shape.
    """
    if one.shape != other.shape:
        raise ShapeError("other", one.shape, other.shape)
    similar: Tensor = functional.cosine_similarity(one, other, dim=-1, eps=_TINY)
    return similar.clamp(-1, 1)


def feature_moments(features: Tensor) -> Moments:
    """Measure mean and covariance of features (N, F).

    Raises:
        ShapeError: Fewer than two of them, or not (N, F).
    """
    check_shape("features", features, ("N", "F"))
    if len(features) < 2:
        raise ShapeError("features", ("at least 2", "F"), features.shape)
    centred = features.double() - features.double().mean(0)
    return Moments(features.double().mean(0), centred.T @ centred / (len(features) - 1))


def frechet_distance(one: Moments, other: Moments) -> float:
    """Give the Fréchet distance of two Gaussians: |m - m'|² + tr(C + C' - 2 (C C')^(1/2)).

    The trace of the root is taken from the eigenvalues of C^(1/2) C' C^(1/2), which is symmetric
    and has the same ones: no root of an unsymmetric matrix, which is where others need care.

    Args:
        one: Moments of F features.
        other: Moments of as many.

    Returns:
        The distance, at least 0 (the square of a metric, as the field reports it).

    Raises:
        ShapeError: The two differ in their number of features.
    """
    if one.mean.shape != other.mean.shape:
        raise ShapeError("other", one.mean.shape, other.mean.shape)
    values, axes = torch.linalg.eigh(one.covariance)
    root = (axes * values.clamp_min(0).sqrt()) @ axes.T
    product = torch.linalg.eigvalsh(root @ other.covariance @ root)
    trace = one.covariance.trace() + other.covariance.trace()
    trace = trace - 2 * product.clamp_min(0).sqrt().sum()
    return max(float((one.mean - other.mean).square().sum() + trace), 0.0)


def inception_score(logits: Tensor) -> float:
    """Give exp of the mean Kullback-Leibler divergence of p(class | picture) from p(class).

    Args:
        logits: Class logits (N, C).

    Returns:
        The score in [1, C], higher is better. (The paper reports figures below 1, lower being
        better, and does not say what they are.)
    """
    check_shape("logits", logits, ("N", "C"))
    log_shares = logits.double().log_softmax(1)
    shares = log_shares.exp()
    mean = shares.mean(0).clamp_min(torch.finfo(torch.float64).tiny)
    return float((shares * (log_shares - mean.log())).sum(1).mean().exp())


def psnr_db(images: Tensor, truth: Tensor) -> Tensor:
    """Give the peak signal-to-noise ratio of pictures in [-1, 1].

    Args:
        images: Pictures (N, 3, H, W).
        truth: Pictures of the same shape.

    Returns:
        Decibels (N,); infinite for equal pictures.

    Raises:
        ShapeError: The two differ in shape.
    """
    if images.shape != truth.shape:
        raise ShapeError("truth", images.shape, truth.shape)
    error = (images.double() - truth.double()).square().flatten(1).mean(1)
    return 10 * torch.log10(4 / error)


def perceptual_distance(maps: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """Compare pictures by the feature maps of some network, place by place.

    As LPIPS without its learned weights: features of unit length at every place, squared
    difference, mean over places and then over layers.

    Args:
        maps: One map (N, C, h, w) a layer.
        truth: As many, of the same shapes.

    Returns:
        Distances (N,), 0 (equal) to 4.

    Raises:
        ShapeError: The two differ in number or shape.
    """
    if [tuple(one.shape) for one in maps] != [tuple(one.shape) for one in truth]:
        raise ShapeError("truth", [len(maps)], [len(truth)])
    layers = [
        (functional.normalize(one, dim=1, eps=_TINY) - functional.normalize(two, dim=1, eps=_TINY))
        .square()
        .sum(1)
        .mean((1, 2))
        for one, two in zip(maps, truth, strict=True)
    ]
    return torch.stack(layers).mean(0)


def jitter_percent(landmarks: Tensor) -> float:
    """Tell how restless landmarks are over time: their mean second difference.

    Args:
        landmarks: Points (T, 98, 2) of successive frames, T of at least 3.

    Returns:
        Mean length of x[t+1] - 2 x[t] + x[t-1] in % of the outer eye distance; 0 for any motion of
        constant speed.

    Raises:
        ShapeError: Too few frames.
    """
    check_shape("landmarks", landmarks, ("T", 98, 2))
    if len(landmarks) < 3:
        raise ShapeError("landmarks", ("at least 3", 98, 2), landmarks.shape)
    bend = landmarks[2:] - 2 * landmarks[1:-1] + landmarks[:-2]
    size = eye_distance(landmarks).mean().clamp_min(1e-6)
    return float(100 * bend.norm(dim=-1).mean() / size)


def correlation(one: Tensor, other: Tensor) -> float:
    """Give Pearson's correlation of two series (T,); 0 where one of them is constant.

    Raises:
        ShapeError: The two differ in length.
    """
    if one.shape != other.shape:
        raise ShapeError("other", one.shape, other.shape)
    a, b = one.double() - one.double().mean(), other.double() - other.double().mean()
    size = a.norm() * b.norm()
    scale = 1e-9 * float(one.abs().max().double() * other.abs().max().double()) * len(one)
    return 0.0 if float(size) <= scale else float((a @ b / size).clamp(-1, 1))
