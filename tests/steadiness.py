"""Tests of what is clustered, learned or sampled, and the run that shows by how much they hold.

A figure that a test of this kind looks at differs from seed to seed, and a little from processor to
processor. The test may ask only for what holds by a margin over that spread. So it takes two
fixtures: ``seed``, from which everything random in it follows, and ``check``, which asserts::

    def test_a_mean_is_about_zero(seed: int, check: Check) -> None:
        draws = torch.randn(4000, generator=torch.Generator().manual_seed(seed))
        check("mean", draws.mean().abs(), below=0.1)

Whatever takes ``seed`` is marked ``statistical``. With the other tests it runs once, with seed 0;

    python -m tests.steadiness [seeds, default 20] [what pytest takes, such as tests/distill]

runs it with many seeds and prints for each figure its mean, spread and worst value, and how far the
mean is from the bound, in spreads, and the worst value, in percent. It fails if a test fails
with one of the seeds, or if a figure's mean is within `LEAST_MARGIN` spreads of its bound.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, SupportsFloat

import numpy as np
import pytest

SEEDS = 20
LEAST_MARGIN = 3.0
"""Spreads between a figure's mean and its bound: less, and one seed in a few hundred fails."""


class Check(Protocol):
    """Asserts that a figure is above or below a bound, or both, and notes it."""

    def __call__(
        self,
        name: str,
        value: SupportsFloat,
        *,
        above: float | None = None,
        below: float | None = None,
    ) -> None: ...


@dataclass(frozen=True)
class Figure:
    """What a test measures, whatever the seed."""

    test: str
    name: str
    # "above" or "below"
    side: str
    bound: float


@dataclass(frozen=True)
class Margin:
    """How a figure lies to its bound over all seeds."""

    figure: Figure
    values: np.ndarray

    @property
    def spread(self) -> float:
        """Standard deviation; of values that are all the same, what rounding leaves."""
        return max(float(self.values.std()), 1e-9 * abs(self.figure.bound), 1e-12)

    @property
    def sign(self) -> int:
        return 1 if self.figure.side == "above" else -1

    @property
    def spreads(self) -> float:
        """Distance of the mean from the bound, in spreads; negative: on the wrong side."""
        return self.sign * (float(self.values.mean()) - self.figure.bound) / self.spread

    @property
    def worst(self) -> float:
        return float(self.values.min() if self.sign > 0 else self.values.max())

    @property
    def percent(self) -> float:
        """Distance of the worst value from the bound, in percent of the bound.

        Of a bound of zero: in percent of the mean.
        """
        apart = self.sign * (self.worst - self.figure.bound)
        return 100 * apart / max(abs(self.figure.bound or self.values.mean()), 1e-12)

    def line(self) -> str:
        figure, mean = self.figure, self.values.mean()
        return (
            f"{self.spreads:8.1f} {self.percent:8.1f} {mean:10.4g} {self.spread:10.2g} "
            f"{self.worst:10.4g}  {figure.side} {figure.bound:<8g} {figure.test}: {figure.name}"
        )


Readings = dict[Figure, list[float]]
READINGS = pytest.StashKey[Readings]()


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """Everything random in a statistical test follows from it."""
    return int(getattr(request, "param", 0))


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Check:
    """See `Check`; what was measured is noted for the margins."""
    readings = request.config.stash[READINGS]
    test = re.sub(r"-?seed\d+", "", request.node.nodeid).replace("[]", "").replace("[-", "[")

    def measure(
        name: str,
        value: SupportsFloat,
        *,
        above: float | None = None,
        below: float | None = None,
    ) -> None:
        found = float(value)
        bounds = {"above": above, "below": below}
        given = {side: bound for side, bound in bounds.items() if bound is not None}
        assert given, "a bound is missing"
        for side, bound in given.items():
            readings[Figure(test, name, side, bound)].append(found)
        for side, bound in given.items():
            holds = found > bound if side == "above" else found < bound
            assert holds, f"{name} is {found:.4g}, asked was {side} {bound:g}"

    return measure


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=0, help="run statistical tests with many seeds")


def pytest_configure(config: pytest.Config) -> None:
    readings: Readings = defaultdict(list)
    config.stash[READINGS] = readings


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    count = metafunc.config.getoption("seeds")
    if count and _takes_any_seed(metafunc.definition):
        ids = [f"seed{number}" for number in range(count)]
        metafunc.parametrize("seed", range(count), indirect=True, scope="session", ids=ids)


def _takes_any_seed(item: pytest.Item) -> bool:
    """Whether a test takes the fixture, and names no seeds of its own."""
    names = (mark.args[0] for mark in item.iter_markers("parametrize"))
    own = (
        name for given in names for name in (given.split(",") if isinstance(given, str) else given)
    )
    return "seed" in getattr(item, "fixturenames", ()) and "seed" not in map(str.strip, own)


def pytest_itemcollected(item: pytest.Item) -> None:
    if _takes_any_seed(item):
        item.add_marker(pytest.mark.statistical)


def margins(config: pytest.Config) -> list[Margin]:
    """All figures of a run, the nearest to its bound first."""
    found = [Margin(figure, np.array(values)) for figure, values in config.stash[READINGS].items()]
    return sorted(found, key=lambda margin: margin.spreads)


def too_near(config: pytest.Config) -> Iterator[Margin]:
    """Give the figures whose margin is too small."""
    return (margin for margin in margins(config) if margin.spreads < LEAST_MARGIN)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    if not config.getoption("seeds"):
        return
    terminalreporter.section("margins")
    terminalreporter.line(" spreads  percent       mean     spread      worst  bound")
    for margin in margins(config):
        terminalreporter.line(margin.line(), red=margin.spreads < LEAST_MARGIN)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    few = session.config.getoption("seeds") < 3
    if not few and exitstatus == 0 and any(too_near(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def main(given: list[str]) -> int:
    """Run the statistical tests with many seeds."""
    seeds = given.pop(0) if given and given[0].isdigit() else str(SEEDS)
    return int(pytest.main(["-m", "statistical", "--seeds", seeds, "-q", "-rf", *given]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
