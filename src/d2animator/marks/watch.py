"""Finding the watermark in a picture or a clip, and in which frames of it.

A clip is gone through in stretches of frames. The watermark stays where it is while the picture
moves, so a stretch shows it more clearly than any of its frames; in a strongly compressed clip
only a stretch may.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

import cv2
import numpy as np
from numpy.typing import NDArray

from d2animator.marks.evidence import Evidence, evidence_of
from d2animator.marks.residual import RunningMean, residual_of
from d2animator.marks.search import Fit, Geometry, full_search, quick_search
from d2animator.marks.statistic import (
    KNOWN_THRESHOLD,
    NOTHING,
    Match,
    best_match,
    score_at,
)

Picture = NDArray[np.uint8]

STRETCH = 25
"""Frames looked at together, about a second."""


@dataclass(frozen=True)
class WatermarkFinding:
    """What was found of the watermark.

    Attributes:
        found: Whether it is there.
        log10_chance: Decadic logarithm of a bound on the chance that unmarked frames would look so:
            -12 is less than one in 10^12; 0 is no more than chance.
        payload: The 16 bits, None where they cannot be read for sure.
        frames: Frames looked at.
        marked_frames: First and last index of each run of frames that carry it, from 0.
        frames_by_themselves: How many of them show it without their neighbours' help.
        tile_pixels: Pixels across a tile of the pattern: tells how the picture was resized.
        mirrored: Whether the picture was mirrored left to right.
    """

    found: bool
    log10_chance: float
    payload: int | None
    frames: int
    marked_frames: tuple[tuple[int, int], ...]
    frames_by_themselves: int
    tile_pixels: float
    mirrored: bool


def watch(frames: Iterable[Picture]) -> WatermarkFinding:
    """Look for the watermark.

    Args:
        frames: RGB pictures (H, W, 3), uint8, of one size; gone through twice.

    Returns:
        What was found; of no frames, nothing.
    """
    first = _find(frames)
    if first.fit is None:
        return _nothing(first)
    geometry, best = first.fit.geometry, first.fit.match
    marked: list[bool] = []
    alone = 0
    total: Evidence | None = None
    for stretch in _stretches(_evidence(frames, geometry)):
        clear = [_shows(one, best) for one in stretch]
        # Together are judged only those that say nothing by themselves: frames that were put in
        # between marked ones must not count for their neighbours' sake.
        unclear = [one for one, is_clear in zip(stretch, clear, strict=True) if not is_clear]
        helped = bool(unclear) and _shows(reduce(add, unclear), best)
        for one, is_clear in zip(stretch, clear, strict=True):
            if is_clear or helped:
                total = one if total is None else total + one
        marked += [helped or is_clear for is_clear in clear]
        alone += sum(clear)
    over_all = best_match(total) if total is not None else best
    best = max(best, over_all, key=lambda match: match.surprise)
    return WatermarkFinding(
        found=True,
        log10_chance=_log10_chance(best.surprise, len(marked)),
        payload=best.payload if best.payload_is_sure else None,
        frames=len(marked),
        marked_frames=runs(marked),
        frames_by_themselves=alone,
        tile_pixels=round(geometry.period, 2),
        mirrored=geometry.mirrored,
    )


def _shows(evidence: Evidence, known: Match) -> bool:
    """Whether the watermark is there: where it is in other frames, or anywhere."""
    at_known = score_at(evidence, known.place, known.payload)
    return at_known >= KNOWN_THRESHOLD or best_match(evidence).found


@dataclass(frozen=True)
class _Found:
    """How the pattern lies, None for not at all; the least chance; the frames gone through."""

    fit: Fit | None
    surprise: float
    frames: int


def _nothing(first: _Found) -> WatermarkFinding:
    chance = _log10_chance(first.surprise, first.frames)
    return WatermarkFinding(False, chance, None, first.frames, (), 0, 0.0, False)


def _log10_chance(surprise: float, frames: int) -> float:
    """Logarithm of the bound, over all stretches and the whole clip."""
    looks = frames // STRETCH + 2 if frames > STRETCH else 1
    return round(min(0.0, (math.log(looks) - surprise) / math.log(10)), 2)


def _find(frames: Iterable[Picture]) -> _Found:
    """Find the pattern by the first stretch that shows it, else by the whole clip."""
    whole, stretch = RunningMean(), RunningMean()
    size, best = (0, 0), NOTHING.surprise
    for picture in _one_size(frames):
        size = picture.shape[:2]
        residual = residual_of(picture)
        stretch.add(residual)
        whole.add(residual)
        if stretch.count == STRETCH:
            fitted = quick_search(stretch.mean(), *size)
            if fitted.match.found:
                return _Found(fitted, fitted.match.surprise, whole.count)
            best = max(best, fitted.match.surprise)
            stretch = RunningMean()
    if whole.count == 0:
        return _Found(None, NOTHING.surprise, 0)
    if stretch.count and whole.count > STRETCH:
        fitted = quick_search(stretch.mean(), *size)
        if fitted.match.found:
            return _Found(fitted, fitted.match.surprise, whole.count)
    fitted = full_search(whole.mean(), *size)
    found = fitted if fitted.match.found else None
    return _Found(found, max(best, fitted.match.surprise), whole.count)


def _evidence(frames: Iterable[Picture], geometry: Geometry) -> Iterator[Evidence]:
    for picture in _one_size(frames):
        yield evidence_of(residual_of(picture), geometry.period, geometry.mirrored)


def _stretches(evidence: Iterable[Evidence]) -> Iterator[list[Evidence]]:
    stretch: list[Evidence] = []
    for one in evidence:
        stretch.append(one)
        if len(stretch) == STRETCH:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _one_size(frames: Iterable[Picture]) -> Iterator[Picture]:
    """Yield the frames at the first one's size: few files change it on the way."""
    first: Picture | None = None
    for picture in frames:
        first = picture if first is None else first
        if picture.shape != first.shape:
            resized = cv2.resize(picture, (first.shape[1], first.shape[0]))
            picture = np.asarray(resized, dtype=np.uint8)
        yield picture


def runs(marked: Iterable[bool]) -> tuple[tuple[int, int], ...]:
    """First and last index of each run of true values."""
    found: list[tuple[int, int]] = []
    for index, value in enumerate(marked):
        if not value:
            continue
        if found and found[-1][1] == index - 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return tuple(found)
