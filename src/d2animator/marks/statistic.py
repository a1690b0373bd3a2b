"""How surely a watermark is there: a statistic whose chance of a false alarm has a bound.

Let a_k be the amplitude that a picture has at wave k of the pattern, t_k the pattern's phase, and

    z = sum |a_k| cos(arg a_k - t_k) / sqrt(sum |a_k|^2 / 2).

The key was drawn before there was any picture, each phase for itself and evenly. So over all keys
that could have been drawn, and for *any* picture, whatever its spectrum, E exp(s x cos) = I0(s x)
<= exp(s^2 x^2 / 4) for each wave, and Chernoff's bound gives P(z >= x) <= exp(-x^2 / 2). Nothing
has to be known about pictures. All that is tried multiplies the bound: anywhere, at any size and
mirrored (`TRIALS`), or, with half the risk, only where a picture that was never cropped has the
pattern (`TRIALS_IN_PLACE`), which needs less of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from d2animator.marks.pattern import (
    GROUPS,
    MAX_PAYLOAD,
    SHIFTS,
    TILE,
    Waves,
    chroma_waves,
    luma_waves,
    shifts_of,
)
from d2animator.marks.residual import Evidence, Spectrum

MAX_GEOMETRIES, MAX_LIKELY = 600, 20
"""Sizes of the tile, mirrored or not, that a search tries at most; those of whole pictures."""

FALSE_ALARM = 1e-6
"""Bound on the chance that a picture without a watermark is said to have one."""

COARSE = TILE // 2
"""Places along a side of the tile at which its waves, up to 36 across, can just be told apart."""

_CHANNELS = 3  # brightness, blue-yellow, both
_NEIGHBOURS = (-1, 0, 1)
_PLACES_BESIDE = len(_NEIGHBOURS) ** 2
_PAYLOADS = MAX_PAYLOAD + 1

TRIALS = TILE**2 * _PAYLOADS * _CHANNELS * MAX_GEOMETRIES
"""All that is tried on a picture: places, payloads, channels, geometries."""

TRIALS_IN_PLACE = _PLACES_BESIDE * _PAYLOADS * _CHANNELS * MAX_LIKELY
"""What is tried of it where the tiles begin in the picture's corner."""

# Both kinds of search share the risk.
_SURPRISE = math.log(2 / FALSE_ALARM)

THRESHOLD = math.sqrt(2 * (math.log(TRIALS) + _SURPRISE))
"""Score from which on a watermark counts as found anywhere, about 9.4."""

THRESHOLD_IN_PLACE = math.sqrt(2 * (math.log(TRIALS_IN_PLACE) + _SURPRISE))
"""The same where the picture was not cropped, about 8."""

KNOWN_THRESHOLD = math.sqrt(2 * math.log(_CHANNELS * _PLACES_BESIDE / FALSE_ALARM))
"""The same where place and payload are known from other frames, about 5.9."""

# How much likelier the payload must be than any other one to be told.
_PAYLOAD_ODDS = 1000.0


@dataclass(frozen=True)
class Match:
    """Best fit of the pattern.

    Attributes:
        score: z above; the larger the surer, 0 and up.
        place: Row and column of the tile's corner in a tile of 256 samples.
        payload: 0 to 65535, the likeliest.
        payload_odds: How much likelier it is than the next.
        trials: How many fits it is the best of.
    """

    score: float
    place: tuple[int, int]
    payload: int
    payload_odds: float
    trials: int = TRIALS

    @property
    def surprise(self) -> float:
        """Minus the logarithm of the bound on the score's chance, all trials counted; in nats."""
        return _surprise(self.score, self.trials)

    @property
    def found(self) -> bool:
        """Whether the watermark is there, by `FALSE_ALARM`."""
        return self.surprise >= -math.log(FALSE_ALARM)

    @property
    def payload_is_sure(self) -> bool:
        """Whether the payload may be told."""
        return self.found and self.payload_odds >= _PAYLOAD_ODDS


NOTHING = Match(0.0, (0, 0), 0, 1.0)


