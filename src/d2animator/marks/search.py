"""Finding the watermark in pictures that were resized, cropped or mirrored on the way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from d2animator.marks.evidence import Evidence, evidence_either_way, evidence_of
from d2animator.marks.pattern import TILE, tile_side
from d2animator.marks.residual import Residual
from d2animator.marks.statistic import COARSE, Match, best_match

# Shorter sides, in pixels, that pictures usually have before somebody resizes them.
_USUAL_SIDES = (256, 480, 512, 540, 576, 720, 768, 1024, 1080, 1440, 2160)
# Tiles looked for, as shares of the picture's shorter side: a picture within a screenshot, a crop.
_SMALLEST, _LARGEST = 0.15, 1.6
# Two neighbouring sizes; the tiles' shift at the far side is a fraction of a wave.
_RATIO = 1.01
_FINE_STEPS = (-0.006, -0.004, -0.002, 0.0, 0.002, 0.004, 0.006)
_CANDIDATES = 8
# A tile of fewer pixels holds no wave any more.
_FEWEST_PIXELS = 40


@dataclass(frozen=True)
class Geometry:
    """How the pattern lies in a picture.

    Attributes:
        period: Pixels across a tile.
        mirrored: Whether the picture was mirrored left to right.
    """

    period: float
    mirrored: bool = False


@dataclass(frozen=True)
class Fit:
    """A geometry and how well the pattern fits there."""

    geometry: Geometry
    match: Match


def fit(residual: Residual, geometry: Geometry, *, whole: bool = False, places: int = TILE) -> Fit:
    """Fit the pattern at one geometry.

    Args:
        residual: Of a picture, or the mean of a clip's.
        geometry: How the pattern lies.
        whole: Whether it is a geometry of a picture that was never cropped.
        places: See `best_match`.
    """
    evidence = evidence_of(residual, geometry.period, geometry.mirrored)
    return Fit(geometry, best_match(evidence, whole=whole, places=places))


def likely_geometries(height: int, width: int) -> tuple[Geometry, ...]:
    """Geometries of a picture that was never resized, or resized whole from a usual size."""
    shorter = min(height, width)
    whole = {float(tile_side(height, width)), *(float(TILE << step) for step in range(3))}
    resized = {shorter * tile_side(side, side) / side for side in _USUAL_SIDES}
    periods = sorted(period for period in whole | resized if period >= _FEWEST_PIXELS)
    return tuple(Geometry(period) for period in periods)


def all_periods(height: int, width: int) -> Iterator[float]:
    """Yield the tiles' sizes in a picture that was resized by any amount, or cropped; in pixels."""
    shorter = min(height, width)
    smallest = max(_SMALLEST * shorter, _FEWEST_PIXELS)
    steps = math.floor(math.log(max(_LARGEST * shorter / smallest, 1.0), _RATIO))
    for step in range(steps + 1):
        yield smallest * _RATIO**step


def quick_search(residual: Residual, height: int, width: int) -> Fit:
    """Fit the pattern at the likely geometries, and at those beside one where it is found.

    Args:
        residual: Of a picture, or the mean of a clip's.
        height: Of the picture, in pixels.
        width: The same.
    """
    likely = likely_geometries(height, width)
    fits = (fit(residual, geometry, whole=True, places=COARSE) for geometry in likely)
    best = fit(residual, best_of(fits).geometry, whole=True)
    return _settled(residual, best) if best.match.found else best


def full_search(residual: Residual, height: int, width: int) -> Fit:
    """Fit the pattern at all geometries; takes seconds where `quick_search` takes a tenth of one.

    Args:
        residual: Of a picture, or the mean of a clip's.
        height: Of the picture, in pixels.
        width: The same.

    Returns:
        The first fit that is found, the likelier geometries first; else the best of all.
    """
    fits = [quick_search(residual, height, width)]
    if fits[0].match.found:
        return fits[0]
    usual = tile_side(height, width)
    periods = sorted(all_periods(height, width), key=lambda one: abs(math.log(one / usual)))
    of_mirrored: list[Evidence] = []
    for period in periods:
        plain, mirrored = evidence_either_way(residual, period)
        of_mirrored.append(mirrored)
        fits.append(Fit(Geometry(period), best_match(plain, places=COARSE)))
        if fits[-1].match.found:
            return _settled(residual, fits[-1])
    for period, evidence in zip(periods, of_mirrored, strict=True):
        fits.append(Fit(Geometry(period, mirrored=True), best_match(evidence, places=COARSE)))
        if fits[-1].match.found:
            return _settled(residual, fits[-1])
    fits = sorted(fits, key=lambda one: -one.match.surprise)[:_CANDIDATES]
    return best_of([*fits, *(refined(residual, one) for one in fits)])


def _settled(residual: Residual, start: Fit) -> Fit:
    """Go on from a first fit to the size at which the pattern fits best."""
    best = fit(residual, start.geometry, places=COARSE)
    while True:
        near = [
            fit(residual, _resized(best.geometry, ratio), places=COARSE)
            for ratio in (_RATIO, 1 / _RATIO)
        ]
        next_one = best_of([best, *near])
        if next_one is best:
            return best_of([start, refined(residual, best)])
        best = next_one


def _resized(geometry: Geometry, ratio: float) -> Geometry:
    return replace(geometry, period=geometry.period * ratio)


def refined(residual: Residual, start: Fit) -> Fit:
    """Fit the pattern at sizes that differ from a first one by less than a hundredth."""
    nearby = (_resized(start.geometry, 1 + step) for step in _FINE_STEPS)
    best = best_of(fit(residual, geometry, places=COARSE) for geometry in nearby)
    return best_of([start, fit(residual, best.geometry)])


def best_of(fits: Iterable[Fit]) -> Fit:
    """The fit that is least likely by chance."""
    return max(fits, key=lambda one: one.match.surprise)


def count_tried(height: int, width: int) -> int:
    """Geometries that `full_search` tries at most, see `statistic.MAX_GEOMETRIES`."""
    either_way = 2 * sum(1 for _ in all_periods(height, width))
    likely = len(likely_geometries(height, width))
    return likely + either_way + _CANDIDATES * len(_FINE_STEPS)
