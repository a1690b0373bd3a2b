"""Many sources and many drivers: every source moves as every driver does.

Each source is inverted once and each driver followed once. One portrait and one motion are in
memory at a time; the motions of the other drivers wait in a temporary folder.
"""

from __future__ import annotations

import contextlib
import itertools
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from d2animator.animate.driver import Tracked
from d2animator.animate.options import AnimateOptions
from d2animator.animate.template import write_template
from d2animator.errors import ConfigError, D2AnimatorError, MediaError
from d2animator.faces.template import TEMPLATE_SUFFIX, read_template
from d2animator.media.images import is_picture
from d2animator.performers.photo.photo import Photo
from d2animator.performers.portrait import Portrait
from d2animator.progress import Progress

if TYPE_CHECKING:
    from d2animator.animate.result import AnimationResult
    from d2animator.animator import D2Animator

Bar = Callable[[str], AbstractContextManager[Progress | None]]
"""Called with what is done next; gives the progress function to use for it."""


@dataclass(frozen=True)
class Pair:
    """One animation to be made.

    Attributes:
        source: A picture.
        driver: A video, picture or motion template.
        output: The file to write.
    """

    source: Path
    driver: Path
    output: Path


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a pair: a result, an error, or neither where it was there already.

    Attributes:
        pair: The pair.
        result: What came out, None where it failed.
        error: Why it failed, None where it did not.
    """

    pair: Pair
    result: AnimationResult | None = None
    error: D2AnimatorError | None = None

    @property
    def skipped(self) -> bool:
        """Whether the output was there already."""
        return self.result is None and self.error is None


def output_name(source: Path, driver: Path) -> str:
    """Name the result of a source and a driver: ``source--driver.mp4``, .png for a picture."""
    return f"{source.stem}{_ending(driver)}"


def pair_up(sources: Iterable[Path], drivers: Sequence[Path], folder: Path) -> tuple[Pair, ...]:
    """Pair every source with every driver.

    Args:
        sources: Pictures.
        drivers: Videos, pictures or motion templates.
        folder: Where the results go, each as `output_name` says.

    Returns:
        The pairs, those of one source together.

    Raises:
        ConfigError: Two pairs would be written to one file.
    """
    pairs: dict[Path, Pair] = {}
    endings = [(driver, _ending(driver)) for driver in drivers]
    for source in sources:
        for driver, ending in endings:
            output = folder / f"{source.stem}{ending}"
            if output in pairs:
                one = pairs[output]
                both = f"{one.source} with {one.driver} and {source} with {driver}"
                raise ConfigError("output", f"{both} would both be {output}; rename a file")
            pairs[output] = Pair(source, driver, output)
    return tuple(pairs.values())


def animate_many(
    animator: D2Animator,
    pairs: Iterable[Pair],
    options: AnimateOptions | None = None,
    bar: Bar | None = None,
    *,
    resume: bool = False,
) -> Iterator[Outcome]:
    """Make animations one after the other; one that fails does not stop those after it.

    Args:
        animator: Makes them.
        pairs: Those of one source together, see `pair_up`.
        options: How to animate.
        bar: Shows progress.
        resume: Whether to skip pairs whose output is newer than both files.

    Yields:
        What became of each pair, as soon as it is known.
    """
    options, bar = options or AnimateOptions(), bar or _silent
    with tempfile.TemporaryDirectory(prefix="d2animator-") as folder:
        drivers = Drivers(animator, options, Path(folder), bar)
        yield from animate_pairs(animator, pairs, options, drivers, bar, resume=resume)


def animate_pairs(
    animator: D2Animator,
    pairs: Iterable[Pair],
    options: AnimateOptions,
    drivers: Drivers,
    bar: Bar | None = None,
    *,
    resume: bool = False,
    since: float | None = None,
) -> Iterator[Outcome]:
    """Make animations; see `animate_many`.

    Args:
        animator: Makes them.
        pairs: Those of one source together.
        options: How to animate.
        drivers: Gives the drivers' motions.
        bar: Shows progress.
        resume: Whether to skip pairs whose output is newer than both files.
        since: Skip pairs whose output was written at this time or later, in seconds of the epoch.
    """
    for source, group in itertools.groupby(pairs, lambda pair: pair.source):
        portrait: Portrait | Photo | D2AnimatorError | None = None
        for pair in group:
            if (resume and _is_newest(pair)) or (since is not None and _written(pair) >= since):
                yield Outcome(pair)
                continue
            portrait = _prepared(animator, source, options) if portrait is None else portrait
            yield _animated(animator, pair, portrait, drivers, options, bar or _silent)


def _written(pair: Pair) -> float:
    """When a pair's output was written, seconds of the epoch; never without one."""
    try:
        return pair.output.stat().st_mtime
    except OSError:
        return float("-inf")