def best_match(evidence: Evidence, *, whole: bool = False, places: int = TILE) -> Match:
    """Fit the pattern: over all places, payloads, and channels.

    Args:
        evidence: Of one geometry.
        whole: Whether that geometry is one of a picture that was never cropped, in which the
            pattern lies where it was put.
        places: How many along each side of a tile are tried: all samples, or `COARSE` for a
            quarter of the work and about a tenth of the score less.
    """
    luma = _sums(evidence.luma, luma_waves(), places)
    chroma = _sums(evidence.chroma, chroma_waves(), places)
    powers = [float(np.sum(np.abs(one) ** 2)) / 2 for one in (evidence.luma, evidence.chroma)]
    choices = ((luma, powers[0]), (chroma, powers[1]), (luma + chroma, sum(powers)))
    fits: list[tuple[NDArray[np.float32], NDArray[np.float32], int]] = []
    for sums, power in choices:
        if power > 0:
            groups = sums / np.float32(math.sqrt(power))
            total = _best_by_place(groups)
            fits.append((groups, total, TRIALS))
            if whole:
                fits.append((groups, _in_place(total), TRIALS_IN_PLACE))
    if not fits:
        return NOTHING
    return _read(*max(fits, key=lambda one: _surprise(float(one[1].max()), one[2])))


def _surprise(score: float, trials: int) -> float:
    """See `Match.surprise`."""
    return max(score, 0.0) ** 2 / 2 - math.log(2 * trials)


def _in_place(total: NDArray[np.float32]) -> NDArray[np.float32]:
    """Leave out all places but the tile's corner and those beside it."""
    kept = np.full_like(total, -np.inf)
    corner = np.ix_(_NEIGHBOURS, _NEIGHBOURS)
    kept[corner] = total[corner]
    return kept


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


def _sums(amplitudes: Spectrum, waves: Waves, places: int) -> NDArray[np.float32]:
    """Sum |a| cos(arg a - t) of each group for every place, (3, places, places)."""
    turned = amplitudes * np.exp(-1j * waves.phases)
    # Half a spectrum: a real transform adds each wave's conjugate, but for those of row 0.
    half = np.zeros((GROUPS, places // 2 + 1, places), dtype=np.complex64)
    half[waves.groups, waves.rows, waves.columns] = np.where(waves.rows == 0, 2, 1) * turned
    return np.asarray(fft.irfft2(half, axes=(2, 1)) * (places**2 / 2), dtype=np.float32)


def _best_by_place(groups: NDArray[np.float32]) -> NDArray[np.float32]:
    """Score of the best payload at every place, (P, P), from those of the groups (3, P, P).

    A shifted group's best shift depends on a place only by what is left when it is divided by the
    shifts' step, so that 2^32 pairs of place and payload need no more than three planes.
    """
    places = groups.shape[-1]
    steps = groups.reshape(GROUPS, SHIFTS, places // SHIFTS, SHIFTS, places // SHIFTS)
    best = steps[1:].max((1, 3)).sum(0)
    return np.asarray((steps[0] + best[None, :, None, :]).reshape(places, places))


def _read(groups: NDArray[np.float32], total: NDArray[np.float32], trials: int) -> Match:
    """Read the payload at the best place."""
    places = groups.shape[-1]
    row, column = (int(index) for index in np.unravel_index(int(total.argmax()), total.shape))
    score = float(total[row, column])
    step = places // SHIFTS
    steps = np.arange(0, places, step)
    # At a place a whole number of steps away two of the three groups fit as well, with another
    # payload.
    margins = [score - _second(total[row % step :: step, column % step :: step])]
    payload = 0
    for plane in groups[1:]:
        rows, columns = ((start + steps) % places for start in (row, column))
        shifted = plane[np.ix_(rows, columns)]
        payload = payload << 8 | int(shifted.argmax())
        margins.append(float(shifted.max()) - _second(shifted))
    rival = max(score - min(margins), 0.0)
    odds = math.exp(min((score**2 - rival**2) / 2, 700.0))
    samples = TILE // places
    return Match(max(score, 0.0), (samples * row, samples * column), payload, odds, trials)


def _second(values: NDArray[np.float32]) -> float:
    """The second largest of all values."""
    return float(np.partition(values.ravel(), -2)[-2])
