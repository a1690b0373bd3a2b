from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from d2animator.media.timing import RateProbe, rate_candidates, snap

NTSC_30 = Fraction(30000, 1001)


def probe(times: list[Fraction], base: Fraction, *announced: Fraction) -> RateProbe:
    result = RateProbe(base, min(times), rate_candidates(*announced))
    for time in times:
        result.add(time)
    return result


def test_millisecond_stamps_give_the_exact_rate_back() -> None:
    tick = Fraction(1, 1000)
    times = [round(k / NTSC_30 / tick) * tick for k in range(500)]
    assert probe(times, tick, Fraction("29.97")).grid == NTSC_30


def test_an_exact_rate_is_preferred_to_a_common_one() -> None:
    odd = Fraction(2997, 100)
    assert probe([k / odd for k in range(50)], 1 / odd, odd).grid == odd


def test_holes_repeats_and_jitter_make_no_grid() -> None:
    tick = Fraction(1, 90000)
    regular = [Fraction(k, 25) for k in range(20)]
    assert probe(regular, tick, Fraction(25)).grid == 25
    assert probe(regular[:5] + regular[6:], tick, Fraction(25)).grid is None
    assert probe([*regular, regular[-1]], tick, Fraction(25)).grid is None
    shaken = [time + Fraction(k % 3, 200) for k, time in enumerate(regular)]
    found = probe(shaken, tick, Fraction(25))
    assert found.grid is None
    assert found.average == 19 / (shaken[-1] - shaken[0])


def test_a_single_frame_fits_its_announced_rate() -> None:
    found = probe([Fraction(0)], Fraction(1, 1000), Fraction(25))
    assert found.grid == 25
    assert found.average is None


def test_no_stamps_no_grid() -> None:
    empty = RateProbe(Fraction(1, 1000), Fraction(0), [Fraction(25)])
    assert empty.grid is None
    assert empty.average is None


def test_candidates_put_the_nearest_common_rate_first() -> None:
    assert rate_candidates(Fraction("29.97")) == (NTSC_30, Fraction("29.97"))
    assert rate_candidates(NTSC_30, Fraction(0), None) == (NTSC_30,)
    assert rate_candidates(Fraction("24.001"))[0] == 24


@given(
    rate=st.sampled_from([Fraction(24000, 1001), Fraction(25), NTSC_30, Fraction(60)]),
    frames=st.integers(2, 60),
    start=st.integers(-50, 5000),
    tick=st.sampled_from([Fraction(1, 1000), Fraction(1, 90000), Fraction(1, 15360)]),
)
def test_rounded_stamps_of_a_regular_clip_lie_on_its_grid(
    rate: Fraction, frames: int, start: int, tick: Fraction
) -> None:
    begin = start * tick
    times = [begin + round(k / rate / tick) * tick for k in range(frames)]
    assert probe(times[::-1], tick, rate).grid == rate
    assert [snap(time - begin, rate) for time in times] == [k / rate for k in range(frames)]
