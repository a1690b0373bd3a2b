"""How surely a watermark is there: a statistic whose chance of a false alarm has a bound.

Let a_k be the amplitude that a picture has at wave k of the pattern, t_k the pattern's phase, and

    z = sum |a_k| cos(arg a_k - t_k) / sqrt(sum |a_k|^2 / 2).

The key was drawn before there was any picture, each phase for itself and evenly. So over all keys
that could have been drawn, and for *any* picture, whatever its spectrum, E exp(s x cos) = I0(s x)
<= exp(s^2 x^2 / 4) for each wave, and Chernoff's bound gives P(z >= x) <= exp(-x^2 / 2). Nothing
has to be known about pictures. All places, payloads, sizes and mirrorings that are tried multiply
it (`TRIALS`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from d2animator.marks.pattern import (
    GROUPS,
    MAX_PAYLOAD,
    SHIFTS,
    STEP,
    TILE,
    Waves,
    chroma_waves,
    luma_waves,
    shifts_of,
)
from d2animator.marks.residual import Evidence, Spectrum

MAX_GEOMETRIES = 600
"""Sizes of the tile, mirrored or not, that a search tries at most."""

_CHANNELS = 3  # brightness, blue-yellow, both
TRIALS = TILE**2 * (MAX_PAYLOAD + 1) * _CHANNELS * MAX_GEOMETRIES
"""All that is tried on a picture: places, payloads, channels, geometries."""

FALSE_ALARM = 1e-6
"""Bound on the chance that a picture without a watermark is said to have one."""

# How much likelier the payload must be than any other one to be told.
_PAYLOAD_ODDS = 1000.0


def false_alarm_bound(score: float) -> float:
    """Bound on the chance that a search finds such a score in an unmarked picture."""
    return min(1.0, TRIALS * math.exp(-(max(score, 0.0) ** 2) / 2))


def chance(score: float) -> str:
    """Say how likely a score is by chance, in words: ``chance below 1 in 10^12``."""
    decades = (max(score, 0.0) ** 2 / 2 - math.log(TRIALS)) / math.log(10)
    if decades < 1:
        return "no more than chance"
    return f"chance below 1 in 10^{math.floor(decades)}"


THRESHOLD = math.sqrt(2 * math.log(TRIALS / FALSE_ALARM))
"""Score from which on a watermark counts as found, about 9.6."""


_NEIGHBOURS = (-1, 0, 1)
KNOWN_THRESHOLD = math.sqrt(2 * math.log(_CHANNELS * len(_NEIGHBOURS) ** 2 / FALSE_ALARM))
"""The same where place and payload are known from other frames, about 5.9."""


@dataclass(frozen=True)
class Match:
    """Best fit of the pattern.

    Attributes:
        score: z above; the larger the surer, 0 and up.
        place: Row and column of the tile's corner in a tile of 256 samples.
        payload: 0 to 65535, the likeliest.
        payload_odds: How much likelier it is than the next.
    """

    score: float
    place: tuple[int, int]
    payload: int
    payload_odds: float

    @property
    def found(self) -> bool:
        """Whether the watermark is there, by `FALSE_ALARM`."""
        return self.score >= THRESHOLD

    @property
    def payload_is_sure(self) -> bool:
        """Whether the payload may be told."""
        return self.found and self.payload_odds >= _PAYLOAD_ODDS


def best_match(evidence: Evidence) -> Match:
    """Fit the pattern: over all places, payloads, and channels.

    Args:
        evidence: Of one geometry.
    """
    luma = _sums(evidence.luma, luma_waves())
    chroma = _sums(evidence.chroma, chroma_waves())
    powers = [float(np.sum(np.abs(one) ** 2)) / 2 for one in (evidence.luma, evidence.chroma)]
    choices = ((luma, powers[0]), (chroma, powers[1]), (luma + chroma, sum(powers)))
    fits = [(sums / math.sqrt(power)) for sums, power in choices if power > 0]
    if not fits:
        return Match(0.0, (0, 0), 0, 1.0)
    totals = [_best_by_place(groups) for groups in fits]
    best = max(range(len(fits)), key=lambda index: totals[index].max())
    return _read(fits[best], totals[best])


def score_at(evidence: Evidence, place: tuple[int, int], payload: int) -> float:
    """Score of a place and a payload that are known, or of a place one sample beside it.

    Args:
        evidence: Of one geometry.
        place: See `Match`.
        payload: 0 to 65535.

    Returns:
        The best z; `KNOWN_THRESHOLD` and more is found.
    """
    beside = [(place[0] + y, place[1] + x) for y in _NEIGHBOURS for x in _NEIGHBOURS]
    around = np.array(beside, dtype=np.int64)
    luma = _sums_at(evidence.luma, luma_waves(), around, payload)
    chroma = _sums_at(evidence.chroma, chroma_waves(), around, payload)
    powers = [float(np.sum(np.abs(one) ** 2)) / 2 for one in (evidence.luma, evidence.chroma)]
    choices = ((luma, powers[0]), (chroma, powers[1]), (luma + chroma, sum(powers)))
    return max(
        (float(sums.max()) / math.sqrt(power) for sums, power in choices if power > 0), default=0.0
    )


def _sums_at(
    amplitudes: Spectrum, waves: Waves, places: NDArray[np.int64], payload: int
) -> NDArray[np.float64]:
    """Sum |a| cos(arg a - t) of all groups at places (N, 2), (N,)."""
    at = places[:, None] + shifts_of(payload)[waves.groups]
    turn = 2 * math.pi / TILE * (at[..., 0] * waves.rows + at[..., 1] * waves.columns)
    return np.asarray((np.exp(1j * (turn - waves.phases)) * amplitudes).real.sum(1))


def _sums(amplitudes: Spectrum, waves: Waves) -> NDArray[np.float32]:
    """Sum |a| cos(arg a - t) of each group for every place, (3, 256, 256)."""
    turned = amplitudes * np.exp(-1j * waves.phases)
    # Half a spectrum: a real transform adds each wave's conjugate, but for those of row 0.
    half = np.zeros((GROUPS, TILE // 2 + 1, TILE), dtype=np.complex64)
    half[waves.groups, waves.rows, waves.columns] = np.where(waves.rows == 0, 2, 1) * turned
    return np.asarray(np.fft.irfft2(half, axes=(2, 1)) * (TILE**2 / 2), dtype=np.float32)


def _best_by_place(groups: NDArray[np.float32]) -> NDArray[np.float32]:
    """Score of the best payload at every place, (256, 256), from those of the groups (3, 256, 256).

    A shifted group's best shift depends on a place only by what is left when it is divided by the
    shifts' step, so that 2^32 pairs of place and payload need no more than three planes.
    """
    steps = groups.reshape(GROUPS, SHIFTS, STEP, SHIFTS, STEP)
    best = steps[1:].max((1, 3)).sum(0)
    return np.asarray((steps[0] + best[None, :, None, :]).reshape(TILE, TILE))


def _read(groups: NDArray[np.float32], total: NDArray[np.float32]) -> Match:
    """Read the payload at the best place."""
    row, column = (int(index) for index in np.unravel_index(int(total.argmax()), total.shape))
    score = float(total[row, column])
    payload, margins = 0, []
    for plane in groups[1:]:
        shifted = np.roll(plane, (-row, -column), (0, 1))[::STEP, ::STEP].ravel()
        second, first = np.sort(shifted)[-2:]
        payload = payload << 8 | int(shifted.argmax())
        margins.append(float(first - second))
    rival = max(score - min(margins), 0.0)
    odds = math.exp(min((score**2 - rival**2) / 2, 700.0))
    return Match(max(score, 0.0), (row, column), payload, odds)
