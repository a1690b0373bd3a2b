from __future__ import annotations

import math

import numpy as np
import pytest

from d2animator.marks.embed import Watermark
from d2animator.marks.evidence import Evidence, evidence_of
from d2animator.marks.pattern import chroma_waves, luma_waves, make_tile
from d2animator.marks.residual import residual_of
from d2animator.marks.search import count_tried, likely_geometries
from d2animator.marks.statistic import (
    FALSE_ALARM,
    KNOWN_THRESHOLD,
    MAX_GEOMETRIES,
    MAX_LIKELY,
    THRESHOLD,
    THRESHOLD_IN_PLACE,
    TRIALS,
    TRIALS_IN_PLACE,
    Match,
    best_match,
    score_at,
)
from tests.marks.pictures import scene


def random_evidence(seed: int) -> Evidence:
    """What the statistic supposes of an unmarked picture: even phases, any sizes."""
    random = np.random.default_rng(seed)
    both = []
    for waves in (luma_waves(), chroma_waves()):
        count = len(waves.rows)
        phases = random.uniform(0, 2 * math.pi, count)
        both.append(random.exponential(size=count) * np.exp(1j * phases))
    return Evidence(*both)


@pytest.mark.parametrize(
    ("threshold", "trials"), [(THRESHOLD, TRIALS), (THRESHOLD_IN_PLACE, TRIALS_IN_PLACE)]
)
def test_the_threshold_is_the_bound(threshold, trials):
    chance = 2 * trials * math.exp(-(threshold**2) / 2)
    assert chance == pytest.approx(FALSE_ALARM)
    assert Match(threshold + 0.01, (0, 0), 0, 1.0, trials).found
    assert not Match(threshold - 0.01, (0, 0), 0, 1.0, trials).found


def test_no_search_tries_more_than_the_bound_counts():
    for size in ((256, 256), (300, 2000), (1080, 1920), (2160, 3840), (64, 64)):
        assert count_tried(*size) <= MAX_GEOMETRIES
        assert len(likely_geometries(*size)) <= MAX_LIKELY


def test_even_phases_stay_below_the_threshold():
    scores = [best_match(random_evidence(seed)).score for seed in range(40)]
    # The highest of 10^10 pairs of place and payload, in three channels: about 6.
    assert 5 < np.mean(scores) < 7
    assert max(scores) < THRESHOLD - 1.5


def test_at_one_place_scores_are_those_of_chance():
    """Over many pictures a score at a fixed place has the variance that the bound supposes."""
    random = [random_evidence(seed) for seed in range(300)]
    scores = np.array([score_at(one, (10, 20), 4711) for one in random])
    # The highest of nine neighbours, which are nearly one another's copies, in three channels.
    assert 0.3 < scores.mean() < 2
    assert scores.max() < KNOWN_THRESHOLD


@pytest.mark.parametrize("payload", [0, 1, 255, 256, 0xBEEF, 65535])
def test_payload_and_place_of_the_pattern_itself(payload):
    spectra = []
    for waves in (luma_waves(), chroma_waves()):
        tile = np.roll(make_tile(waves, payload), (37, 200), (0, 1))
        spectra.append(np.fft.fft2(tile)[waves.rows, waves.columns])
    match = best_match(Evidence(*spectra))
    assert match.place == (37, 200)
    assert match.payload == payload
    assert match.payload_is_sure
    # All waves in phase: z = sqrt(2 K), up to the rare values that the tile cuts off.
    waves_count = sum(len(waves.rows) for waves in (luma_waves(), chroma_waves()))
    assert match.score > 0.8 * math.sqrt(2 * waves_count)


def test_a_known_place_is_judged_alike():
    evidence = evidence_of(residual_of(Watermark(77).add(scene(256, 256))), 256)
    match = best_match(evidence)
    assert score_at(evidence, match.place, match.payload) == pytest.approx(match.score, rel=0.03)
    assert score_at(evidence, match.place, 78) < match.score - 3


def test_nothing_is_found_in_nothing():
    nothing = Evidence(
        np.zeros(len(luma_waves().rows), complex), np.zeros(len(chroma_waves().rows), complex)
    )
    assert best_match(nothing).score == 0
    assert score_at(nothing, (0, 0), 0) == 0


def test_a_whole_picture_needs_less_of_it():
    """At the corner fewer places are tried, so that the same score surprises more."""
    evidence = evidence_of(residual_of(Watermark(77).add(scene(256, 256))), 256)
    anywhere, in_place = best_match(evidence), best_match(evidence, whole=True)
    assert in_place.score == anywhere.score
    assert in_place.surprise > anywhere.surprise + 10
    moved = evidence_of(residual_of(np.roll(Watermark(77).add(scene(256, 256)), 40, 0)), 256)
    assert best_match(moved, whole=True).trials == TRIALS


def test_a_payload_is_not_told_where_the_place_is_in_doubt():
    """Without the group that stays, other places fit as well, each with another payload."""
    waves = luma_waves()
    lost = np.where(waves.groups == 0, 0, np.exp(1j * waves.phases))
    match = best_match(Evidence(lost, np.zeros(len(chroma_waves().rows), complex)))
    assert match.found
    assert not match.payload_is_sure