def _is_newest(pair: Pair) -> bool:
    """Whether the output is there and no older than what it is made from."""
    with contextlib.suppress(OSError):  # a file that is missing will be named when its turn comes
        return _written(pair) >= max(file.stat().st_mtime for file in (pair.source, pair.driver))
    return False


def _animated(
    animator: D2Animator,
    pair: Pair,
    portrait: Portrait | Photo | D2AnimatorError,
    drivers: Drivers,
    options: AnimateOptions,
    bar: Bar,
) -> Outcome:
    if isinstance(portrait, D2AnimatorError):
        return Outcome(pair, error=portrait)
    try:
        driver = drivers.open(pair.driver)
        with bar(pair.output.name) as progress:
            done = animator.animate(portrait, driver, pair.output, options, progress)
    except D2AnimatorError as error:
        return Outcome(pair, error=error)
    return Outcome(pair, result=done)


def _prepared(
    animator: D2Animator, source: Path, options: AnimateOptions
) -> Portrait | Photo | D2AnimatorError:
    try:
        return animator.prepare(source, options)
    except D2AnimatorError as error:
        return error


class Drivers:
    """Drivers, each followed when it is first asked for; what failed once is not tried again."""

    def __init__(
        self,
        animator: D2Animator,
        options: AnimateOptions,
        folder: Path,
        bar: Bar | None = None,
        motions: Mapping[Path, Path | D2AnimatorError] | None = None,
    ) -> None:
        """Take what follows them.

        Args:
            animator: Follows them.
            options: Say which face.
            folder: Where their motions are kept.
            bar: Shows progress.
            motions: Those that are known: the template of each driver, or why there is none.
        """
        self._animator, self._face = animator, options.face
        self._folder, self._bar = folder, bar or _silent
        self._motions = dict(motions or {})

    def open(self, driver: Path) -> Tracked | Path:
        """Give a driver with its motion; a template as it is.

        Raises:
            D2AnimatorError: It cannot be followed.
        """
        found = self.motion(driver)
        if isinstance(found, D2AnimatorError):
            raise found
        return driver if found == driver else Tracked(driver, read_template(found))

    def motion(self, driver: Path) -> Path | D2AnimatorError:
        """Give the template of a driver's motion, or tell why there is none."""
        if driver.suffix.lower() == TEMPLATE_SUFFIX:
            return driver
        if driver not in self._motions:
            self._motions[driver] = self._follow(driver)
        return self._motions[driver]

    def _follow(self, driver: Path) -> Path | D2AnimatorError:
        kept = self._folder / f"{uuid.uuid4().hex}{TEMPLATE_SUFFIX}"
        try:
            with self._bar(f"following {driver.name}") as progress:
                (motion,) = self._animator.motions(driver, (self._face,), progress)
            return write_template(kept, motion)
        except D2AnimatorError as error:
            return error


def _ending(driver: Path) -> str:
    return f"--{driver.stem}{'.png' if _is_still(driver) else '.mp4'}"


def _is_still(driver: Path) -> bool:
    if driver.suffix.lower() != TEMPLATE_SUFFIX:
        return is_picture(driver)
    try:
        return read_template(driver).frame_rate is None
    except MediaError:
        return False  # said again, and better, when its turn comes


def _silent(what: str) -> AbstractContextManager[Progress | None]:
    del what
    return contextlib.nullcontext()
