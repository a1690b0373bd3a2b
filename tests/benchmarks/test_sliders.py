"""What is made of the times that a browser tells."""

from __future__ import annotations

from benchmarks import sliders


def test_the_age_of_a_picture_is_that_of_its_newest_change():
    assert sliders.ages([0, 16, 33, 50], [1, 40], [90, 150]) == [90, 117]


def test_a_time_is_told_by_its_median_and_its_worst():
    assert sliders.summary([10.0] * 18 + [99.0, 200.0]) == {"median": 10, "p95": 200}
    assert sliders.gaps([1, 4, 9]) == [3, 5]


def test_the_quietest_time_of_each_slider_is_shown():
    def found(first: int, second: int) -> dict[str, object]:
        made = {"smile": first, "yaw": second}
        return {
            name: {
                "step_ms": {"median": ms, "p95": ms + 9},
                "drag_ms": {"median": 2 * ms, "p95": 3 * ms},
                "pictures_a_second": 1000 / ms,
            }
            for name, ms in made.items()
        }

    best = sliders.quietest([found(80, 120), found(100, 100)])
    assert {name: one["step_ms"]["median"] for name, one in best.items()} == {
        "smile": 80,
        "yaw": 100,
    }
    text = sliders.markdown({"sliders": best})
    assert "| smile | 80 | 89 | 160 | 240 | 12.5 |" in text


def test_a_slider_goes_to_and_fro():
    assert [sliders.triangle(at) for at in (0, 0.5, 1, 2)] == [-1, 0, 1, -1]
