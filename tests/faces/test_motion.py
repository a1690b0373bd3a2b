from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2animator.faces.motion import (
    REFERENCE_WINDOW,
    Observation,
    OneEuroFilter,
    Points,
    SmoothingOptions,
    as_one_person,
    find_reference,
    held,
    resampled,
    smoothed,
)
from tests.seeing import face_shape
from tests.steadiness import Check

RATE = 25


def face(value: float) -> Points:
    return np.full((98, 2), value)


def stream(*values: float | None) -> list[Observation]:
    """One observation a value, at 25 frames a second; None for no face."""
    return [
        Observation(k, Fraction(k, RATE), None if v is None else face(v), v is not None)
        for k, v in enumerate(values)
    ]


def values(observations: list[Observation]) -> list[float | None]:
    return [None if o.landmarks is None else float(o.landmarks[0, 0]) for o in observations]


def test_a_face_at_rest_is_calmed(seed: int, check: Check) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.002, 8000)
    calm = values(list(smoothed(stream(*(0.5 + noise)))))
    check("trembling left", np.std(np.array(calm[20:], float)) / noise.std(), below=0.75)


def test_a_fast_motion_is_followed() -> None:
    ramp = np.concatenate([np.zeros(10), np.linspace(0, 0.2, 6), np.full(10, 0.2)])
    followed = np.array(values(list(smoothed(stream(*ramp)))), float)
    assert followed[16] > 0.17
    assert followed[-1] == pytest.approx(0.2, abs=0.002)


@given(value=st.floats(-2, 2), steps=st.integers(1, 20))
def test_what_does_not_move_is_left_alone(value: float, steps: int) -> None:
    follow = OneEuroFilter()
    for step in range(steps):
        assert np.allclose(follow(face(value), step / RATE), value)


@given(
    path=st.lists(st.floats(-1, 1), min_size=2, max_size=20),
    cutoff=st.floats(0.1, 20),
    beta=st.floats(0, 100),
)
def test_the_result_stays_within_what_came(path: list[float], cutoff: float, beta: float) -> None:
    follow = OneEuroFilter(SmoothingOptions(cutoff, beta))
    for step, value in enumerate(path):
        smooth = follow(face(value), step / RATE)
        assert min(path) - 1e-9 <= smooth.min() <= smooth.max() <= max(path) + 1e-9


def test_points_have_their_own_pace() -> None:
    follow = OneEuroFilter()
    follow(np.zeros((2, 2)), 0.0)
    both = follow(np.array([[0.2, 0.0], [0.01, 0.0]]), 1 / RATE)
    assert both[0, 0] / 0.2 > both[1, 0] / 0.01


def test_after_a_gap_smoothing_starts_afresh() -> None:
    assert values(list(smoothed(stream(0.0, 0.0, None, 0.1))))[3] == pytest.approx(0.1)


def test_frames_without_a_face_hold_the_last_one() -> None:
    result = list(held(stream(None, 0.1, None, None, 0.2)))
    assert values(result) == [None, 0.1, 0.1, 0.1, 0.2]
    assert [o.found for o in result] == [False, True, False, False, True]
    assert [o.index for o in result] == [0, 1, 2, 3, 4]


def test_the_reference_is_the_frame_nearest_to_the_source() -> None:
    rest = iter(stream(None, 0.4, 0.1, 0.3))
    reference, read = find_reference(rest, None, face(0.12))
    assert values([reference] if reference else []) == [0.1]
    assert len(read) == 4


def test_the_reference_is_looked_for_at_the_beginning_only() -> None:
    rest = iter(stream(*[0.5] * REFERENCE_WINDOW, 0.1))
    reference, read = find_reference(rest, None, face(0.1))
    assert values([reference] if reference else []) == [0.5]
    assert len(read) == REFERENCE_WINDOW
    assert values(list(rest)) == [0.1]


def mouth(opening: float, chin: float = 0.0) -> Points:
    """A plain face; the jaw goes down with the lower lip, and is so much longer."""
    points = face_shape().double().numpy()
    points[[*range(83, 88), *range(93, 96)], 1] += opening
    points[8:25, 1] += opening + chin
    return points


