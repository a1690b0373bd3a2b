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
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from d2animator.marks.evidence import Evidence, Spectrum
from d2animator.marks.pattern import (
    GROUPS,
    MAX_PAYLOAD,
    SHIFTS,
    TILE,
    Plane,
    Waves,
    chroma_waves,
    luma_waves,
    shifts_of,
)

Groups = list[Plane]
"""One plane (P, P) for each group of waves."""

MAX_GEOMETRIES, MAX_LIKELY = 600, 20
"""Sizes of the tile, mirrored or not, that a search tries at most; those of whole pictures."""

FALSE_ALARM = 1e-6
"""Bound on the chance that a picture without a watermark is said to have one."""

COARSE = TILE // 2
"""Places along a side of the tile at which its waves, up to 36 across, can just be told apart."""

# What brightness and the blue-yellow difference count: a picture that was made small or cut keeps
# its colours better, one that was compressed its brightness.
_MIXTURES = ((1, 0), (0, 1), (1, 1), (1, 2))
_NEIGHBOURS = (-1, 0, 1)
_PLACES_BESIDE = len(_NEIGHBOURS) ** 2
_PAYLOADS = MAX_PAYLOAD + 1

TRIALS = TILE**2 * _PAYLOADS * len(_MIXTURES) * MAX_GEOMETRIES
"""All that is tried on a picture: places, payloads, mixtures of channels, geometries."""

TRIALS_IN_PLACE = _PLACES_BESIDE * _PAYLOADS * len(_MIXTURES) * MAX_LIKELY
"""What is tried of it where the tiles begin in the picture's corner."""

# Both kinds of search share the risk.
_SURPRISE = math.log(2 / FALSE_ALARM)

THRESHOLD = math.sqrt(2 * (math.log(TRIALS) + _SURPRISE))
"""Score from which on a watermark counts as found anywhere, about 9.4."""

THRESHOLD_IN_PLACE = math.sqrt(2 * (math.log(TRIALS_IN_PLACE) + _SURPRISE))
"""The same where the picture was not cropped, about 8."""

KNOWN_THRESHOLD = math.sqrt(2 * math.log(len(_MIXTURES) * _PLACES_BESIDE / FALSE_ALARM))
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
    fits: list[tuple[float, Groups, np.float32, Plane, int]] = []
    for light, colour, scale in _mixtures(evidence):
        groups = _mixed(luma, chroma, light, colour)
        total = _best_by_place(groups) * scale
        fits.append((float(total.max()), groups, scale, total, TRIALS))
        if whole:
            in_place = _in_place(total)
            fits.append((float(in_place.max()), groups, scale, in_place, TRIALS_IN_PLACE))
    if not fits:
        return NOTHING
    _, groups, scale, total, trials = max(fits, key=lambda one: _surprise(one[0], one[-1]))
    return _read([plane * scale for plane in groups], total, trials)


def _mixtures(evidence: Evidence) -> Iterator[tuple[np.float32, np.float32, np.float32]]:
    """Yield what brightness and the blue-yellow difference count, and what makes a score of it."""
    powers = [float(np.sum(np.abs(one) ** 2)) / 2 for one in (evidence.luma, evidence.chroma)]
    for light, colour in _MIXTURES:
        power = light**2 * powers[0] + colour**2 * powers[1]
        if power > 0:
            yield np.float32(light), np.float32(colour), np.float32(1 / math.sqrt(power))


def _mixed(luma: Groups, chroma: Groups, light: np.float32, colour: np.float32) -> Groups:
    """Sums of both channels, each counted so many times."""
    if not colour:
        return luma
    if not light:
        return chroma
    return [light * one + colour * other for one, other in zip(luma, chroma, strict=True)]


def _surprise(score: float, trials: int) -> float:
    """See `Match.surprise`."""
    return max(score, 0.0) ** 2 / 2 - math.log(2 * trials)


def _in_place(total: Plane) -> Plane:
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
    luma = (_keys_at(luma_waves(), place, payload) @ evidence.luma).real
    chroma = (_keys_at(chroma_waves(), place, payload) @ evidence.chroma).real
    return max(
        (
            float((light * luma + colour * chroma).max() * scale)
            for light, colour, scale in _mixtures(evidence)
        ),
        default=0.0,
    )


@lru_cache(maxsize=4)
def _keys_at(waves: Waves, place: tuple[int, int], payload: int) -> Spectrum:
    """What makes sums |a| cos(arg a - t) of amplitudes: at a place and those beside it, (9, K)."""
    beside = [(place[0] + y, place[1] + x) for y in _NEIGHBOURS for x in _NEIGHBOURS]
    at = np.array(beside, dtype=np.int64)[:, None] + shifts_of(payload)[waves.groups]
    turn = 2 * math.pi / TILE * (at[..., 0] * waves.rows + at[..., 1] * waves.columns)
    return np.asarray(np.exp(1j * (turn - waves.phases)))


def _sums(amplitudes: Spectrum, waves: Waves, places: int) -> Groups:
    """Sum |a| cos(arg a - t) of each group for every place, (places, places) each."""
    shape, indices, factors = _layout(waves, places)
    spectra = np.zeros(math.prod(shape), dtype=np.complex64)
    spectra[indices] = factors * amplitudes
    columns = fft.ifft(spectra.reshape(shape), axis=2)
    return [np.asarray(fft.irfft(one, places, axis=0), np.float32) for one in columns]


@lru_cache(maxsize=8)
def _layout(
    waves: Waves, places: int
) -> tuple[tuple[int, int, int], NDArray[np.int64], NDArray[np.complex128]]:
    """Lay waves out for a transform to so many places along each side.

    Returns:
        Shape of the spectra, of each group half a one: a real transform adds each wave's conjugate,
        but for those of row 0. Where each wave lies in them, and what it is multiplied with, (K,).
    """
    shape = (GROUPS, int(waves.rows.max()) + 1, places)
    indices = np.ravel_multi_index((waves.groups, waves.rows, waves.columns % places), shape)
    once = np.where(waves.rows == 0, 2, 1) * (places**2 / 2)
    return shape, indices, once * np.exp(-1j * waves.phases)


def _best_by_place(groups: Groups) -> Plane:
    """Score of the best payload at every place, (P, P), from those of the groups.

    A shifted group's best shift depends on a place only by what is left when it is divided by the
    shifts' step, so that 2^32 pairs of place and payload need no more than three planes.
    """
    still, *shifted = groups
    places = len(still)
    step = places // SHIFTS
    best = np.zeros((step, step), np.float32)
    for plane in shifted:
        # One side after the other, and in whole rows: many times faster than both at once.
        of_rows = plane.reshape(SHIFTS, step, places).max(0)
        best += of_rows.reshape(step, SHIFTS, step).max(1)
    total = still.reshape(SHIFTS, step, places) + np.tile(best, (1, SHIFTS))
    return np.asarray(total.reshape(places, places))


def _read(groups: Groups, total: Plane, trials: int) -> Match:
    """Read the payload at the best place."""
    places = len(total)
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


def _second(values: Plane) -> float:
    """The second largest of all values."""
    return float(np.partition(values.ravel(), -2)[-2])
