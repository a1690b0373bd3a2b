"""Many animations cut into tasks that processes and machines can do in any order, and again.

First every driver is followed, then every source is prepared and moved as all drivers do. A task
that is done a second time, since whoever did it was lost, skips what it has finished already.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from d2animator.animate.many import Drivers, Outcome, Pair, animate_pairs
from d2animator.animate.options import AnimateOptions
from d2animator.errors import D2AnimatorError
from d2animator.faces.template import TEMPLATE_SUFFIX

if TYPE_CHECKING:
    from d2animator.animator import D2Animator

MOST_TRIES = 3
"""How often a task is begun before it is given up: it may be what ends those who do it."""

Motion = tuple[Path, Path | str]
"""A driver, and the template of its motion, or why there is none."""

Told = Motion | Outcome
"""What is told of a task as soon as it is known."""


@dataclass(frozen=True)
class Task:
    """Drivers to follow, or pairs to animate.

    Attributes:
        options: How to animate.
        folder: Where motions are kept while the work lasts; all who work see it.
        since: When the work began, seconds of the epoch: an output written since is done.
        drivers: Drivers to follow.
        pairs: Pairs of one source.
        motions: Of their drivers.
        resume: Whether to skip pairs whose output is newer than both files.
    """

    options: AnimateOptions
    folder: Path
    since: float
    drivers: tuple[Path, ...] = ()
    pairs: tuple[Pair, ...] = ()
    motions: tuple[Motion, ...] = ()
    resume: bool = False

    def do(self, animator: D2Animator) -> Iterator[Told]:
        """Do it; what is told can be sent to another process."""
        known = {
            driver: D2AnimatorError(found) if isinstance(found, str) else found
            for driver, found in self.motions
        }
        drivers = Drivers(animator, self.options, self.folder, motions=known)
        for driver in self.drivers:
            found = drivers.motion(driver)
            yield driver, found if isinstance(found, Path) else str(found)
        for outcome in animate_pairs(
            animator, self.pairs, self.options, drivers, resume=self.resume, since=self.since
        ):
            yield sendable(outcome)

    def given_up(self, why: str) -> Iterator[Told]:
        """What is told of a task that nobody could do."""
        for driver in self.drivers:
            yield driver, f"{driver}: {why}"
        for pair in self.pairs:
            yield Outcome(pair, error=D2AnimatorError(why))


class Crew(Protocol):
    """Those who do tasks."""

    @property
    def size(self) -> int:
        """How many work at once."""
        ...

    def work(self, tasks: Sequence[Task]) -> Iterator[Told]:
        """Have tasks done, in any order; tells everything at least once."""
        ...


MakeAnimator = Callable[[], "D2Animator"]
"""Makes the animator where it works: a function of a module, or a `functools.partial` of one."""


@dataclass(frozen=True)
class Shared:
    """Many animations, made by a crew.

    Attributes:
        crew: Who makes them.
        options: How to animate.
        resume: Whether to skip pairs whose output is newer than both files.
    """

    crew: Crew
    options: AnimateOptions = field(default_factory=AnimateOptions)
    resume: bool = False

    def animate(self, pairs: Sequence[Pair]) -> Iterator[Outcome]:
        """Make animations; one that fails does not stop the others.

        Args:
            pairs: See `d2animator.animate.many.pair_up`; their outputs' folder is seen by all.

        Yields:
            What became of each pair, once, as soon as it is known.
        """
        if not pairs:
            return
        began = time.time()
        with tempfile.TemporaryDirectory(prefix=".d2animator-", dir=pairs[0].output.parent) as name:
            base = Task(self.options, Path(name).resolve(), began, resume=self.resume)
            motions = self._followed(base, pairs)
            tasks = [
                replace(base, pairs=part, motions=_those_of(part, motions))
                for part in shares(pairs, self.crew.size)
            ]
            told: set[Path] = set()
            for outcome in self.crew.work(tasks):
                if isinstance(outcome, Outcome) and outcome.pair.output not in told:
                    told.add(outcome.pair.output)
                    yield outcome

    def _followed(self, base: Task, pairs: Iterable[Pair]) -> dict[Path, Path | str]:
        drivers = dict.fromkeys(pair.driver for pair in pairs)
        asked = [one for one in drivers if one.suffix.lower() != TEMPLATE_SUFFIX]
        tasks = [replace(base, drivers=(driver,)) for driver in asked]
        told = self.crew.work(tasks)
        return dict(motion for motion in told if not isinstance(motion, Outcome))


def shares(pairs: Sequence[Pair], count: int) -> list[tuple[Pair, ...]]:
    """Cut pairs into tasks.

    A source is prepared once, so its pairs stay together; unless there are fewer sources than
    could work, when each source's are cut into as many parts as are needed.
    """
    by_source: dict[Path, list[Pair]] = {}
    for pair in pairs:
        by_source.setdefault(pair.source, []).append(pair)
    parts = max(1, -(-count // max(1, len(by_source))))
    cut = []
    for group in by_source.values():
        size = -(-len(group) // parts)
        cut += [tuple(group[first : first + size]) for first in range(0, len(group), size)]
    return cut


def sendable(outcome: Outcome) -> Outcome:
    """The outcome with its error as a plain sentence, which every process can read."""
    if outcome.error is None:
        return outcome
    return replace(outcome, error=D2AnimatorError(str(outcome.error)))


def _those_of(pairs: Iterable[Pair], motions: Mapping[Path, Path | str]) -> tuple[Motion, ...]:
    drivers = dict.fromkeys(pair.driver for pair in pairs)
    return tuple((driver, motions[driver]) for driver in drivers if driver in motions)
