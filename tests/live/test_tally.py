from d2animator.live.tally import Tally


def tally(delays_s: list[float]) -> Tally:
    counted = Tally()
    for index, delay in enumerate(delays_s):
        counted.seen()
        counted.seen()
        counted.shown(index / 25 - delay, index / 25)
    return counted


def test_frames_are_counted_and_delays_measured():
    told = tally([0.05] * 90 + [0.3] * 10).figures()
    assert (told.shown, told.dropped) == (100, 100)
    assert (told.median_ms, told.p95_ms) == (50, 300)
    assert abs(told.fps - 25) < 0.2
    assert "100 shown, 100 dropped, delay 50 ms (95 % below 300)" in str(told)


def test_what_was_long_ago_does_not_count_as_recent():
    told = tally([0.5] * 100 + [0.02] * 90).recently()
    assert abs(told.median_ms - 20) < 1
    assert told.shown == 190


def test_nothing_shown_is_nothing():
    told = Tally().figures()
    assert (told.shown, told.dropped, told.fps, told.median_ms) == (0, 0, 0, 0)
    assert Tally().recently().median_ms == 0


def test_a_delay_beyond_all_is_still_counted():
    assert tally([60.0]).figures().median_ms > 4000
