from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from d2animator.invert.budget import shares


@given(st.integers(0, 40))
def test_without_a_limit_all_steps_are_taken(steps: int) -> None:
    seen = list(shares(steps))
    assert len(seen) == steps
    assert seen == sorted(seen)
    assert all(0 <= share < 1 for share in seen)


def test_a_spent_budget_ends_it_and_the_shares_near_one() -> None:
    seen = []
    for share in shares(10_000, 0.05):
        seen.append(share)
        time.sleep(0.001)
    assert 1 <= len(seen) < 100
    assert seen[-1] > 0.5


def test_one_step_is_always_taken() -> None:
    assert len(list(shares(5, 1e-12))) == 1