def seen(*landmarks: Points) -> list[Observation]:
    return [dataclasses.replace(stream(0.0)[0], landmarks=points) for points in landmarks]


def test_a_long_chin_is_no_open_mouth() -> None:
    own = mouth(0.0, chin=0.1)
    faces = [mouth(0.1), mouth(0.0), mouth(0.05)]
    assert np.argmin([((points - own) ** 2).sum() for points in faces]) != 1
    frames = seen(*faces)
    assert find_reference(iter(frames), None, own)[0] is frames[1]


def test_an_open_mouth_starts_from_an_open_one() -> None:
    frames = seen(mouth(0.0), mouth(0.1), mouth(0.2))
    assert find_reference(iter(frames), None, mouth(0.1, chin=-0.1))[0] is frames[1]


def test_pose_still_counts_beside_the_mouth() -> None:
    frames = seen(mouth(0.0) + 0.2, mouth(0.01))
    assert find_reference(iter(frames), None, mouth(0.0))[0] is frames[1]


def test_a_named_reference_is_taken() -> None:
    rest = iter(stream(0.1, 0.2, 0.3))
    reference, read = find_reference(rest, 1, face(0.1))
    assert values([reference] if reference else []) == [0.2]
    assert len(read) == 2


def at_times(observations: list[Observation], *times: float | Fraction) -> list[Observation]:
    return list(resampled(iter(observations), [Fraction(time) for time in times]))


def test_another_pace_mixes_neighbours_and_lasts() -> None:
    step = 1 / RATE
    found = at_times(stream(0.1, 0.3, 0.7), 0, step / 2, step, 1.75 * step, 9)
    assert values(found) == pytest.approx([0.1, 0.2, 0.3, 0.6, 0.7])
    assert [one.index for one in found] == [0, 1, 2, 3, 4]
    assert found[-1].time == 9
    same = at_times(stream(0.1, 0.3), 0, Fraction(1, RATE))
    assert values(same) == [0.1, 0.3]
    assert at_times([], 0, 1) == []


def test_nothing_is_mixed_over_cuts_people_and_gaps() -> None:
    one, other = stream(0.1, 0.3)
    half = 0.5 / RATE
    for after in (
        dataclasses.replace(other, cut=True),
        dataclasses.replace(other, person=1),
        dataclasses.replace(other, found=False),
    ):
        assert values(at_times([one, after], half)) == [0.1]
    assert values(at_times(stream(None, 0.3), half)) == [None]


def somebody(person: int, *values: float) -> list[Observation]:
    return [dataclasses.replace(one, person=person) for one in stream(*values)]


def test_the_reference_is_one_of_the_first_person() -> None:
    both = [*somebody(0, 0.5, 0.4), *somebody(1, 0.1)]
    reference, _ = find_reference(iter(both), None, face(0.1))
    assert values([reference] if reference else []) == [0.4]


def test_only_the_motion_of_further_people_counts() -> None:
    everybody = [*somebody(0, 0.5, 0.6), *somebody(1, 0.9, 0.8, 1.0), *somebody(0, 0.4)]
    one = as_one_person(iter(everybody), everybody[0], face(0.7))
    assert values(list(one)) == pytest.approx([0.5, 0.6, 0.6, 0.5, 0.7, 0.4])


def test_a_cut_and_another_person_begin_smoothing_afresh() -> None:
    jump = [*somebody(0, 0.0, 0.0), *somebody(1, 0.1)]
    assert values(list(smoothed(jump)))[2] == pytest.approx(0.1)
    jump = [*stream(0.0, 0.0), dataclasses.replace(stream(0.1)[0], cut=True)]
    assert values(list(smoothed(jump)))[2] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("observations", "wanted"), [((None, None), None), ((0.1, None), 1), ((0.1,), 7)]
)
def test_there_may_be_no_reference(
    observations: tuple[float | None, ...], wanted: int | None
) -> None:
    assert find_reference(iter(held(stream(*observations))), wanted, face(0))[0] is None
